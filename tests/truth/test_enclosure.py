"""Enclosures hold the exact value and are narrow; what cannot be enclosed ends as such, quickly and without exceptions."""

import time

import numpy as np
import pytest
from flint import arb
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from diffcheck.dtypes import FORMATS, Format
from diffcheck.errors import UndecidedError
from diffcheck.formula.formula import read_formula
from diffcheck.strategies.formulas import CALLABLE, formulas
from diffcheck.truth.balls import precision
from diffcheck.truth.derivative import derive
from diffcheck.truth.enclosure import Enclosures, enclose
from tests.truth.references import SLOW, TooLarge, run
from tests.truth.strategies import doubles, short

FLOAT64 = FORMATS["float64"]
DIGITS = 50
QUICK = [name for name in CALLABLE if name not in SLOW]
unhurried = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def _enclosed(text: str, *point: float, form: Format = FLOAT64) -> Enclosures:
    formula = read_formula(text)
    return enclose(derive(formula).tape, np.array([point[: len(formula.variables)]], dtype=float), form)


def _decided(text: str, point: list[float], form: Format) -> Enclosures:
    try:
        return _enclosed(text, *point, form=form)
    except UndecidedError:  # sympy's derivative of x/(x - x) is no function of the table
        assume(False)
        raise


def _decimal(number: mpf) -> arb:
    """A ball around a number of mpmath's, known to DIGITS digits."""
    with precision(400):
        middle = arb(mp.nstr(number, 100, min_fixed=1, max_fixed=0))
        return middle + arb(0, 1) * abs(middle) * arb(10) ** -DIGITS


def _by_mpmath(text: str, point: list[float]) -> mpf:
    """The formula's value to DIGITS digits; gives the example up where mpmath has none, or does not settle."""
    tape = read_formula(text).tape
    try:
        # 1e308 + 5e-324 needs 632 digits.
        first, second = (run(tape, point[: len(tape.variables)], digits) for digits in (300, 800))
    except TooLarge:
        assume(False)
    assume(first is not None and second is not None)
    assume(abs(first - second) <= abs(second) * mpf(10) ** -(DIGITS + 10))
    return second


@unhurried
@given(formulas("x y", QUICK), st.lists(short | doubles, min_size=2, max_size=2))
def test_the_value_s_ball_holds_mpmath_s_value(text: str, point: list[float]) -> None:
    known = _by_mpmath(text, point)
    found = _enclosed(text, *point)
    assert not found.balls[0][0].is_finite() or found.balls[0][0].overlaps(_decimal(known)), (text, point)


@unhurried
@given(formulas("x y", QUICK), st.lists(short, min_size=2, max_size=2))
def test_the_partial_s_ball_holds_the_numerical_derivative(text: str, point: list[float]) -> None:
    tape = read_formula(text).tape
    found = _decided(text, point, FLOAT64)
    for variable in range(len(tape.variables)):
        ball = found.balls[0][1 + variable]
        if not found.narrow[0][1 + variable]:
            continue
        slopes = [_slope(text, point, variable, step) for step in (30, 35)]
        with precision(400):
            settled = abs(slopes[0] - slopes[1]) < (1 + abs(slopes[1])) * arb(10) ** -12
        if settled:  # at kinks and jumps the two sides are judged apart
            assert abs(ball - slopes[1]) < (1 + abs(slopes[1])) * arb(10) ** -10, (text, point, ball, slopes[1])


def _slope(text: str, point: list[float], variable: int, distance: int) -> arb:
    tape = read_formula(text).tape
    with mp.workdps(150):
        step = mpf(10) ** -distance
        sides = []
        for moved in (-step, step):
            near = [mpf(each) for each in point[: len(tape.variables)]]
            near[variable] += moved
            try:
                sides.append(run(tape, near, 150))
            except TooLarge:
                assume(False)
        middle = run(tape, point[: len(tape.variables)], 150)
        assume(None not in (*sides, middle))
        left, right = (middle - sides[0]) / step, (sides[1] - middle) / step
        assume(abs(left - right) <= (1 + abs(left)) * mpf(10) ** -15)
        return arb(mp.nstr((left + right) / 2, 40, min_fixed=1, max_fixed=0))


@unhurried
@given(formulas("x y", CALLABLE), st.lists(short | doubles, min_size=2, max_size=2), st.sampled_from(sorted(FORMATS)))
def test_balls_are_narrow_or_told_not_to_be(text: str, point: list[float], dtype: str) -> None:
    form = FORMATS[dtype]
    found = _decided(text, point, form)
    for ball, narrow in zip(found.balls[0], found.narrow[0], strict=True):
        if narrow:
            with precision(400):
                low_enough = abs(ball) < arb(2) ** (form.min_exponent - 10)
                assert low_enough or ball.rad() <= abs(ball.mid()) * arb(2) ** -(form.bits + 9), (text, point, ball)


def test_a_constant_partial_is_a_ball() -> None:
    found = _enclosed("x/3 + pi*y", 1.0, 2.0)
    assert found.narrow.all()
    assert found.high[0, 1:].tolist() == [1 / 3, float(arb.pi())]


@pytest.mark.parametrize("text", ["x - x", "(x + 1)**2 - x**2 - 2*x - 1", "x*0", "sin(x - x)", "floor(x/4)"])
def test_an_exact_zero_ends(text: str) -> None:
    found = _enclosed(text, 0.7)
    assert found.narrow.all()
    assert found.high[0, 0] == 0


@pytest.mark.parametrize(("text", "x"), [
    ("exp(exp(exp(x)))", 3.0), ("exp(exp(exp(x)))", -3.0), ("exp(exp(exp(exp(x))))", 5.0), ("sin(exp(exp(x)))", 9.0),
    ("((x**1000000)**1000000)**1000000", 3.0), ("x**y", 1.5), ("x**x**x", 1e300), ("2**x**x", 1e4), ("gamma(exp(x))", 30.0),
    ("exp(x)", 1.7e308), ("exp(-x)", 1.7e308), ("sinh(cosh(x))", 700.0), ("gamma(x)", 1e300), ("erfi(x)", 1e200),
    ("tanh(exp(x))", 1e5), ("sin(x)", 1.7e308), ("tan(x**5)", 1e60), ("lgamma(x)", 1e300), ("1/gamma(x)", -1e10),
    ("logaddexp(exp(x), x)", 1e6), ("besselj(2, x)", 1e300), ("airyai(x)", 1e10), ("airyai(-x)", 1e10), ("exp(x*x)*erfc(x)", 1e6),
    ("polygamma(2, x)", -1e12), ("zeta(x, 2)", 1e9), ("zeta(-x, 2)", 1e9), ("x*(exp(x) - exp(x))", 1e9), ("erfcx(x)", 1e300),
    ("log_ndtr(x)", -1e300), ("i0(x)", 1e300), ("i0e(x)", 1e300), ("digamma(-x)", 1e300), ("LambertW(x)", 1e300),
    ("x**y", 5e-324),
])  # fmt: skip
def test_gigantic_numbers_neither_hang_nor_fill_the_memory(text: str, x: float) -> None:
    start = time.monotonic()
    _enclosed(text, x, 1e300)
    assert time.monotonic() - start < 2


@pytest.mark.parametrize(("text", "x"), [
    ("1/x", 0.0), ("log(x)", 0.0), ("log(x)", -1.0), ("sqrt(x)", -1.0), ("gamma(x)", -2.0), ("digamma(x)", 0.0),
    ("asin(x)", 2.0), ("polygamma(1, x)", -3.0), ("zeta(x, 1)", 1.0), ("x**0.5", -1.0), ("log(x - x)", 1.0), ("Mod(1, x)", 0.0),
    ("cot(x)", 0.0), ("csch(x)", 0.0), ("atanh(x)", 1.0), ("acosh(x)", 0.5), ("erfinv(x)", 1.0), ("x**(-1)", 0.0),
    ("LambertW(x)", -1.0), ("bessel_y0(x)", 0.0),
])  # fmt: skip
def test_a_singularity_is_a_ball_that_is_not_finite(text: str, x: float) -> None:
    found = _enclosed(text, x)
    assert not found.balls[0][0].is_finite()
    assert not found.narrow[0, 0]


@pytest.mark.parametrize("text", ["sin(x)**2 + cos(x)**2 - 1", "log(exp(x)) - x"])
def test_what_does_not_narrow_in_2_to_the_14_bits_but_ends_in_zero_is_below_the_floor(text: str) -> None:
    assert _enclosed(text, 0.3).narrow[0, 0]
    assert abs(_enclosed(text, 0.3).balls[0][0]) < arb(2) ** -1080


def test_what_does_not_narrow_is_left_open() -> None:
    """The floor of a whole number that no precision shows to be whole."""
    start = time.monotonic()
    found = _enclosed("floor(sin(x)**2 + cos(x)**2)", 0.3)
    assert not found.narrow[0, 0]
    assert found.balls[0][0].is_finite()
    assert time.monotonic() - start < 2


@pytest.mark.parametrize("dtype", sorted(FORMATS))
def test_the_middle_is_told_as_two_doubles(dtype: str) -> None:
    found = _enclosed("exp(x)", 0.7, form=FORMATS[dtype])
    with precision(200):
        middle = arb(found.high[0, 0]) + arb(found.low[0, 0])
        assert abs(middle - arb(0.7).exp()) < arb(2) ** -(FORMATS[dtype].bits + 9)
