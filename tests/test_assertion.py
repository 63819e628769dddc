"""A gradient asserted in one line of a test."""

from pathlib import Path
from typing import Any

import pytest
import torch

from diffcheck import CaseError, assert_gradients, each_case, pytest_plugin

pytest_plugins = ["pytester"]


def test_a_gradient_is_asserted_in_one_line() -> None:
    assert_gradients(torch.nn.functional.silu, "x/(1 + exp(-x))", sample={"x": (-20, 20)}, points=20)
    with pytest.raises(AssertionError) as raised:
        assert_gradients(lambda x: x.detach() + 0 * x, "x", at={"x": 2.0}, name="lost")
    first, blank, *rest = str(raised.value).splitlines()
    assert first == "lost: reverse.float64.cpu.d/dx: wrong at x = 2.0"
    assert blank == ""
    assert rest[-1].startswith("1 case: 1 failed")


def test_an_assertion_that_makes_no_case_is_told_as_such() -> None:
    with pytest.raises(CaseError, match="unknown function `sine`"):
        assert_gradients(torch.sin, "sine(x)", at={"x": 1.0})


def test_an_assertion_fails_on_what_it_is_told_to_and_names_that() -> None:
    with pytest.raises(AssertionError, match=r"^torch:sqrt: value\.float64\.cpu: agrees at x = 2\.0\n"):
        assert_gradients("torch:sqrt", "sqrt(x)", at={"x": 2.0}, fail_on="agrees")


def test_a_failing_assertion_shows_the_line_of_the_test(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(
        test_mine="import torch\nfrom diffcheck import assert_gradients\n\n"
        "def test_mine():\n    assert_gradients(torch.sin, 'cos(x)', at={'x': 1.0})\n"
    )
    done = pytester.runpytest_inprocess("test_mine.py", plugins=[pytest_plugin])
    done.stdout.fnmatch_lines(["test_mine.py:5: AssertionError"])
    assert "assertion.py" not in done.stdout.str()


CASES = """\
[silu]
formula = "x/(1 + exp(-x))"
at.x = 1.5
dtypes = ["float32"]

[broken]
formula = "sine(x)"
at.x = 1.0

[square]
formula = "x**2"
at.x = 3.0
"""
TRAINED = """\
[run]
train = { loss = "(w - 1)**2", parameters = { w = 3.0 }, optimizer = { name = "SGD", lr = 0.1 }, steps = 2 }
"""


def test_each_case_of_a_file_is_a_test_and_one_that_cannot_be_read_fails_alone(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.path.joinpath("cases").mkdir()
    pytester.path.joinpath("cases", "mine.toml").write_text(CASES, encoding="utf-8")
    pytester.makepyfile(
        test_mine="import torch\nfrom diffcheck import assert_gradients, each_case\n\n@each_case('cases')\n"
        "def test_mine(case):\n    assert_gradients(torch.nn.functional.silu, case)\n"
    )
    done = pytester.runpytest_inprocess("test_mine.py", "-v", plugins=[pytest_plugin])
    done.assert_outcomes(passed=1, failed=2)
    done.stdout.fnmatch_lines([
        "*::test_mine[[]silu[]] PASSED*",
        "*::test_mine[[]broken[]] FAILED*",
        "*::test_mine[[]square[]] FAILED*",
        "*CaseError: cases/mine.toml:7:12: case `broken`: unknown function `sine`*",
        "*AssertionError: square: value.float64.cpu: wrong at x = 3.0*",
    ])  # fmt: skip


def _cases(tmp_path: Path, text: str) -> dict[str, Any]:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return {param.id: param.values[0] for param in each_case(file).args[1]}


def test_a_case_is_asserted_alone_or_of_a_program_with_its_own_keys(tmp_path: Path) -> None:
    cases = _cases(tmp_path, CASES)
    assert_gradients(cases["silu"])
    assert_gradients(torch.nn.functional.silu, cases["silu"])
    with pytest.raises(AssertionError, match=r"^silu: reverse\.float32\.cpu\.d/dx: wrong at x = 1\.5\n"):
        assert_gradients(lambda x: torch.nn.functional.silu(x.detach()) + 0 * x, cases["silu"])
    with pytest.raises(CaseError, match="the case `silu` has its own keys; `points` cannot be given beside it"):
        assert_gradients(torch.sin, cases["silu"], points=3)


def test_a_training_case_is_asserted_alone_and_takes_no_program(tmp_path: Path) -> None:
    cases = _cases(tmp_path, TRAINED)
    assert_gradients(cases["run"])
    with pytest.raises(CaseError, match=r"mine\.toml:1:.*the case `run` is one of training"):
        assert_gradients(torch.sin, cases["run"])


def test_a_folder_without_cases_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="holds no case file"):
        each_case(tmp_path)
