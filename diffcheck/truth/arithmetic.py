"""Ball arithmetic on python-flint's ``arb``: powers, comparisons, choices, rounding to whole numbers.

Every function encloses its exact value. Where arb would build a number with a gigantic exponent, a NaN ball stands
for "beyond every dtype". Source: Johansson, "Arb: efficient arbitrary-precision midpoint-radius interval
arithmetic", IEEE Transactions on Computers 66 (2017).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flint import arb, ctx, fmpq

NAN = arb.nan()
ZERO = arb(0)
ONE = arb(1)
UNIT = arb(0).union(arb(1))
SIGNS = arb(-1).union(arb(1))
HUGE = 2.0**1023
"""Beyond this argument an exponential is beyond every dtype."""

Truth = bool | None
"""True, False, or None where the balls overlap."""


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Ball arithmetic at ``bits`` bits."""
    before = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = before


def as_ball(x: Any) -> arb:
    """``x`` as a ball; a rational number at the current precision."""
    return x if isinstance(x, arb) else arb(x)


def exp(x: arb) -> arb:
    """e**x; NaN where that is beyond every dtype."""
    size = float(x)
    if -HUGE < size < HUGE:
        return x.exp()
    if x < -HUGE:
        return (arb(-HUGE).exp() * UNIT) if x.is_finite() else NAN
    return NAN


def bounded(function: Callable[[arb], arb], limit: float) -> Callable[[arb], arb]:
    """``function`` of arguments below ``limit``; NaN where its value is beyond every dtype."""

    def within(x: arb) -> arb:
        x = as_ball(x)
        return function(x) if -limit < float(x) < limit else NAN

    return within


def power(x: Any, y: Any) -> arb:
    """x**y, a whole power also of a negative base; NaN where it would not fit into memory."""
    x, y = as_ball(x), as_ball(y)
    if not abs(float(y)) < 2.0**40:
        return NAN
    if not x.is_zero():
        # x**y is exp(y*log(x)): a base with a gigantic exponent, raised further, would not fit into memory.
        if x.is_finite() and abs(float(y)) > 2.0**20 and not (1e-300 < abs(float(x)) < 1e300):
            return NAN
        whole = y.unique_fmpz() if y.is_exact() else None
        raised: arb = x**y if whole is None else x**whole
        return raised
    if y > 0:
        return ZERO
    return ONE if y.is_zero() else NAN


def power_domain(x: Any, y: Any) -> arb:
    """Not negative where x**y is real: x itself, unless y is a whole number."""
    y = as_ball(y)
    return ONE if y.is_exact() and y.is_integer() else as_ball(x)


def power_pole(x: Any, y: Any) -> arb:
    """Zero where x**y has a pole: x itself, where y is negative."""
    return as_ball(x) if as_ball(y) < 0 else ONE


def less(x: Any, y: Any) -> Truth:
    """x < y."""
    if x < y:
        return True
    return False if x >= y else None


def less_equal(x: Any, y: Any) -> Truth:
    """x <= y."""
    if x <= y:
        return True
    return False if x > y else None


def equal(x: Any, y: Any) -> Truth:
    """x == y."""
    if x == y:
        return True
    return False if x != y else None


def unequal(x: Any, y: Any) -> Truth:
    """x != y."""
    return opposite(equal(x, y))


def both(x: Truth, y: Truth) -> Truth:
    """x and y, each of which may be open."""
    if x is False or y is False:
        return False
    return True if x and y else None


def either(x: Truth, y: Truth) -> Truth:
    """x or y, each of which may be open."""
    if x or y:
        return True
    return False if x is False and y is False else None


def opposite(x: Truth) -> Truth:
    """Not x, open where x is."""
    return None if x is None else not x


def select(condition: Truth, x: Any, y: Any) -> arb:
    """x where the condition holds, else y; both of them where it is open."""
    if condition is None:
        x, y = as_ball(x), as_ball(y)
        return x.union(y) if x.is_finite() and y.is_finite() else NAN
    return as_ball(x) if condition else as_ball(y)


def absolute(x: Any) -> arb:
    """|x|."""
    return abs(as_ball(x))


def sign(x: Any) -> arb:
    """-1, 0 or 1; all three where the ball holds zero."""
    x = as_ball(x)
    if x > 0:
        return ONE
    return -ONE if x < 0 else (ZERO if x.is_zero() else SIGNS)


def heaviside(x: Any) -> arb:
    """0 below zero, 1 above, 1/2 at it."""
    return (sign(x) + 1) / 2


def nearest(x: Any) -> arb:
    """Round half to even, as torch does."""
    x = as_ball(x)
    low = x.floor()
    return select(either(less(x - low, fmpq(1, 2)), both(equal(x - low, fmpq(1, 2)), is_even(low))), low, low + 1)


def is_even(x: arb) -> Truth:
    """A whole number is even; open where the ball is wide."""
    half = x / 2
    return half.is_integer() if x.is_exact() else None


def trunc(x: Any) -> arb:
    """Round towards zero."""
    x = as_ball(x)
    return select(less(x, 0), x.ceil(), x.floor())


def cbrt(x: Any) -> arb:
    """The real cube root, odd."""
    x = as_ball(x)
    if x.is_zero() or x.contains(0):
        return ZERO if x.is_zero() else NAN
    root: arb = abs(x).root(3)
    return root if x > 0 else -root


def xlogy(x: Any, y: Any) -> arb:
    """x*log(y), zero where x is."""
    x = as_ball(x)
    return ZERO if x.is_zero() else x * as_ball(y).log()


def entr(x: Any) -> arb:
    """-x*log(x), zero where x is."""
    x = as_ball(x)
    return ZERO if x.is_zero() else -x * x.log()


def logaddexp(x: Any, y: Any) -> arb:
    """log(exp(x) + exp(y))."""
    x, y = as_ball(x), as_ball(y)
    total: arb = x.max(y) + exp(-abs(x - y)).log1p()
    return total


def atan2(x: Any, y: Any) -> arb:
    """The angle of the point (y, x)."""
    return arb.atan2(as_ball(x), as_ball(y))
