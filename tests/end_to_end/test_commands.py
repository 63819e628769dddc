"""The commands of the command line: what each prints, what it leaves behind, what the shell is told."""

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import diffcheck
from diffcheck import cli, run
from diffcheck.cases.case import Case
from diffcheck.cases.reader import read_file
from diffcheck.cli import ExitStatus, main
from diffcheck.commands import completion, progress
from diffcheck.commands.init import DEFAULT
from diffcheck.commands.listing import TABLES
from diffcheck.commands.points import points_of, ranges_of
from diffcheck.commands.table import COMMANDS, FILES
from diffcheck.dtypes import FORMATS
from diffcheck.formula.calls import known_names
from diffcheck.program.modes import GROUPS, MODES
from diffcheck.report.explanation import explain
from diffcheck.results import CaseResult
from diffcheck.training.rules import RULES
from diffcheck.verdict import VERDICTS
from diffcheck.verification import Settings

GOOD = '[good]\nformula = "x*sin(x)"\nat.x = 2.0\n'
BAD = '[bad]\nformula = "x*bessel_j0(x)"\nat.x = 1.3\n'
LAST = '[last]\nformula = "x**2"\nat.x = 2.0\n'
BROKEN = '[broken]\nformula = "1 + sine(x)"\nat.x = 1.0\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _write(*texts: str) -> str:
    Path("a.toml").write_text("\n".join(texts), encoding="utf-8")
    return "a.toml"


def _document(*arguments: str) -> Any:
    """The results of a command line as JSON."""
    main([*arguments, "--json", "out.json", "-q"])
    return json.loads(Path("out.json").read_text(encoding="utf-8"))


def test_every_command_is_in_the_help_and_has_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--help"])
    shown = capsys.readouterr().out
    for command in COMMANDS.values():
        assert f"  {command.name} " in shown
        assert command.says in shown
        assert main([command.name, "--help"]) == ExitStatus.PASSED
        assert capsys.readouterr().out.startswith(f"usage: python -m diffcheck {command.name} ")


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch])
def test_a_file_or_folder_with_a_commands_name_wins_and_that_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], make: Callable[[Path], None]
) -> None:
    kinds = {Path.mkdir: "folder", Path.touch: "file"}
    for name in COMMANDS:
        make(Path(name))
        (Path(name) / "a.toml" if make is Path.mkdir else Path(name)).write_text(GOOD, encoding="utf-8")
        assert main([name, "--list"]) == ExitStatus.PASSED
        streams = capsys.readouterr()
        assert streams.out.endswith(": good: x*sin(x)\n")
        assert streams.err == (
            f"diffcheck: `{name}` is read as the {kinds[make]} of that name; in another folder it is the command\n"
        )


def test_a_first_file_passes_as_it_was_written_and_shows_every_kind_of_case(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init"]) == ExitStatus.PASSED
    assert capsys.readouterr().out == f"wrote {DEFAULT}; run it: python -m diffcheck {DEFAULT}\n"
    assert main(["--strict"]) == ExitStatus.PASSED  # `python -m diffcheck` alone finds it
    cases = read_file(Path(DEFAULT))
    assert f"{len(cases)} cases: {len(cases)} passed" in capsys.readouterr().out
    assert all(isinstance(case, Case) for case in cases)
    kinds = {tuple(map(bool, (case.training, case.program, case.sample))) for case in cases if isinstance(case, Case)}
    assert kinds == {(False, False, False), (False, False, True), (False, True, True), (True, False, False)}
    text = Path(DEFAULT).read_text(encoding="utf-8")
    assert f"python -m diffcheck {DEFAULT}\n" in text


def test_a_file_that_is_there_is_left_as_it_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.toml").write_text("mine", encoding="utf-8")
    assert main(["init", "mine.toml"]) == ExitStatus.USAGE
    assert Path("mine.toml").read_text(encoding="utf-8") == "mine"
    assert capsys.readouterr().err == (
        "diffcheck: mine.toml is there already, and is left as it is; name another file: python -m diffcheck init FILE\n"
    )


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("mine", "mine is no name of a case file; did you mean `mine.toml`?"),
        ("mine.toml/under.toml", "cannot make the folder mine.toml: File exists"),
    ],
)
def test_a_first_file_that_cannot_be_written_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], file: str, message: str
) -> None:
    Path("mine.toml").touch()
    assert main(["init", file]) == ExitStatus.USAGE
    assert capsys.readouterr().err == f"diffcheck: {message}\n"
    assert [path.name for path in folder.iterdir()] == ["mine.toml"]


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("functions", known_names()),
        ("modes", [*MODES, *GROUPS]),
        ("dtypes", list(FORMATS)),
        ("rules", list(RULES)),
        ("verdicts", list(VERDICTS)),
    ],
)
def test_a_list_has_every_row_of_its_table(capsys: pytest.CaptureFixture[str], table: str, names: list[str]) -> None:
    assert main(["list", table]) == ExitStatus.PASSED
    first, also = zip(*((row[0], row[1]) for row in TABLES[table].rows()), strict=True)
    listed = [*first, *(name for cell in also for name in cell.split(", "))] if table == "functions" else list(first)
    assert sorted(filter(None, listed)) == sorted(set(names))
    assert len(capsys.readouterr().out.splitlines()) >= len(first) + 2


def test_the_lists_that_can_be_asked_for_are_those_that_this_file_knows() -> None:
    assert set(TABLES) == {"functions", "modes", "dtypes", "rules", "verdicts"}


def test_explain_says_what_the_option_says(capsys: pytest.CaptureFixture[str]) -> None:
    for word in VERDICTS:
        assert main(["explain", word]) == main(["--explain", word]) == ExitStatus.PASSED
        assert capsys.readouterr().out == f"{explain(word)}\n" * 2


def test_versions_tell_what_a_bug_report_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["versions"]) == ExitStatus.PASSED
    shown = capsys.readouterr().out
    told = dict(line.split(maxsplit=1) for line in shown.splitlines() if not line.startswith("torch's"))
    assert run.versions().items() <= told.items()
    assert f"torch's threads  {torch.get_num_threads()} of {os.cpu_count()} processors" in shown
    assert f"torch's CUDA     {torch.version.cuda or 'none'}" in shown


def test_a_formula_is_judged_as_the_same_case_of_a_file_is(folder: Path) -> None:
    path = _write('[case]\nformula = "x*y**2"\nat = [{ x = 2.0, y = 3.0 }, { x = -1.0, y = 0.5 }]\nwrt = ["y"]\n')
    here = _document("formula", "x*y**2", "--at", "x=2.0,y=3.0", "--at", "x=-1.0", "--at", "y=0.5", "--wrt", "y")
    assert here["cases"][0]["results"] == _document(path)["cases"][0]["results"]
    assert here["cases"][0]["name"] == "x*y**2"


def test_a_sampled_formula_is_judged_as_the_same_case_of_a_file_is(folder: Path) -> None:
    keys = 'points = 7\nseed = 3\nspacing = "log"\nwhere = "x < y"\nmodes = ["forward"]\ndtypes = ["float32"]\nclaim.x = "1/x"\n'
    path = _write(f'[case]\nformula = "log(x) + y"\nsample = {{ x = [1, 5], y = [1, 5] }}\n{keys}')
    words = ["--points", "7", "--seed", "3", "--spacing", "log", "--where", "x < y", "--mode", "forward", "--dtype", "float32"]
    here = _document("formula", "log(x) + y", "--sample", "x=1:5,y=1:5", *words, "--claim", "x=1/x")
    assert here["cases"][0]["results"] == _document(path)["cases"][0]["results"]


def test_a_formula_of_arrays_takes_lists_of_numbers_and_shapes(folder: Path) -> None:
    at = _document("formula", "dot(x, w)", "--at", "w=[1, 2],x=[3, 4]", "--wrt", "w")["cases"][0]
    gradient = {each["subject"]: each["worst"]["actual"] for each in at["results"]}
    assert (gradient["reverse.float64.cpu.d/dw[0]"], gradient["reverse.float64.cpu.d/dw[1]"]) == (3.0, 4.0)
    sampled = _document("formula", "norm(w)", "--sample", "w[3]=1:2", "--claim", "w[0]=w[0]/norm(w)")["cases"][0]
    assert {"reverse.float64.cpu.d/dw[2]", "claim.d/dw[0]"} <= {each["subject"] for each in sampled["results"]}
    assert sampled["passed"]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["x*sin(x)", "--at", "x=2"], ExitStatus.PASSED),
        (["-x**2", "--at", "x=2"], ExitStatus.PASSED),
        (["x*bessel_j0(x)", "--at", "x=1.3"], ExitStatus.FAILED),
        (["x/(1 + exp(-x))", "--at", "x=1", "--program", "torch.nn.functional:silu"], ExitStatus.PASSED),
        (["x/(1 + exp(-x))", "--at", "x=1", "--program", "torch.nn.functional:relu"], ExitStatus.FAILED),
        (["x", "--sample", "x=0:1", "--where", "x > 2"], ExitStatus.UNREADABLE),
    ],
)
def test_the_exit_status_of_a_formula_tells_what_happened(arguments: list[str], status: ExitStatus) -> None:
    assert main(["formula", *arguments]) == status


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sin(x)"], "there is no point to check: give --at x=2 or --sample x=-5:5"),
        (["sine(x)", "--at", "x=2"], "unknown function `sine`; did you mean `sin`?\n    sine(x)\n    ^~~~"),
        (["x*y", "--at", "x=2"], "the point has no value for `y`"),
        (["x", "--at", "2"], "`--at 2` says no number of any variable; write --at x=2"),
        (["x", "--at", "x=two"], '`two` in `--at x=two` is no number; write x=2, x=-1e-3 or "w=[1, 2]"'),
        (["x", "--at", "x=True"], '`True` in `--at x=True` is no number; write x=2, x=-1e-3 or "w=[1, 2]"'),
        (["x", "--at", "x=1e999"], "`x` is inf; points are finite, below 1.8e308"),
        (["x", "--sample", "x=5"], "`--sample x=5` is no range; write --sample x=-5:5, or w[3]=-5:5 for an array of three"),
        (["x", "--sample", "x=a:5"], "`a` in `--sample x=a:5` is no number"),
        (["x", "--sample", "x=5:1"], "the range of `x` is reversed; did you mean `[1, 5]`?"),
        (["x", "--sample", "x=1:2", "--sample", "x=1:2"], "--sample gives `x` two ranges"),
        (["x", "--at", "x=2", "--claim", "1"], '`--claim 1` is no claim; write --claim "x=2*x"'),
        (["x", "--at", "x=2", "--claim", "x=1", "--claim", "x=1"], "--claim gives `x` two derivatives"),
        (["x", "--at", "x=2", "--mode", "revers"], "unknown mode `revers`; did you mean `reverse`?"),
    ],
)
def test_a_formula_that_makes_no_case_is_told_with_status_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["formula", *arguments]) == ExitStatus.USAGE
    assert capsys.readouterr().err == f"diffcheck: {message}\n"


NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**9), 10**9)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), NUMBERS | st.lists(NUMBERS, min_size=1), min_size=3), min_size=1))
def test_points_are_read_as_they_were_written(points: list[dict[str, object]]) -> None:
    apart = [f"{name}={value}" for point in points for name, value in point.items()]
    together = [",".join(f"{name} = {value}" for name, value in point.items()) for point in points]
    assert points_of(apart) == points_of(together) == points


@given(st.dictionaries(st.sampled_from("abc"), st.tuples(NUMBERS, NUMBERS, st.lists(st.integers(1, 9)))))
def test_ranges_are_read_as_they_were_written(ranges: dict[str, tuple[float, float, list[int]]]) -> None:
    words = [f"{name}{shape or ''}={low}:{high}" for name, (low, high, shape) in ranges.items()]
    assert ranges_of(words) == {
        name: {"range": [low, high], "shape": shape} if shape else [low, high] for name, (low, high, shape) in ranges.items()
    }


@pytest.mark.parametrize("first", [BAD, BROKEN])
def test_fail_fast_stops_after_the_first_case_that_does_not_pass(
    folder: Path, capsys: pytest.CaptureFixture[str], first: str
) -> None:
    path = _write(GOOD, first, LAST)
    whole = main([path, "-q"])
    capsys.readouterr()
    assert main([path, "--fail-fast", "--json", "out.json", "-q"]) == whole
    document = json.loads(Path("out.json").read_text())
    assert [case["name"] for case in document["cases"]][:1] == ["good"]
    assert document["left"] == 1
    summary, remark = capsys.readouterr().out.splitlines()
    assert summary.startswith("2 cases: 1 passed, 1 ")
    assert remark == "stopped after the first failing case: 1 of 3 cases were not run (--fail-fast)."


@pytest.mark.parametrize("texts", [(GOOD, LAST), (GOOD, LAST, BAD)])
def test_fail_fast_says_nothing_where_every_case_was_run(
    folder: Path, capsys: pytest.CaptureFixture[str], texts: tuple[str, ...]
) -> None:
    main([_write(*texts), "--fail-fast", "-q"])
    (summary,) = capsys.readouterr().out.splitlines()
    assert summary.startswith(f"{len(texts)} cases: ")


def _slowly(monkeypatch: pytest.MonkeyPatch, **seconds: float) -> None:
    """Cases take the time, by a clock of our own, that is said by name."""
    clock = [0.0]
    real = run.verify_case

    def verify(case: Case, settings: Settings) -> CaseResult:
        clock[0] += seconds[case.name]
        return real(case, settings)

    monkeypatch.setattr(run, "verify_case", verify)
    monkeypatch.setattr(run.time, "perf_counter", lambda: clock[0])


def test_durations_show_the_slowest_cases_first(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _slowly(monkeypatch, good=1.5, bad=4.0, last=2.25)
    path = _write(GOOD, LAST, BAD)
    main([path, "--durations", "2", "-q"])
    shown = capsys.readouterr().out.splitlines()
    assert shown[2] == "the slowest of 3 cases:"
    assert [line.split() for line in shown[5:]] == [["4.000", "bad", "a.toml:9"], ["2.250", "last", "a.toml:5"]]
    main([path, "--durations", "0", "-q"])
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()[5:]] == ["bad", "last", "good"]
    assert main([path, "--durations", "-1"]) == ExitStatus.USAGE
    assert capsys.readouterr().err == "diffcheck: --durations is -1; it is a whole number, 0 or more\n"


def test_the_seconds_of_each_case_are_in_the_json(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _slowly(monkeypatch, good=1.5, last=2.25)
    document = _document(_write(GOOD, LAST))
    assert [case["seconds"] for case in document["cases"]] == [1.5, 2.25]
    assert document["seconds"] == 1.5 + 2.25


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_names_the_case_under_way(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, seen = _Terminal(), []
    real = run.verify_case

    def verify(case: Case, settings: Settings) -> CaseResult:
        seen.append((case.name, terminal.getvalue().rpartition("\r")[2]))
        return real(case, settings)

    monkeypatch.setattr(run, "verify_case", verify)
    monkeypatch.setattr(progress, "DELAY", 0.0)
    monkeypatch.setattr(progress.Timer, "start", lambda timer: timer.function())
    monkeypatch.setattr(progress.Timer, "join", lambda timer: None)
    monkeypatch.setattr(sys, "stderr", terminal)
    main([_write(GOOD, LAST)])
    assert [name for name, _ in seen] == ["good", "last"]
    for done, (name, bar) in enumerate(seen):
        assert name in bar
        assert f"{done}/2" in bar
    assert terminal.getvalue().rpartition("\r")[0].endswith(" ")  # the bar is gone afterwards


def test_a_short_run_shows_no_bar(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "DELAY", 3600.0)
    monkeypatch.setattr(sys, "stderr", terminal := _Terminal())
    main([_write(GOOD, LAST)])
    assert terminal.getvalue().strip() == ""


def test_completion_without_its_package_says_how_to_get_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)  # what is None there cannot be imported
    assert main(["completion", "bash"]) == ExitStatus.USAGE
    assert capsys.readouterr().err == "diffcheck: completion needs the package shtab: pip install shtab\n"


@pytest.mark.skipif(find_spec("shtab") is None, reason="shtab is not installed")
@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["lis"], ["list"]),
        (["list", ""], list(TABLES)),
        (["explain", "wr"], ["wrong"]),
        (["--dtype", "b"], [name for name in FORMATS if name.startswith("b")]),
        (["formula", "x", "--sam"], ["--sample"]),
        (["a.toml", "--fail-f"], ["--fail-fast"]),
    ],
)
def test_a_shell_completes_commands_options_and_names(words: list[str], offered: list[str]) -> None:
    assert _completed(words) == offered


@pytest.mark.skipif(find_spec("shtab") is None, reason="shtab is not installed")
@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    "words", [["--baseline", "bef"], ["--junit", "bef"], ["--markdown", "bef"], ["--html", "bef"], ["compare", "bef"],
              ["compare", "x.json", "bef"], ["formula", "x", "--json", "bef"]], ids=" ".join,
)  # fmt: skip
def test_a_shell_completes_files_where_a_file_is_wanted(folder: Path, words: list[str]) -> None:
    Path("before.json").write_text("{}")
    Path("x.json").write_text("{}")
    assert _completed(words) == ["before.json"]


def _completed(words: list[str]) -> list[str]:
    """What bash offers for the last of ``words``."""
    call = '_shtab_diffcheck diffcheck "${COMP_WORDS[COMP_CWORD]}" ""; printf "%s\\n" "${COMPREPLY[@]}"'
    shell = f'eval "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); {call}'
    command = ["bash", "-c", shell, "bash", completion.script("bash"), completion.SCRIPT, *words]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout.split()


LIGHT = [["list", "verdicts"], ["list", "dtypes"], ["list", "rules"], ["explain", "nan"], ["init"]]


@pytest.mark.parametrize("arguments", [*([name, "--help"] for name in COMMANDS), *LIGHT], ids=" ".join)
def test_a_command_that_runs_nothing_imports_nothing_heavy(folder: Path, arguments: list[str]) -> None:
    code = (
        "import sys; from diffcheck.cli import main; status = main(sys.argv[1:]);"
        "heavy = {'torch', 'sympy', 'numpy', 'flint', 'lark'} & set(sys.modules); sys.exit(f'{heavy}' if heavy else status)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(diffcheck.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_entry_leaves_everything_to_the_chosen_command(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(cli, "_main", lambda command, arguments: told.append(command.name) or ExitStatus.PASSED)
    for words in (["list", "modes"], ["formula", "x"], ["a.toml"], []):
        main(words)
    assert told == ["list", "formula", FILES.name, FILES.name]
