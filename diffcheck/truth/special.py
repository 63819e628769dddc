"""Special functions of balls, and every name that the table's arb column is written in."""

from collections.abc import Callable
from typing import Any

from flint import arb, fmpq

from diffcheck.truth.arithmetic import (
    HUGE,
    NAN,
    ONE,
    ZERO,
    absolute,
    as_ball,
    atan2,
    both,
    bounded,
    cbrt,
    either,
    entr,
    equal,
    exp,
    heaviside,
    is_even,
    less,
    less_equal,
    logaddexp,
    nearest,
    opposite,
    power,
    power_domain,
    power_pole,
    select,
    sign,
    trunc,
    unequal,
    xlogy,
)

RAISED = 1000
"""How often an argument is raised by one to reach where a function is computed."""


def lgamma(x: Any) -> arb:
    """log|gamma(x)|, by reflection where x is negative."""
    x = as_ball(x)
    found: arb = x.lgamma() if x > 0 else (arb.pi() / abs(x.sin_pi())).log() - (1 - x).lgamma() if x < 0 else NAN
    return found


def gammapole(x: Any) -> arb:
    """Zero at the poles of gamma."""
    x = as_ball(x)
    return ONE if x > 0 else x - nearest(x)


def gammasign(x: Any) -> arb:
    """The sign of gamma(x); NaN where the ball holds a pole."""
    x = as_ball(x)
    if x > 0:
        return ONE
    low = x.floor()
    return NAN if not low.is_exact() else (ONE if is_even(low) else -ONE)


def beta(x: Any, y: Any) -> arb:
    """gamma(x)*gamma(y)/gamma(x + y)."""
    x, y = as_ball(x), as_ball(y)
    product: arb = x.gamma() * y.gamma() * (x + y).rgamma()
    return product


def polygamma(order: Any, x: Any) -> arb:
    """By the Hurwitz zeta function."""
    order, x = as_ball(order), as_ball(x)
    step = order + 1
    alternate = -1 if is_even(order) else 1
    found: arb = x.digamma() if order.is_zero() else alternate * step.gamma() * zeta(step, x)
    return found


def zeta(s: Any, a: Any) -> arb:
    """Hurwitz's; a negative ``a`` is first raised by recurrence, RAISED steps at most.

    NaN for far negative ``s``, where arb takes seconds for numbers that are beyond every dtype.
    """
    s, a = as_ball(s), as_ball(a)
    found: arb = NAN
    total = ZERO
    for _ in range(RAISED if a > -RAISED and s > -4096 else 0):
        if a > 0:
            found = (s.zeta() if a == 1 else s.zeta(a)) + total
            break
        total += power(a, -s)
        a = a + 1
    return found


WIDE_BITS = 12
"""Below this relative accuracy arb takes a second for a modified Bessel function."""


def bessel_i(order: Any, x: Any) -> arb:
    """Of order 0 and 1 it is monotone on either side of zero: a wide ball is enclosed by its ends."""
    x = as_ball(x)
    if order not in (0, 1) or x.rel_accuracy_bits() >= WIDE_BITS or not x.is_finite():
        narrow: arb = x.bessel_i(order)
        return narrow
    ends: list[arb] = [x.lower().bessel_i(order), x.upper().bessel_i(order)]
    if order == 0 and x.contains(0):
        ends.append(ONE)
    found = ends[0]
    for end in ends[1:]:
        found = found.union(end)
    return found


def _by_order(function: Callable[[arb, Any], arb]) -> Callable[[Any, Any], arb]:
    return lambda order, x: function(as_ball(x), order)


NAMESPACE: dict[str, Any] = {
    "arb": arb, "exp": exp, "expm1": bounded(arb.expm1, HUGE), "log": lambda x: as_ball(x).log(), "log1p": arb.log1p,
    "sqrt": lambda x: as_ball(x).sqrt(), "sin": arb.sin, "cos": arb.cos, "tan": arb.tan, "cot": arb.cot, "sec": arb.sec,
    "csc": arb.csc, "asin": arb.asin, "acos": arb.acos, "atan": arb.atan, "atan2": atan2,
    "sinh": bounded(arb.sinh, HUGE), "cosh": bounded(arb.cosh, HUGE), "tanh": arb.tanh, "sech": arb.sech,
    "csch": arb.csch, "coth": arb.coth, "asinh": arb.asinh, "acosh": arb.acosh, "atanh": arb.atanh,
    "sinc": arb.sinc, "sinc_pi": arb.sinc_pi, "erf": arb.erf, "erfc": arb.erfc, "erfinv": arb.erfinv,
    "erfi": bounded(arb.erfi, 2.0**18), "gamma": bounded(arb.gamma, 2.0**30), "lgamma": lgamma, "digamma": arb.digamma,
    "polygamma": polygamma, "beta": beta, "zeta": zeta, "gammasign": gammasign, "gammapole": gammapole,
    "bessel_i": bessel_i, "bessel_j": _by_order(arb.bessel_j), "bessel_k": _by_order(arb.bessel_k),
    "bessel_y": _by_order(arb.bessel_y), "airy_ai": arb.airy_ai, "airy_bi": arb.airy_bi,
    "airy_ai_prime": lambda x: x.airy_ai(derivative=1), "airy_bi_prime": lambda x: x.airy_bi(derivative=1),
    "lambertw": arb.lambertw, "si": arb.si, "ci": arb.ci, "power": power, "power_domain": power_domain,
    "power_pole": power_pole, "select": select, "less": less, "less_equal": less_equal, "equal": equal,
    "unequal": unequal, "both": both, "either": either, "opposite": opposite, "absolute": absolute, "sign": sign,
    "heaviside": heaviside, "nearest": nearest, "trunc": trunc, "cbrt": cbrt, "xlogy": xlogy, "entr": entr,
    "logaddexp": logaddexp, "floor": lambda x: as_ball(x).floor(), "ceil": lambda x: as_ball(x).ceil(),
    "maximum": lambda x, y: as_ball(x).max(as_ball(y)), "minimum": lambda x, y: as_ball(x).min(as_ball(y)),
    "selu_scale": fmpq(10507009873554804934193349852946, 10**31),
    "selu_alpha": fmpq(16732632423543772848170429916717, 10**31),
}  # fmt: skip
"""What the arb column's names mean."""
