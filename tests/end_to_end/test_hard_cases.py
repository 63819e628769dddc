"""The rules for the hard cases: one formula, one point, one verdict, held against torch itself."""

import pytest
import torch

from diffcheck import CaseError, check

LARGEST = 1.7976931348623157e308

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
    ("x + abs(y)",                              {"x": LARGEST, "y": 0.0},      "float64", "agrees",    "agrees"),
    ("max(x, y)",                               {"x": 5e-324, "y": 5e-324},    "float64", "agrees",    "kink"),
    ("x + abs(x - y)",                          {"x": 5e-324, "y": 5e-324},    "float64", "agrees",    "kink"),
    ("abs(x*1048576 - round(x*1048576))",       {"x": 1.0},                    "float64", "agrees",    "kink"),
    ("floor(x*1048576)",                        {"x": 1.0},                    "float64", "agrees",    "jump"),
    ("floor(x)*exp(x)",                         {"x": 12.0},                   "float16", "limit",     "limit"),
    ("relu(x - y)*exp(x)",                      {"x": 12.0, "y": 12.0},        "float16", "range",     "range"),
    ("max(x, y)*(x**2*x**2)",                   {"x": 3e9, "y": 3e9},          "float32", "limit",     "limit"),
    ("where(x > 0, 1, 0)",                      {"x": 0.0},                    "float64", "agrees",    "jump"),
    ("Heaviside(x)",                            {"x": 0.0},                    "float64", "agrees",    "jump"),
    ("x*1e400/1e399",                           {"x": 1.0},                    "float64", "range",     "range"),
    ("x*1e39/1e39",                             {"x": 1.0},                    "float32", "range",     "range"),
    ("x*exp(1000)/exp(1000)",                   {"x": 1.0},                    "float64", "range",     "range"),
    ("x*1e-50*1e50",                            {"x": 1.0},                    "float32", "range",     "range"),
    ("x**1.1",                                  {"x": 0.0},                    "float64", "agrees",    "agrees"),
    ("abs(x)**1.05",                            {"x": 0.0},                    "float64", "agrees",    "agrees"),
    ("where(x == 0, 1, sin(x)/x)",              {"x": 0.0},                    "float64", "agrees",    "nan"),
    ("sinh(x/(0 + 0))",                         {"x": 1.5},                    "float64", "undefined", "undefined"),
    ("3/x",                                     {"x": 1.3769793659039902},     "float64", "agrees",    "agrees"),
    ("cosh(tan(x/(0.1*3)))",                    {"x": 1e200},                  "float64", "rounded",   "rounded"),
    ("x**y",                                    {"x": -1.0, "y": 1e8},         "float32", "agrees",    "rounded"),
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
    finding = check("sqrt(x + 1) - sqrt(x)", at={"x": 8e5}, dtypes=["float32"]).result.cases[0].results[0].worst
    assert finding is not None
    assert finding.cause == "the bits are lost in sqrt(x + 1) - sqrt(x), to the rounding of sqrt(x + 1)"


def test_rounded_names_the_kernels_own_operation_where_the_formula_has_none() -> None:
    finding = check("sigmoid(x)", at={"x": 30.0}, dtypes=["float32"]).result.cases[0].results[1].worst
    assert finding is not None
    assert finding.cause == "the bits are lost in 1 - sigmoid(x), to the rounding of sigmoid(x)"


def test_a_kink_tells_which_convention_torch_chose() -> None:
    finding = check("relu(x)", at={"x": 0.0}).result.cases[0].results[1].worst
    assert finding is not None
    assert finding.cause == "a tie of relu(x): the number is the left derivative"
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
    results = check(lambda x: x.detach() ** 2, "x**2", at={"x": 1.0}, contracts=False).result.cases[0].results
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


def test_a_program_that_exits_is_an_error_and_loses_no_other_point() -> None:
    def quits(x: torch.Tensor) -> torch.Tensor:
        if x > 1:
            raise SystemExit(0)
        return x**2

    results = check(quits, "x**2", at=[{"x": 0.5}, {"x": 2.0}], contracts=False).result.cases[0].results
    counts = [{verdict.word: number for verdict, number in each.counts.items()} for each in results]
    assert counts == [{"agrees": 1, "error": 1}] * 2


def test_a_programs_own_words_never_read_as_torchs_unsupported() -> None:
    def refuses(x: torch.Tensor) -> torch.Tensor:
        if x < 0:
            raise NotImplementedError("negative numbers are not implemented: this program does not support them")
        return x.detach() * x

    results = check(refuses, "x**2", at=[{"x": -1.0}, {"x": 2.0}]).result.cases[0].results
    assert {verdict.word for verdict in results[1].counts} == {"error", "wrong"}


def test_a_complex_result_is_an_error() -> None:
    results = check(lambda x: x * x + 1j * x, "x*x", at={"x": 1.3}).result.cases[0].results
    assert results[0].verdict.word == "error"


def test_a_module_that_needs_arguments_is_told() -> None:
    with pytest.raises(CaseError, match=r"`torch.nn:Linear` cannot be made without arguments: "):
        check("torch.nn:Linear", "x", at={"x": 1.0})


def test_control_c_inside_a_check_stays_control_c() -> None:
    def interrupted(x: torch.Tensor) -> torch.Tensor:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(interrupted, "x", at={"x": 1.0})


def test_a_wide_allowance_is_told() -> None:
    program = check(torch.cos, "cos(x)", at={"x": 1.0})
    assert program.result.cases[0].results[0].note == "the allowance is 16 times the formula's own"
    widened = check("cos(x)", at={"x": 1.0}, allow={"factor": 64, "absolute": 1e-12})
    assert widened.result.cases[0].results[0].note == "the allowance is 64 times the formula's own, 1e-12 wider"


def test_an_expectation_is_judged_in_the_dtype_it_fits_and_never_passes_unjudged() -> None:
    wrong = check("x**2", at={"x": 1e5}, dtypes=["float64", "float16"], expect={"gradient": {"x": 7.0}})
    right = check("exp(x)", at={"x": 20.3}, dtypes=["float64", "bfloat16"], expect={"gradient": {"x": 654904512.1532385}})
    assert (wrong.passed, right.passed) == (False, True)


def test_a_planted_derivative_at_a_border_is_caught_however_small() -> None:
    class Power(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):  # type: ignore[no-untyped-def]
            return x**1.1

        @staticmethod
        def backward(ctx, cotangent):  # type: ignore[no-untyped-def]
            return cotangent * 1e-16

    assert check(Power, "x**1.1", at={"x": 0.0}).result.cases[0].results[1].verdict.word == "wrong"


def test_what_sympy_stumbles_over_is_undecided_with_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    # Whether sympy's assumptions raise on such a formula depends on what it has cached before.
    def stumbles(*_: object) -> None:
        raise TypeError("Invalid NaN comparison")

    monkeypatch.setattr("diffcheck.truth.derivative.rebuild", stumbles)
    results = check("x + 0.123456789", at={"x": 1.0}).result.cases[0].results
    assert {(each.verdict.word, each.note) for each in results} == {
        ("undecided", "sympy cannot differentiate the formula: Invalid NaN comparison")
    }
