"""The command line: what is asked for, what is printed, what the shell is told."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import diffcheck
from diffcheck import cli
from diffcheck.cli import ExitStatus, main

GOOD = '[good]\nformula = "x*sin(x)"\nsample = { x = [-5, 5] }\npoints = 20\ntags = ["smooth"]\n'
BAD = '[bad]\nformula = "x*bessel_j0(x)"\nat.x = 1.3\n'
BROKEN = '[broken]\nformula = "1 + sine(x)"\nat.x = 1.0\n'
OPEN = '[open]\nformula = "besselj(n, x)"\nat = { n = 2.0, x = 1.0 }\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _write(folder: Path, *texts: str) -> str:
    (folder / "a.toml").write_text("\n".join(texts), encoding="utf-8")
    return "a.toml"


@pytest.mark.parametrize(
    ("texts", "status"),
    [
        ((GOOD,), ExitStatus.PASSED),
        ((GOOD, BAD), ExitStatus.FAILED),
        ((GOOD, BROKEN), ExitStatus.UNREADABLE),
        ((GOOD, BAD, BROKEN), ExitStatus.FAILED),
    ],
)
def test_the_exit_status_tells_what_happened(folder: Path, texts: tuple[str, ...], status: ExitStatus) -> None:
    assert main([_write(folder, *texts)]) == status


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "there is nothing to check: name a case file or a folder of them"),
        (["nowhere"], "nowhere: there is no file or folder nowhere"),
        (["a.toml", "--dtype", "float46"], "unknown dtype `float46`; did you mean `float64`?"),
        (["a.toml", "--mode", "revers"], "unknown mode `revers`; did you mean `reverse`?"),
        (["a.toml", "--fail-on", "rond"], "unknown verdict `rond`; did you mean `rounded`?"),
        (["a.toml", "--dtype", ","], "no dtype is named; the dtypes are float64, float32, bfloat16, float16"),
        (["a.toml", "--points", "0"], "--points is 0; it lies between 1 and 1,000,000"),
        (["a.toml", "--seed", "-1"], "--seed is -1; it is a whole number, 0 or more"),
        (["a.toml", "-k", "nothing"], "no case matches `-k nothing`"),
        (["a.toml", "-k", "(a"], "`-k (a` cannot be read; write words with and, or, not and brackets between"),
        (["--explain", "nam"], "unknown verdict `nam`; did you mean `nan`?"),
        (["a.toml", "--json", "no/such/folder.json"], "cannot write no/such/folder.json: No such file or directory"),
    ],
)
def test_wrong_usage_is_told_in_one_line_with_status_2(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    _write(folder, GOOD)
    assert main(arguments) == ExitStatus.USAGE
    assert capsys.readouterr().err == f"diffcheck: {message}\n"


def test_an_option_that_does_not_exist_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--nonsense"]) == ExitStatus.USAGE
    assert "unrecognized arguments: --nonsense" in capsys.readouterr().err


def test_cases_are_selected_by_name_and_tag(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _write(folder, GOOD, BAD)
    assert main([path, "-k", "good"]) == ExitStatus.PASSED
    assert main([path, "-k", "smooth and not bad"]) == ExitStatus.PASSED
    assert main([path, "-k", "not (good or smooth)"]) == ExitStatus.FAILED
    assert capsys.readouterr().out.count("1 case: ") == 3


def test_list_names_cases_and_places_and_runs_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([_write(folder, GOOD, BROKEN), "--list"]) == ExitStatus.PASSED
    assert capsys.readouterr().out == (
        "a.toml:1: good: x*sin(x)\n"
        "a.toml:8: broken: cannot be read: case `broken`: unknown function `sine`; did you mean `sin`?\n"
    )


def test_quiet_shows_the_summary_only_and_verbose_every_result(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _write(folder, GOOD)
    main([path, "-q"])
    assert len(capsys.readouterr().out.splitlines()) == 1
    main([path, "-v"])
    shown = capsys.readouterr().out
    assert "ok good: value.float64.cpu: agrees at 20 of 20 points" in shown
    assert "ok good: reverse.float64.cpu.d/dx: agrees at 20 of 20 points" in shown


def test_overrides_take_the_place_of_what_cases_say(folder: Path) -> None:
    path = _write(folder, GOOD)
    instead = ["--dtype", "float32,float16", "--mode", "reverse,grad", "--points", "7", "--seed", "3"]
    main([path, *instead, "--json", "out.json", "-q"])
    document = json.loads((folder / "out.json").read_text())
    results = document["cases"][0]["results"]
    assert [each["subject"] for each in results] == [
        "value.float32.cpu", "reverse.float32.cpu.d/dx", "grad.float32.cpu.d/dx",
        "value.float16.cpu", "reverse.float16.cpu.d/dx", "grad.float16.cpu.d/dx",
    ]  # fmt: skip
    assert {sum(each["counts"].values()) for each in results} == {7}
    assert document["seed"] == 3


def test_strict_makes_undecided_fail_and_fail_on_adds_others(folder: Path) -> None:
    torn = '[rounds]\nformula = "sqrt(x + 1) - sqrt(x)"\nat.x = 8e5\ndtypes = ["float32"]\n'
    identity = '[identity]\nformula = "abs(sin(x)**2 + cos(x)**2 - 1)"\nat.x = 1.0\n'
    assert main([_write(folder, torn)]) == ExitStatus.PASSED
    assert main([_write(folder, torn), "--fail-on", "rounded,range"]) == ExitStatus.FAILED
    assert main([_write(folder, identity)]) == ExitStatus.PASSED
    assert main([_write(folder, identity), "--strict"]) == ExitStatus.FAILED


def test_a_case_that_states_its_verdict_fails_on_any_other(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([_write(folder, BAD + 'expect.verdict = "wrong"\n')]) == ExitStatus.PASSED
    assert main([_write(folder, GOOD + 'expect.verdict = "wrong"\n')]) == ExitStatus.FAILED
    assert "FAIL good: expected verdict wrong, found agrees" in capsys.readouterr().out


def test_the_same_seed_gives_the_same_bytes_but_for_the_seconds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _write(folder, GOOD, BAD)
    seen = []
    for _ in range(2):
        main([path, "--json", "-", "--seed", "5"])
        document = json.loads(capsys.readouterr().out)
        for timed in (document, *document["cases"]):
            del timed["seconds"]
        seen.append(json.dumps(document))
    main([path, "--json", "-", "--seed", "6"])
    other = json.loads(capsys.readouterr().out)
    assert seen[0] == seen[1]
    assert other["cases"][0]["results"][0]["worst"]["point"] != json.loads(seen[0])["cases"][0]["results"][0]["worst"]["point"]


def test_json_on_standard_output_has_it_to_itself(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([_write(folder, GOOD), "--json", "-"])
    streams = capsys.readouterr()
    assert json.loads(streams.out)["schema"] == 1
    assert "1 case: 1 passed" in streams.err


def test_a_small_program_for_each_failing_result_is_written_on_request(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _write(folder, GOOD, BAD)
    assert main([path, "--repro", "shown/here"]) == ExitStatus.FAILED
    streams = capsys.readouterr()
    assert streams.err == "diffcheck: 1 program in shown/here\n"
    assert "breaks in  `bessel_j0(x)`: d/dx is detached at x = 1.3 (reverse)" in streams.out
    assert [each.name for each in (folder / "shown/here").iterdir()] == ["bad.reverse.float64.cpu.d_dx.py"]
    assert main([path, "--repro", "a.toml"]) == ExitStatus.USAGE
    assert capsys.readouterr().err == "diffcheck: cannot write into a.toml: it is a file, not a folder\n"


def test_programs_from_outside_torch_need_leave(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _write(folder, '[mine]\nformula = "sqrt(x)"\nprogram = "math:sqrt"\nat.x = 2.0\n', GOOD)
    assert main([path]) == ExitStatus.UNREADABLE
    assert capsys.readouterr().out.split("\n\n")[1] == (
        "diffcheck: a.toml:3:11: case `mine`: `math:sqrt` would import code from outside torch; allow it with --allow-import\n"
        '    program = "math:sqrt"\n'
        "              ^~~~~~~~~~~"
    )
    assert main([path, "--allow-import"]) == ExitStatus.FAILED


def test_a_bug_of_our_own_is_status_4_and_leaves_its_traceback_in_a_file(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("diffcheck.run.verify_formula", broken)
    assert main([_write(folder, GOOD)]) == ExitStatus.INTERNAL
    shown = capsys.readouterr().out
    assert "Traceback" not in shown
    kept = Path(shown.split("its traceback is in ")[1].split()[0])
    assert "ZeroDivisionError: a bug" in kept.read_text()
    kept.unlink()
    monkeypatch.setattr(cli, "_main", broken)
    assert main(["a.toml"]) == ExitStatus.INTERNAL
    Path(capsys.readouterr().err.split("its traceback is in ")[1].split()[0]).unlink()


def test_control_c_reports_what_is_done(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffcheck import run

    real, calls = run.verify_formula, []

    def interrupted(*arguments: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "verify_formula", interrupted)
    assert main([_write(folder, GOOD, BAD)]) == ExitStatus.INTERRUPTED
    assert "interrupted: 1 case: 1 passed" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["--explain", "wrong"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; from diffcheck.cli import main; status = main(sys.argv[1:]);"
        "heavy = {'torch', 'sympy', 'numpy', 'flint', 'lark'} & set(sys.modules); sys.exit(f'{heavy}' if heavy else status)"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_a_stream_without_the_signs_gets_plain_ones_and_no_colour(folder: Path) -> None:
    path = _write(folder, BAD)
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(Path(diffcheck.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-m", "diffcheck", path], cwd=folder, capture_output=True, env=environment)
    assert b"+/-" in done.stdout
    assert b"\x1b" not in done.stdout
    done.stdout.decode("ascii")


def test_a_reader_that_leaves_early_is_no_error(folder: Path) -> None:
    path = _write(folder, GOOD)
    environment = {**os.environ, "PYTHONPATH": str(Path(diffcheck.__file__).parents[1])}
    shell = f"'{sys.executable}' -m diffcheck {path} -v | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], cwd=folder, capture_output=True, text=True, env=environment)
    assert (done.stdout.strip(), done.stderr) == ("0", "")


def test_a_file_that_cannot_be_written_is_told_before_the_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diffcheck.run.verify_formula", lambda *_: pytest.fail("it ran"))
    assert main([_write(folder, GOOD), "--json", "no/such/folder.json"]) == ExitStatus.USAGE


@pytest.mark.parametrize("closing", [">&-", "> /dev/full"])
def test_an_output_that_takes_nothing_is_wrong_usage(folder: Path, closing: str) -> None:
    path = _write(folder, GOOD)
    environment = {**os.environ, "PYTHONPATH": str(Path(diffcheck.__file__).parents[1])}
    shell = f"'{sys.executable}' -m diffcheck {path} {closing}"
    done = subprocess.run(["bash", "-c", shell], cwd=folder, capture_output=True, text=True, env=environment)
    assert done.returncode == ExitStatus.USAGE
    assert done.stderr.startswith("diffcheck: ")
    assert "Traceback" not in done.stderr


def test_a_condition_that_no_point_meets_is_an_error_of_its_case(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _write(folder, '[never]\nformula = "x"\nsample.x = [1, 2]\nwhere = "x > 3"\n', GOOD)
    assert main([path]) == ExitStatus.UNREADABLE
    shown = capsys.readouterr().out
    assert "a.toml:4:9: case `never`: of 12,800 and more points drawn from `sample`, too few meet `x > 3`" in shown
    assert "2 cases: 1 passed, 1 not run" in shown


def test_a_case_that_judges_nothing_is_not_counted_as_passed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([_write(folder, '[none]\nformula = "LambertW(x)"\nat.x = 1.0\n')]) == ExitStatus.PASSED
    assert "1 case: 1 judged nothing in" in capsys.readouterr().out
