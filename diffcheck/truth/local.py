"""The truth at one point: an enclosure where the formula is smooth, both sides where it is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import copysign

from flint import arb

from diffcheck.dtypes import Format
from diffcheck.errors import UndecidedError
from diffcheck.truth.balls import precision
from diffcheck.truth.derivative import Derivative
from diffcheck.truth.domain import Place, Standing, locate
from diffcheck.truth.enclosure import ball_function, is_narrow, raised
from diffcheck.truth.limits import Limit, one_sided
from diffcheck.truth.sides import Side, proved_side


@dataclass(frozen=True)
class Truth:
    """What is true of one output (the value, or one partial) at one floating-point point."""

    ball: arb | None
    """The enclosure, where there is one number to enclose."""
    left: Limit | None = None
    right: Limit | None = None
    """The limits of the partial from both sides, where they were taken."""
    has_value: bool = True
    """The formula has a real value at the point itself."""
    continuous: bool = True
    """The value is what both sides tend to, as far as there are sides."""
    one_sided: bool = True
    """The value is what at least one side tends to, so that there is a one-sided derivative."""
    reason: str = ""
    """What is special here, and which operation makes it so."""


def truth_at(derivative: Derivative, point: Sequence[float], output: int, balls: Sequence[arb], form: Format) -> Truth:
    """The truth of ``output`` (0 the value, 1 + k the partial by variable k) at exactly ``point``.

    ``balls`` are the outputs' enclosures there, as far as they go. Raises UndecidedError, with the reason, where
    it cannot be settled.
    """
    tape = derivative.formula.tape
    if output - 1 in derivative.unknown:
        raise UndecidedError(f"a function on the way has no known derivative by {derivative.formula.variables[output - 1]}")
    place = locate(tape, point)
    if place.standing is Standing.OUTSIDE:
        return Truth(None, has_value=False, reason=_reason(derivative, place))
    has_value = place.standing is not Standing.POLE
    if output == 0 and has_value:
        return _value(derivative, point, balls, form, place)
    ordinary = place.standing is Standing.INSIDE and not place.tied
    if ordinary and is_narrow(balls[output], form):
        return Truth(balls[output])
    return _from_sides(derivative, point, output, balls, form, place)


def _value(derivative: Derivative, point: Sequence[float], balls: Sequence[arb], form: Format, place: Place) -> Truth:
    """The value; at a jump, where a coordinate is -0.0, with its limit from that side, which -0.0 may stand for."""
    value = _enclosed(derivative, point, 0, balls, form)
    for variable, coordinate in enumerate(point if place.tied else ()):
        if coordinate == 0 and copysign(1, coordinate) < 0:
            below = _side(derivative, point, variable, -1, form).value
            if below.ball is not None and not below.ball.overlaps(value):
                return Truth(value, left=below, continuous=False, reason=_reason(derivative, place))
    return Truth(value)


def _enclosed(derivative: Derivative, point: Sequence[float], output: int, balls: Sequence[arb], form: Format) -> arb:
    if is_narrow(balls[output], form):
        return balls[output]
    better = raised(ball_function(derivative.tape), point, balls, form)[output]
    if not is_narrow(better, form):
        raise UndecidedError("the exact value could not be enclosed within 2**14 bits")
    return better


def _from_sides(
    derivative: Derivative, point: Sequence[float], output: int, balls: Sequence[arb], form: Format, place: Place
) -> Truth:
    """The truth where the formula is not plainly smooth: at ties, borders, poles and removable singularities."""
    has_value = place.standing is not Standing.POLE
    reason = _reason(derivative, place)
    variable = max(output - 1, 0)
    if _does_not_move(derivative, point, variable, place):
        if not has_value:
            return Truth(None, has_value=False, reason=reason)
        if is_narrow(balls[output], form):
            return Truth(balls[output])
    sides = [_side(derivative, point, variable, side, form) for side in (-1, 1)]
    left, right = (side.partial if output else side.value for side in sides)
    if left.open or right.open:
        raise UndecidedError(f"{reason}: the one-sided derivative could not be settled")
    if not has_value:
        return Truth(None, left, right, has_value=False, reason=reason)
    value = _enclosed(derivative, point, 0, balls, form)
    meets = [_tends_to(value, side.value) for side in sides if side.value.exists or side.value.open]
    ball = _common(left, right) if all(meets) else None
    proved = left.proved and right.proved
    if ball is not None and not proved and is_narrow(balls[output], form) and ball.overlaps(balls[output]):
        ball = balls[output]  # the derivative's own value there, exact where the limit was only approached
    if ball is not None and not is_narrow(ball, form):
        raise UndecidedError(f"{reason}: the one-sided derivative could not be enclosed")
    return Truth(ball, left, right, continuous=all(meets), one_sided=any(meets), reason=reason)


def _side(derivative: Derivative, point: Sequence[float], variable: int, side: int, form: Format) -> Side:
    """The limits from one side, proved where the formula has a germ there, else extrapolated."""
    found = proved_side(derivative.formula.tape, point, variable, side, form)
    if found is not None:
        return found
    limits = one_sided(ball_function(derivative.tape), point, variable, side)
    return Side(limits[0], limits[1 + variable])


def _does_not_move(derivative: Derivative, point: Sequence[float], variable: int, place: Place) -> bool:
    """Moving along the coordinate, either way, leaves the special place as it is."""
    at = Fraction(point[variable])
    for step in STEPS:
        moved: list[float | Fraction] = list(point)
        moved[variable] = at + (abs(at) or 1) * step
        try:
            there = locate(derivative.formula.tape, moved)
        except UndecidedError:
            return False
        if (there.standing, there.operation) != (place.standing, place.operation) or not place.zeros <= there.zeros:
            return False
    return bool(place.zeros) or place.operation >= 0


BITS = 4096
"""Working bits for the hull of two limits."""

STEPS = tuple(side * step for side in (-1, 1) for step in (Fraction(3, 7 * 2**211), Fraction(5, 11 * 2**97)))
"""Steps, as shares of the coordinate, that meet no second tie by accident: exact, and no power of two."""


def _tends_to(value: arb, near: Limit) -> bool:
    """The value on one side tends to ``value``, or cannot be told not to."""
    return not near.infinite and (near.ball is None or bool(near.ball.overlaps(value)))


def _common(left: Limit, right: Limit) -> arb | None:
    """The one finite number that both sides tend to, or the only side there is."""
    finite = [side.ball for side in (left, right) if side.ball is not None]
    if left.infinite or right.infinite or not finite:
        return None
    if len(finite) == 1:
        return finite[0]
    with precision(BITS):
        return finite[0].union(finite[1]) if finite[0].overlaps(finite[1]) else None


def _reason(derivative: Derivative, place: Place) -> str:
    tape = derivative.formula.tape
    if place.operation >= 0:
        return f"{place.standing.value} {tape.text(place.operation)}"
    if place.tied:
        return f"a tie of {tape.text(place.tied[0])}"
    return "the derivative's own formula has no number here"
