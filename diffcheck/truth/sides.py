"""One side of a point, proved: the limits of a formula's value and of its partial, read off the formula's germ there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import arb

from diffcheck.dtypes import Format
from diffcheck.errors import UnsupportedError
from diffcheck.formula.functions import ROWS
from diffcheck.formula.operations import Operation, Tape, exact_value
from diffcheck.formula.printing import compile_tape
from diffcheck.truth.balls import ball_number, precision
from diffcheck.truth.enclosure import is_narrow
from diffcheck.truth.germs import Germ, NoGermError, OutsideError, Term, exactly, germ
from diffcheck.truth.limits import Limit
from diffcheck.truth.series import NAMESPACE, general_power

BITS = (256, 1024, 4096)
"""Working bits of each attempt: the last shows an inexact zero to be below every dtype's numbers."""


@dataclass(frozen=True)
class Side:
    """What the value, and the partial along the coordinate, tend to from one side."""

    value: Limit
    partial: Limit


NOWHERE = Limit(exists=False, proved=True)


def proved_side(tape: Tape, point: Sequence[float], variable: int, side: int, form: Format) -> Side | None:
    """The limits from ``side`` (-1 or 1) along variable number ``variable``; None where no germ proves them narrowly.

    Where the germ is a power series, its terms differentiate one by one: the derivative's limit is the one-sided
    derivative of the germ.
    """
    for bits in BITS:
        try:
            with precision(bits):
                found = germ_of(tape, point, variable, side)
                limits = Side(_value(found), _partial(found, side))
        except OutsideError:
            return Side(NOWHERE, NOWHERE)
        except NoGermError:
            continue
        if all(limit.ball is None or is_narrow(limit.ball, form) for limit in (limits.value, limits.partial)):
            return limits
    return None


def _value(found: Germ) -> Limit:
    if found.valuation >= 0:
        return Limit(found.constant, proved=True)
    return Limit(infinite=_certain(found.terms[:1]), proved=True)


def _partial(found: Germ, side: int) -> Limit:
    moving = [term for term in found.terms if term[0] != 0]
    if moving and moving[0][0] < 1:
        exponent = moving[0][0]
        return Limit(infinite=_certain(moving[:1]) * (1 if exponent > 0 else -1) * side, proved=True)
    if found.end <= 1:
        raise NoGermError
    slope = moving[0][1] if moving and moving[0][0] == 1 else arb(0)
    return Limit(slope * side, proved=True)


def _certain(terms: Sequence[Term]) -> int:
    """The sign of the one coefficient in ``terms``; raises NoGermError where it is open, or where there is none."""
    for _, coefficient in terms:
        if coefficient > 0 or coefficient < 0:
            return 1 if coefficient > 0 else -1
    raise NoGermError


def germ_of(tape: Tape, point: Sequence[float], variable: int, side: int) -> Germ:
    """The tape's first output as variable number ``variable`` leaves ``point`` to ``side``, at the current precision.

    Raises OutsideError where it has no real values there, NoGermError where no germ is proved.
    """
    walk = _Walk(tape)
    for index, coordinate in enumerate(point):
        moves: tuple[Term, ...] = ((Fraction(1), arb(side)),) if index == variable else ()
        walk.append(germ(arb(coordinate)) + Germ(moves), Fraction(coordinate))
    for operation in tape.operations[len(point) :]:
        walk.step(operation)
    result = walk.values[tape.outputs[0]]
    if isinstance(result, Exception):
        raise result
    if not isinstance(result, Germ):
        raise NoGermError
    return result


class _Walk:
    """One walk over a tape: each operation's germ (or truth, or why there is none), and its limit where that is rational."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.values: list[Any] = []
        self.limits: list[Fraction | None] = []

    def append(self, value: Any, limit: Fraction | None) -> None:
        self.values.append(value)
        self.limits.append(limit)

    def step(self, operation: Operation) -> None:
        """Take in one operation; what goes wrong on a branch not taken does no harm."""
        try:
            value = self._value(operation)
        except (NoGermError, OutsideError, UnsupportedError, NameError) as error:
            self.append(error if isinstance(error, OutsideError) else NoGermError(), None)
            return
        limit = self._limit(operation, value) if isinstance(value, Germ) else None
        self.append(value if limit is None else value.tending_to(limit), limit)

    def _value(self, operation: Operation) -> Any:
        if operation.name == "number":
            number = ball_number(operation.value)
            return number if isinstance(number, bool) else germ(number)
        places = operation.arguments
        if operation.name == "select" and isinstance(self.values[places[0]], bool):
            places = (places[0], places[1 if self.values[places[0]] else 2])
            return self._inputs(places)[1]
        inputs = self._inputs(places)
        if operation.name == "pow":
            return general_power(inputs[0], inputs[1], self.limits[places[1]])
        return _function(operation.name)(*inputs)

    def _inputs(self, places: Sequence[int]) -> list[Any]:
        """The values at ``places``; raises what any of them was lost to, first of all that there is none."""
        values = [self.values[place] for place in places]
        for kind in (OutsideError, NoGermError):
            for value in values:
                if isinstance(value, kind):
                    raise value
        return values

    def _limit(self, operation: Operation, value: Germ) -> Fraction | None:
        """What the germ tends to, where that is known to be rational: a sum that vanishes is then exactly zero."""
        if operation.exact is not None:
            return operation.exact
        if value.valuation < 0 or value.end <= 0:
            return None
        fixed = operation.name == "pow" and self.tape.operations[operation.arguments[1]].constant  # 0**t tends to 0, not 1
        if fixed or operation.name in _CONTINUOUS:
            known = exact_value(operation.name, [self.limits[place] for place in operation.arguments])
            if known is not None:
                return known
        return exactly(value.constant)


_CONTINUOUS = frozenset({"add", "sub", "mul", "div", "reciprocal", "neg", "abs", "max", "min", "relu", "clamp"})
"""Rows whose value at the limits of their arguments is what they tend to."""


@lru_cache(maxsize=512)
def _function(name: str) -> Callable[..., Any]:
    """A row as a function of germs; raises UnsupportedError for one that has no arb column."""
    variables = tuple("xyz"[: ROWS[name].arity])
    operations = [Operation("variable", value=each) for each in variables]
    operations.append(Operation(name, tuple(range(len(variables)))))
    tape = Tape(variables, tuple(operations), (len(variables),))
    return compile_tape(tape, "arb", NAMESPACE, number=str, wrap=None)
