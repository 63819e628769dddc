"""The table's functions at germs: every name of the arb column that has a proved series, or a proved branch."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from flint import arb, arb_series, ctx, fmpq

from diffcheck.truth.arithmetic import Truth, both, either, opposite
from diffcheck.truth.germs import (
    Germ,
    NoGermError,
    OutsideError,
    composed,
    exactly,
    germ,
    power,
    sign_of,
    terms_needed,
)

ZERO = Germ(())
HALF = Fraction(1, 2)
LARGE = 2.0**12
"""Beyond this argument a series is not asked for: its terms may be gigantic."""


def analytic(method: str) -> Callable[[Any], Germ]:
    """The function of arb_series' ``method``, by its Taylor series around what the germ tends to."""

    def function(x: Any) -> Germ:
        x = germ(x)
        center, moving = x.constant, x.moving
        if not abs(center) < LARGE:
            raise NoGermError
        return composed(_taylor(method, center, terms_needed(moving)), moving)

    return function


def _taylor(method: str, center: arb, count: int) -> list[arb]:
    """The first ``count`` Taylor coefficients."""
    before = ctx.cap
    ctx.cap = count  # flint cuts every series at this length, 10 by itself, and gives zeros beyond
    try:
        series = getattr(arb_series([center, 1], prec=count), method)()
    finally:
        ctx.cap = before
    return [series[index] for index in range(count)]


exp, sin, cos, atan = (analytic(name) for name in ("exp", "sin", "cos", "atan"))
_log = analytic("log")


def log(x: Any) -> Germ:
    """Of what tends to a positive number."""
    x = germ(x)
    if sign_of(x) == -1:
        raise OutsideError
    return _log(x)


def sqrt(x: Any) -> Germ:
    """The root, of what vanishes too."""
    return power(germ(x), HALF)


def cbrt(x: Any) -> Germ:
    """The real cube root, odd."""
    x = germ(x)
    negative = less(x, 0)
    if negative is None:
        raise NoGermError
    return -power(-x, Fraction(1, 3)) if negative else power(x, Fraction(1, 3))


def general_power(x: Any, y: Any, exponent: Fraction | None = None) -> Germ:
    """x**y; ``exponent`` is y's exact value, where it is a rational constant that no ball holds."""
    x, y = germ(x), germ(y)
    if exponent is None and y.is_constant():
        exponent = exactly(y.constant)
    if exponent is not None and y.is_constant():
        return power(x, exponent)
    if x == ZERO:
        sign = sign_of(y)
        if sign == -1:
            raise OutsideError  # a pole all along
        if sign is None:
            raise NoGermError
        return germ(1 - sign)
    return exp(y * log(x))


def less(x: Any, y: Any) -> Truth:
    """x < y near the point."""
    sign = sign_of(germ(y) - x)
    return None if sign is None else sign > 0


def less_equal(x: Any, y: Any) -> Truth:
    """x <= y near the point."""
    sign = sign_of(germ(y) - x)
    return None if sign is None else sign >= 0


def equal(x: Any, y: Any) -> Truth:
    """x == y near the point."""
    sign = sign_of(germ(y) - x)
    return None if sign is None else sign == 0


def select(condition: Truth, x: Any, y: Any) -> Germ:
    """x where the condition holds, else y; raises NoGermError where it is open."""
    if condition is None:
        raise NoGermError
    return germ(x if condition else y)


def sign(x: Any) -> Germ:
    """-1, 0 or 1."""
    found = sign_of(germ(x))
    if found is None:
        raise NoGermError
    return germ(found)


def absolute(x: Any) -> Germ:
    """|x|."""
    return germ(x) * sign(x)


def maximum(x: Any, y: Any) -> Germ:
    """The larger."""
    return select(less(x, y), y, x)


def minimum(x: Any, y: Any) -> Germ:
    """The smaller."""
    return select(less(y, x), y, x)


def floor(x: Any) -> Germ:
    """The whole number below, which at a whole number depends on the side."""
    x = germ(x)
    middle, side = x.constant, sign_of(x.moving)
    low = middle.floor()
    if not low.is_exact() or (middle == low and side is None):
        raise NoGermError
    return germ(low - 1 if middle == low and side == -1 else low)


def ceil(x: Any) -> Germ:
    """The whole number above."""
    return -floor(-germ(x))


def nearest(x: Any) -> Germ:
    """Half to even, as torch rounds."""
    x = germ(x)
    if x.is_constant() and (x.constant * 2).is_integer() and not x.constant.is_integer():
        return floor((x + germ(0.5)) / 2) * 2
    return floor(x + germ(0.5))


def trunc(x: Any) -> Germ:
    """Towards zero."""
    return select(less(x, 0), ceil(x), floor(x))


def sinc(x: Any) -> Germ:
    """sin(x)/x, 1 at zero."""
    x = germ(x)
    return germ(1) if x == ZERO else sin(x) / x


def sinh(x: Any) -> Germ:
    """By exponentials."""
    return (exp(x) - exp(-germ(x))) / 2


def cosh(x: Any) -> Germ:
    """By exponentials."""
    return (exp(x) + exp(-germ(x))) / 2


def asin(x: Any) -> Germ:
    """By the arctangent of half the angle, which is regular at both borders."""
    x = germ(x)
    return 2 * atan(x / (1 + sqrt(1 - x * x)))


def acos(x: Any) -> Germ:
    """By the arctangent of half the angle, of the supplement where ``x`` is negative."""
    x = germ(x)
    if x.constant < 0:
        return germ(arb.pi()) - acos(-x)
    return 2 * atan(sqrt((1 - x) / (1 + x)))


def acosh(x: Any) -> Germ:
    """log(x + sqrt(x**2 - 1)), of what is not below 1."""
    x = germ(x)
    if less(x, 1):
        raise OutsideError
    return log(x + sqrt(x * x - 1))


def atan2(x: Any, y: Any) -> Germ:
    """The angle of the point (y, x)."""
    x, y = germ(x), germ(y)
    up, right = sign_of(x), sign_of(y)
    if right == 1:
        return atan(x / y)
    if up in (-1, 1) and (right == 0 or not _near_zero(x)):
        return up * (germ(arb.pi()) / 2) - atan(y / x)
    if up is None or right is None or up == right == 0:
        raise NoGermError
    return atan(x / y) + (germ(arb.pi()) if up >= 0 else -germ(arb.pi()))


def _near_zero(x: Germ) -> bool:
    return x.valuation > 0 or bool(x.constant.contains(0))


def xlogy(x: Any, y: Any) -> Germ:
    """x*log(y), zero where x is."""
    x = germ(x)
    return ZERO if x == ZERO else x * log(y)


NAMESPACE: dict[str, Any] = {
    **{name: analytic(name) for name in ("erf", "erfc", "erfi", "gamma", "lgamma", "airy_ai", "airy_bi", "lambertw", "si", "ci")},
    "arb": germ, "exp": exp, "sin": sin, "cos": cos, "tan": lambda x: sin(x) / cos(x), "atan": atan, "log": log,
    "sqrt": sqrt, "cbrt": cbrt,
    "expm1": lambda x: exp(x) - 1, "log1p": lambda x: log(1 + x), "sinh": sinh, "cosh": cosh,
    "tanh": lambda x: sinh(x) / cosh(x), "coth": lambda x: cosh(x) / sinh(x), "sech": lambda x: 1 / cosh(x),
    "csch": lambda x: 1 / sinh(x), "cot": lambda x: cos(x) / sin(x), "sec": lambda x: 1 / cos(x), "csc": lambda x: 1 / sin(x),
    "asin": asin, "acos": acos, "acosh": acosh, "asinh": lambda x: log(x + sqrt(x * x + 1)),
    "atanh": lambda x: log((1 + x) / (1 - x)) / 2, "atan2": atan2, "sinc": sinc, "sinc_pi": lambda x: sinc(x * arb.pi()),
    "power": general_power, "xlogy": xlogy, "entr": lambda x: -xlogy(x, x), "logaddexp": lambda x, y: log(exp(x) + exp(y)),
    "select": select, "less": less, "less_equal": less_equal, "equal": equal, "unequal": lambda x, y: opposite(equal(x, y)),
    "both": both, "either": either, "opposite": opposite, "absolute": absolute, "sign": sign,
    "heaviside": lambda x: (sign(x) + 1) / 2, "maximum": maximum, "minimum": minimum, "floor": floor, "ceil": ceil,
    "nearest": nearest, "trunc": trunc, "selu_scale": fmpq(10507009873554804934193349852946, 10**31),
    "selu_alpha": fmpq(16732632423543772848170429916717, 10**31),
}  # fmt: skip
"""What the arb column's names mean at germs; a name that is missing has no series here."""
