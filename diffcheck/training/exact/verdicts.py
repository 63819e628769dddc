"""Numbers of a step against what torch has: the glue to the judge, and the quick test over arrays."""

from dataclasses import dataclass, replace
from math import isfinite

import numpy as np
from flint import arb
from numpy.typing import NDArray

from diffcheck.dtypes import Format
from diffcheck.judgement import Judgement, judge
from diffcheck.training.exact.arrays import EXTENDED, Elements
from diffcheck.training.exact.number import Number
from diffcheck.truth.allowance import Allowance
from diffcheck.truth.local import Truth
from diffcheck.truth.margins import Permission
from diffcheck.verdict import Verdict

Array = NDArray[np.float64]
SURE = 0.85
"""The share of the arrays' allowance up to which they clear: first order may be off by a tenth of it."""


OWN = Permission()
"""The rule's own allowance."""


@dataclass(frozen=True)
class Worst:
    """One element of one entry: what torch has, what the rule says, and the verdict."""

    index: int
    actual: float
    number: Number
    judgement: Judgement

    @property
    def badness(self) -> tuple[int, float]:
        """Sorts the worst first."""
        return self.judgement.badness


def judge_number(
    actual: float, number: Number, form: Format, *, starts_finite: bool = True, permission: Permission = OWN
) -> Judgement:
    """The verdict on one number of a step, whose allowance is as much wider as ``permission`` says.

    Where the step starts from numbers that are not finite, and the rule has no value for that, whatever torch has is
    right: the run had overflowed before.
    """
    if number.open:
        return Judgement(Verdict.UNDECIDED, cause=number.open)
    if number.fixed and number.exact.is_finite():
        return _judge_fixed(actual, number)
    if not number.exact.is_finite():
        if not starts_finite:
            return Judgement(Verdict.RANGE, cause="the state before the step is not finite")
        return judge(actual, Truth(None, has_value=False, reason="the rule has no value here"), Allowance(None), form)

    def excuse() -> tuple[str, str]:
        if number.over or number.under:
            return "range", str(number.over or number.under)
        return "rounding", "rounding reaches a division by zero"

    radius = None if number.radius is None else number.radius * permission.factor + permission.absolute
    found = judge(actual, Truth(number.exact), Allowance(radius, excuse, str(number.over)), form)
    if found.verdict is Verdict.NAN and actual - actual != 0:
        return replace(found, cause=f"the rule has a value here, and the number is {actual}")
    return found


def _judge_fixed(actual: float, number: Number) -> Judgement:
    """The verdict on a number that no operation rounds."""
    if number.exact == actual:
        return Judgement(Verdict.AGREES, arb(0), arb(0))
    off = abs(arb(actual) - number.exact) if isfinite(actual) else None
    return Judgement(Verdict.WRONG, off, arb(0), "nothing rounds here: the number is known exactly")


def clear_elements(
    number: Elements, observed: Array, form: Format, permission: Permission = OWN
) -> tuple[NDArray[np.bool_], Array]:
    """Which of ``observed`` (n,) certainly agree, and each error as a share of the allowance."""
    with np.errstate(all="ignore"):
        middle = np.broadcast_to(number.middle, observed.shape)
        radius = np.broadcast_to(number.radius, observed.shape) * permission.factor + permission.absolute
        off = abs(observed - middle).astype(float)
        size = abs(middle).astype(float)
        _, exponent = np.frexp(size)
        unit = np.ldexp(1.0, np.maximum(form.min_exponent, exponent - form.bits))
        doubt = 2 * EXTENDED / form.unit_roundoff  # how good the midpoints are, as a share of the allowance
        near = (off <= 2 * unit * (1 - doubt)) | (off <= (SURE - doubt) * radius) & (off <= size * 2.0 ** (-form.bits / 2) / 2)
        flushed = (observed == 0) & (size > 0) & (size < form.tiny)  # told by itself: a limit
        agrees = number.clear & ~flushed & np.isfinite(observed) & (near if doubt < 1 else np.zeros_like(near))
        share = np.where(off == 0, 0.0, off / radius)
    return np.broadcast_to(agrees, observed.shape), np.broadcast_to(share, observed.shape)
