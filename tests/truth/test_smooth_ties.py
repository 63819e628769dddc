"""Formulas that only look bent: smooth at a tie, or with a hole that is filled; judged by their one derivative there."""

from fractions import Fraction

import numpy as np
import pytest
from flint import arb, fmpq

from diffcheck import check
from diffcheck.dtypes import FORMATS
from diffcheck.formula.formula import read_formula
from diffcheck.formula.targets import Target
from diffcheck.truth.balls import precision
from diffcheck.truth.derivative import derive
from diffcheck.truth.domain import Standing, locate
from diffcheck.truth.enclosure import enclose
from diffcheck.truth.local import Truth, truth_at

FLOAT64 = FORMATS["float64"]

#    formula                                      at      the value   the derivative, by hand    torch
SMOOTH = [
    ("relu(x) - relu(-x)",                        0.0,    0,          1,                  "wrong"),
    ("relu(3*x) - relu(-3*x)",                    0.0,    0,          3,                  "wrong"),
    ("leaky_relu(x) - leaky_relu(-x)",            0.0,    0,          Fraction(101, 100), "wrong"),
    ("hardtanh(x) + relu(x - 1)",                 1.0,    1,          1,                  "wrong"),
    ("hardswish(x) + hardswish(-x) - abs(x)**2/3", 0.0,   0,          0,                  "agrees"),
    ("(x + abs(x))/2 - relu(x)",                  0.0,    0,          0,                  "wrong"),
    ("max(x, 0) + min(x, 0)",                     0.0,    0,          1,                  "agrees"),
    ("max(x, x)",                                 0.5,    Fraction(1, 2), 1,              "agrees"),
    ("abs(x) - abs(x)",                           0.0,    0,          0,                  "agrees"),
    ("x*abs(x)",                                  0.0,    0,          0,                  "agrees"),
    ("x*relu(x)",                                 0.0,    0,          0,                  "agrees"),
    ("x**2*sign(x)",                              0.0,    0,          0,                  "agrees"),
    ("abs(x)**2",                                 0.0,    0,          0,                  "agrees"),
    ("abs(x)**1.5",                               0.0,    0,          0,                  "agrees"),
    ("abs(x**3)",                                 0.0,    0,          0,                  "agrees"),
    ("cos(abs(x))",                               0.0,    1,          0,                  "agrees"),
    ("exp(abs(x)) - abs(x)",                      0.0,    1,          0,                  "agrees"),
    ("sign(x)*sin(abs(x))",                       0.0,    0,          1,                  "wrong"),
    ("sqrt(x**2)**2",                             0.0,    0,          0,                  "nan"),
    ("abs(sqrt(x**2))**3",                        0.0,    0,          0,                  "nan"),
    ("softsign(x)",                               0.0,    0,          1,                  "agrees"),
    ("elu(x)",                                    0.0,    0,          1,                  "agrees"),
    ("celu(x, 2)",                                0.0,    0,          1,                  "agrees"),
    ("leaky_relu(x, 1)",                          0.0,    0,          1,                  "agrees"),
    ("trunc(x)",                                  0.0,    0,          0,                  "agrees"),
    ("frac(x)",                                   0.0,    0,          1,                  "agrees"),
    ("floor(x) + frac(x) - x",                    2.0,    0,          0,                  "agrees"),
    ("Mod(x, 2) + 2*floor(x/2)",                  4.0,    4,          1,                  "agrees"),
    ("clamp(x, 0.5, 0.5)",                        0.5,    Fraction(1, 2), 0,              "wrong"),
    ("Piecewise((x**2, x < 1), (2*x - 1, True))", 1.0,    1,          2,                  "agrees"),
    ("where(x > 0, x**2, x**2)",                  0.0,    0,          0,                  "agrees"),
    ("where(x > 1, x**3, 3*x - 2)",               1.0,    1,          3,                  "agrees"),
    ("where(x == 1, 2*x - 1, x**2)",              1.0,    1,          2,                  "agrees"),
    ("where(x == 1, 1, x**2)",                    1.0,    1,          2,                  "wrong"),
    ("where(x > 0, exp(-1/x), 0)",                0.0,    0,          0,                  "nan"),
    ("where(x == 0, 0, x**2*sin(1/x))",           0.0,    0,          0,                  "nan"),
]  # fmt: skip
FILLED = [
    ("where(x == 0, 1, sin(x)/x)",                0.0,    1,          0,                  "nan"),
    ("where(x == 0, 1, (exp(x) - 1)/x)",          0.0,    1,          Fraction(1, 2),     "nan"),
    ("where(x == 0, 1, expm1(x)/x)",              0.0,    1,          Fraction(1, 2),     "nan"),
    ("where(x == 0, 1, log1p(x)/x)",              0.0,    1,          Fraction(-1, 2),    "nan"),
    ("where(x == 0, 1/2, (1 - cos(x))/x**2)",     0.0,    Fraction(1, 2), 0,              "nan"),
    ("where(x == 0, 1/6, (x - sin(x))/x**3)",     0.0,    Fraction(1, 6), 0,              "nan"),
    ("where(x == 0, 0, (tan(x) - x)/x**2)",       0.0,    0,          Fraction(1, 3),     "nan"),
    ("where(x == 1, 1, log(x)/(x - 1))",          1.0,    1,          Fraction(-1, 2),    "nan"),
    ("where(x == 1, 2, (x**2 - 1)/(x - 1))",      1.0,    2,          1,                  "nan"),
    ("sinc(x)",                                   0.0,    1,          0,                  "agrees"),
    ("sincpi(x)",                                 0.0,    1,          0,                  "agrees"),
]  # fmt: skip
"""Singularities that are removable, and removed: the derivative is that of the filled formula."""


def truth_of(text: str, at: float, output: int) -> Truth:
    derivative = derive(read_formula(text))
    balls = enclose(derivative.tape, np.array([[at]]), FLOAT64).balls[0]
    return truth_at(derivative, [at], Target(0, (0,) * output), balls, FLOAT64)


@pytest.mark.parametrize(("text", "at", "value", "slope", "word"), [*SMOOTH, *FILLED])
def test_a_smooth_formula_has_one_derivative_to_the_last_proved_digit(
    text: str, at: float, value: float, slope: float, word: str
) -> None:
    for output, known in enumerate((Fraction(value), Fraction(slope))):
        ball = truth_of(text, at, output).ball
        assert ball is not None
        with precision(4096):
            exact = arb(fmpq(known.numerator, known.denominator))
            assert ball.overlaps(exact)
            assert abs(ball - exact) <= abs(exact) * arb(2) ** -63 + arb(2) ** -1084


@pytest.mark.parametrize(("text", "at", "value", "slope", "word"), [*SMOOTH, *FILLED])
def test_torch_is_judged_by_it(text: str, at: float, value: float, slope: float, word: str) -> None:
    results = check(text, at={"x": at}, dtypes=list(FORMATS)).result.cases[0].results
    assert [result.verdict.word for result in results] == ["agrees", word] * len(FORMATS)


def test_each_of_them_stands_at_a_tie_or_a_border() -> None:
    places = {text: locate(read_formula(text).tape, [at]) for text, at, *_ in [*SMOOTH, *FILLED]}
    plain = [text for text, place in places.items() if not place.tied and place.standing is Standing.INSIDE]
    assert plain == ["sinc(x)", "sincpi(x)"]  # whose own rows fill the hole


def test_a_case_at_a_tie_of_a_smooth_formula_says_who_stands_alone() -> None:
    finding = check("relu(x) - relu(-x)", at={"x": 0.0}).result.cases[0].results[1].worst
    assert finding is not None
    assert (finding.alone, finding.expected, finding.actual) == ("automatic", ("1", "1"), 0.0)
