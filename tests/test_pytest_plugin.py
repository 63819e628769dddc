"""Case files as pytest items."""

import importlib
import importlib.util
import os
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import torch

import diffcheck
from diffcheck import check, check_training, pytest_plugin
from diffcheck.cases.reader import read_file
from diffcheck.pytest_settings import ROWS
from diffcheck.report.terminal import Detail, Style, render
from diffcheck.run import run
from diffcheck.verification import Settings

pytest_plugins = ["pytester"]

ROOT = Path(diffcheck.__file__).parent.parent
HEAVY = ("torch", "sympy", "numpy", "flint")

RIGHT = '[right]\nformula = "x*sin(x)"\nat.x = 1.0\n'
WRONG = '[wrong]\nformula = "x*bessel_j0(x)"\nat.x = 1.3\n'
DEFECT = '[defect]\nformula = "bessel_j0(x)"\nat.x = 1.3\nexpect.verdict = "detached"\nnote = "no gradient at all"\n'
UNREADABLE = '[unreadable]\nformula = "1 + sine(x)"\nat.x = 1.0\n'
UNDECIDED = '[undecided]\nformula = "abs(sin(x)**2 + cos(x)**2 - 1)"\nat.x = 0.5\n'
BROKEN = '[broken]\nformula = "x\n'


@pytest.fixture(scope="module", autouse=True)
def _torch_is_whole() -> None:
    """What torch imports late is imported before pytester looks: it forgets what came after, and torch bears no second time."""
    assert not check("x*bessel_j0(x)", at={"x": 1.3}).passed
    assert check_training(loss="w**2", parameters={"w": 1.0}, rule="SGD", schedule={"name": "StepLR", "step_size": 1}).passed
    importlib.import_module("diffcheck.options")


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty project."""
    # Where diffcheck is installed with its entry point, the plugin would be there twice.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    (pytester.path / "cases").mkdir()
    return pytester


def _write(project: pytest.Pytester, *cases: str, name: str = "course.toml") -> Path:
    path = project.path / "cases" / name
    path.write_text("\n".join(cases), encoding="utf-8")
    return path


def _run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return project.runpytest_inprocess(*arguments, plugins=[pytest_plugin])


def _alone(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """pytest in a process of its own."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", ""))),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    command = [sys.executable, "-m", "pytest", "-p", "diffcheck.pytest_plugin", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, check=False)


def test_each_case_is_an_item_under_its_own_name(project: pytest.Pytester) -> None:
    _write(project, RIGHT, WRONG, DEFECT)
    done = _run(project, "cases", "-v")
    done.assert_outcomes(passed=2, failed=1)
    verdicts = {"right": "PASSED", "wrong": "FAILED", "defect": "PASSED"}
    done.stdout.fnmatch_lines([f"cases/course.toml::{name} {verdict}*" for name, verdict in verdicts.items()])


def test_a_failing_item_prints_the_report_of_its_case_and_nothing_of_pytest(project: pytest.Pytester) -> None:
    path = _write(project, RIGHT, WRONG)
    result = run(read_file(path)[1:], Settings())
    report = render(result, Detail.FAILURES, Style()).rstrip("\n").rpartition("\n")[0]
    printed = _run(project, "cases").stdout.str()
    assert report in printed
    assert "course.toml:5: case `wrong`" in printed
    assert "FAILED cases/course.toml::wrong - reverse.float64.cpu.d/dx: wrong at x = 1.3" in printed
    assert "Traceback" not in printed
    assert ".py" not in printed


def test_a_case_is_chosen_by_its_node_its_words_and_its_tags(project: pytest.Pytester) -> None:
    _write(project, RIGHT + 'tags = ["slow"]\n', WRONG)
    _run(project, "cases/course.toml::right").assert_outcomes(passed=1)
    _run(project, "cases", "-k", "not wrong").assert_outcomes(passed=1, deselected=1)
    _run(project, "cases", "-k", "slow").assert_outcomes(passed=1, deselected=1)


def test_a_run_stops_at_the_first_failure_and_resumes_with_it(project: pytest.Pytester) -> None:
    _write(project, WRONG, RIGHT)
    _run(project, "cases", "-x").assert_outcomes(failed=1)
    _run(project, "cases", "--lf").assert_outcomes(failed=1)


def test_junit_holds_each_case_with_its_verdict_and_note(project: pytest.Pytester) -> None:
    _write(project, WRONG, DEFECT)
    _run(project, "cases", "--junitxml=junit.xml")
    cases = {case.attrib["name"]: case for case in ElementTree.parse(project.path / "junit.xml").iter("testcase")}
    told = {name: {each.attrib["name"]: each.attrib["value"] for each in case.iter("property")} for name, case in cases.items()}
    note = "detached, as the case expects: no gradient at all"
    assert told == {
        "wrong": {"diffcheck_verdict": "wrong"},
        "defect": {"diffcheck_verdict": "detached", "diffcheck_note": note},
    }
    failure = cases["wrong"].find("failure")
    assert failure is not None
    assert "no gradient goes through bessel_j0" in str(failure.text)


def test_a_defect_that_is_expected_passes_and_is_told_on_request(project: pytest.Pytester) -> None:
    _write(project, DEFECT)
    done = _run(project, "cases", "-rP")
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["detached, as the case expects: no gradient at all"])


def test_a_defect_that_is_mended_fails(project: pytest.Pytester) -> None:
    _write(project, RIGHT + 'expect.verdict = "wrong"\n')
    done = _run(project, "cases")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["FAILED cases/course.toml::right - expected verdict wrong, found agrees"])


def test_a_case_that_cannot_be_read_fails_at_its_place_and_loses_no_other(project: pytest.Pytester) -> None:
    _write(project, UNREADABLE, RIGHT)
    done = _run(project, "cases")
    done.assert_outcomes(passed=1, failed=1)
    where = UNREADABLE.splitlines()[1]
    place = f"cases/course.toml:2:{where.index('sine') + 1}"
    message = f"diffcheck: {place}: case `unreadable`: unknown function `sine`; did you mean `sin`?"
    assert message in done.stdout.lines
    assert "    " + where in done.stdout.lines


def test_a_broken_file_fails_and_its_other_cases_run(project: pytest.Pytester) -> None:
    _write(project, RIGHT, BROKEN)
    _run(project, "cases").assert_outcomes(passed=1, failed=1)


def test_two_cases_of_one_name_have_two_nodes(project: pytest.Pytester) -> None:
    _write(project, RIGHT, RIGHT)
    done = _run(project, "cases", "--collect-only", "-q")
    nodes = [line for line in done.stdout.lines if "::" in line]
    assert len(nodes) == len(set(nodes)) == 2


def test_undecided_passes_unless_it_is_asked_not_to(project: pytest.Pytester) -> None:
    _write(project, UNDECIDED)
    _run(project, "cases").assert_outcomes(passed=1)
    _run(project, "cases", "--diffcheck-strict").assert_outcomes(failed=1)
    _run(project, "cases", "--diffcheck-fail-on", "undecided").assert_outcomes(failed=1)
    project.makepyprojecttoml("[tool.diffcheck]\nstrict = true")
    _run(project, "cases").assert_outcomes(failed=1)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a cuda device")
def test_a_case_that_nothing_here_can_run_is_skipped_with_the_reason(project: pytest.Pytester) -> None:
    _write(project, RIGHT + 'devices = ["cuda"]\n')
    done = _run(project, "cases", "-rs")
    done.assert_outcomes(skipped=1)
    done.stdout.fnmatch_lines(["SKIPPED*no cuda here*"])


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--diffcheck-dtype", "float16"), 'dtypes = ["float16"]'),
        (("--diffcheck-mode", "forward"), 'modes = "forward"'),
        (("--diffcheck-device", "all"), 'devices = ["all"]'),
        (("--diffcheck-points", "7"), "points = 7"),
        (("--diffcheck-fail-on", "agrees"), 'fail_on = ["agrees"]'),
    ],
)
def test_an_option_and_its_key_ask_for_the_same(project: pytest.Pytester, arguments: tuple[str, str], line: str) -> None:
    _write(project, '[seen]\nformula = "x*bessel_j0(x)"\nsample.x = [0.5, 1.5]\n')
    plain = _told(_run(project, "cases"))
    by_option = _told(_run(project, "cases", *arguments))
    project.makepyprojecttoml(f"[tool.diffcheck]\n{line}")
    assert _told(_run(project, "cases")) == by_option
    assert by_option != plain


def _told(done: pytest.RunResult) -> list[str]:
    """The rows of the report, without what depends on the clock."""
    lines = done.stdout.lines
    return [line for line in lines if line.startswith(("FAIL ", "UNSUPPORTED ", "     ", "seen "))]


def test_an_option_goes_before_the_projects_key(project: pytest.Pytester) -> None:
    _write(project, WRONG)
    project.makepyprojecttoml('[tool.diffcheck]\ndtypes = ["float16"]')
    done = _run(project, "cases", "--diffcheck-dtype", "float32")
    done.stdout.fnmatch_lines(["FAILED *::wrong - reverse.float32.*"])


def test_somebodys_program_is_imported_with_leave_only(project: pytest.Pytester) -> None:
    project.makepyfile(kernels="def square(x):\n    return x*x\n")
    project.syspathinsert()
    _write(project, '[kernel]\nformula = "x**2"\nprogram = "kernels:square"\nat.x = 1.5\n')
    _run(project, "cases").assert_outcomes(failed=1)
    _run(project, "cases", "--diffcheck-allow-import").assert_outcomes(passed=1)
    project.makepyprojecttoml("[tool.diffcheck]\nallow_import = true")
    _run(project, "cases").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('dtype = "float32"', "pyproject.toml:2:1: [tool.diffcheck]: unknown key `dtype`; did you mean `dtypes`?"),
        ("points = 1.5", "pyproject.toml:2:1: [tool.diffcheck]: `points` is a whole number"),
        ("points = true", "pyproject.toml:2:1: [tool.diffcheck]: `points` is a whole number"),
        ("points = 0", "[tool.diffcheck] points is 0; it lies between 1 and "),
        ('strict = "yes"', "pyproject.toml:2:1: [tool.diffcheck]: `strict` is true or false"),
        ("modes = [1]", "pyproject.toml:2:1: [tool.diffcheck]: `modes` is a list of names"),
        ('modes = ["forwards"]', "[tool.diffcheck] modes: unknown mode `forwards`; did you mean `forward`?"),
        ('fail_on = "rond"', "[tool.diffcheck] fail_on: unknown verdict `rond`"),
        ('devices = ["gpu"]', "[tool.diffcheck] devices: unknown device `gpu`; did you mean `cuda`?"),
    ],
)
def test_what_the_project_says_wrongly_is_wrong_usage(project: pytest.Pytester, lines: str, message: str) -> None:
    _write(project, RIGHT)
    project.makepyprojecttoml(f"[tool.diffcheck]\n{lines}")
    done = _run(project, "cases")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert message in done.stderr.str()


def test_an_option_that_names_nothing_is_wrong_usage(project: pytest.Pytester) -> None:
    _write(project, RIGHT)
    done = _run(project, "cases", "--diffcheck-dtype", "float33")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert "--diffcheck-dtype: unknown dtype `float33`; did you mean `float32`?" in done.stderr.str()


def test_a_warning_that_pytest_raises_is_not_the_programs_error(project: pytest.Pytester) -> None:
    project.makepyfile(loud="import warnings\n\ndef square(x):\n    warnings.warn('loud')\n    return x*x\n")
    project.syspathinsert()
    _write(project, '[loud]\nformula = "x**2"\nprogram = "loud:square"\nat.x = 1.5\n')
    done = _run(project, "cases", "-W", "error", "--diffcheck-allow-import")
    done.stdout.fnmatch_lines(["*UserWarning: loud", "*1 passed, *"])


def test_an_interrupt_stops_the_run(project: pytest.Pytester) -> None:
    project.makepyfile(stopped="def square(x):\n    raise KeyboardInterrupt\n")
    project.syspathinsert()
    _write(project, '[stopped]\nformula = "x**2"\nprogram = "stopped:square"\nat.x = 1.5\n', RIGHT)
    done = project.runpytest_inprocess("cases", "--diffcheck-allow-import", plugins=[pytest_plugin], no_reraise_ctrlc=True)
    assert done.ret == pytest.ExitCode.INTERRUPTED
    done.assert_outcomes()


def test_every_setting_has_an_option(project: pytest.Pytester) -> None:
    printed = _run(project, "--help").stdout.str()
    assert [row.option for row in ROWS if f"--diffcheck-{row.option}" not in printed] == []


def test_the_entry_point_is_the_plugin() -> None:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert table["project"]["entry-points"]["pytest11"] == {"diffcheck": pytest_plugin.__name__}


def test_nothing_heavy_is_imported_before_there_is_a_case_file(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('[tool]\nname = "x"\n', encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[tool.diffcheck]\nmodes = ["forward"]\n', encoding="utf-8")
    code = f"import sys\n\ndef test_light():\n    assert [name for name in {HEAVY} if name in sys.modules] == []\n"
    (tmp_path / "test_light.py").write_text(code, encoding="utf-8")
    done = _alone(".", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    (tmp_path / "right.toml").write_text(RIGHT, encoding="utf-8")
    assert _alone(".", cwd=tmp_path).returncode == 1, "the test sees what a case file brings"


@pytest.mark.parametrize("text", ["", "x = \n", "[tool]\nname = 'x'\n", "[a]\nprogram = 'torch:sin'\n"])
def test_a_file_that_is_named_is_never_passed_over(text: str, tmp_path: Path) -> None:
    (tmp_path / "cases.toml").write_text(text, encoding="utf-8")
    done = _alone("cases.toml", cwd=tmp_path)
    assert done.returncode == 1, done.stdout
    assert "1 failed" in done.stdout


def test_workers_share_the_cases_and_tell_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "course.toml").write_text("\n".join((RIGHT, WRONG, DEFECT)), encoding="utf-8")
    done = _alone("-p", "xdist", "-n", "2", cwd=tmp_path)
    assert "1 failed, 2 passed" in done.stdout
    (tmp_path / "pyproject.toml").write_text('[tool.diffcheck]\nmodes = ["forwards"]\n', encoding="utf-8")
    assert "unknown mode `forwards`" in _alone("-p", "xdist", "-n", "2", cwd=tmp_path).stdout
