"""What is true at special points: domains, borders, poles, kinks, jumps and what only looks like them."""

from math import pi

import numpy as np
import pytest
from flint import arb

from diffcheck.dtypes import FORMATS
from diffcheck.errors import UndecidedError
from diffcheck.formula.formula import read_formula
from diffcheck.truth.derivative import derive
from diffcheck.truth.domain import locate
from diffcheck.truth.enclosure import enclose
from diffcheck.truth.limits import Limit
from diffcheck.truth.local import Truth, truth_at

FLOAT64 = FORMATS["float64"]

#   formula                      point         where it stands           value   the partial by each variable
#                                                                                (a number; or left | right; or nothing)
SMOOTH = [
    ("x**2",                     (0.0,),       "",                       "0",    "0"),
    ("x**0",                     (0.0,),       "",                       "1",    "0"),
    ("tan(x)",                   (pi / 2,),    "",                "1.63312e+16", "2.66709e+32"),
    ("sinc(x)",                  (0.0,),       "",                       "1",    "0"),
    ("sincpi(x)",                (0.0,),       "",                       "1",    "0"),
    ("i1(x)",                    (0.0,),       "",                       "0",    "0.5"),
    ("x**y",                     (-2.0, 3.0),  "",                       "-8",   "12", "none | none"),
    ("x**y",                     (0.0, 2.0),   "",                       "0",    "0", "0"),
    ("relu(x) - relu(-x)",       (0.0,),       "tie relu(x), relu(-x)",  "0",    "1"),
    ("x*abs(x)",                 (0.0,),       "tie abs(x)",             "0",    "0"),
    ("abs(x)**2",                (0.0,),       "tie abs(x)",             "0",    "0"),
    ("abs(x) - abs(x)",          (0.0,),       "tie abs(x), abs(x)",     "0",    "0"),
    ("abs(x)*y",                 (0.0, 0.0),   "tie abs(x)",             "0",    "0", "0"),
    ("max(x, x)",                (0.5,),       "tie max(x, x)",          "0.5",  "1"),
    ("elu(x)",                   (0.0,),       "tie elu(x, 1)",          "0",    "1"),
    ("softsign(x)",              (0.0,),       "tie softsign(x)",        "0",    "1"),
    ("where(x == 0, 1, sin(x)/x)", (0.0,),     "tie x == 0",             "1",    "0"),
    ("Piecewise((x**2, x < 1), (2*x - 1, True))", (1.0,), "tie x < 1",   "1",    "2"),
    ("where(x > 0, exp(-1/x), 0)", (0.0,),     "tie x > 0",              "0",    "0"),
    ("where(x == 0, 0, x**2*sin(1/x))", (0.0,), "tie x == 0",            "0",    "0"),
    ("where(x < 0, sqrt(-x), x)", (1.0,),      "",                       "1",    "1"),
    ("x**1.5",                   (0.0,),       "border x**1.5",          "0",    "0"),
    ("sqrt(x**2 + y**2)**2",     (0.0, 0.0),   "border sqrt(x**2 + y**2)", "0",  "0", "0"),
]  # fmt: skip
KINKS = [
    ("abs(x)",                   (0.0,),       "tie abs(x)",             "0",    "-1 | 1"),
    ("1e-30*abs(x)",             (0.0,),       "tie abs(x)",             "0",    "-1e-30 | 1e-30"),
    ("relu(x)",                  (0.0,),       "tie relu(x)",            "0",    "0 | 1"),
    ("abs(x)*y",                 (0.0, 2.0),   "tie abs(x)",             "0",    "-2 | 2", "0"),
    ("max(x, y)",                (1.0, 1.0),   "tie max(x, y)",          "1",    "0 | 1", "0 | 1"),
    ("clamp(x, y, z)",           (-1.0, 0.5, 0.5), "tie clamp(x, y, z)", "0.5",  "0", "1 | 0", "1 | 0"),
    ("clamp(x, x, y)",           (-3.0, -3.0), "tie clamp(x, x, y)",     "-3",   "1 | 0", "1 | 0"),
    ("clamp(x, x + y, x**3)",    (0.0, 0.0),   "tie clamp(x, x + y, x**3)", "0", "1 | 0", "0"),
    ("abs(x + y - z)",           (0.25, 0.5, 0.75), "tie abs(x + y - z)", "0",   "-1 | 1", "-1 | 1", "-1 | 1"),
    ("abs(log(x))",              (1.0,),       "tie abs(log(x))",        "0",    "-1 | 1"),
    ("Piecewise((x**2, x < 1), (3*x - 2, True))", (1.0,), "tie x < 1",   "1",    "2 | 3"),
    ("sqrt(x**2)",               (0.0,),       "border sqrt(x**2)",      "0",    "-1 | 1"),
    ("hypot(x, y)",              (0.0, 0.0),   "tie hypot(x, y)",        "0",    "-1 | 1", "-1 | 1"),
]  # fmt: skip
JUMPS = [
    ("sign(x)",                  (0.0,),       "tie sign(x)",            "0",    "0 | 0 jump"),
    ("1e-12*sign(x)",            (0.0,),       "tie sign(x)",            "0",    "0 | 0 jump"),
    ("floor(x)",                 (1.0,),       "tie floor(x)",           "1",    "0 | 0 jump"),
    ("round(x)",                 (2.5,),       "tie round(x)",           "2",    "0 | 0 jump"),
    ("frac(x)",                  (1.0,),       "tie frac(x)",            "0",    "1 | 1 jump"),
    ("Mod(x, y)",                (3.0, 1.0),   "tie Mod(x, y)",          "0",    "1 | 1 jump", "-3 | -2 jump"),
    ("atan2(x, y)",              (0.0, -1.0),  "tie atan2(x, y)",      "3.14159", "-1 | -1 jump", "0"),
    ("x**y",                     (0.0, 0.0),   "",                       "1",    "0", "none | 0 jump"),
    ("Piecewise((x**2, x < 1), (3*x, True))", (1.0,), "tie x < 1",       "3",    "2 | 3 jump"),
]  # fmt: skip
BORDERS = [
    ("sqrt(x)",                  (0.0,),       "border sqrt(x)",         "0",    "none | inf"),
    ("x**(1/3)",                 (0.0,),       "border x**(1/3)",        "0",    "none | inf"),
    ("x**y",                     (0.0, 0.5),   "border x**y",            "0",    "none | inf", "0"),
    ("x**x",                     (0.0,),       "",                       "1",    "none | -inf"),
    ("asin(x)",                  (1.0,),       "border asin(x)",         "1.5708", "inf | none"),
    ("acosh(x)",                 (1.0,),       "border acosh(x)",        "0",    "none | inf"),
    ("entr(x)",                  (0.0,),       "border entr(x)",         "0",    "none | inf"),
    ("sqrt(x)*sqrt(-x)",         (0.0,),       "border sqrt(x)",         "0",    "none | none"),
    ("besselj(0.5, x)",          (0.0,),       "border besselj(0.5, x)", "0",    "none | inf"),
]  # fmt: skip
POLES = [
    ("log(x)",                   (0.0,),       "pole log(x)",            "no value none | -inf", "no value none | inf"),
    ("1/x",                      (0.0,),       "pole 1/x",               "no value -inf | inf", "no value -inf | -inf"),
    ("x**y",                     (0.0, -1.0),  "pole x**y",    "no value -inf | inf", "no value -inf | -inf", "no value"),
    ("atan2(x, y)",              (0.0, 0.0),   "pole atan2(x, y)", "no value -1.5708 | 1.5708", *2*("no value 0 | 0",)),
    ("lgamma(x)",                (-2.0,),      "pole lgamma(x)",         "no value inf | inf", "no value inf | -inf"),
    ("sin(x)/x",                 (0.0,),       "pole sin(x)/x",          "no value 1 | 1", "no value 0 | 0"),
    ("y/x",                      (1.0, 0.0),   "pole y/x",     "no value", "no value", "no value -inf | -inf"),
    ("1/(x - x)",                (1.0,),       "pole 1/(x - x)",         "no value", "no value"),
]  # fmt: skip
OUTSIDE = [
    ("log(x)",                   (-1.0,),      "outside log(x)",         "no value", "no value"),
    ("sqrt(x)*0",                (-1.0,),      "outside sqrt(x)",        "no value", "no value"),
    ("asin(x)",                  (1.0000001,), "outside asin(x)",        "no value", "no value"),
    ("x**y",                     (-1.0, 0.5),  "outside x**y",           "no value", "no value", "no value"),
    ("where(x < 0, sqrt(x), x)", (-1.0,),      "outside sqrt(x)",        "no value", "no value"),
]  # fmt: skip
ROUNDED_TIES = [
    ("abs(x - 0.3)",             (0.1 + 0.2,), "",              "4.44089e-17",   "1"),
    ("abs(x + y - z)",           (0.1, 0.2, 0.3), "",           "2.77556e-17",   "1", "1", "-1"),
    ("max(x, y)",                (0.1 + 0.2, 0.3), "",                   "0.3",  "1", "0"),
    ("relu(x - 1/3)",            (1 / 3,),     "",                       "0",    "0"),
]  # fmt: skip
"""Equal in the program's arithmetic or in decimals, not equal in truth."""

ROWS = [*SMOOTH, *KINKS, *JUMPS, *BORDERS, *POLES, *OUTSIDE, *ROUNDED_TIES]
WORDS = {"inside": "", "on the border of": "border ", "at a pole of": "pole ", "outside the domain of": "outside "}


def _side(limit: Limit) -> str:
    if limit.ball is not None:
        return _number(limit.ball)
    return {1: "inf", -1: "-inf", 0: "none"}[limit.infinite]


def _number(ball: arb) -> str:
    return "0" if ball.contains(0) else f"{float(ball):.6g}"


def _told(truth: Truth) -> str:
    if truth.ball is not None:
        return _number(truth.ball)
    sides = "" if truth.left is None or truth.right is None else f"{_side(truth.left)} | {_side(truth.right)}"
    return f"no value {sides}".strip() if not truth.has_value else sides + ("" if truth.continuous else " jump")


def _truths(text: str, point: tuple[float, ...]) -> list[str]:
    derivative = derive(read_formula(text))
    balls = enclose(derivative.tape, np.array([point]), FLOAT64).balls[0]
    return [_told(truth_at(derivative, point, target, balls, FLOAT64)) for target in derivative.places]


@pytest.mark.parametrize(("text", "point", "stands"), [row[:3] for row in ROWS])
def test_a_point_s_place_is_decided_exactly(text: str, point: tuple[float, ...], stands: str) -> None:
    tape = read_formula(text).tape
    place = locate(tape, point)
    where = WORDS[place.standing.value] + (tape.text(place.operation) if place.operation >= 0 else "")
    tied = "tie " + ", ".join(tape.text(each) for each in place.tied) if place.tied else ""
    assert (where or tied) == stands


@pytest.mark.parametrize(("text", "point", "known"), [(row[0], row[1], list(row[3:])) for row in ROWS])
def test_the_truth_at_a_special_point(text: str, point: tuple[float, ...], known: list[str]) -> None:
    assert _truths(text, point) == known


@pytest.mark.parametrize("text", ["abs(sin(x)**2 + cos(x)**2 - 1)", "sqrt(1 - cos(x)**2 - sin(x)**2)"])
def test_an_identity_in_a_kink_is_left_open_and_told(text: str) -> None:
    with pytest.raises(UndecidedError, match=r"the exact sign at .* could not be settled"):
        _truths(text, (0.3,))


def test_an_oscillation_without_a_one_sided_derivative_is_left_open() -> None:
    with pytest.raises(UndecidedError, match="the one-sided derivative could not be settled"):
        _truths("where(x == 0, 0, x*sin(1/x))", (0.0,))


def test_gamma_has_a_pole_at_minus_two() -> None:
    value, partial = _truths("gamma(x)", (-2.0,))
    assert (value, partial) == ("no value -inf | inf", "no value -inf | -inf")
