"""Traps, verdict by verdict: borders, poles, untaken branches, signed zeros, the ends of each dtype's range."""

import pytest

from diffcheck import check

LARGEST = {"float64": 1.7976931348623157e308, "float32": 3.4028234663852886e38, "bfloat16": 3.3895313892515355e38,
           "float16": 65504.0}  # fmt: skip
SMALLEST = {"float64": 5e-324, "float32": 2.0**-149, "bfloat16": 2.0**-133, "float16": 2.0**-24}

#    formula                              point                       the value    the partial by each variable
TRAPS = [
    # borders, where a one-sided derivative is infinite
    ("sqrt(x)",                           {"x": 0.0},                 "agrees",    "limit"),
    ("asin(x)",                           {"x": 1.0},                 "agrees",    "limit"),
    ("acos(x)",                           {"x": -1.0},                "agrees",    "limit"),
    ("acosh(x)",                          {"x": 1.0},                 "agrees",    "limit"),
    ("entr(x)",                           {"x": 0.0},                 "agrees",    "limit"),
    ("cbrt(x)",                           {"x": 0.0},                 "agrees",    "nan"),
    ("x**y",                              {"x": 0.0, "y": 0.5},       "agrees",    "limit agrees"),
    ("sqrt(x)*sqrt(x)",                   {"x": 0.0},                 "agrees",    "nan"),
    ("sqrt(x) - sqrt(x)",                 {"x": 0.0},                 "agrees",    "nan"),
    ("xlogy(x, x)",                       {"x": 0.0},                 "agrees",    "nan"),
    ("x**x",                              {"x": 0.0},                 "agrees",    "wrong"),
    # poles
    ("log(x)",                            {"x": 0.0},                 "limit",     "limit"),
    ("1/x",                               {"x": 0.0},                 "limit",     "limit"),
    ("1/x**2",                            {"x": 0.0},                 "limit",     "undefined"),
    ("1/sqrt(x)",                         {"x": 0.0},                 "limit",     "limit"),
    ("log1p(x)",                          {"x": -1.0},                "limit",     "limit"),
    ("atanh(x)",                          {"x": 1.0},                 "limit",     "limit"),
    ("x**y",                              {"x": 0.0, "y": -1.0},      "limit",     "limit undefined"),
    ("x*log(x)",                          {"x": 0.0},                 "undefined", "undefined"),
    ("sin(x)/x",                          {"x": 0.0},                 "undefined", "undefined"),
    ("lgamma(x)",                         {"x": -1.0},                "limit",     "undefined"),
    ("atan2(x, y)",                       {"x": 0.0, "y": 0.0},       "phantom",   "phantom phantom"),
    # powers at zero
    ("x**0",                              {"x": 0.0},                 "agrees",    "agrees"),
    ("x**y",                              {"x": 0.0, "y": 0.0},       "agrees",    "agrees jump"),
    ("x**y",                              {"x": 0.0, "y": 1.0},       "agrees",    "agrees agrees"),
    ("x**y",                              {"x": 0.0, "y": 1.5},       "agrees",    "agrees agrees"),
    ("x**y",                              {"x": 0.0, "y": 2.5},       "agrees",    "agrees agrees"),
    ("abs(x)**y",                         {"x": 0.0, "y": 1.0},       "agrees",    "kink agrees"),
    ("abs(x)**y",                         {"x": 0.0, "y": 1.5},       "agrees",    "agrees agrees"),
    ("0**x",                              {"x": 0.0},                 "agrees",    "jump"),
    ("0**x",                              {"x": 2.0},                 "agrees",    "agrees"),
    ("0**x",                              {"x": -1.0},                "undefined", "undefined"),
    ("x**(y**2)",                         {"x": 0.0, "y": 0.0},       "agrees",    "agrees jump"),
    # outside the domain
    ("asin(x)",                           {"x": 2.0},                 "undefined", "undefined"),
    ("log(x)",                            {"x": -1.0},                "undefined", "phantom"),
    ("x**y",                              {"x": -2.0, "y": 2.0},      "agrees",    "agrees undefined"),
    # branches that are not taken, and holes that are filled
    ("where(x > 0, sqrt(x), 0)",          {"x": -1.0},                "agrees",    "nan"),
    ("where(x > 0, sqrt(x), 0)",          {"x": 0.0},                 "agrees",    "nan"),
    ("where(x > 0, log(x), x)",           {"x": -1.0},                "agrees",    "agrees"),
    ("where(x != 0, sin(x)/x, 1)",        {"x": 0.0},                 "agrees",    "nan"),
    ("where(x > 0, x*log(x), 0)",         {"x": 0.0},                 "agrees",    "nan"),
    ("Piecewise((exp(x), x < 700), (x, True))", {"x": 800.0},         "agrees",    "nan"),
    ("Piecewise((1/x, x > 0), (x, True))", {"x": 0.0},                "agrees",    "nan"),
    # the range
    ("tan(x)",                            {"x": 1.5707963267948966},  "agrees",    "agrees"),
    ("x*exp(-x)",                         {"x": 800.0},               "limit",     "limit"),
    ("exp(x)",                            {"x": 800.0},               "limit",     "limit"),
    ("exp(x)/exp(x)",                     {"x": 800.0},               "range",     "range"),
    ("log(1 + exp(x))",                   {"x": 800.0},               "range",     "range"),
    ("1/(1 + exp(-x))",                   {"x": -800.0},              "limit",     "range"),
    ("max(x, -exp(y))",                   {"x": 1.0, "y": 800.0},     "agrees",    "agrees range"),
    ("hypot(x, y)",                       {"x": 1e200, "y": 1e200},   "agrees",    "agrees agrees"),
    ("hypot(x, y)",                       {"x": 0.0, "y": 0.0},       "agrees",    "nan nan"),
    ("sqrt(x**2 + y**2)",                 {"x": 1e200, "y": 1e200},   "range",     "range range"),
    ("sqrt(x**2 + y**2)",                 {"x": 0.0, "y": 0.0},       "agrees",    "nan nan"),
    ("atan2(x, y)",                       {"x": 1e200, "y": 1e200},   "agrees",    "wrong wrong"),
    # signed zeros
    ("1/x",                               {"x": -0.0},                "limit",     "limit"),
    ("log(x)",                            {"x": -0.0},                "limit",     "undefined"),
    ("sqrt(x)",                           {"x": -0.0},                "agrees",    "nan"),
    ("abs(x)",                            {"x": -0.0},                "agrees",    "kink"),
    ("max(x, y)",                         {"x": 0.0, "y": -0.0},      "agrees",    "kink kink"),
    ("atan2(x, y)",                       {"x": -0.0, "y": 1.0},      "agrees",    "agrees agrees"),
    ("atan2(x, y)",                       {"x": 0.0, "y": -1.0},      "agrees",    "jump agrees"),
    ("atan2(x, y)",                       {"x": -0.0, "y": -1.0},     "jump",      "jump agrees"),
    # kernels that carry no gradient
    ("bessel_j0(x)",                      {"x": 1.5},                 "agrees",    "detached"),
    ("bessel_j1(x)",                      {"x": 0.0},                 "agrees",    "detached"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "at", "value", "partials"), TRAPS, ids=[f"{row[0]} at {row[1]}" for row in TRAPS])
def test_the_verdicts_in_a_trap(formula: str, at: dict[str, float], value: str, partials: str) -> None:
    results = check(formula, at=at).result.cases[0].results
    assert [result.verdict.word for result in results] == [value, *partials.split()]


#    formula      the partial at the largest number of a dtype, and at the smallest
ENDS = [
    ("2*x",       "agrees",    "agrees"),
    ("x/2",       "agrees",    "agrees"),
    ("x**2",      "limit",     "agrees"),
    ("sqrt(x)",   "agrees",    "agrees"),
    ("tanh(x)",   "agrees",    "agrees"),
    ("sin(x)",    "agrees",    "agrees"),
    ("abs(x)",    "agrees",    "agrees"),
    ("relu(-x)",  "agrees",    "agrees"),
]  # fmt: skip


@pytest.mark.parametrize("dtype", LARGEST)
@pytest.mark.parametrize(("formula", "largest", "smallest"), ENDS)
def test_the_partial_at_the_ends_of_a_dtype_s_range(formula: str, largest: str, smallest: str, dtype: str) -> None:
    found = [
        check(formula, at={"x": end}, dtypes=[dtype]).result.cases[0].results[1].verdict.word
        for end in (LARGEST[dtype], SMALLEST[dtype])
    ]
    assert found == [largest, smallest]


def test_an_infinity_of_the_wrong_sign_is_told() -> None:
    """At -0.0 the root is that at 0: the one-sided derivative is +inf, and torch's -inf would lead the wrong way."""
    finding = check("sqrt(x)", at={"x": -0.0}).result.cases[0].results[1].worst
    assert finding is not None
    assert finding.cause == "on the border of sqrt(x): the number is the infinity of the other sign"


def test_a_value_at_minus_zero_may_be_the_limit_below_the_jump() -> None:
    finding = check("atan2(x, y)", at={"x": -0.0, "y": -1.0}).result.cases[0].results[0].worst
    assert finding is not None
    assert finding.convention == "the left limit"
    assert finding.cause == "a tie of atan2(x, y): the number is the left limit, of -0.0"
