"""The line search for the strong Wolfe conditions, replayed from the losses and gradients that a closure returned.

Torch's own bracketing and zoom, decision by decision. Source: Nocedal and Wright, Numerical Optimization, 2nd ed.,
algorithms 3.5 and 3.6; the interpolation is equation 3.59.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from diffcheck.training.exact.number import Arithmetic, Kind, Number
from diffcheck.training.exact.update import worked_out
from diffcheck.training.exact.written_out.decisions import decided
from diffcheck.training.exact.written_out.vectors import Vector, dot, vector
from diffcheck.training.moment import Call

TOLERANCE = 1e-9
"""The width of a bracket that is not searched further, in steps of the largest element."""
D1 = "g1 + g2 - 3*(f1 - f2)/(x1 - x2)"
UPWARDS = "x2 - (x2 - x1)*((g2 + d2 - d1)/(g2 - g1 + 2*d2))"
DOWNWARDS = "x1 - (x1 - x2)*((g1 + d2 - d1)/(g1 - g2 + 2*d2))"


@dataclass(frozen=True)
class Tried:
    """One step length, and what the closure returned there."""

    t: Number
    loss: float
    grad: Sequence[float]
    slope: Number
    """The gradient along the direction."""


Ask = Callable[[Number], Generator[Any, Any, Call]]
"""Yields the point at a step length to be judged, and returns the closure's call there."""
Search = Generator[Any, Any, Tried]


@dataclass(frozen=True)
class LineSearch:
    """What one search goes by."""

    start: Tried
    """At step length 0."""
    d: Vector
    ask: Ask
    most: int
    """How many times it may interpolate."""
    arithmetic: Arithmetic

    def found(self, t: Number) -> Search:
        """The step that the search returns, from the first length ``t`` on; raises OpenError."""
        new = yield from self._tried(t)
        previous, count = self.start, 0
        while count < self.most:
            if self._is_too_high(new) or (count > 1 and new.loss >= previous.loss):
                return (yield from self._zoomed([previous, new], count))
            if self._is_flat(new):
                return new
            if decided("slope >= 0", {"slope": new.slope}, self.arithmetic):
                return (yield from self._zoomed([previous, new], count))
            least = self._work("t + 0.01*(t - p)", t=new.t, p=previous.t)
            most = self._work("t*10", t=new.t)
            between, _ = self._interpolated(previous, new, least, most)
            previous, new = new, (yield from self._tried(between))
            count += 1
        return self.start if self.start.loss <= new.loss else new

    def _zoomed(self, bracket: list[Tried], count: int) -> Search:
        """The bracket made smaller until a point holds the conditions."""
        low = 0 if bracket[0].loss <= bracket[1].loss else 1
        stalled = False
        while count < self.most:
            ends = {"a": bracket[0].t, "b": bracket[1].t}
            if decided("abs(b - a)*size < limit", {**ends, **self._limit}, self.arithmetic):
                break
            least, most = self._work("min(a, b)", **ends), self._work("max(a, b)", **ends)
            t, at_end = self._interpolated(bracket[0], bracket[1], least, most)
            t, stalled = self._inside(t, least, most, leaves=stalled or at_end)
            new = yield from self._tried(t)
            count += 1
            if self._is_too_high(new) or new.loss >= bracket[low].loss:
                bracket[1 - low] = new
                low = 0 if bracket[0].loss <= bracket[1].loss else 1
                continue
            if self._is_flat(new):
                return new
            across = {"slope": new.slope, "a": bracket[1 - low].t, "b": bracket[low].t}
            if decided("slope*(a - b) >= 0", across, self.arithmetic):
                bracket[1 - low] = bracket[low]
            bracket[low] = new
        return bracket[low]

    def _tried(self, t: Number) -> Generator[Any, Any, Tried]:
        call = yield from self.ask(t)
        slope = dot(vector(call.grad, self.arithmetic), self.d, self.arithmetic, "the slope")
        return Tried(t, call.loss, call.grad.tolist(), slope)

    def _is_too_high(self, new: Tried) -> bool:
        """The loss has not fallen enough."""
        known = {"new": self._float(new.loss), "f": self._float(self.start.loss), "t": new.t, "slope": self.start.slope}
        return decided("new > f + 0.0001*t*slope", known, self.arithmetic)

    def _is_flat(self, new: Tried) -> bool:
        """The slope is small enough."""
        return decided("abs(new) <= -0.9*slope", {"new": new.slope, "slope": self.start.slope}, self.arithmetic)

    def _interpolated(self, one: Tried, two: Tried, least: Number, most: Number) -> tuple[Number, bool]:
        """The minimum of the cubic through both, or the middle where it has none; and whether it is one of the ends."""
        known = {"x1": one.t, "x2": two.t, "g1": one.slope, "g2": two.slope, "least": least, "most": most}
        known |= {"f1": self._float(one.loss), "f2": self._float(two.loss)}
        known["d1"] = self._work(D1, **known)
        known["square"] = self._work("d1**2 - g1*g2", **known)
        if not decided("square >= 0", known, self.arithmetic):
            return self._work("(least + most)/2", **known), False
        known["d2"] = self._work("sqrt(square)", **known)
        upwards = decided("x1 <= x2", known, self.arithmetic)
        known["at"] = self._work(UPWARDS if upwards else DOWNWARDS, **known)
        if decided("at <= least", known, self.arithmetic):
            return least, True
        return (most, True) if decided("at >= most", known, self.arithmetic) else (known["at"], False)

    def _inside(self, t: Number, least: Number, most: Number, *, leaves: bool) -> tuple[Number, bool]:
        """``t``, moved away from an end that it is near to where it ``leaves`` one; and whether it stays near one."""
        known = {"t": t, "least": least, "most": most}
        known["eps"] = self._work("0.1*(most - least)", **known)
        if not decided("min(most - t, t - least) < eps", known, self.arithmetic):
            return t, False
        if not leaves:
            return t, True
        upper = decided("abs(t - most) < abs(t - least)", known, self.arithmetic)
        return self._work("most - eps" if upper else "least + eps", **known), False

    @cached_property
    def _limit(self) -> dict[str, Number]:
        size = self._float(0.0)
        for each in self.d:
            size = self._work("max(size, abs(each))", size=size, each=each)
        return {"size": size, "limit": self._float(TOLERANCE)}

    def _work(self, text: str, **known: Number) -> Number:
        found: Number = worked_out(text, known, self.arithmetic)
        return found

    def _float(self, value: float) -> Number:
        return self.arithmetic.given(value, Kind.PYTHON)
