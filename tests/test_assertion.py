"""A gradient asserted in one line of a test."""

import pytest
import torch

from diffcheck import CaseError, assert_gradients, pytest_plugin

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
