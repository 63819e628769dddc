"""Where a formula has a real value, and where it may bend: exact decisions at one point."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any

from flint import arb

from diffcheck.errors import UndecidedError
from diffcheck.formula.cells import conditions, filled, ties
from diffcheck.formula.operations import Operation, Tape, exact_value, postorder_needed
from diffcheck.truth.allowance import walk
from diffcheck.truth.balls import precision
from diffcheck.truth.enclosure import MAX_BITS, ball_function


class Standing(Enum):
    """How a point stands to an operation's domain."""

    INSIDE = "inside"
    BORDER = "on the border of"
    POLE = "at a pole of"
    OUTSIDE = "outside the domain of"


@dataclass(frozen=True)
class Place:
    """What is special about one point."""

    standing: Standing
    """The worst standing among the operations that the value depends on there."""
    operation: int
    """Which operation stands so; -1 when all are inside."""
    tied: tuple[int, ...]
    """Operations that may bend or jump exactly here."""
    zeros: frozenset[tuple[int, int]] = frozenset()
    """Which of their ties are zero here: each an operation and the number of its tie."""


_WORSE = [Standing.INSIDE, Standing.BORDER, Standing.POLE, Standing.OUTSIDE]
#        sign of the condition's left side:      negative           zero              positive
_STANDINGS = {
    ">": {-1: Standing.OUTSIDE, 0: Standing.POLE, 1: Standing.INSIDE},
    ">=": {-1: Standing.OUTSIDE, 0: Standing.BORDER, 1: Standing.INSIDE},
    "!=": {-1: Standing.INSIDE, 0: Standing.POLE, 1: Standing.INSIDE},
}


def locate(tape: Tape, point: Sequence[float | Fraction]) -> Place:
    """How the formula stands at exactly ``point``.

    Balls are refined until every sign is certain; what stays open at 2**14 bits is settled in rational arithmetic.
    Raises UndecidedError, naming the operation, where neither settles it.
    """
    rationals = _rationals(tape, point)
    bits = 128
    while True:
        values = walk(tape, point, None, bits).values
        with precision(bits):
            place, unsettled = _survey(tape, values, rationals)
        if unsettled < 0:
            return place
        bits *= 4
        if bits > MAX_BITS:
            raise UndecidedError(f"the exact sign at {tape.text(unsettled)} could not be settled")


def _survey(tape: Tape, values: list[Any], rationals: list[Fraction | None]) -> tuple[Place, int]:
    """The place as far as ``values`` tell, and an operation whose sign they leave open (-1 if none)."""
    standing, where = Standing.INSIDE, -1
    zeros: list[tuple[int, int]] = []
    for place in active(tape, values):
        operation = tape.operations[place]
        if operation.name in ("variable", "number"):
            if isinstance(values[place], arb) and values[place].is_nan():
                return Place(Standing.OUTSIDE, place, ()), -1
            continue
        row = operation.row
        for condition, sign in conditions(row.domain):
            found = _sign(condition, operation, place, values, rationals)
            if found is None:
                return Place(standing, where, ()), place
            met = _STANDINGS[sign][found]
            if _WORSE.index(met) > _WORSE.index(standing):
                standing, where = met, place
            if met is Standing.OUTSIDE:
                return _placed(standing, where, zeros), -1
        for number, tie in enumerate(ties(row.ties)):
            found = _sign(tie, operation, place, values, rationals)
            if found is None and standing is not Standing.POLE:
                return Place(standing, where, ()), place
            if found == 0:
                zeros.append((place, number))
        if isinstance(values[place], arb) and values[place].is_nan() and standing is Standing.POLE:
            break
    return _placed(standing, where, zeros), -1


def _placed(standing: Standing, where: int, zeros: list[tuple[int, int]]) -> Place:
    return Place(standing, where, tuple(dict.fromkeys(place for place, _ in zeros)), frozenset(zeros))


def active(tape: Tape, values: list[Any]) -> list[int]:
    """The operations that the output depends on here: of a choice only the branch taken."""

    def through(place: int) -> Sequence[int]:
        arguments = tape.operations[place].arguments
        if tape.operations[place].name == "select" and isinstance(values[arguments[0]], bool):
            return arguments[0], arguments[1 if values[arguments[0]] else 2]
        return arguments

    return postorder_needed(tape.only(0), through)


def _sign(cell: Tape, operation: Operation, place: int, values: list[Any], rationals: list[Fraction | None]) -> int | None:
    """The certain sign of a cell at an operation's arguments; None where it is open."""
    inputs = [values[argument] for argument in operation.arguments]
    result = ball_function(cell)(*filled(inputs, values[place]))
    if isinstance(result, arb):
        if result > 0:
            return 1
        if result < 0:
            return -1
        if result.is_zero():
            return 0
    exact = _rational_cell(cell, [rationals[argument] for argument in operation.arguments])
    return None if exact is None else (exact > 0) - (exact < 0)


def _rationals(tape: Tape, point: Sequence[float | Fraction]) -> list[Fraction | None]:
    """The exact rational value of every operation that has one by rational operations alone."""
    values: list[Fraction | None] = [Fraction(value) for value in point]
    for operation in tape.operations[len(values) :]:
        if operation.exact is not None or operation.name == "number":
            values.append(operation.exact)
        else:
            values.append(_small(exact_value(operation.name, [values[argument] for argument in operation.arguments])))
    return values


def _small(value: Fraction | None) -> Fraction | None:
    """Rationals that have not grown beyond use."""
    return value if value is not None and value.denominator.bit_length() < 2**16 else None


def _rational_cell(cell: Tape, arguments: list[Fraction | None]) -> Fraction | None:
    values = filled(arguments, arguments[0])
    for operation in cell.operations[len(cell.variables) :]:
        exact = operation.exact
        values.append(exact if exact is not None else exact_value(operation.name, [values[each] for each in operation.arguments]))
    return values[cell.outputs[0]]
