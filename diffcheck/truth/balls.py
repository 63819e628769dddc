"""Ball arithmetic: the names that the table's arb column is written in, on python-flint's ``arb``.

Every function encloses its exact value. Where arb would build a number with a gigantic exponent, a NaN ball stands
for "beyond every dtype". Source: Johansson, "Arb: efficient arbitrary-precision midpoint-radius interval
arithmetic", IEEE Transactions on Computers 66 (2017).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from flint import arb, ctx, fmpq

from diffcheck.formula.operations import Operation, Tape
from diffcheck.formula.printing import compile_tape

NAN = arb.nan()
ZERO = arb(0)
ONE = arb(1)
UNIT = arb(0).union(arb(1))
SIGNS = arb(-1).union(arb(1))
HUGE = 2.0**1023
"""Beyond this argument an exponential is beyond every dtype."""
RAISED = 1000
"""How often an argument is raised by one to reach where a function is computed."""

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


def _ball(x: Any) -> arb:
    return x if isinstance(x, arb) else arb(x)


def exp(x: arb) -> arb:
    """e**x; NaN where that is beyond every dtype."""
    size = float(x)
    if -HUGE < size < HUGE:
        return x.exp()
    if x < -HUGE:
        return (arb(-HUGE).exp() * UNIT) if x.is_finite() else NAN
    return NAN


def _bounded(function: Callable[[arb], arb], limit: float) -> Callable[[arb], arb]:
    def bounded(x: arb) -> arb:
        x = _ball(x)
        return function(x) if -limit < float(x) < limit else NAN

    return bounded


def power(x: Any, y: Any) -> arb:
    """x**y, a whole power also of a negative base; NaN where it would not fit into memory."""
    x, y = _ball(x), _ball(y)
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
    y = _ball(y)
    return ONE if y.is_exact() and y.is_integer() else _ball(x)


def power_pole(x: Any, y: Any) -> arb:
    """Zero where x**y has a pole: x itself, where y is negative."""
    return _ball(x) if _ball(y) < 0 else ONE


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
        x, y = _ball(x), _ball(y)
        return x.union(y) if x.is_finite() and y.is_finite() else NAN
    return _ball(x) if condition else _ball(y)


def absolute(x: Any) -> arb:
    """|x|."""
    return abs(_ball(x))


def sign(x: Any) -> arb:
    """-1, 0 or 1; all three where the ball holds zero."""
    x = _ball(x)
    if x > 0:
        return ONE
    return -ONE if x < 0 else (ZERO if x.is_zero() else SIGNS)


def heaviside(x: Any) -> arb:
    """0 below zero, 1 above, 1/2 at it."""
    return (sign(x) + 1) / 2


def nearest(x: Any) -> arb:
    """Round half to even, as torch does."""
    x = _ball(x)
    low = x.floor()
    return select(either(less(x - low, fmpq(1, 2)), both(equal(x - low, fmpq(1, 2)), _even(low))), low, low + 1)


def _even(x: arb) -> Truth:
    half = x / 2
    return half.is_integer() if x.is_exact() else None


def trunc(x: Any) -> arb:
    """Round towards zero."""
    x = _ball(x)
    return select(less(x, 0), x.ceil(), x.floor())


def cbrt(x: Any) -> arb:
    """The real cube root, odd."""
    x = _ball(x)
    if x.is_zero() or x.contains(0):
        return ZERO if x.is_zero() else NAN
    root: arb = abs(x).root(3)
    return root if x > 0 else -root


def xlogy(x: Any, y: Any) -> arb:
    """x*log(y), zero where x is."""
    x = _ball(x)
    return ZERO if x.is_zero() else x * _ball(y).log()


def entr(x: Any) -> arb:
    """-x*log(x), zero where x is."""
    x = _ball(x)
    return ZERO if x.is_zero() else -x * x.log()


def logaddexp(x: Any, y: Any) -> arb:
    """log(exp(x) + exp(y))."""
    x, y = _ball(x), _ball(y)
    total: arb = x.max(y) + exp(-abs(x - y)).log1p()
    return total


def atan2(x: Any, y: Any) -> arb:
    """The angle of the point (y, x)."""
    return arb.atan2(_ball(x), _ball(y))


def lgamma(x: Any) -> arb:
    """log|gamma(x)|, by reflection where x is negative."""
    x = _ball(x)
    found: arb = x.lgamma() if x > 0 else (arb.pi() / abs(x.sin_pi())).log() - (1 - x).lgamma() if x < 0 else NAN
    return found


def gammapole(x: Any) -> arb:
    """Zero at the poles of gamma."""
    x = _ball(x)
    return ONE if x > 0 else x - nearest(x)


def gammasign(x: Any) -> arb:
    """The sign of gamma(x); NaN where the ball holds a pole."""
    x = _ball(x)
    if x > 0:
        return ONE
    low = x.floor()
    return NAN if not low.is_exact() else (ONE if _even(low) else -ONE)


def beta(x: Any, y: Any) -> arb:
    """gamma(x)*gamma(y)/gamma(x + y)."""
    x, y = _ball(x), _ball(y)
    product: arb = x.gamma() * y.gamma() * (x + y).rgamma()
    return product


def polygamma(order: Any, x: Any) -> arb:
    """By the Hurwitz zeta function."""
    order, x = _ball(order), _ball(x)
    step = order + 1
    alternate = -1 if _even(order) else 1
    found: arb = x.digamma() if order.is_zero() else alternate * step.gamma() * zeta(step, x)
    return found


def zeta(s: Any, a: Any) -> arb:
    """Hurwitz's; a negative ``a`` is first raised by recurrence, RAISED steps at most.

    NaN for far negative ``s``, where arb takes seconds for numbers that are beyond every dtype.
    """
    s, a = _ball(s), _ball(a)
    found: arb = NAN
    total = ZERO
    for _ in range(RAISED if a > -RAISED and s > -4096 else 0):
        if a > 0:
            found = (s.zeta() if a == 1 else s.zeta(a)) + total
            break
        total += power(a, -s)
        a = a + 1
    return found


def _by_order(function: Callable[[arb, Any], arb]) -> Callable[[Any, Any], arb]:
    return lambda order, x: function(_ball(x), order)


NAMESPACE: dict[str, Any] = {
    "arb": arb, "exp": exp, "expm1": _bounded(arb.expm1, HUGE), "log": lambda x: _ball(x).log(), "log1p": arb.log1p,
    "sqrt": lambda x: _ball(x).sqrt(), "sin": arb.sin, "cos": arb.cos, "tan": arb.tan, "cot": arb.cot, "sec": arb.sec,
    "csc": arb.csc, "asin": arb.asin, "acos": arb.acos, "atan": arb.atan, "atan2": atan2,
    "sinh": _bounded(arb.sinh, HUGE), "cosh": _bounded(arb.cosh, HUGE), "tanh": arb.tanh, "sech": arb.sech,
    "csch": arb.csch, "coth": arb.coth, "asinh": arb.asinh, "acosh": arb.acosh, "atanh": arb.atanh,
    "sinc": arb.sinc, "sinc_pi": arb.sinc_pi, "erf": arb.erf, "erfc": arb.erfc, "erfinv": arb.erfinv,
    "erfi": _bounded(arb.erfi, 2.0**18), "gamma": _bounded(arb.gamma, 2.0**30), "lgamma": lgamma, "digamma": arb.digamma,
    "polygamma": polygamma, "beta": beta, "zeta": zeta, "gammasign": gammasign, "gammapole": gammapole,
    "bessel_i": _by_order(arb.bessel_i), "bessel_j": _by_order(arb.bessel_j), "bessel_k": _by_order(arb.bessel_k),
    "bessel_y": _by_order(arb.bessel_y), "airy_ai": arb.airy_ai, "airy_bi": arb.airy_bi,
    "airy_ai_prime": lambda x: x.airy_ai(derivative=1), "airy_bi_prime": lambda x: x.airy_bi(derivative=1),
    "lambertw": arb.lambertw, "si": arb.si, "ci": arb.ci, "power": power, "power_domain": power_domain,
    "power_pole": power_pole, "select": select, "less": less, "less_equal": less_equal, "equal": equal,
    "unequal": unequal, "both": both, "either": either, "opposite": opposite, "absolute": absolute, "sign": sign,
    "heaviside": heaviside, "nearest": nearest, "trunc": trunc, "cbrt": cbrt, "xlogy": xlogy, "entr": entr,
    "logaddexp": logaddexp, "floor": lambda x: _ball(x).floor(), "ceil": lambda x: _ball(x).ceil(),
    "maximum": lambda x, y: _ball(x).max(_ball(y)), "minimum": lambda x, y: _ball(x).min(_ball(y)),
    "selu_scale": fmpq(10507009873554804934193349852946, 10**31),
    "selu_alpha": fmpq(16732632423543772848170429916717, 10**31),
}  # fmt: skip
"""What the arb column's names mean."""


def ball_number(value: Fraction | str | bool | None) -> Any:
    """A constant as a ball at the current precision; truths stay truths."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Fraction):
        return arb(fmpq(value.numerator, value.denominator))
    return {"pi": arb.pi, "E": arb.const_e}.get(str(value), arb.nan)()


def compile_balls(tape: Tape) -> Callable[..., Any]:
    """A function of balls that encloses the tape's outputs, straight-line code from the table's arb column."""
    tape = fold_exact(tape)
    values = {operation.value for operation in tape.operations if isinstance(operation.value, Fraction)}
    names = {value: f"q{index}" for index, value in enumerate(sorted(values))}
    bound = {name: _bound_number(value) for value, name in names.items()}

    def number(operation: Operation) -> str:
        value = operation.value
        if isinstance(value, Fraction):
            return names[value]
        return str(value) if isinstance(value, bool) else {"pi": "arb.pi()", "E": "arb.const_e()"}.get(str(value), "arb.nan()")

    return compile_tape(tape, "arb", {**NAMESPACE, **bound}, number, wrap=_as_ball)


def fold_exact(tape: Tape) -> Tape:
    """Rational constants as numbers, so that no two Python numbers ever meet."""
    operations = tuple(
        Operation("number", (), value, True, operation.exact, operation.role, operation.origin)
        if (value := _exactly(operation, tape)) is not None
        else operation
        for operation in tape.operations
    )
    return Tape(tape.variables, operations, tape.outputs)


def _as_ball(text: str) -> str:
    return text if text in ("True", "False") else f"arb({text})"


def _exactly(operation: Operation, tape: Tape) -> Fraction | bool | None:
    """A constant's exact value, a comparison's of two such constants too; None where it has none that is rational."""
    if operation.exact is not None or operation.name not in _COMPARED or not operation.constant:
        return operation.exact
    left, right = (tape.operations[argument].exact for argument in operation.arguments)
    return None if left is None or right is None else _COMPARED[operation.name](left, right)


_COMPARED = {"lt": lt, "le": le, "gt": gt, "ge": ge, "eq": eq, "ne": ne}


def _bound_number(value: Fraction) -> Any:
    """A rational number, converted once where a ball holds it exactly at any precision."""
    if value.denominator & (value.denominator - 1) == 0 and max(abs(value.numerator), value.denominator) < 2**63:
        with precision(256):
            return arb(fmpq(value.numerator, value.denominator))
    return fmpq(value.numerator, value.denominator)
