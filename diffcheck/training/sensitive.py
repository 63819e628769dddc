"""Numbers of a step that know how they move with the numbers that the step starts from.

Forward accumulation over the rule's own lines. Source: Griewank and Walther, Evaluating Derivatives, 2nd ed., 3.1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from diffcheck.formula.cells import filled
from diffcheck.formula.chain import CONDITIONS
from diffcheck.training.number import Arithmetic, Kind, Number
from diffcheck.truth.arrays import partials_on_arrays
from diffcheck.truth.balls import SIGNS

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sensitive:
    """A number, and its partials by what the step starts from."""

    number: Number
    slope: Array | None = None
    """Shape (columns,); None for a number that does not move."""


@dataclass(frozen=True)
class SensitiveArithmetic:
    """The arithmetic of balls, with slopes beside."""

    balls: Arithmetic
    reach: Callable[[Array], float] = lambda slope: 0.0
    """How far a number of this slope may have drifted by now: what rounding decides must not be taken for exact."""

    def given(self, value: Any, kind: Kind) -> Sensitive:
        """A number that is known exactly, or one that is sensitive already."""
        if isinstance(value, Sensitive):
            return Sensitive(replace(value.number, kind=kind), value.slope)
        return Sensitive(self.balls.given(value, kind))

    def constant(self, value: Fraction | str | bool | None) -> Sensitive:
        """A constant of the rule's text."""
        return Sensitive(self.balls.constant(value))

    def apply(self, name: str, inputs: Sequence[Sensitive], text: Any = "") -> Sensitive:
        """Row ``name`` of the table of functions, and the chain rule."""
        number = self.balls.apply(name, [each.number for each in inputs], text)
        if name in _DECIDED:
            number = self._undecided(name, inputs, number)
        if name in CONDITIONS or all(each.slope is None for each in inputs):
            return Sensitive(number)
        if name == "select" and inputs[0].number.exact is not None:  # the branch not taken may have no derivative at all
            return Sensitive(number, inputs[1 if inputs[0].number.exact else 2].slope)
        middles = [_middle(each.number.exact) for each in inputs]
        slope: Any = 0.0
        with np.errstate(all="ignore"):
            for partial, each in zip(partials_on_arrays(name), inputs, strict=True):
                if partial is not None and each.slope is not None:
                    slope = slope + partial(*filled(middles, _middle(number.exact))) * each.slope
        return Sensitive(number, None if isinstance(slope, float) else slope)

    def _undecided(self, name: str, inputs: Sequence[Sensitive], number: Number) -> Number:
        """``number`` with both outcomes, where the drift of what it decides by may turn the decision."""
        first, second = inputs[0], inputs[1] if len(inputs) > 1 else None
        slope = _difference(first.slope, None if second is None else second.slope)
        apart = first.number.exact - (0 if second is None else second.number.exact)
        reach = 0.0 if slope is None else self.reach(slope)
        if reach == 0 or not apart.is_finite() or abs(apart) > reach:
            return number
        if name in CONDITIONS:
            return replace(number, reached=None)
        if name == "sign":
            return replace(number, reached=SIGNS)
        return replace(number, reached=number.reached + SIGNS * arb(2 * reach))

    def rounded(self, number: Sensitive) -> Sensitive:
        """As it is stored in a tensor."""
        return Sensitive(self.balls.rounded(number.number), number.slope)

    def stored_scalar(self, number: Sensitive) -> Sensitive:
        """As it is stored in a 0-d tensor."""
        return Sensitive(self.balls.stored_scalar(number.number), number.slope)

    def stored(self, number: Sensitive) -> Sensitive:
        """A Python number as every element of a tensor holds it."""
        return Sensitive(self.balls.stored(number.number), number.slope)

    def observed(self, value: Any, number: Sensitive, kind: Kind) -> Sensitive:
        """Nothing is observed in an exact replay."""
        return number


_DECIDED = CONDITIONS | {"sign", "abs", "max", "min"}
"""Operations that decide by their arguments."""


def _difference(first: Array | None, second: Array | None) -> Array | None:
    if first is None or second is None:
        return first if second is None else -second
    return np.asarray(first - second)


def _middle(exact: Any) -> Any:
    """The nearest double, which divides by zero as IEEE 754 says."""
    return np.float64(float(exact)) if isinstance(exact, arb) else exact
