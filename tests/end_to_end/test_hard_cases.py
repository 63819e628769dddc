"""The rules for the hard cases: one formula, one point, one verdict, held against torch itself."""

import pytest
import torch

from diffcheck import check

#      formula                                  point                          dtype      value        partial by x
HARD = [
    ("sqrt(x**2 + y**2)",                       {"x": 1e200, "y": 1.0},        "float64", "range",     "range"),
    ("hypot(x, y)",                             {"x": 1e200, "y": 1e200},      "float64", "agrees",    "agrees"),
    ("sqrt(x**2 + y**2)",                       {"x": 1e-200, "y": 0.0},       "float64", "range",     "range"),
    ("sqrt(x**2 + y**2)**2",                    {"x": 0.0, "y": 0.0},          "float64", "agrees",    "nan"),
    ("log(x + sqrt(x**2 + 1))",                 {"x": -1e9},                   "float64", "rounded",   "rounded"),
    ("sqrt(x + 1) - sqrt(x)",                   {"x": 8e5},                    "float32", "rounded",   "rounded"),
    ("atan2(x, y)",                             {"x": 1e-170, "y": 1e-170},    "float64", "agrees",    "wrong"),
    ("sigmoid(x)",                              {"x": 30.0},                   "float32", "agrees",    "rounded"),
    ("tanh(x)",                                 {"x": 15.0},                   "float64", "agrees",    "rounded"),
    ("sqrt(x)",                                 {"x": 0.0},                    "float64", "agrees",    "limit"),
    ("log(x)",                                  {"x": 0.0},                    "float64", "limit",     "limit"),
    ("1/x",                                     {"x": 0.0},                    "float64", "limit",     "limit"),
    ("log(x)",                                  {"x": -1.0},                   "float64", "undefined", "phantom"),
    ("sqrt(x)",                                 {"x": -1.0},                   "float64", "undefined", "undefined"),
    ("asin(x)",                                 {"x": 1.0},                    "float64", "agrees",    "limit"),
    ("asin(x)",                                 {"x": 1.5},                    "float64", "undefined", "undefined"),
    ("tan(x)",                                  {"x": 1.5707963267948966},     "float64", "agrees",    "agrees"),
    ("exp(x)",                                  {"x": 1000.0},                 "float64", "limit",     "limit"),
    ("exp(x)",                                  {"x": -1000.0},                "float64", "limit",     "limit"),
    ("where(x > 0, sqrt(x), x)",                {"x": -1.0},                   "float64", "agrees",    "nan"),
    ("where(x > 0, sqrt(where(x > 0, x, 1)), x)", {"x": -1.0},                 "float64", "agrees",    "agrees"),
    ("bessel_j0(x)",                            {"x": 1.3},                    "float64", "agrees",    "detached"),
    ("x*bessel_j0(x)",                          {"x": 1.3},                    "float64", "agrees",    "wrong"),
    ("bessel_j0(x) + x",                        {"x": 1.3},                    "float64", "agrees",    "wrong"),
    ("relu(x)",                                 {"x": 0.0},                    "float64", "agrees",    "kink"),
    ("abs(x)",                                  {"x": 0.0},                    "float64", "agrees",    "kink"),
    ("max(x, -x)",                              {"x": 0.0},                    "float64", "agrees",    "kink"),
    ("relu(x) - relu(-x)",                      {"x": 0.0},                    "float64", "agrees",    "wrong"),
    ("x*abs(x)",                                {"x": 0.0},                    "float64", "agrees",    "agrees"),
    ("abs(x)**2",                               {"x": 0.0},                    "float64", "agrees",    "agrees"),
    ("floor(x)",                                {"x": 2.0},                    "float64", "agrees",    "jump"),
    ("floor(x)",                                {"x": 2.5},                    "float64", "agrees",    "agrees"),
    ("x**y",                                    {"x": 0.0, "y": 2.0},          "float64", "agrees",    "agrees"),
    ("x**3",                                    {"x": 0.0},                    "float64", "agrees",    "agrees"),
    ("exp(exp(exp(x)))",                        {"x": 3.0},                    "float64", "limit",     "limit"),
    ("x - x",                                   {"x": 0.1},                    "float64", "agrees",    "agrees"),
    ("x/x",                                     {"x": 0.1},                    "float64", "agrees",    "agrees"),
    ("exp(log(x))",                             {"x": 0.1},                    "float64", "agrees",    "agrees"),
    ("x*1e-5",                                  {"x": 0.001},                  "float16", "limit",     "agrees"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "at", "dtype", "value", "partial"), HARD, ids=[f"{row[0]} at {row[1]}" for row in HARD])
def test_the_hard_cases_get_their_verdict(formula: str, at: dict[str, float], dtype: str, value: str, partial: str) -> None:
    results = check(formula, at=at, dtypes=[dtype]).result.cases[0].results
    assert [results[0].verdict.word, results[1].verdict.word] == [value, partial]


def test_a_partly_lost_derivative_names_the_part_that_fell_away() -> None:
    finding = check("bessel_j0(x) + x", at={"x": 1.3}).result.cases[0].results[1].worst
    assert finding is not None
    assert finding.cause == "no gradient goes through bessel_j0(x)"


def test_range_names_the_intermediate() -> None:
    finding = check("sqrt(x**2 + y**2)", at={"x": 1e200, "y": 1.0}).result.cases[0].results[1].worst
    assert finding is not None
    assert finding.cause == "x**2 overflows in float64"


def test_rounded_names_the_operation_that_loses_the_bits() -> None:
    finding = check("sqrt(x + 1) - sqrt(x)", at={"x": 8e5}, dtypes=["float32"]).result.cases[0].results[1].worst
    assert finding is not None
    assert finding.cause.startswith("the bits are lost to ")


def test_a_kink_tells_which_convention_torch_chose() -> None:
    finding = check("relu(x)", at={"x": 0.0}).result.cases[0].results[1].worst
    assert finding is not None
    assert finding.cause == "a tie of relu(x): torch chose the left derivative"
    assert finding.expected == ("0", "1")


def test_a_function_that_torch_does_not_have_is_unsupported_by_name() -> None:
    results = check("LambertW(x)", at={"x": 1.0}).result.cases[0].results
    assert {(each.verdict.word, each.note) for each in results} == {("unsupported", "torch has no LambertW")}


def test_a_program_that_raises_is_an_error_with_its_message() -> None:
    def broken(x: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("out of luck")

    results = check(broken, "x**2", at={"x": 1.0}).result.cases[0].results
    assert [each.verdict.word for each in results] == ["error", "error"]
    assert results[0].worst is not None
    assert results[0].worst.cause == "RuntimeError: out of luck"


def test_a_program_that_detaches_is_detached() -> None:
    results = check(lambda x: x.detach() ** 2, "x**2", at={"x": 1.0}).result.cases[0].results
    assert [each.verdict.word for each in results] == ["agrees", "detached"]


def test_a_missing_gradient_of_a_derivative_that_is_zero_agrees() -> None:
    assert check(lambda x: x.detach() * 0 + 3.0, "x*0 + 3", at={"x": 1.0}).verdict is not None
    assert check(lambda x: x.detach() * 0 + 3.0, "x*0 + 3", at={"x": 1.0}).passed


def test_points_that_a_dtype_cannot_hold_are_left_out_and_told() -> None:
    results = check("2*x", at=[{"x": 1e300}, {"x": 1.0}], dtypes=["float32"]).result.cases[0].results
    assert all(each.points == 1 for each in results)
    assert "1 of 2 points are left out: float32 cannot hold them" in results[0].note


def test_a_programs_allowance_is_sixteen_times_the_formulas_and_may_be_widened() -> None:
    def off(x: torch.Tensor) -> torch.Tensor:
        return x * x * (1 + 20 * 2.0**-53 * 2)

    assert not check(off, "x*x", at={"x": 1.3}, allow={"factor": 1}).passed
    assert check(off, "x*x", at={"x": 1.3}, allow={"factor": 64}).passed
    assert check(off, "x*x", at={"x": 1.3}, allow={"factor": 1, "absolute": 1e-12}).passed


def test_a_programs_arguments_are_matched_by_name_and_else_by_position() -> None:
    assert check(lambda y, x: x / y, "x/y", at={"x": 1.0, "y": 3.0}).passed
    assert check(lambda a, b: a / b, "x/y", at={"x": 1.0, "y": 3.0}).passed
    assert check(lambda a, b: b / a, "x/y", at={"x": 1.0, "y": 3.0}, arguments=["y", "x"]).passed
    assert not check(lambda a, b: b / a, "x/y", at={"x": 1.0, "y": 3.0}).passed
