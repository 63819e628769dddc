"""The numbers of a training step, all elements of a tensor at once: midpoints of extended precision, and radii.

What is worked out for the whole step, in Python or in 0-d tensors, stays in balls; elements go over arrays. An
element that the arrays do not clear goes to the balls, which alone may condemn. Radii are carried to first order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb

from diffcheck.dtypes import Format
from diffcheck.formula.cells import filled
from diffcheck.formula.chain import CONDITIONS
from diffcheck.training.exact.number import Arithmetic, Kind, Number, slack_of
from diffcheck.truth.arrays import row_on_arrays, ties_on_arrays
from diffcheck.truth.quick import carried

WIDE = 0.1
"""A relative radius beyond this is too wide for first order, which otherwise leaves out less than ``verdicts.SURE`` does."""
EXTENDED = float(np.finfo(np.longdouble).eps)
"""Twice the unit roundoff of the midpoints: 2**-63 on x86, a double's own elsewhere."""


@dataclass(frozen=True, slots=True)
class Elements:
    """One number for every element of a tensor."""

    middle: Any
    """Midpoints (n,) of extended precision; truths for a condition."""
    radius: Any
    """About how far a sound implementation may be off (n,)."""
    clear: Any
    """Where both may be trusted (n,)."""


@dataclass(frozen=True)
class ArrayArithmetic:
    """The arithmetic of balls for what is scalar, of arrays for what is not."""

    balls: Arithmetic
    size: int
    """How many elements a tensor has."""

    def given(self, value: Any, kind: Kind) -> Number | Elements:
        """A number, or the elements of a tensor, that are known exactly."""
        if kind is not Kind.TENSOR:
            return self.balls.given(value, kind)
        middle = np.asarray(value, dtype=np.longdouble)
        return Elements(middle, 0.0, np.isfinite(middle) & (abs(middle) < self.form.largest))

    @property
    def form(self) -> Format:
        """The dtype that tensors' operations round to."""
        return self.balls.inside or self.balls.form

    def constant(self, value: Fraction | str | bool | None) -> Number:
        """A constant of the rule's text."""
        return self.balls.constant(value)

    def apply(self, name: str, inputs: Sequence[Any], text: Any = "") -> Any:
        """Row ``name`` of the table of functions."""
        if all(isinstance(each, Number) for each in inputs):
            return self.balls.apply(name, inputs, text)
        if name == "select" and isinstance(inputs[0], Number):
            return self._chosen(inputs)
        taken = [each if isinstance(each, Elements) else self._spread(each) for each in inputs]
        kinds = [each.kind if isinstance(each, Number) else Kind.TENSOR for each in inputs]
        with np.errstate(all="ignore"):
            return self._applied(name, taken, slack_of(name, kinds))

    def rounded(self, number: Any) -> Any:
        """``number`` as it is stored in a tensor, where a fused kernel worked it out in a wider dtype."""
        if isinstance(number, Number) or self.balls.inside is None:
            return number
        form = self.balls.form
        with np.errstate(all="ignore"):
            radius = number.radius + form.unit_roundoff * abs(number.middle) + form.tiny
            return Elements(number.middle, radius, number.clear & (abs(number.middle) + radius < form.largest))

    def stored_scalar(self, number: Number) -> Number:
        """``number`` as it is stored in a 0-d tensor of state."""
        return self.balls.stored_scalar(number)

    def stored(self, number: Number) -> Elements:
        """A Python number as every element of a tensor holds it."""
        return self._spread(self.balls.stored(number))

    def meant(self, number: Number) -> Number:
        """An option that may be meant as the decimal that it was written as."""
        return self.balls.meant(number)

    def kernel(self, norm: Any, numbers: Any) -> Any:
        """No rule of elements has a norm."""
        raise NotImplementedError

    def observed(self, value: Any, number: Any, kind: Kind) -> Any:
        """What stands for ``number`` once ``value`` was stored of it: the value, and in one fused kernel perhaps itself."""
        if kind is not Kind.TENSOR:
            return self.balls.observed(value, number, kind)
        known: Any = self.given(value, kind)
        if not self.balls.keeps or isinstance(number, Number):
            return known
        with np.errstate(all="ignore"):
            radius = np.maximum(number.radius, abs(known.middle - number.middle)).astype(float)
        return Elements(number.middle, radius, known.clear & number.clear)

    def _chosen(self, inputs: Sequence[Any]) -> Any:
        """A choice that Python makes for the whole step."""
        condition, first, second = inputs
        if condition.reached is None:
            either = first if isinstance(first, Elements) else self._spread(first)
            return Elements(either.middle, either.radius, np.zeros(self.size, dtype=bool))
        return first if condition.reached else second

    def _spread(self, number: Number) -> Elements:
        """A scalar as it meets the elements of a tensor."""
        if isinstance(number.exact, bool | None):
            return Elements(number.exact, 0.0, np.bool_(number.exact is number.reached))
        rounding = self.balls.roundings[Kind.TENSOR]
        taken = rounding.rounded(number.reached) if number.kind is not Kind.TENSOR else number.reached
        sound = not number.over and not number.under and taken.is_finite() and number.exact.is_finite()
        high = float(number.exact)
        middle = np.longdouble(high) + np.longdouble(float(number.exact - arb(high)))
        return Elements(middle, float(abs(taken - number.exact).upper()) if sound else np.inf, np.bool_(sound))

    def _applied(self, name: str, inputs: Sequence[Elements], slack: float) -> Elements:
        middles, form = [each.middle for each in inputs], self.form
        middle = row_on_arrays(name)(*middles)
        clear = inputs[0].clear
        for each in inputs[1:]:
            clear = clear & each.clear
        for tie in ties_on_arrays(name):
            # A choice that rounding may turn is left to the balls; a tie of numbers that are known exactly is none.
            reach = sum(each.radius for each in inputs if not isinstance(each.middle, bool | np.bool_))
            clear = clear & ((abs(tie(*filled(middles, middle))) > 4 * reach) | (reach == 0))
        if name in CONDITIONS:
            return Elements(middle, 0.0, clear)
        radius = carried(name, middles, [each.radius for each in inputs], middle)
        narrow = (radius <= np.maximum(WIDE * abs(middle), form.smallest_normal)) | (name in _SUMS)
        if slack:
            size = abs(middle)
            clear = clear & (size + radius < form.largest)
            nothing = (middle == 0) & (np.asarray(radius) == 0)  # of numbers that are known exactly: a zero that is one
            radius = np.where(nothing, 0.0, radius + slack * form.unit_roundoff * size + form.tiny)
        return Elements(middle, radius, clear & narrow & np.isfinite(middle))


_SUMS = frozenset({"add", "sub", "neg", "select", "max", "min", "abs", "clamp", "sign"})
"""Operations that carry radii exactly, however wide."""
