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
from diffcheck.training.exact.number import Arithmetic, Kind, Number, slack_of
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
    noise: float = 0.0
    """How far rounding since the step began may move it, wherever in their boxes the step's numbers are."""


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
        return still(self.balls.given(value, kind))

    def constant(self, value: Fraction | str | bool | None) -> Sensitive:
        """A constant of the rule's text."""
        return still(self.balls.constant(value))

    def apply(self, name: str, inputs: Sequence[Sensitive], text: Any = "") -> Sensitive:
        """Row ``name`` of the table of functions, and the chain rule."""
        number = self.balls.apply(name, [each.number for each in inputs], text)
        if all(_is_still(each) for each in inputs):  # what has not drifted is rounded as it is
            return still(number)
        box = row_on_balls(name)(*(each.box for each in inputs))
        if name in CONDITIONS:
            return Sensitive(replace(number, reached=None) if box is None else number, box)
        partials = [] if name == "select" else _enclosed(name, inputs, box)
        slope = _chosen(inputs) if name == "select" else _carried(name, partials, inputs)
        if slope is None:  # piecewise constant: it does not move, and jumps
            return Sensitive(number, box, None, self._jump(name, inputs, box))
        if number.exact.is_finite() and not (box.is_finite() and box.rel_accuracy_bits() > NARROW):
            reach = self.reach(slope)
            if reach < float("inf") and (not box.is_finite() or reach < float(box.rad())):
                box = number.exact + SIGNS * arb(reach)
        return Sensitive(number, box, slope, self._noise(name, partials, inputs, box, number))

    def _jump(self, name: str, inputs: Sequence[Sensitive], box: Any) -> float:
        """How far the number may jump as drift and rounding move what it is made of."""
        moved = [each.box + SIGNS * arb(each.noise) if isinstance(each.box, arb) and each.noise < INFINITE else each.box
                 for each in inputs]  # fmt: skip
        around = as_ball(row_on_balls(name)(*moved))
        return 2 * float(around.rad()) if around.is_finite() and box.is_finite() else INFINITE

    def _noise(self, name: str, partials: list[Any], inputs: Sequence[Sensitive], box: arb, number: Number) -> float:
        """What rounding has done to the inputs, carried on, and what it does to the result, anywhere in the box."""
        if number.radius is None or not box.is_finite():
            return INFINITE
        rounding = self.balls.roundings[number.kind]
        met = [each.noise + self._meeting(each, number.kind) for each in inputs]
        if name == "select":
            carried = _selected(inputs, met)
        else:
            carried = sum((_size(ball) * each for ball, each in zip(partials, met, strict=True) if each), 0.0)
        slack = slack_of(name, [each.number.kind for each in inputs])
        if not slack or (carried == 0 and _is_exact(number) and all(each.box.is_exact() for each in inputs)):
            return carried
        return carried + slack * rounding.form.unit_roundoff * (float(abs(box).upper()) + carried) + rounding.form.tiny

    def _meeting(self, number: Sensitive, kind: Kind) -> float:
        """What a number is rounded by as it meets numbers of ``kind``."""
        rounding = self.balls.roundings[kind]
        if number.number.kind >= kind or not isinstance(number.box, arb) or rounding.holds(number.box):
            return 0.0
        return float(abs(number.box).upper()) * rounding.form.unit_roundoff + rounding.form.tiny

    def meant(self, number: Sensitive) -> Sensitive:
        """An option that may be meant as the decimal that it was written as."""
        return still(self.balls.meant(number.number))

    def kernel(self, norm: Sensitive, numbers: Sequence[Sensitive]) -> Sensitive:
        """The norm of ``numbers``: it moves no further than they do together, also where its root has no slope."""
        made = replace(norm, number=self.balls.kernel(norm.number, [each.number for each in numbers]))
        slopes = [each.slope for each in numbers if each.slope is not None]
        if norm.slope is None or not slopes or (np.isfinite(norm.slope.radius).all() and norm.noise < INFINITE):
            return made
        radius = np.sum([abs(each.middle) + each.radius for each in slopes], axis=0)
        slope = Slope(np.zeros(len(radius)), radius)
        noise = sum(each.noise for each in numbers) + float(norm.number.radius or 0)
        return replace(made, box=norm.number.exact + SIGNS * arb(self.reach(slope)), slope=slope, noise=noise)

    def rounded(self, number: Sensitive) -> Sensitive:
        """As it is stored in a tensor."""
        made = self.balls.rounded(number.number)
        if made is number.number:
            return number
        form = self.balls.form
        return replace(number, number=made, noise=number.noise + form.unit_roundoff * _size(number.box) + form.tiny)

    def stored_scalar(self, number: Sensitive) -> Sensitive:
        """As it is stored in a 0-d tensor."""
        made = self.balls.stored_scalar(number.number)
        if made is number.number:
            return number
        form = self.balls.scalar
        return replace(number, number=made, noise=number.noise + 2 * form.unit_roundoff * _size(number.box) + 2 * form.tiny)

    def stored(self, number: Sensitive) -> Sensitive:
        """A Python number as every element of a tensor holds it."""
        return still(self.balls.stored(number.number))

    def observed(self, value: Any, number: Sensitive, kind: Kind) -> Sensitive:
        """Nothing is observed in an exact replay."""
        return number


INFINITE = float("inf")
NARROW = 8
"""Boxes known to more bits than this are not made narrower by the mean value form: it costs more than it tells."""


def still(number: Number) -> Sensitive:
    """A number that does not move: its noise is how far a sound implementation may be off."""
    radius = number.radius if isinstance(number.exact, arb) else arb(0)
    return Sensitive(number, number.exact, None, INFINITE if radius is None else float(radius))


def _is_still(number: Sensitive) -> bool:
    """It has neither moved nor drifted."""
    return number.slope is None and (not isinstance(number.box, arb) or number.box is number.number.exact)


def _is_exact(number: Number) -> bool:
    return bool(number.reached.is_exact()) and number.reached == number.exact


def _size(ball: Any) -> float:
    return float(abs(as_ball(ball)).upper()) if as_ball(ball).is_finite() else INFINITE


def _enclosed(name: str, inputs: Sequence[Sensitive], box: Any) -> list[Any]:
    """The partials over the inputs' boxes; zero for one that is zero."""
    boxes = [each.box for each in inputs]
    return [arb(0) if partial is None else as_ball(partial(*filled(boxes, box))) for partial in _partials(name)]


def _selected(inputs: Sequence[Sensitive], met: Sequence[float]) -> float:
    """The noise of a choice: of the branch that is taken; where drift or rounding may turn it, as far as both are apart."""
    condition, first, second = inputs
    if condition.number.reached is not None and condition.box is not None:
        return met[1] if condition.box else met[2]
    return max(met[1], met[2]) + _size(first.box - second.box)


def _carried(name: str, partials: list[Any], inputs: Sequence[Sensitive]) -> Slope | None:
    """The chain rule, partials enclosed over the inputs' boxes."""
    middle: Any = 0.0
    radius: Any = 0.0
    with np.errstate(all="ignore"):
        for partial, ball, each in zip(_partials(name), partials, inputs, strict=True):
            if partial is None or each.slope is None:
                continue
            centre, spread = float(ball.mid()), float(ball.rad()) + abs(float(ball.mid())) * NEAREST
            centre, spread = (centre, spread) if ball.is_finite() else (0.0, INFINITE)
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


NEAREST = 2.0**-52
"""How far a double may be from the number that it stands for, as a share of it."""
_CONSTANT: dict[str | None, Callable[..., Any] | None] = {None: None, "0": None, "1": lambda *_: 1, "-1": lambda *_: -1}
"""Partials that need no arithmetic."""
