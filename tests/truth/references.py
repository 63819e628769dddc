"""What mpmath says of each row of the table of functions: written by hand, from the definitions, one a row."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from mpmath import mp, mpf

from diffcheck.formula.operations import Operation, Tape

DIGITS = 50

SELU = "1.0507009873554804934193349852946", "1.6732632423543772848170429916717"


def in_digits(function: Callable[..., Any], *arguments: Any, digits: int = DIGITS) -> Any:
    """``function`` at ``arguments``, a real number or a truth; None where it has no real value."""
    with mp.workdps(digits):
        try:
            value = function(*arguments)
        except (ZeroDivisionError, ValueError):
            return None
        if isinstance(value, bool):
            return value
        value = mp.mpmathify(value)
        if isinstance(value, mp.mpc):
            value = value.real if abs(value.imag) <= abs(value.real) * mpf(10) ** (8 - digits) else mp.nan
        return value if mp.isfinite(value) else None


def _root(x: Any) -> Any:
    return mp.sign(x) * mp.cbrt(abs(x))


def _round(x: Any) -> Any:
    low = mp.floor(x)
    return low + (x - low > 0.5 or (x - low == 0.5 and low % 2 == 1))


def _trunc(x: Any) -> Any:
    return mp.sign(x) * mp.floor(abs(x))


def _clamp(x: Any, low: Any, high: Any) -> Any:
    return min(max(x, low), high)


def _hardsigmoid(x: Any) -> Any:
    return _clamp(x + 3, 0, 6) / 6


def _lower(x: Any) -> Any:
    """The normal distribution's lower tail."""
    return mp.erfc(-x / mp.sqrt(2)) / 2


def _log_gamma(x: Any) -> Any:
    if x <= 0 and x == mp.floor(x):
        raise ValueError("a pole of gamma")
    return mp.log(abs(mp.gamma(x)))


def _log_sum(x: Any, y: Any) -> Any:
    return mp.log(mp.exp(x) + mp.exp(y))


def _not_below(low: float, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """``function`` from ``low`` on, the border left out."""
    return lambda x: function(x) if x > low else mp.nan


def _hurwitz(s: Any, a: Any) -> Any:
    # By recurrence where a is negative: there mpmath gives up ("too much cancellation").
    return mp.zeta(s, a) if a > 0 else mp.power(a, -s) + _hurwitz(s, a + 1)


def _real_power(x: Any, y: Any) -> Any:
    return mpf(1) if y == 0 else mp.power(x, y)


REFERENCES: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y, "sub": lambda x, y: x - y, "mul": lambda x, y: x * y, "div": lambda x, y: x / y,
    "reciprocal": lambda x: 1 / x, "neg": lambda x: -x, "pow": _real_power,
    "power_domain": lambda x, y: mpf(1) if y == mp.floor(y) else x,
    "power_pole": lambda x, y: x if y < 0 else mpf(1),
    "select": lambda x, y, z: y if x else z,
    "lt": lambda x, y: x < y, "le": lambda x, y: x <= y, "gt": lambda x, y: x > y, "ge": lambda x, y: x >= y,
    "eq": lambda x, y: x == y, "ne": lambda x, y: x != y,
    "both": lambda x, y: x and y, "either": lambda x, y: x or y, "opposite": lambda x: not x,
    "exp": mp.exp, "expm1": mp.expm1, "exp2": lambda x: mpf(2) ** x, "log": mp.log, "log1p": mp.log1p,
    "log2": lambda x: mp.log(x) / mp.log(2), "log10": mp.log10, "sqrt": mp.sqrt, "rsqrt": lambda x: 1 / mp.sqrt(x),
    "cbrt": _root, "hypot": mp.hypot, "sin": mp.sin, "cos": mp.cos, "tan": mp.tan, "cot": mp.cot, "sec": mp.sec,
    "csc": mp.csc, "asin": mp.asin, "acos": mp.acos, "atan": mp.atan,
    "atan2": lambda x, y: mp.nan if x == y == 0 else mp.atan2(x, y),
    "acot": mp.acot, "asec": mp.asec, "acsc": mp.acsc,
    "sinh": mp.sinh, "cosh": mp.cosh, "tanh": mp.tanh, "sech": mp.sech, "csch": mp.csch, "coth": mp.coth,
    "asinh": mp.asinh, "acosh": mp.acosh, "atanh": mp.atanh, "asech": mp.asech, "acsch": mp.acsch, "acoth": mp.acoth,
    "sinc": mp.sinc, "sincpi": mp.sincpi, "xlogy": lambda x, y: mpf(0) if x == 0 else x * mp.log(y),
    "logaddexp": _log_sum, "entr": lambda x: mpf(0) if x == 0 else -x * mp.log(x),
    "abs": abs, "sign": mp.sign, "max": max, "min": min, "clamp": _clamp, "floor": mp.floor, "ceil": mp.ceil,
    "round": _round, "trunc": _trunc, "frac": lambda x: x - _trunc(x), "Mod": lambda x, y: x - y * mp.floor(x / y),
    "Heaviside": lambda x: (mp.sign(x) + 1) / 2,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)), "logit": lambda x: mp.log(x) - mp.log(1 - x),
    "softplus": lambda x: _log_sum(x, 0), "logsigmoid": lambda x: -_log_sum(-x, 0), "relu": lambda x: max(x, mpf(0)),
    "silu": lambda x: x / (1 + mp.exp(-x)), "gelu": lambda x: x * _lower(x),
    "mish": lambda x: x * mp.tanh(_log_sum(x, 0)), "elu": lambda x, y: x if x > 0 else y * mp.expm1(x),
    "celu": lambda x, y: mp.nan if y == 0 else x if x > 0 else y * mp.expm1(x / y),
    "selu": lambda x: mpf(SELU[0]) * (x if x > 0 else mpf(SELU[1]) * mp.expm1(x)), "softsign": lambda x: x / (1 + abs(x)),
    "hardtanh": lambda x: _clamp(x, -1, 1), "hardsigmoid": _hardsigmoid, "hardswish": lambda x: x * _hardsigmoid(x),
    "relu6": lambda x: _clamp(x, 0, 6), "leaky_relu": lambda x, y: x if x > 0 else x * y,
    "erf": mp.erf, "erfc": mp.erfc, "erfinv": mp.erfinv, "erfcx": lambda x: mp.exp(x * x) * mp.erfc(x), "erfi": mp.erfi,
    "ndtr": _lower, "log_ndtr": lambda x: mp.log(_lower(x)) if x < 0 else mp.log1p(-_lower(-x)),
    "gammasign": lambda x: mp.sign(mp.gamma(x)),
    "gammapole": lambda x: mpf(1) if x > 0 else x - _round(x), "gamma": mp.gamma, "lgamma": _log_gamma,
    "digamma": mp.digamma, "polygamma": lambda x, y: mp.polygamma(int(x), y), "beta": mp.beta,
    "zeta": _hurwitz,
    "i0": lambda x: mp.besseli(0, x), "i0e": lambda x: mp.exp(-abs(x)) * mp.besseli(0, x),
    "i1": lambda x: mp.besseli(1, x), "i1e": lambda x: mp.exp(-abs(x)) * mp.besseli(1, x),
    "bessel_j0": lambda x: mp.besselj(0, x), "bessel_j1": lambda x: mp.besselj(1, x),
    "bessel_y0": lambda x: mp.bessely(0, x), "bessel_y1": lambda x: mp.bessely(1, x),
    "modified_bessel_i0": lambda x: mp.besseli(0, x), "modified_bessel_i1": lambda x: mp.besseli(1, x),
    "modified_bessel_k0": lambda x: mp.besselk(0, x), "modified_bessel_k1": lambda x: mp.besselk(1, x),
    "scaled_modified_bessel_k0": lambda x: mp.exp(x) * mp.besselk(0, x),
    "scaled_modified_bessel_k1": lambda x: mp.exp(x) * mp.besselk(1, x), "spherical_bessel_j0": mp.sinc,
    "besselj": mp.besselj, "bessely": mp.bessely, "besseli": mp.besseli, "besselk": mp.besselk,
    "airyai": mp.airyai, "airyaiprime": lambda x: mp.airyai(x, derivative=1), "airybi": mp.airybi,
    "airybiprime": lambda x: mp.airybi(x, derivative=1), "LambertW": mp.lambertw, "Si": mp.si,
    "Ci": _not_below(0, mp.ci),
}  # fmt: skip
"""A function of mpmath numbers (or truths) for each row: NaN, a complex number or an error where it has no real value."""

SLOW = frozenset({
    "zeta", "polygamma", "beta", "besselj", "bessely", "besseli", "besselk", "airyai", "airyaiprime", "airybi", "airybiprime",
    *(name for name in REFERENCES if "bessel" in name), "i0", "i0e", "i1", "i1e", "erfinv", "LambertW", "Si", "Ci",
})  # fmt: skip
"""Rows that mpmath takes long for at hundreds of digits, or cannot do there."""
PLAIN = frozenset({"add", "sub", "mul", "div", "reciprocal", "neg", "abs", "sign", "max", "min", "select", "relu", "clamp",
                   "number"})  # fmt: skip
"""Rows that mpmath does at numbers of any size."""
LARGE = mpf(10) ** 3
"""Beyond this argument mpmath may take forever."""


class TooLarge(Exception):
    """Mpmath is not asked."""


def run(tape: Tape, point: Sequence[Any], digits: int) -> Any:
    """The tape's first output by mpmath, in arithmetic of ``digits`` digits; None where it has no real value.

    Raises TooLarge where mpmath may not come back.
    """
    with mp.workdps(digits):
        values: list[Any] = [mpf(each) for each in point]
        for operation in tape.operations[len(values) :]:
            values.append(_number(operation.value) if operation.name == "number" else _apply(operation, values, digits))
        return values[tape.outputs[0]]


def _number(value: Any) -> Any:
    if isinstance(value, Fraction):
        return mpf(value.numerator) / value.denominator
    return value if isinstance(value, bool) else {"pi": +mp.pi, "E": +mp.e}.get(str(value))


def _apply(operation: Operation, values: list[Any], digits: int) -> Any:
    arguments = [values[each] for each in operation.arguments]
    if operation.name == "select":
        return None if arguments[0] is None else arguments[1 if arguments[0] else 2]
    if None in arguments:
        return None
    numbers = [each for each in arguments if not isinstance(each, bool)]
    if operation.name not in PLAIN and any(abs(each) > LARGE or 0 < abs(each) < 1 / LARGE**4 for each in numbers):
        raise TooLarge
    return in_digits(REFERENCES[operation.name], *arguments, digits=digits)
