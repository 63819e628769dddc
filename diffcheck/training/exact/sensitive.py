"""Numbers of a step that know how they move with the numbers that the step starts from, wherever those have drifted to.

Forward accumulation over the rule's own lines, with partials enclosed over the whole box that drift may have reached:
by the mean value theorem what they give holds, curvature and kinks included.
Source: Griewank and Walther, Evaluating Derivatives, 2nd ed., 3.1; Neumaier, Interval Methods for Systems of
Equations, 1990, section 2.3 (the mean value form).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from diffcheck.formula.cells import cell, filled
from diffcheck.formula.chain import CONDITIONS
from diffcheck.formula.functions import ROWS
from diffcheck.training.exact.number import Arithmetic, Kind, Number
from diffcheck.truth.balls import SIGNS, as_ball, compile_balls, row_on_balls

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Slope:
    """The partials of a number by what the step starts from: intervals."""

    middle: Array
    """Shape (columns,)."""
    radius: Array
    """Shape (columns,)."""


@dataclass(frozen=True, slots=True)
class Sensitive:
    """A number, where it may have drifted to, and its partials over all that may have drifted."""

    number: Number
    box: Any
    """A ball around the exact number, or a truth; None for one that drift may turn."""
    slope: Slope | None = None
    """None for a number that does not move."""


@dataclass(frozen=True)
class SensitiveArithmetic:
    """The arithmetic of balls, with slopes beside."""

    balls: Arithmetic
    reach: Callable[[Slope], float] = lambda slope: 0.0
    """How far a number of this slope may have drifted by now."""

    def given(self, value: Any, kind: Kind) -> Sensitive:
        """A number that is known exactly, or one that is sensitive already."""
        if isinstance(value, Sensitive):
            return replace(value, number=replace(value.number, kind=kind))
        number = self.balls.given(value, kind)
        return Sensitive(number, number.exact)

    def constant(self, value: Fraction | str | bool | None) -> Sensitive:
        """A constant of the rule's text."""
        number = self.balls.constant(value)
        return Sensitive(number, number.exact)

    def apply(self, name: str, inputs: Sequence[Sensitive], text: Any = "") -> Sensitive:
        """Row ``name`` of the table of functions, and the chain rule."""
        number = self.balls.apply(name, [each.number for each in inputs], text)
        if all(each.slope is None for each in inputs):  # what does not move has not drifted
            return Sensitive(number, number.exact)
        box = row_on_balls(name)(*(each.box for each in inputs))
        if name in CONDITIONS:
            return Sensitive(replace(number, reached=None) if box is None else number, box)
        if name == "sign" and not box.is_exact():
            number = replace(number, reached=SIGNS)
        slope = _chosen(inputs) if name == "select" else _carried(name, inputs, box)
        if slope is not None and number.exact.is_finite():
            reach = self.reach(slope)
            if reach < float("inf") and (not box.is_finite() or reach < float(box.rad())):
                box = number.exact + SIGNS * arb(reach)
        return Sensitive(number, box, slope)

    def rounded(self, number: Sensitive) -> Sensitive:
        """As it is stored in a tensor."""
        return replace(number, number=self.balls.rounded(number.number))

    def stored_scalar(self, number: Sensitive) -> Sensitive:
        """As it is stored in a 0-d tensor."""
        return replace(number, number=self.balls.stored_scalar(number.number))

    def stored(self, number: Sensitive) -> Sensitive:
        """A Python number as every element of a tensor holds it."""
        return replace(number, number=self.balls.stored(number.number))

    def observed(self, value: Any, number: Sensitive, kind: Kind) -> Sensitive:
        """Nothing is observed in an exact replay."""
        return number


def _carried(name: str, inputs: Sequence[Sensitive], box: Any) -> Slope | None:
    """The chain rule, partials enclosed over the inputs' boxes."""
    boxes = [each.box for each in inputs]
    middle: Any = 0.0
    radius: Any = 0.0
    with np.errstate(all="ignore"):
        for partial, each in zip(_partials(name), inputs, strict=True):
            if partial is None or each.slope is None:
                continue
            ball = as_ball(partial(*filled(boxes, box)))
            centre, spread = (float(ball.mid()), float(ball.rad())) if ball.is_finite() else (0.0, float("inf"))
            sizes = abs(each.slope.middle) + each.slope.radius
            middle = middle + centre * each.slope.middle
            # Infinity times an exact zero is of a number that does not move at all.
            radius = radius + abs(centre) * each.slope.radius + np.where(sizes == 0, 0.0, spread * sizes)
    return None if isinstance(middle, float) else Slope(middle, radius)


def _chosen(inputs: Sequence[Sensitive]) -> Slope | None:
    """Of the branch that is taken; of both, where drift may turn the choice."""
    condition, first, second = inputs
    if condition.box is not None:
        return first.slope if condition.box else second.slope
    if first.slope is None or second.slope is None:
        one = first.slope or second.slope
        return None if one is None else Slope(one.middle / 2, abs(one.middle) / 2 + one.radius)
    middle = (first.slope.middle + second.slope.middle) / 2
    apart = abs(first.slope.middle - second.slope.middle) / 2
    return Slope(middle, apart + np.maximum(first.slope.radius, second.slope.radius))


@lru_cache(maxsize=512)
def _partials(name: str) -> tuple[Callable[..., Any] | None, ...]:
    """The row's partials as functions of balls; None for one that is zero or not known."""
    return tuple(_CONSTANT[text] if text in _CONSTANT else compile_balls(cell(str(text))) for text in ROWS[name].partials)


_CONSTANT: dict[str | None, Callable[..., Any] | None] = {None: None, "0": None, "1": lambda *_: 1, "-1": lambda *_: -1}
"""Partials that need no arithmetic."""
