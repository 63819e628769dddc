"""A number of a training step: what the rule says exactly, and what a sound implementation may make of it.

Numbers carry the arithmetic that they are worked out in: Python's floats, 0-d tensors of the default dtype, tensors.
A result takes the widest of its inputs'; a number that meets a wider arithmetic is rounded to it.
Source: Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 2.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from fractions import Fraction
from functools import cached_property
from typing import Any

from flint import arb

from diffcheck.dtypes import FORMATS, Format
from diffcheck.formula.chain import CONDITIONS
from diffcheck.formula.functions import ROWS
from diffcheck.truth.allowance import REQUIRED_EXACT
from diffcheck.truth.balls import ball_number, row_on_balls
from diffcheck.truth.rounding import Rounding, is_below, is_beyond, rounding_of


class Kind(IntEnum):
    """Where a number lives, and so how it rounds; from the narrowest reach to the widest."""

    PYTHON = 0
    """A Python float: float64."""
    SCALAR = 1
    """A 0-d tensor of the default dtype."""
    TENSOR = 2
    """An element of a tensor of the parameter's dtype."""


@dataclass(frozen=True, slots=True)
class Number:
    """One number in balls; truths stand for conditions."""

    exact: Any
    """What the rule says of the numbers it was given: a ball of the working precision's width, or a truth."""
    reached: Any
    """The ball of whatever a sound implementation may have here; None for a condition that rounding may turn."""
    kind: Kind
    over: Any = ""
    """The operation on the way that may leave the dtype's range upwards, in the rule's words."""
    under: Any = ""
    """The one that is not zero and may round to zero."""
    fixed: bool = False
    """No operation rounds it: any other number is wrong, however near."""
    open: str = ""
    """The decision before it that rounding may turn: nothing can be said of it."""

    @property
    def radius(self) -> arb | None:
        """How far a sound implementation may be off; None where that has no bound."""
        if self.over or not self.reached.is_finite() or not self.exact.is_finite():
            return None
        radius: arb = abs(self.reached - self.exact).upper()
        return radius


@dataclass(frozen=True)
class Arithmetic:
    """How numbers are worked out for tensors of one dtype."""

    form: Format
    """The tensors' dtype."""
    scalar: Format = FORMATS["float32"]
    """The dtype of 0-d tensors of state."""
    inside: Format | None = None
    """The dtype that one fused kernel works in throughout; None where every operation rounds to the tensors'."""
    keeps: bool = False
    """One kernel makes all entries, and may work on with what a number was before it was stored."""

    @cached_property
    def roundings(self) -> tuple[Rounding, Rounding, Rounding]:
        """How each kind of number rounds."""
        return rounding_of(FORMATS["float64"]), rounding_of(self.scalar), rounding_of(self.inside or self.form)

    def given(self, value: Any, kind: Kind) -> Number:
        """A number that is known exactly: a float, a whole number, a ball; or a number, as one of this kind."""
        if isinstance(value, Number):
            return replace(value, kind=kind)
        ball = value if isinstance(value, arb) else arb(value)
        return Number(ball, ball, kind)

    def weight(self, weight: Fraction) -> Number:
        """What a window multiplies a loss by, and so the cotangent from its start: rounded as a number, and in each product."""
        exact = ball_number(weight)
        return Number(exact, self.roundings[Kind.TENSOR].widen(exact, 2.0), Kind.TENSOR)

    def constant(self, value: Fraction | str | bool | None) -> Number:
        """A constant of the rule's text, which Python rounds to a double."""
        exact = ball_number(value)
        return Number(exact, self.roundings[Kind.PYTHON].rounded(exact) if isinstance(exact, arb) else exact, Kind.PYTHON)

    def apply(self, name: str, inputs: Sequence[Number], text: Any = "") -> Number:
        """Row ``name`` of the table of functions; ``text`` is what the operation is called."""
        kind = max(each.kind for each in inputs)
        rounding = self.roundings[kind]
        function = row_on_balls(name)
        taken = [_taken(each, kind, rounding) for each in inputs]
        exact, reached = function(*(each.exact for each in inputs)), function(*taken)
        chosen = _chosen(name, inputs)
        over = next((each.over for each in chosen if each.over), "")
        under = next((each.under for each in chosen if each.under), "")
        if name in CONDITIONS:
            return Number(exact, reached, kind, over, under)
        if name == "sqrt" and not reached.is_finite() and exact.is_finite() and taken[0].is_finite():
            reached = arb(0).union(taken[0].upper().sqrt())  # no sound kernel makes a negative number of a sum of squares
        slack = slack_of(name, [each.kind for each in inputs])
        if slack and not _stays(name, exact, inputs, taken, rounding):
            reached = rounding.widen(reached, slack)
        return self._watched(Number(exact, reached, kind, over, under), name, rounding, text)

    def rounded(self, number: Number) -> Number:
        """``number`` as it is stored in a tensor, where a fused kernel worked it out in a wider dtype."""
        if self.inside is None or number.kind is not Kind.TENSOR:
            return number
        rounding = rounding_of(self.form)
        stored = replace(number, reached=rounding.rounded(number.reached) if number.reached.is_finite() else number.reached)
        return self._watched(stored, "", rounding, "the stored number")

    def stored_scalar(self, number: Number) -> Number:
        """``number`` as it is stored in a 0-d tensor of state."""
        rounding = self.roundings[Kind.SCALAR]
        if number.kind is not Kind.PYTHON or not number.reached.is_finite() or rounding.holds(number.reached):
            return number
        return replace(number, reached=rounding.widen(rounding.widen(number.reached, 1.0), 1.0))

    def stored(self, number: Number) -> Number:
        """A Python number as every element of a tensor of the parameter's dtype holds it."""
        return replace(number, reached=rounding_of(self.form).rounded(number.reached), kind=Kind.TENSOR)

    def meant(self, number: Number) -> Number:
        """An option that may be meant as the decimal that it was written as; whole numbers are what they are."""
        whole = number.exact.is_exact() and number.exact.is_integer()
        return number if whole else replace(number, reached=self.roundings[Kind.PYTHON].widen(number.exact, 1.0))

    def kernel(self, norm: Number, numbers: Sequence[Number]) -> Number:
        """The norm of ``numbers``, as one kernel that works it out: overflow inside it is not excused."""
        own = [each for each in numbers if each.over or each.under]
        over = next((each.over for each in own if each.over), "")
        return self._watched(replace(norm, over=over, under=""), "add", self.roundings[norm.kind], "the norm")

    def observed(self, value: float, number: Number, kind: Kind) -> Number:
        """What stands for ``number`` once ``value`` was stored of it: the value, and in one fused kernel perhaps itself."""
        known = self.given(value, kind)
        if number.exact.is_finite() and not known.exact.is_finite():  # a kernel may work on with the number it did not store
            return replace(number, over=number.over or "the stored number")
        if not self.keeps or kind is not Kind.TENSOR or not number.reached.is_finite():
            return known
        return replace(number, reached=number.reached.union(known.exact))

    def _watched(self, number: Number, name: str, rounding: Rounding, text: Any) -> Number:
        """``number``, with a word where it may leave the range."""
        reached = number.reached
        if not number.over and reached.is_finite() and number.kind is Kind.TENSOR and is_beyond(reached, rounding):
            return replace(number, over=text or name)
        if not number.under and name not in _EXACT_AT_ZERO and is_below(number.exact, rounding):
            return replace(number, under=text or name)
        return number


def slack_of(name: str, kinds: Sequence[Kind]) -> float:
    """How many units of roundoff an operation may be off by.

    Of a Python number and a tensor torch takes the reciprocal, and multiplies: one rounding more than a quotient has.
    """
    return ROWS[name].slack + (name == "div" and kinds[0] is Kind.PYTHON and max(kinds) is not Kind.PYTHON)


_EXACT_AT_ZERO = frozenset({"add", "sub", "neg", "abs", "max", "min", "select", "clamp", "sign"})
"""Operations whose result is a number of the dtype whenever it is small."""


def _taken(number: Number, kind: Kind, rounding: Rounding) -> Any:
    """What ``number`` is as it meets numbers of ``kind``."""
    if number.kind >= kind or not isinstance(number.reached, arb) or not number.reached.is_finite():
        return number.reached
    return rounding.rounded(number.reached)


def _stays(name: str, exact: arb, inputs: Sequence[Number], taken: Sequence[Any], rounding: Rounding) -> bool:
    """IEEE 754 requires the exact result: inputs that are known exactly, and a result that the dtype holds."""
    if name not in REQUIRED_EXACT or not rounding.holds(exact):
        return False
    return all(each.is_exact() and each == number.exact for each, number in zip(taken, inputs, strict=True))


def _chosen(name: str, inputs: Sequence[Number]) -> Sequence[Number]:
    """The inputs that the result is made of: of a choice, the branch that is taken."""
    if name != "select" or inputs[0].reached is None:
        return inputs
    return (inputs[1],) if inputs[0].reached else (inputs[2],)
