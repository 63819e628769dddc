"""Ties: where a formula bends or jumps exactly at a point, both one-sided derivatives, and what torch answers there."""

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
from diffcheck.truth.enclosure import enclose
from diffcheck.truth.limits import Limit
from diffcheck.truth.local import Truth, truth_at

FLOAT64 = FORMATS["float64"]
SELU_SLOPE, SELU_ALPHA = Fraction("1.0507009873554804934193349852946"), Fraction("1.6732632423543772848170429916717")
LEFT, RIGHT, MIDDLE, BETWEEN = "the left derivative", "the right derivative", "the middle", "between them"
BOTH = "the derivative of both sides"

#    formula                          at        the derivative from the left and the right, by hand     torch's choice
KINKS = [
    ("abs(x)",                        0.0,      -1,                 1,                  MIDDLE),
    ("abs(x)",                        -0.0,     -1,                 1,                  MIDDLE),
    ("abs(3*x)",                      0.0,      -3,                 3,                  MIDDLE),
    ("abs(x - 2)",                    2.0,      -1,                 1,                  MIDDLE),
    ("abs(4*x - 1)",                  0.25,     -4,                 4,                  MIDDLE),
    ("abs(x**2 - 4)",                 2.0,      -4,                 4,                  MIDDLE),
    ("abs(x**2 - 4)",                 -2.0,     -4,                 4,                  MIDDLE),
    ("x + abs(x)",                    0.0,      0,                  2,                  MIDDLE),
    ("x*sign(x)",                     0.0,      -1,                 1,                  MIDDLE),
    ("abs(x)**1.0",                   0.0,      -1,                 1,                  MIDDLE),
    ("abs(x)*exp(x)",                 0.0,      -1,                 1,                  MIDDLE),
    ("abs(sin(x))",                   0.0,      -1,                 1,                  MIDDLE),
    ("abs(log(x))",                   1.0,      -1,                 1,                  MIDDLE),
    ("exp(-abs(x))",                  0.0,      1,                  -1,                 MIDDLE),
    ("i0e(x)",                        0.0,      1,                  -1,                 MIDDLE),
    ("abs(abs(x) - 1)",               1.0,      -1,                 1,                  MIDDLE),
    ("abs(abs(x) - 1)",               -1.0,     -1,                 1,                  MIDDLE),
    ("abs(abs(x) - 1)",               0.0,      1,                  -1,                 MIDDLE),
    ("1e-30*abs(x)",                  0.0,      Fraction(-1, 10**30), Fraction(1, 10**30), MIDDLE),
    ("relu(x)",                       0.0,      0,                  1,                  LEFT),
    ("relu(-x)",                      0.0,      -1,                 0,                  RIGHT),
    ("relu(2*x + 1)",                 -0.5,     0,                  2,                  LEFT),
    ("x*relu(x - 1)",                 1.0,      0,                  1,                  LEFT),
    ("relu(x)*relu(1 - x)",           0.0,      0,                  1,                  LEFT),
    ("relu(x)*relu(1 - x)",           1.0,      -1,                 0,                  RIGHT),
    ("relu(relu(x) - 1)",             1.0,      0,                  1,                  LEFT),
    ("abs(relu(x) - abs(x))",         0.0,      -1,                 0,                  RIGHT),
    ("relu6(x)",                      0.0,      0,                  1,                  LEFT),
    ("relu6(x)",                      6.0,      1,                  0,                  RIGHT),
    ("leaky_relu(x)",                 0.0,      Fraction(1, 100),   1,                  LEFT),
    ("leaky_relu(x, 0.25)",           0.0,      Fraction(1, 4),     1,                  LEFT),
    ("leaky_relu(-x, 0.25)",          0.0,      -1,                 Fraction(-1, 4),    RIGHT),
    ("elu(x, 2)",                     0.0,      2,                  1,                  LEFT),
    ("elu(3*x, 0.5)",                 0.0,      Fraction(3, 2),     3,                  LEFT),
    ("selu(x)",                       0.0,      SELU_SLOPE*SELU_ALPHA, SELU_SLOPE,      LEFT),
    ("hardtanh(x)",                   -1.0,     0,                  1,                  LEFT),
    ("hardtanh(x)",                   1.0,      1,                  0,                  RIGHT),
    ("hardsigmoid(x)",                -3.0,     0,                  Fraction(1, 6),     LEFT),
    ("hardsigmoid(x)",                3.0,      Fraction(1, 6),     0,                  RIGHT),
    ("hardswish(x)",                  -3.0,     0,                  Fraction(-1, 2),    LEFT),
    ("hardswish(x)",                  3.0,      Fraction(3, 2),     1,                  RIGHT),
    ("clamp(x, -1, 1)",               -1.0,     0,                  1,                  RIGHT),
    ("clamp(x, -1, 1)",               1.0,      1,                  0,                  LEFT),
    ("clamp(2*x, -1, 3)",             1.5,      2,                  0,                  LEFT),
    ("max(x, 0)",                     0.0,      0,                  1,                  MIDDLE),
    ("max(x, 1 - x)",                 0.5,      -1,                 1,                  MIDDLE),
    ("max(x, 2*x, 3*x)",              0.0,      1,                  3,                  BETWEEN),
    ("max(x, -x, 1)",                 1.0,      0,                  1,                  MIDDLE),
    ("max(abs(x), relu(x))",          0.0,      -1,                 1,                  MIDDLE),
    ("min(x, x**2)",                  0.0,      1,                  0,                  MIDDLE),
    ("min(x, x**2)",                  1.0,      2,                  1,                  MIDDLE),
    ("min(abs(x), 1)",                1.0,      1,                  0,                  MIDDLE),
    ("min(abs(x), 1)",                -1.0,     0,                  -1,                 MIDDLE),
    ("where(x > 0, x, 2*x)",          0.0,      2,                  1,                  LEFT),
    ("where(x >= 0, x, 2*x)",         0.0,      2,                  1,                  RIGHT),
    ("where(x < 0, sin(x), x**2)",    0.0,      1,                  0,                  RIGHT),
    ("Piecewise((x**2, x < 1), (3*x - 2, True))", 1.0, 2,           3,                  RIGHT),
    ("Piecewise((x, And(x > -1, x < 1)), (x**3, True))", 1.0, 1,    3,                  RIGHT),
    ("Piecewise((x, And(x > -1, x < 1)), (x**3, True))", -1.0, 3,   1,                  LEFT),
    ("Mod(x, 2)*(2 - Mod(x, 2))",     4.0,      -2,                 2,                  RIGHT),
    ("abs(x - round(x))",             0.5,      1,                  -1,                 LEFT),
]  # fmt: skip
JUMPS = [
    ("sign(x)",                       0.0,      0,                  0,                  BOTH),
    ("Heaviside(x)",                  0.0,      0,                  0,                  ""),
    ("floor(x)",                      2.0,      0,                  0,                  BOTH),
    ("floor(4*x)",                    0.75,     0,                  0,                  BOTH),
    ("ceil(x)",                       -1.0,     0,                  0,                  BOTH),
    ("round(x)",                      0.5,      0,                  0,                  BOTH),
    ("round(x)",                      -2.5,     0,                  0,                  BOTH),
    ("trunc(x)",                      -1.0,     0,                  0,                  BOTH),
    ("frac(x)",                       3.0,      1,                  1,                  BOTH),
    ("Mod(x, 2)",                     4.0,      1,                  1,                  BOTH),
    ("x*floor(x)",                    2.0,      1,                  2,                  RIGHT),
    ("x*ceil(x)",                     2.0,      2,                  3,                  LEFT),
    ("exp(x)*sign(x)",                0.0,      -1,                 1,                  MIDDLE),
    ("atan2(x, -1)",                  0.0,      -1,                 -1,                 BOTH),
    ("where(x > 0, x, x - 1)",        0.0,      1,                  1,                  BOTH),
    ("Piecewise((x**2, x < 1), (3*x, True))", 1.0, 2,               3,                  RIGHT),
]  # fmt: skip
STEEP = [
    ("sqrt(abs(x))",                  0.0,      "-inf | inf",       "nan"),
    ("cbrt(x**2)",                    0.0,      "-inf | inf",       "nan"),
    ("relu(x)**0.5",                  0.0,      "0 | inf",          "kink"),
    ("sqrt(x**2)",                    0.0,      "-1 | 1",           "nan"),
    ("hypot(x, 0)",                   0.0,      "-1 | 1",           "nan"),
]  # fmt: skip
"""Kinks where a partial on the way is infinite, so that most of torch's answers are NaN."""


def truth_of(text: str, at: float) -> Truth:
    derivative = derive(read_formula(text))
    balls = enclose(derivative.tape, np.array([[at]]), FLOAT64).balls[0]
    return truth_at(derivative, [at], Target(0, (0,)), balls, FLOAT64)


def is_number(limit: Limit | None, known: Fraction) -> bool:
    """The limit is ``known`` to the last digit that a dtype could tell."""
    assert limit is not None
    assert limit.ball is not None
    with precision(256):
        exact = arb(fmpq(known.numerator, known.denominator))
        off = abs(limit.ball - exact)
        return bool(off <= abs(exact) * arb(2) ** -63 and limit.ball.overlaps(exact))


@pytest.mark.parametrize(("text", "at", "left", "right", "choice"), [*KINKS, *JUMPS])
def test_both_one_sided_derivatives_at_a_tie(text: str, at: float, left: float, right: float, choice: str) -> None:
    truth = truth_of(text, at)
    assert is_number(truth.left, Fraction(left))
    assert is_number(truth.right, Fraction(right))
    assert truth.continuous == ((text, at, left, right, choice) in KINKS)
    assert truth.ball is None or (left == right and not truth.continuous)


@pytest.mark.parametrize(("text", "at", "left", "right", "choice"), [*KINKS, *JUMPS])
def test_torch_chooses_between_them_and_the_convention_is_told(
    text: str, at: float, left: float, right: float, choice: str
) -> None:
    kind = "kink" if (text, at, left, right, choice) in KINKS else "jump"
    results = check(text, at={"x": at}, dtypes=list(FORMATS)).result.cases[0].results
    partials = [result.worst for result in results if result.subject.order == 1]
    assert len(partials) == len(FORMATS)
    for finding in partials:
        assert finding is not None
        assert (finding.verdict.word, finding.convention) == (kind, choice)
        assert finding.cause.endswith(f": the number is {choice}") == (finding.actual is not None)


@pytest.mark.parametrize(("text", "at", "known", "word"), STEEP)
def test_a_steep_kink_has_its_sides(text: str, at: float, known: str, word: str) -> None:
    truth = truth_of(text, at)
    assert truth.left is not None
    assert truth.right is not None
    told = [{1: "inf", -1: "-inf"}.get(side.infinite, str(round(float(side.ball or 0)))) for side in (truth.left, truth.right)]
    assert " | ".join(told) == known
    assert check(text, at={"x": at}).result.cases[0].results[1].verdict.word == word


def test_nearly_every_tie_is_proved() -> None:
    """All but those of functions that arb has no series of, whose limits are extrapolated."""
    truths = {(row[0], row[1]): truth_of(row[0], row[1]) for row in [*KINKS, *JUMPS, *STEEP]}
    unproved = [key for key, truth in truths.items() if not all(side and side.proved for side in (truth.left, truth.right))]
    assert unproved == [("i0e(x)", 0.0)]
    assert len(truths) >= 80
    assert len({text for text, _ in truths}) >= 60


NO_TIE = [
    ("abs(3*x - 1)",                  1 / 3,    -3,   "rounded"),
    ("abs(x - 0.3)",                  0.1 + 0.2, 1,   "agrees"),
    ("relu(x - 1/3)",                 1 / 3,    0,    "agrees"),
    ("abs(sin(x))",                   3.141592653589793, -1, "agrees"),
    ("floor(3*x)",                    1 / 3,    0,    "agrees"),
]  # fmt: skip
"""Equal in decimals or in the program's arithmetic, not in truth."""


@pytest.mark.parametrize(("text", "at", "slope", "word"), NO_TIE)
def test_what_only_looks_like_a_tie_has_one_derivative(text: str, at: float, slope: int, word: str) -> None:
    truth = truth_of(text, at)
    assert truth.ball is not None
    assert float(truth.ball) == pytest.approx(slope, abs=1e-15)
    assert check(text, at={"x": at}).result.cases[0].results[1].verdict.word == word
