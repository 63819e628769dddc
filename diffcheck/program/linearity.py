"""Contracts on the cotangent: the gradient is linear in it, and each point's belongs to that point.

Scaling by a power of two is exact in binary arithmetic, so these comparisons are exact wherever nothing leaves the
dtype's range; only a sum of cotangents is rounded, and it is compared roughly, in batches alone.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffcheck.dtypes import Format
from diffcheck.program.trial import (
    Array,
    Breach,
    Call,
    Inputs,
    Trial,
    attempt,
    difference,
    format_of,
    gradient_name,
    leaves_of,
    numbers_of,
    roughly,
    spelled,
)

QUARTERS = (3, 2, 1, 0)
"""How high a cotangent is taken, in quarters of the dtype's largest exponent, from the highest."""
NARROW = 32
"""A dtype whose numbers end below 2**NARROW, float16's, may lose a cotangent at both ends within one formula."""


def scales_and_adds(call: Call, inputs: Inputs) -> Breach | None:
    """Twice the cotangent gives twice the gradient, the opposite one its opposite, and a sum of two the sum."""
    return _doubles(call, inputs) or _opposes(call, inputs) or _adds(call, inputs)


def zero_stays_zero(call: Call, inputs: Inputs) -> Breach | None:
    """A zero cotangent gives zero or None; NaN where the plain gradient is no finite number."""
    plain, found = attempt(call, leaves_of(inputs)), attempt(call, leaves_of(inputs), 0.0)
    for (name, zero), (_, other) in zip(found.columns()[1:], plain.columns()[1:], strict=True):
        numbers = numbers_of(zero, inputs[0].numel())
        lanes = np.flatnonzero((numbers != 0) & np.isfinite(numbers_of(other, inputs[0].numel())))
        if lanes.size:
            seen = spelled(numbers[lanes[0]], format_of(inputs[0]))
            return Breach(f"{name} {seen} for a zero cotangent", int(lanes[0]))
    return None


def pointwise(call: Call, inputs: Inputs) -> Breach | None:
    """Cotangents that differ from point to point scale each point's gradient by its own."""
    size = inputs[0].numel()
    scales = np.exp2(np.arange(size) % 3 - 1)  # a half, one and two
    plain, found = attempt(call, leaves_of(inputs)), attempt(call, leaves_of(inputs), scales)
    for (name, mine), (_, other) in zip(found.columns()[1:], plain.columns()[1:], strict=True):
        with np.errstate(over="ignore"):
            due = numbers_of(other, size) * scales
        breach = _off(numbers_of(mine, size), due, roughly(numbers_of(mine, size), due, format_of(inputs[0])), inputs)
        if breach is not None:
            return Breach(f"{name} {breach.words} where points have cotangents of their own", breach.lane)
    return None


def _doubles(call: Call, inputs: Inputs) -> Breach | None:
    """At every point, the highest pair of cotangents that gives finite gradients decides: there the least is flushed.

    Where a dtype's range is so narrow that one run may meet both of its ends, every pair has to disagree.
    """
    form = format_of(inputs[0])
    narrow = form.max_exponent < NARROW
    settled = np.zeros((len(inputs), inputs[0].numel()), dtype=bool)
    found = None
    for quarters in QUARTERS:
        pair = _Pair.at(2.0 ** (form.max_exponent * quarters // 4), call, inputs)
        wrong = pair.wrong & ~settled
        if wrong.any() and not narrow:
            plainest = _Pair.at(1.0, call, inputs)  # its numbers read best, where they show it too
            seen = plainest.wrong & wrong
            return plainest.told(seen, form) if seen.any() else pair.told(wrong, form)
        settled |= pair.finite & ~pair.wrong
        found = (pair, wrong) if narrow and pair.wrong.any() else found
    if found is None or not (found[1] & ~settled).any():
        return None
    return found[0].told(found[1] & ~settled, form)


@dataclass(frozen=True)
class _Pair:
    """The gradients from one cotangent and from twice that, shape (inputs, points)."""

    scale: float
    once: Array
    twice: Array
    tiny: float
    """The dtype's smallest number: a gradient as small as a few of these is rounded to a multiple of it."""

    @classmethod
    def at(cls, scale: float, call: Call, inputs: Inputs) -> "_Pair":
        once, twice = (_table(attempt(call, leaves_of(inputs), each), inputs) for each in (scale, 2 * scale))
        return cls(scale, once, twice, format_of(inputs[0]).tiny)

    @property
    def finite(self) -> NDArray[np.bool_]:
        return np.asarray(np.isfinite(self.once) & np.isfinite(self.twice))

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Both are numbers, and the second is not twice the first."""
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(self.finite & (abs(self.twice - 2 * self.once) > 2 * self.tiny))

    def told(self, wrong: NDArray[np.bool_], form: Format) -> Breach:
        place, lane = (int(each[0]) for each in np.nonzero(wrong))
        seen = f"{spelled(self.twice[place, lane], form)} and {spelled(self.once[place, lane], form)}"
        name = gradient_name(place, len(self.once))
        return Breach(f"{name} {seen} for the cotangents {2 * self.scale:g} and {self.scale:g}", lane)


def _opposes(call: Call, inputs: Inputs) -> Breach | None:
    plain, found = attempt(call, leaves_of(inputs)), attempt(call, leaves_of(inputs), -1.0)
    partials = tuple(None if each is None else -each for each in found.gradient or ())
    return difference(Trial(found.value, partials), plain, "from the opposite cotangent's, sign changed", "from the cotangent's")


def _adds(call: Call, inputs: Inputs) -> Breach | None:
    if inputs[0].numel() == 1:
        return None
    one, two, three = (_table(attempt(call, leaves_of(inputs), each), inputs) for each in (1.0, 2.0, 3.0))
    for place in range(len(inputs)):
        with np.errstate(over="ignore", invalid="ignore"):
            due = one[place] + two[place]
        usable = np.isfinite(due) & np.isfinite(three[place])
        same = roughly(np.where(usable, three[place], 0.0), np.where(usable, due, 0.0), format_of(inputs[0]))
        breach = _off(three[place], due, same, inputs)
        if breach is not None:
            return Breach(f"{gradient_name(place, len(inputs))} {breach.words} for the cotangent 3 = 1 + 2", breach.lane)
    return None


def _off(found: Array, due: Array, same: NDArray[np.bool_], inputs: Inputs) -> Breach | None:
    lanes: NDArray[Any] = np.flatnonzero(~same)
    if not lanes.size:
        return None
    form, first = format_of(inputs[0]), int(lanes[0])
    return Breach(f"{spelled(found[first], form)} instead of {spelled(due[first], form)}", first)


def _table(trial: Trial, inputs: Inputs) -> Array:
    """The gradient's numbers, shape (inputs, points)."""
    partials = trial.gradient or (None,) * len(inputs)
    return np.stack([numbers_of(each, inputs[0].numel()) for each in partials])
