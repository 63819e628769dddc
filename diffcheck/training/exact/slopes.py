"""A loss with its gradient and Hessian at one exact point, and what rounding may make of loss and gradient there."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from flint import arb

from diffcheck.dtypes import Format
from diffcheck.errors import UndecidedError
from diffcheck.formula.formula import Formula, Shapes, read_formula
from diffcheck.formula.functions import ROWS
from diffcheck.formula.operations import Tape
from diffcheck.formula.sweeps import swept
from diffcheck.formula.targets import Target
from diffcheck.training.exact.number import Kind, Number
from diffcheck.training.exact.sensitive import Slope
from diffcheck.truth.allowance import Walked, walk
from diffcheck.truth.derivative import Derivative, derive
from diffcheck.truth.enclosure import ball_function

MOST = 40
"""A loss of more parameters is not replayed: its Hessian would have too many formulas."""


@dataclass(frozen=True)
class Slopes:
    """A loss at one point."""

    loss: Number
    gradients: tuple[Number, ...]
    """By each parameter's number, what rounding may do beside."""
    noises: tuple[float, ...]
    """How far rounding may move each gradient, anywhere in the box."""
    gradient: Slope
    """Shape (parameters,): the same over the box."""
    hessian: tuple[Slope, ...]
    """By each parameter's number, over the box: how its gradient moves with all of them."""
    excuse: str
    """The operation that may leave the dtype's range; empty for none."""


@dataclass(frozen=True, eq=False)
class Loss:
    """A loss's formula, with what its replay needs."""

    formula: Formula
    moving: tuple[int, ...]
    """The columns that are parameters' numbers."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The formula's columns, blanks left out."""
        return tuple(each.replace(" ", "") for each in self.formula.variables)

    @cached_property
    def derivative(self) -> Derivative:
        """Partials up to the second order; raises UndecidedError for a loss of too many parameters."""
        if len(self.moving) > MOST:
            raise UndecidedError(f"the loss has {len(self.moving)} numbers to train; a whole run of at most {MOST} is replayed")
        return derive(self.formula, 2, self.moving)

    @cached_property
    def swept(self) -> Tape:
        """The loss and its reverse sweep."""
        return swept(self.formula.tape, ("reverse",), self.moving)

    @cached_property
    def decides(self) -> bool:
        """It has a kink or a jump somewhere, which drift may carry a run across."""
        return any(operation.name in ROWS and operation.row.ties for operation in self.formula.tape.operations)

    def at(self, point: Sequence[arb], box: Sequence[arb], form: Format) -> Slopes:
        """The loss at ``point``, balls of its columns, with slopes that hold all over ``box``, which is around it."""
        places = self.derivative.places
        function = ball_function(self.derivative.tape)
        outputs: Any = function(*point)
        around: Any = function(*box)
        walked = walk(self.swept, box if self.decides else point, form, keeps_exact=True)
        beside = walked if _all_finite(walked, self.swept) else walk(self.swept, [_nudged(each, form) for each in point], form)
        cause = self.formula.tape.text(walked.overflowed[0]) if walked.overflowed else ""

        def number(target: Target, output: int) -> Number:
            place = self.swept.outputs[output]
            exact = outputs[places[target]]
            reached = walked.values[place] if place >= 0 else arb(0)
            if not reached.is_finite() and beside.values[place].is_finite():
                reached = exact + (beside.values[place] - beside.values[place].mid())
            return Number(exact, reached, Kind.TENSOR, cause)

        gradients = [Target(0, (column,)) for column in self.moving]
        numbers = [number(target, 1 + row) for row, target in enumerate(gradients)]
        noises = [_known(each) for each in numbers]
        if not all(each.is_exact() for each in box):
            rounded, exactly = walk(self.swept, box, form), walk(self.swept, box, None)
            places_of = self.swept.outputs[1:]
            noises = [max(noise, _wider(rounded, exactly, place)) for noise, place in zip(noises, places_of, strict=True)]
        return Slopes(
            number(Target(0), 0),
            tuple(numbers),
            tuple(noises),
            _slope([around[places[target]] for target in gradients]),
            tuple(_slope([around[places[Target(0, (row, column))]] for column in self.moving]) for row in self.moving),
            cause,
        )


def _known(number: Number) -> float:
    return float("inf") if number.radius is None else float(number.radius)


def _wider(rounded: Walked, exactly: Walked, place: int) -> float:
    """How far rounding takes the ends of what a box leads to; nothing for a number that nothing reaches."""
    if place < 0:
        return 0.0
    wide, narrow = rounded.values[place], exactly.values[place]
    if not wide.is_finite() or not narrow.is_finite():
        return float("inf")
    return float(max((wide.upper() - narrow.upper()).upper(), (narrow.lower() - wide.lower()).upper()))


def _slope(balls: Sequence[arb]) -> Slope:
    """Balls as intervals of doubles; one that is not finite has no bound."""
    finite = [ball.is_finite() for ball in balls]
    middle = [float(ball.mid()) if known else 0.0 for ball, known in zip(balls, finite, strict=True)]
    radius = [float(ball.rad()) if known else float("inf") for ball, known in zip(balls, finite, strict=True)]
    return Slope(np.array(middle), np.array(radius))


def _all_finite(walked: Walked, tape: Tape) -> bool:
    return all(walked.values[place].is_finite() for place in tape.outputs if place >= 0)


def _nudged(coordinate: arb, form: Format) -> arb:
    """Beside an exact zero, where the chain rule may meet 0/0 though the formula is smooth, as ``norm(b)**2`` at 0 is."""
    return arb(2.0 ** -(form.bits + 10)) if coordinate.is_zero() else coordinate


@lru_cache(maxsize=64)
def loss_of(text: Any, shapes: Shapes, parameters: tuple[str, ...]) -> Loss:
    """The loss over arrays of these shapes."""
    formula = read_formula(text, shapes)
    columns = [column for one in formula.inputs if one.name in parameters for column in one.columns]
    return Loss(formula, tuple(formula.variables.index(each) for each in columns))
