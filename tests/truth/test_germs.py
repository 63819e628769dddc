"""Germs: series of the distance from a point, with proved coefficients, and the limits read off them."""

from fractions import Fraction
from math import inf

import pytest
from flint import arb, fmpq
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from diffcheck.dtypes import FORMATS
from diffcheck.errors import UndecidedError
from diffcheck.formula.chain import CONDITIONS
from diffcheck.formula.formula import read_formula
from diffcheck.formula.functions import SPELLINGS, TABLE
from diffcheck.strategies.formulas import CALLABLE, formulas
from diffcheck.truth.balls import precision
from diffcheck.truth.derivative import derive
from diffcheck.truth.enclosure import ball_function, raised
from diffcheck.truth.germs import Germ, NoGermError, OutsideError, germ, power, sign_of
from diffcheck.truth.limits import Limit, one_sided
from diffcheck.truth.sides import germ_of, proved_side

FLOAT64 = FORMATS["float64"]
T = Germ(((Fraction(1), arb(1)),))
ZERO = Germ(())


def told(found: Germ) -> str:
    """``2 + -1*t**1/2`` with the order of what is left out."""
    parts = [f"{float(coefficient):g}*t**{exponent}" for exponent, coefficient in found.terms]
    return " + ".join([*parts, *([f"O(t**{found.end})"] if found.end != inf else [])]) or "0"


def of(text: str, point: float, side: int) -> Germ:
    with precision(256):
        return germ_of(read_formula(text).tape, (point,), 0, side)


#    formula                     point    side   its germ, as far as shown
GERMS = [
    ("3*x**2 - 1",               0.0,     1,     "-1*t**0 + 3*t**2"),
    ("abs(x)",                   0.0,    -1,     "1*t**1"),
    ("1/x",                      0.0,    -1,     "-1*t**-1"),
    ("sqrt(x)",                  0.0,     1,     "1*t**1/2"),
    ("x**1.5",                   4.0,     0,     "8*t**0"),
    ("sqrt(x**2 + x**3)",        0.0,     1,     "1*t**1 + 0.5*t**2 + -0.125*t**3"),
    ("sin(x)/x",                 0.0,     1,     "1*t**0 + -0.166667*t**2 + 0.00833333*t**4"),
    ("(1 - cos(x))/x**2",        0.0,    -1,     "0.5*t**0 + -0.0416667*t**2"),
    ("x - x",                    1.0,     1,     "0"),
    ("floor(x)",                 2.0,    -1,     "1*t**0"),
    ("round(x)",                 2.5,     1,     "3*t**0"),
    ("where(x > 0, x, x**2)",    0.0,    -1,     "1*t**2"),
    ("abs(x/3 - 1/3)",           1.0,    -1,     "0.333333*t**1"),
    ("where(x < 0, log(x), x)",  1.0,     1,     "1*t**0 + 1*t**1"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "point", "side", "known"), GERMS)
def test_the_germ_of_a_formula(text: str, point: float, side: int, known: str) -> None:
    assert told(of(text, point, side)).startswith(known)


@pytest.mark.parametrize(("text", "point", "side"), [
    ("sqrt(x)", 0.0, -1), ("log(x)", 0.0, -1), ("acosh(x)", 1.0, -1), ("asin(x)", 1.0, 1), ("x**(1/3)", 0.0, -1),
    ("0**x", 0.0, -1), ("sqrt(x)*0", 0.0, -1), ("where(x < 0, sqrt(x), x)", 0.0, -1),
])  # fmt: skip
def test_a_side_without_real_values_is_proved_to_have_none(text: str, point: float, side: int) -> None:
    with pytest.raises(OutsideError):
        of(text, point, side)


@pytest.mark.parametrize(("text", "point", "side"), [
    ("log(x)", 0.0, 1), ("exp(-1/x)", 0.0, 1), ("x**x", 0.0, 1), ("sin(1/x)", 0.0, 1), ("bessel_j0(x)", 0.0, 1),
    ("abs(sin(x)**2 + cos(x)**2 - 1)", 0.5, 1), ("gamma(x)", -2.0, 1), ("sin(x)", 1e6, 1),
])  # fmt: skip
def test_what_no_series_proves_is_left_to_others(text: str, point: float, side: int) -> None:
    with pytest.raises(NoGermError):
        of(text, point, side)


def test_a_germ_that_is_known_only_so_far_has_no_sign_beyond() -> None:
    unknown = Germ((), Fraction(9))
    assert [sign_of(each) for each in (T, -T, ZERO, unknown, germ(arb(0, 1)))] == [1, -1, 0, None, None]
    assert sign_of(unknown + T) == 1
    assert sign_of(unknown - T) == -1


def test_arithmetic_keeps_the_order_of_what_is_left_out() -> None:
    cut = Germ(((Fraction(0), arb(2)),), Fraction(3))
    assert told(cut * T) == "2*t**1 + O(t**4)"
    assert told(cut + T) == "2*t**0 + 1*t**1 + O(t**3)"
    assert told(cut / T) == "2*t**-1 + O(t**2)"
    assert told(ZERO * cut) == "0"
    assert told(power(T * T * 4, Fraction(1, 2))) == "2*t**1"
    assert told(power(cut, Fraction(2))) == "4*t**0 + O(t**3)"


SERIES = [
    ("abs(x)*exp(x) - relu(x)", 0.0), ("sqrt(x**2 + x**4)", 0.0), ("asin(x)", 1.0), ("acos(x)", -1.0), ("acosh(x)", 1.0),
    ("log(cos(x))/x", 0.0), ("x**x", 1.0), ("max(sin(x), x)", 0.0), ("atan2(x, -1)", 0.0), ("cbrt(x)*x", 0.0),
    ("softsign(x)", 0.0), ("selu(x)", 0.0), ("celu(x, 2)", 0.0), ("gelu(x) + tanh(x)", 0.5), ("erf(x)/x", 0.0),
    ("Mod(x, 2)", 4.0), ("hardswish(x)", 3.0), ("hypot(x, x)", 0.0), ("lgamma(x)", 1.0), ("x**(3/2)*sinc(x)", 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("text", "point"), SERIES)
@pytest.mark.parametrize("side", [-1, 1])
def test_near_the_point_the_formula_is_its_germ(text: str, point: float, side: int) -> None:
    function = ball_function(read_formula(text).tape)
    try:
        found = of(text, point, side)
    except OutsideError:
        return
    with precision(600):
        for bits in (20, 40):
            step = arb(2) ** -bits
            value = raised(function, [arb(point) + side * step], [function(arb(point) + side * step)], FLOAT64, 2**13)[0]
            total = arb(0)
            for exponent, coefficient in found.terms:
                total += coefficient * step ** fmpq(exponent.numerator, exponent.denominator)
            left_out = step ** min(float(found.end), 9.0)
            assert value.is_finite()
            assert not abs(value - total) > 10 * left_out + arb(2) ** -240


#    rows whose germ nothing proves at an ordinary point: arb has no series of theirs
WITHOUT = {
    "erfinv", "polygamma", "digamma", "zeta", "gammasign", "gammapole", "power_domain", "power_pole", "airyaiprime",
    "airybiprime", "i0", "i0e", "i1", "i1e", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "modified_bessel_i0",
    "modified_bessel_i1", "modified_bessel_k0", "modified_bessel_k1", "scaled_modified_bessel_k0",
    "scaled_modified_bessel_k1", "besselj", "bessely", "besseli", "besselk",
}  # fmt: skip
POINTS = ((0.3125, 0.75, 2.0), (1.375, 2.25, 3.0), (3.5, 0.75, 0.125))


@pytest.mark.parametrize("name", sorted(set(SPELLINGS) & {row.name for row in TABLE} - CONDITIONS))
def test_a_row_s_germ_has_the_derivative_of_the_row(name: str) -> None:
    row = SPELLINGS[name]
    arguments = ["2" if row.partials[index] is None else "xyz"[index] for index in range(row.arity)]
    formula = read_formula(f"{name}({', '.join(arguments)})")
    function = ball_function(derive(formula).tape)
    proved = 0
    for numbers in POINTS:
        point = numbers[: len(formula.variables)]
        exact = raised(function, point, function(*map(arb, point)), FLOAT64)
        for variable in range(len(point)):
            found = proved_side(formula.tape, point, variable, 1, FLOAT64)
            if found is None or not exact[0].is_finite():
                continue
            for ball, known in ((found.value.ball, exact[0]), (found.partial.ball, exact[1 + variable])):
                assert ball is not None
                assert ball.overlaps(known)
            proved += 1
    assert (proved > 0) == (name not in WITHOUT)


special = st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0, -0.5, 3.0, 6.0])
FAST = [name for name in CALLABLE if name not in ("zeta", "polygamma")]


def assert_agree(proved: Limit, extrapolated: Limit) -> None:
    if proved.ball is not None and extrapolated.ball is not None:
        assert not abs(proved.ball - extrapolated.ball) > 1e-9 * (1 + abs(proved.ball))
    else:
        assert proved.infinite == extrapolated.infinite
        assert proved.exists == extrapolated.exists


@settings(deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))
@given(formulas("x y", FAST), st.lists(special, min_size=2, max_size=2), st.sampled_from([-1, 1]))
def test_what_is_proved_is_what_nearby_values_tell(text: str, numbers: list[float], side: int) -> None:
    formula = read_formula(text)
    try:
        derivative = derive(formula)
    except UndecidedError:
        assume(False)
    point = numbers[: len(formula.variables)]
    found = proved_side(formula.tape, point, 0, side, FLOAT64)
    assume(found is not None and found.value.exists and not derivative.unknown)
    assert found is not None
    nearby = one_sided(ball_function(derivative.tape), point, 0, side)
    for proved, extrapolated in ((found.value, nearby[0]), (found.partial, nearby[1])):
        if not extrapolated.open:
            assert_agree(proved, extrapolated)
