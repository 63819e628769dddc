"""LBFGS: one step of many closure calls, replayed from the losses and gradients that they returned.

Whatever torch keeps is judged by torch's own numbers before it: points from the point before, pairs of differences from
the recorded gradients, the last direction from the kept pairs. What it does not keep, directions and step lengths on the
way, is private, and judged by the points that it leads to. A decision that rounding may turn ends the replay: what
depends on it is undecided.
"""

from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from diffcheck.training.exact.number import Arithmetic, Kind, Number
from diffcheck.training.exact.update import Entries, Update, worked_out
from diffcheck.training.exact.written_out.decisions import MissingError, OpenError, decided
from diffcheck.training.exact.written_out.memory import Memory
from diffcheck.training.exact.written_out.strong_wolfe import LineSearch, Tried
from diffcheck.training.exact.written_out.two_loop import direction
from diffcheck.training.exact.written_out.vectors import Vector, dot, each, fixed, summed, vector
from diffcheck.training.moment import Call, Moment


def entries(update: Update, before: Moment, arithmetic: Arithmetic) -> Entries:
    """One step, with the calls of ``before``.

    Names beside the state's own: ``point 3`` is where the fourth call was made, ``calls`` how many there were, and
    ``old_dirs[2]`` an element of a list. A name that comes with None asks what torch has, and judges nothing.
    """
    replay = _Replay(update.options, before, arithmetic)
    try:
        yield from replay.memory.asked()
        yield "point 0", [fixed(value, arithmetic) for value in before.values]
        yield from replay.steps()
    except MissingError as reason:
        yield "calls", fixed(len(before.calls) + 1, arithmetic, Kind.PYTHON)
        yield from _left_open(str(reason), before, arithmetic)
    except OpenError as reason:
        yield from _left_open(str(reason), before, arithmetic)


def _left_open(reason: str, before: Moment, arithmetic: Arithmetic) -> Entries:
    """What is undecided once the replay has ended before the step did."""
    number = replace(arithmetic.given(0.0, Kind.PYTHON), open=reason)
    yield "n_iter", number
    yield "func_evals", number
    yield "param", [replace(number, kind=Kind.TENSOR) for _ in before.values]


class _Replay:
    """The step as it goes on."""

    def __init__(self, options: Mapping[str, Any], before: Moment, arithmetic: Arithmetic) -> None:
        self.options, self.before, self.arithmetic = options, before, arithmetic
        state = before.state
        self.memory = Memory(state, int(options["history_size"]), arithmetic)
        self.x = vector(before.values, arithmetic)
        self.iterations, self.evaluations = int(state.get("n_iter", 0)), 0
        self.d = vector(np.ravel(state.get("d", ())), arithmetic)
        self.t = arithmetic.given(float(state.get("t", 0.0)), Kind.PYTHON)
        self.scale = arithmetic.given(float(state.get("H_diag", 1.0)), Kind.PYTHON)
        self.coefficients: Vector = []
        self.loss, self.grad = 0.0, np.zeros(0)
        self.old_loss, self.old_grad = 0.0, np.ravel(state.get("prev_flat_grad", ()))
        self.allowed = int(options["max_iter"]) * 5 // 4 if options["max_eval"] is None else int(options["max_eval"])

    def steps(self) -> Entries:
        """The iterations, and what is left at the end."""
        self._call()
        moves, most = not self._is_flat(), int(self.options["max_iter"])
        for place in range(1, most + 1) if moves else ():
            self.iterations += 1
            yield from self._turned()
            self.old_loss, self.old_grad = self.loss, self.grad
            self.t = self._first_length()
            slope = dot(vector(self.grad, self.arithmetic), self.d, self.arithmetic, "the slope")
            if self._decided("slope > -limit", slope=slope, limit=self._option("tolerance_change")):
                break
            yield from self._searched(slope) if self.options["line_search_fn"] else self._walked(is_last=place == most)
            if place == most or self.evaluations >= self.allowed or self._is_flat() or self._is_still():
                break
        yield from self._counted()
        yield from self._kept() if moves and most else ()
        yield "param", self.x

    def _turned(self) -> Entries:
        """The next direction, from the pairs with the one that the last move gives."""
        if self.iterations == 1:
            self.d = vector(-self.grad, self.arithmetic)
            return
        grads = {"g": vector(self.grad, self.arithmetic), "p": vector(self.old_grad, self.arithmetic)}
        y = each("g - p", grads, self.arithmetic)
        s = each("d*t", {"d": self.d, "t": self.t}, self.arithmetic)
        scale = yield from self.memory.takes(y, s)
        self.scale = self.scale if scale is None else scale
        self.d, self.coefficients = direction(self.grad.tolist(), self.memory.pairs, self.scale, self.arithmetic)

    def _walked(self, *, is_last: bool) -> Entries:
        """A move of the fixed length; the last one is not looked at."""
        self.x = self._point(self.t)
        if not is_last:
            yield f"point {self.evaluations}", self.x
            self.x = vector(self._call().values, self.arithmetic)

    def _searched(self, slope: Number) -> Entries:
        """A move of the length that the line search finds."""

        def ask(t: Number) -> Generator[Any, Any, Call]:
            yield f"point {self.evaluations}", self._point(t)
            return self._call()

        start = Tried(self._float(0.0), self.loss, self.grad.tolist(), slope)
        search = LineSearch(start, self.d, ask, self.allowed - self.evaluations, self.arithmetic)
        found = yield from search.found(self.t)
        self.t, self.loss, self.grad = found.t, found.loss, np.array(found.grad)
        self.x = self._point(self.t)

    def _point(self, t: Number) -> Vector:
        return each("x + t*d", {"x": self.x, "t": t, "d": self.d}, self.arithmetic)

    def _call(self) -> Call:
        """The next recorded call, whose loss and gradient are taken over."""
        if self.evaluations >= len(self.before.calls):
            raise MissingError("the closure was called fewer times than the rule calls it")
        call = self.before.calls[self.evaluations]
        if not (np.isfinite(call.grad).all() and np.isfinite(call.loss)):
            raise OpenError(f"the loss or the gradient of call {self.evaluations} is not finite")
        self.evaluations += 1
        self.loss, self.grad = call.loss, call.grad
        return call

    def _counted(self) -> Entries:
        evaluations = int(self.before.state.get("func_evals", 0)) + self.evaluations
        for name, count in (("n_iter", self.iterations), ("func_evals", evaluations), ("calls", self.evaluations)):
            yield name, fixed(count, self.arithmetic, Kind.PYTHON)

    def _kept(self) -> Entries:
        """The state at the end of a step that had an iteration."""
        yield from self.memory.untouched()
        yield "t", self.t
        yield "H_diag", self.scale
        for place, number in enumerate(self.coefficients):
            yield f"al[{place}]", number
        yield "d", self.d
        yield "prev_flat_grad", [fixed(value, self.arithmetic) for value in self.old_grad]
        yield "prev_loss", fixed(self.old_loss, self.arithmetic)

    def _first_length(self) -> Number:
        """The length that is tried first: at the very first iteration, no longer than 1 in sum."""
        if self.iterations > 1:
            return self._option("lr")
        size = summed(vector(abs(self.grad), self.arithmetic), self.arithmetic, "the sum of sizes")
        return self._work("min(1, 1/size)*lr", size=size, lr=self._option("lr"))

    def _is_flat(self) -> bool:
        """No element of the gradient is beyond the tolerance."""
        largest = self.arithmetic.given(float(abs(self.grad).max()), Kind.TENSOR)
        return self._decided("largest <= limit", largest=largest, limit=self._option("tolerance_grad"))

    def _is_still(self) -> bool:
        """Neither the point nor the loss has moved beyond the tolerance."""
        largest = self._float(0.0)
        for number in each("abs(d*t)", {"d": self.d, "t": self.t}, self.arithmetic):
            largest = self._work("max(largest, number)", largest=largest, number=number)
        if self._decided("largest <= limit", largest=largest, limit=self._option("tolerance_change")):
            return True
        return abs(self.loss - self.old_loss) < float(self.options["tolerance_change"])

    def _decided(self, text: str, **known: Number) -> bool:
        return decided(text, known, self.arithmetic)

    def _work(self, text: str, **known: Number) -> Number:
        found: Number = worked_out(text, known, self.arithmetic)
        return found

    def _option(self, name: str) -> Number:
        return self._float(float(self.options[name]))

    def _float(self, value: float) -> Number:
        return self.arithmetic.given(value, Kind.PYTHON)
