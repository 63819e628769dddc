"""The truth at one point: an enclosure where the formula is smooth, both sides where it is not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import copysign

from flint import arb

from diffcheck.dtypes import Format
from diffcheck.errors import UndecidedError
from diffcheck.formula.operations import Tape
from diffcheck.formula.targets import Target
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


def truth_at(derivative: Derivative, point: Sequence[float], target: Target, balls: Sequence[arb], form: Format) -> Truth:
    """The truth of ``target`` at exactly ``point``.

    ``balls`` are the enclosures of the derivative's outputs there, as far as they go. Raises UndecidedError, with the
    reason, where it cannot be settled.
    """
    if target in derivative.unknown:
        variable = derivative.formula.variables[target.columns[-1]]
        raise UndecidedError(f"a function on the way has no known derivative by {variable}")
    tape = derivative.formula.meaning.only(target.entry)
    special = _Special(tape, locate(tape, point))
    if special.place.standing is Standing.OUTSIDE:
        return Truth(None, has_value=False, reason=special.reason)
    here = _Here(derivative, point, target, balls, form)
    if target.order == 0 and special.place.standing is not Standing.POLE:
        return _value(here, special)
    if special.is_ordinary and target.order > 1:
        special = _inside(derivative, point, target)
    ball = balls[derivative.places[target]]
    if special.is_ordinary and is_narrow(ball, form):
        return Truth(ball)
    return _from_sides(here, special)


@dataclass(frozen=True)
class _Special:
    """What is special about a point, and of which operations."""

    tape: Tape
    place: Place

    @property
    def is_ordinary(self) -> bool:
        """Nothing is."""
        return self.place.standing is Standing.INSIDE and not self.place.tied

    @property
    def reason(self) -> str:
        """It in words."""
        if self.place.operation >= 0:
            return f"{self.place.standing.value} {self.tape.text(self.place.operation)}"
        if self.place.tied:
            return f"a tie of {self.tape.text(self.place.tied[0])}"
        return "the derivative's own formula has no number here"


def _inside(derivative: Derivative, point: Sequence[float], target: Target) -> _Special:
    """What is special about the number that ``target`` is the partial of: it may bend where the formula does not."""
    tape = derivative.tape.only(derivative.places[target.inner])
    try:
        place = locate(tape, point)
    except UndecidedError:
        return _Special(tape, Place(Standing.BORDER, -1, ()))
    # Sympy's way to write a derivative may have poles that it does not.
    standing = Standing.INSIDE if place.standing is Standing.INSIDE else Standing.BORDER
    return _Special(tape, replace(place, standing=standing))


@dataclass(frozen=True)
class _Here:
    """What is asked: one target at one point."""

    derivative: Derivative
    point: Sequence[float]
    target: Target
    balls: Sequence[arb]
    form: Format

    @property
    def variable(self) -> int:
        """The coordinate that sides are taken along."""
        return self.target.columns[-1] if self.target.order else 0

    @property
    def ball(self) -> arb:
        """The target's own enclosure, as far as it goes."""
        return self.balls[self.derivative.places[self.target]]

    @property
    def pair(self) -> Tape:
        """What is differentiated, and its partial that the target is."""
        tape, places = self.derivative.tape, self.derivative.places
        inner = self.target.inner if self.target.order else self.target
        return replace(tape, outputs=(tape.outputs[places[inner]], tape.outputs[places[self.target]]))

    def enclosed(self, target: Target) -> arb:
        """A narrow ball for ``target``; raises UndecidedError where there is none."""
        output = self.derivative.places[target]
        if is_narrow(self.balls[output], self.form):
            return self.balls[output]
        function = ball_function(self.derivative.tape.only(output))
        better = raised(function, self.point, [self.balls[output]], self.form)[0]
        if not is_narrow(better, self.form):
            raise UndecidedError("the exact value could not be enclosed within 2**14 bits")
        return better

    def side(self, variable: int, side: int) -> Side:
        """The limits from one side, proved where what is differentiated has a germ there, else extrapolated."""
        inner = self.derivative.places[self.target.inner] if self.target.order > 1 else -1
        meaning = self.derivative.formula.meaning.only(self.target.entry)
        tape = meaning if inner < 0 else self.derivative.tape.only(inner)
        found = proved_side(tape, self.point, variable, side, self.form)
        return found if found is not None else Side(*one_sided(ball_function(self.pair), self.point, variable, side))

    def value(self) -> arb | None:
        """What is differentiated last, as a number; None where it has none here."""
        if self.target.order == 1:
            return self.enclosed(self.target.inner)
        return truth_at(self.derivative, self.point, self.target.inner, self.balls, self.form).ball


def _value(here: _Here, special: _Special) -> Truth:
    """The value; at a jump, where a coordinate is -0.0, with its limit from that side, which -0.0 may stand for."""
    value = here.enclosed(here.target)
    for variable, coordinate in enumerate(here.point if special.place.tied else ()):
        if coordinate == 0 and copysign(1, coordinate) < 0:
            below = here.side(variable, -1).value
            if below.ball is not None and not below.ball.overlaps(value):
                return Truth(value, left=below, continuous=False, reason=special.reason)
    return Truth(value)


def _from_sides(here: _Here, special: _Special) -> Truth:
    """The truth where the formula is not plainly smooth: at ties, borders, poles and removable singularities."""
    has_value = special.place.standing is not Standing.POLE
    if _does_not_move(here, special):
        if not has_value:
            return Truth(None, has_value=False, reason=special.reason)
        if is_narrow(here.ball, here.form):
            return Truth(here.ball)
    sides = [here.side(here.variable, side) for side in (-1, 1)]
    left, right = (side.partial if here.target.order else side.value for side in sides)
    if left.open or right.open:
        raise UndecidedError(f"{special.reason}: the one-sided derivative could not be settled")
    if not has_value:
        return Truth(None, left, right, has_value=False, reason=special.reason)
    value = here.value()
    meets = [value is not None and _tends_to(value, side.value) for side in sides if side.value.exists or side.value.open]
    ball = _common(left, right) if all(meets) else None
    proved = left.proved and right.proved
    if ball is not None and not proved and is_narrow(here.ball, here.form) and ball.overlaps(here.ball):
        ball = here.ball  # the derivative's own value there, exact where the limit was only approached
    if ball is not None and not is_narrow(ball, here.form):
        raise UndecidedError(f"{special.reason}: the one-sided derivative could not be enclosed")
    return Truth(ball, left, right, continuous=all(meets), one_sided=any(meets), reason=special.reason)


def _does_not_move(here: _Here, special: _Special) -> bool:
    """Moving along the coordinate, either way, leaves the special place as it is."""
    place = special.place
    at = Fraction(here.point[here.variable])
    for step in STEPS:
        moved: list[float | Fraction] = list(here.point)
        moved[here.variable] = at + (abs(at) or 1) * step
        try:
            there = locate(special.tape, moved)
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
