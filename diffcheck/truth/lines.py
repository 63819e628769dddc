"""A tape along a coordinate: balls around its value and its slope, and nothing said where they may not be trusted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from flint import arb

from diffcheck.formula.cells import conditions, filled, ties
from diffcheck.formula.operations import Tape, TapeBuilder, postorder_needed
from diffcheck.formula.row import Function
from diffcheck.formula.sweeps import swept
from diffcheck.truth.balls import NAN, as_ball, compile_balls, precision
from diffcheck.truth.intervals import MAX_DENOMINATOR, ball_over
from diffcheck.truth.roots import BITS, Root
from diffcheck.truth.roots import Function as OnInterval

SMOOTH_TIES = {
    "floor": "sin(pi*x)", "ceil": "sin(pi*x)", "trunc": "sin(pi*x)", "frac": "sin(pi*x)", "round": "cos(pi*x)",
    "Mod": "sin(pi*(x/y))",
}  # fmt: skip
"""By row: smooth functions with the zeros of its ties; a sign change and a slope prove their roots."""


_GAMMA = "where(x > 1/2, 1, sin(pi*x)) != 0"
DOMAINS = {
    "tan": "cos(x) != 0", "gammasign": _GAMMA, "gamma": _GAMMA, "lgamma": _GAMMA, "digamma": _GAMMA,
    "polygamma": "where(y > 1/2, 1, sin(pi*y)) != 0", "zeta": "x - 1 != 0",
}  # fmt: skip
"""By row: smooth functions with the zeros of the domain cell, or the poles of a kernel that its cell does not tell."""

POWERS = {"pow": ("x", 1), "besselj": ("y", 0), "besseli": ("y", 0)}
"""Rows that end at zero unless an exponent is whole: the parameter that must not be negative, the exponent's number."""

NEAR_POLE = 2.0**-26
"""An interval that holds a pole and is narrower than this share of its place is the pole's own place."""


PRICES = {
    "digamma": 8, "lgamma": 2, "polygamma": 32, "zeta": 32, "beta": 4, "bessel_y0": 16, "bessel_y1": 16, "bessely": 32,
    "besselj": 8, "besseli": 1000, "besselk": 1000, "modified_bessel_k0": 200, "modified_bessel_k1": 200,
    "scaled_modified_bessel_k0": 200, "scaled_modified_bessel_k1": 200,
}  # fmt: skip
"""How many times longer than the others arb takes for a wide ball of a row's values, roughly."""


NARROW_ONLY = 200
"""Rows of this price are not asked for wide balls at all: arb may take minutes for one."""
NEVER = 1000
"""Rows of this price are not asked at all: near a whole order arb may not come back."""
NARROW_BITS = 16
"""A ball of fewer bits is wide."""


def domain(row: Function) -> tuple[tuple[Tape, str], ...]:
    """The row's conditions, smooth where there are such functions; those of POWERS are not told here."""
    return () if row.name in POWERS else conditions(DOMAINS.get(row.name, row.domain))


def tied(row: Function) -> tuple[Tape, ...]:
    """What is zero where the row may bend or jump, smooth where there is such a function."""
    return ties(SMOOTH_TIES.get(row.name, row.ties))


class Lines:
    """A tape's first output as a function on lines that are parallel to a coordinate; compiled when first asked."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape

    @cached_property
    def _compiled(self) -> "_Compiled":
        return _compile(self.tape)

    @property
    def price(self) -> int:
        """How many times fewer intervals than usual may be looked at."""
        return self._compiled.price

    def along(self, variable: int, base: Sequence[float]) -> OnInterval:
        """The function of variable number ``variable``, the others as in ``base``: values and slopes on intervals.

        The slope is NaN where the function may bend or jump, the value None where it has proved to be undefined, and
        within NEAR_POLE of a pole, where nothing but the pole is of interest.
        """
        made = self._compiled
        fixed: list[Any] = [arb(value) for value in base]

        def at_pole(interval: arb, balls: Sequence[Any]) -> bool:
            near = not interval.is_exact() and bool(interval.rad() < abs(interval.mid()) * NEAR_POLE)
            return near and any(as_ball(each).contains(0) for each in balls[made.poles])

        def function(interval: arb) -> tuple[arb | None, arb]:
            if made.price >= NEVER or (made.price >= NARROW_ONLY and interval.rel_accuracy_bits() < NARROW_BITS):
                return NAN, NAN
            fixed[variable] = interval
            balls = made.function(*fixed)
            value, slope = as_ball(balls[0]), as_ball(balls[1 + variable])
            if not value.is_finite() and (any(as_ball(each) < 0 for each in balls[made.bounds]) or at_pole(interval, balls)):
                return None, NAN
            bends = any(not (ball := as_ball(each)).is_finite() or ball.contains(0) for each in balls[made.bends])
            return value, NAN if bends else slope

        return function


@dataclass(frozen=True)
class _Compiled:
    """A function of balls, and which of its outputs are what."""

    function: Callable[..., Any]
    """Its outputs: the value, the partial by each variable, then the two parts below."""
    bends: slice
    """What is zero where the value may bend or jump."""
    bounds: slice
    """What is negative nowhere in the value's domain."""
    poles: slice
    """What is zero at a pole."""
    price: int
    """That of its dearest row."""


def _compile(tape: Tape) -> _Compiled:
    back = swept(tape, ("reverse",), range(len(tape.variables)))
    builder = TapeBuilder(tape.variables)
    builder.extend(back)
    needed = postorder_needed(tape)
    bends = [each for place in needed for each in _inlined(builder, tape, place, tied)]
    bounds = [each for place in _always(tape) for each in _inlined(builder, tape, place, lambda row: _signed(row, poles=False))]
    poles = [each for place in needed for each in _inlined(builder, tape, place, lambda row: _signed(row, poles=True))]
    ends = [1 + len(tape.variables)]
    for part in (bends, bounds, poles):
        ends.append(ends[-1] + len(part))
    whole = builder.tape(*back.outputs, *bends, *bounds, *poles)
    price = max(PRICES.get(whole.operations[place].name, 1) for place in postorder_needed(whole) if place >= 0)
    parts = [slice(start, end) for start, end in pairwise(ends)]
    return _Compiled(compile_balls(whole), parts[0], parts[1], parts[2], price)


def _inlined(builder: TapeBuilder, tape: Tape, place: int, cells: Callable[[Function], tuple[Tape, ...]]) -> list[int]:
    """Cells of the operation at ``place``, at its arguments."""
    operation = tape.operations[place]
    if operation.name in ("variable", "number") or operation.constant:
        return []
    arguments = filled(operation.arguments, place)
    return [builder.inline(each, arguments)[each.outputs[0]] for each in cells(operation.row)]


def _signed(row: Function, *, poles: bool) -> tuple[Tape, ...]:
    return tuple(each for each, sign in domain(row) if (sign == "!=") == poles)


def _always(tape: Tape) -> list[int]:
    """The operations that the output depends on whichever branch a choice takes."""

    def through(place: int) -> Sequence[int]:
        operation = tape.operations[place]
        return operation.arguments[:1] if operation.name == "select" else operation.arguments

    return postorder_needed(tape.only(0), through)


@dataclass(frozen=True)
class Line:
    """Where a search goes: one coordinate moves through its range, the others stand still."""

    variable: int
    """The number of the one that moves."""
    name: str
    bounds: tuple[float, float]
    """Both included."""
    base: tuple[float, ...]
    """Every coordinate; its own is of no account."""

    def on(self, lines: Lines) -> OnInterval:
        """``lines`` as a function on this line."""
        return lines.along(self.variable, self.base)

    def is_zero(self, lines: Lines, root: Root) -> bool:
        """``lines`` may be zero at ``root``."""
        with precision(BITS):
            value, _ = self.on(lines)(ball_over(root.low, root.high))
        return value is not None and (not value.is_finite() or bool(value.contains(0)))

    def point(self, coordinate: float) -> tuple[float, ...]:
        """The point of the line at ``coordinate``."""
        return (*self.base[: self.variable], coordinate, *self.base[self.variable + 1 :])

    def told(self, words: str, root: Root) -> str:
        """``kink of abs(3*x - 1) at x = 1/3``."""
        exact = root.exact
        short = exact is not None and exact.denominator <= MAX_DENOMINATOR and abs(exact.numerator) < 10**9
        place = str(exact) if short else f"{root.nearest:.9g}"
        return f"{'' if root.proved else 'perhaps '}{words} at {self.name} = {place}"
