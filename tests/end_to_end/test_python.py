"""diffcheck from Python."""

import pytest
import sympy
import torch

import diffcheck
from diffcheck import CaseError, check


def test_the_public_names_are_sorted_complete_and_there() -> None:
    assert diffcheck.__all__ == sorted(diffcheck.__all__)
    assert all(getattr(diffcheck, name) is not None for name in diffcheck.__all__)
    assert dir(diffcheck) == diffcheck.__all__
    with pytest.raises(AttributeError, match="module 'diffcheck' has no attribute 'nothing'"):
        diffcheck.nothing  # noqa: B018


def test_a_formula_is_checked_in_every_mode_and_dtype_asked_for() -> None:
    report = check("x*sin(x)", sample={"x": (-5, 5)}, points=50, dtypes=["float64", "float32"], modes=["reverse", "grad"])
    assert report.passed
    assert len(report.result.cases[0].results) == 6
    assert str(report).splitlines()[-1].startswith("1 case: 1 passed in ")
    report.assert_passed()


def test_code_is_checked_against_its_formula() -> None:
    assert check(torch.nn.functional.silu, "x/(1 + exp(-x))", sample={"x": (-20, 20)}).passed
    assert check("torch.nn.functional:silu", "x/(1 + exp(-x))", sample={"x": (-20, 20)}).passed


def test_a_failure_is_returned_and_raises_on_request_with_the_table() -> None:
    report = check("x*bessel_j0(x)", at={"x": 1.3})
    assert not report.passed
    with pytest.raises(AssertionError, match="no gradient goes through bessel_j0"):
        report.assert_passed()


def test_a_sympy_expression_is_taken_wherever_a_formulas_text_is() -> None:
    x, y = sympy.symbols("x y")
    report = check(x**2 * sympy.sin(y), at={"x": 2.0, "y": 0.5}, claim={"x": 2 * x * sympy.sin(y), "y": "x**2*cos(y)"})
    assert report.passed
    assert [each.note for each in report.result.cases[0].results[:2]] == ["proved", "proved"]


@pytest.mark.parametrize(
    ("subject", "keys", "message"),
    [
        ("x*sine(x)", {"at": {"x": 1.0}}, "unknown function `sine`; did you mean `sin`?"),
        ("x", {"at": {"y": 1.0}}, "unknown variable `y`"),
        ("x", {}, "there is no point to check: give `at` or `sample`"),
        ("x", {"at": {"x": 1.0}, "dtype": "float32"}, "unknown key `dtype`; did you mean `dtypes`?"),
        ("x", {"at": {"x": 1.0}, "fail_on": ("rond",)}, "unknown verdict `rond`"),
    ],
)
def test_what_makes_no_case_raises_one_clear_error(subject: str, keys: dict[str, object], message: str) -> None:
    with pytest.raises(CaseError, match=message.replace("?", r"\?")):
        check(subject, **keys)  # type: ignore[arg-type]


def test_strict_and_fail_on_work_as_on_the_command_line() -> None:
    assert check("abs(sin(x)**2 + cos(x)**2 - 1)", at={"x": 1.0}).passed
    assert not check("abs(sin(x)**2 + cos(x)**2 - 1)", at={"x": 1.0}, strict=True).passed
    assert not check("relu(x)", at={"x": 0.0}, fail_on=("kink",)).passed


def test_a_claim_is_proved_where_sympy_can_and_judged_exactly_where_it_cannot() -> None:
    right = check("x*sin(x)", sample={"x": (-5, 5)}, claim={"x": "sin(x) + x*cos(x)"})
    assert (right.passed, right.result.cases[0].results[0].note) == (True, "proved")
    hard = check("gamma(x)", sample={"x": (2, 5)}, claim={"x": "gamma(x)*digamma(x)"})
    assert hard.result.cases[0].results[0].verdict.word == "agrees"
    for wrong in ("sin(x) - x*cos(x)", "sin(x) + x*cos(x)*(1 + 1e-15)", "0", "sin(x)"):
        report = check("x*sin(x)", sample={"x": (-5, 5)}, claim={"x": wrong})
        assert report.result.cases[0].results[0].verdict.word == "wrong"


def test_an_expected_number_may_be_as_far_off_as_a_sound_program() -> None:
    assert check("5*x**3 - x**2 + 2*x - 100", at={"x": 10.0}, expect={"gradient": {"x": 1482.0}}).passed
    assert not check("5*x**3 - x**2 + 2*x - 100", at={"x": 10.0}, expect={"gradient": {"x": 1482.001}}).passed
    third = {"at": {"x": 1.0}, "expect": {"gradient": {"x": 0.3333333432674408}}}
    assert check("x/3", **third, dtypes=["float32"]).passed  # type: ignore[arg-type]
    assert not check("x/3", **third).passed  # type: ignore[arg-type]


def test_ten_thousand_terms_and_five_hundred_nested_calls_are_judged() -> None:
    chained = check(" + ".join(["x*y"] * 10_000), at={"x": 0.5, "y": 2.0})
    nested = check("sin(" * 500 + "x" + ")" * 500, sample={"x": (0.1, 1)}, points=3)
    assert (chained.verdict, nested.verdict) == (diffcheck.verdict.Verdict.AGREES,) * 2


def test_a_report_is_one_line_where_python_shows_its_repr() -> None:
    assert repr(check("x**2", at={"x": 1.0})).startswith("<Report: 1 case: 1 passed in ")


def test_code_without_a_formula_and_swapped_arguments_are_told_how_to_call() -> None:
    for arguments in ((torch.sin,), ("sin(x)", torch.sin)):
        with pytest.raises(CaseError, match="say which formula the code is meant to compute"):
            check(*arguments, at={"x": 1.0})


def test_a_program_called_by_position_says_in_which_order() -> None:
    report = check(lambda a, b: b * torch.sin(a), "sin(y)*x", at={"x": 1.0, "y": 2.0})
    assert report.result.cases[0].results[0].note.endswith("called by position as <lambda>(y, x)")


def test_torch_dtypes_and_a_single_verdict_are_taken_as_they_are_meant() -> None:
    assert check("x**2", at={"x": 1.0}, dtypes=[torch.float32], fail_on="kink").passed
