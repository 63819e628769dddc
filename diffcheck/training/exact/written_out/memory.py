"""The pairs of differences that LBFGS keeps: which it has, which it takes in, and where those stand at the end."""

from collections.abc import Generator, Mapping
from typing import Any

import numpy as np

from diffcheck.training.exact.number import Arithmetic, Number
from diffcheck.training.exact.update import Entries, worked_out
from diffcheck.training.exact.written_out.decisions import decided
from diffcheck.training.exact.written_out.two_loop import Pair
from diffcheck.training.exact.written_out.vectors import Vector, dot, fixed, stored, vector

CURVED = "ys > 1e-10"
"""The condition under which a pair is taken in."""
LISTS = ("old_dirs", "old_stps", "ro")
"""What torch calls a pair's two differences, and one over their product."""


class Memory:
    """The pairs as a step goes on."""

    def __init__(self, state: Mapping[str, Any], most: int, arithmetic: Arithmetic) -> None:
        self.state, self.most, self.arithmetic = state, most, arithmetic
        self.there = next(place for place in range(most + 1) if f"ro[{place}]" not in state)
        """How many pairs there were before the step."""
        self.pairs = [self._before(place) for place in range(self.there)]
        self.forgotten = 0
        self.left: list[Any] = []
        """The differences of gradients that torch has at the end, asked for before anything is judged."""
        self.next = 0
        """Where the next pair stands at the end, or after that."""

    def asked(self) -> Entries:
        """Asks what torch has at the end, by which a pair's place there is known."""
        for place in range(self.most):
            found = yield f"{LISTS[0]}[{place}]", None
            if found is None:
                break
            self.left.append(np.ravel(found))
        self.next = next(there for there in range(self.there, -1, -1) if self._ends_with(there))

    def _ends_with(self, count: int) -> bool:
        """Torch's list at the end starts with the last ``count`` pairs of those before the step."""
        old = [np.ravel(self.state[f"{LISTS[0]}[{place}]"]) for place in range(self.there - count, self.there)]
        return len(self.left) >= count and all(map(np.array_equal, self.left, old))

    def takes(self, y: Vector, s: Vector) -> Generator[Any, Any, Number | None]:
        """Takes a pair in where its product is large enough; the scale that it gives, or None."""
        ys = dot(y, s, self.arithmetic)
        if not decided(CURVED, {"ys": ys}, self.arithmetic):
            return None
        place = self._place(y)
        y = yield from self._judged(f"old_dirs[{place}]", y)
        s = yield from self._judged(f"old_stps[{place}]", s)
        ys = dot(y, s, self.arithmetic)
        ro = yield from self._judged(f"ro[{place}]", [worked_out("1/ys", {"ys": ys}, self.arithmetic)])
        self.forgotten += len(self.pairs) == self.most
        self.pairs = [*self.pairs, Pair(y, s, ro[0])][-self.most :]
        scale: Number = worked_out("ys/yy", {"ys": ys, "yy": dot(y, y, self.arithmetic)}, self.arithmetic)
        return scale

    def untouched(self) -> Entries:
        """The pairs of steps before that are still there: no operation touches them."""
        for place in range(self.forgotten, self.there):
            for name in LISTS:
                old = np.ravel(self.state[f"{name}[{place}]"]).tolist()
                yield f"{name}[{place - self.forgotten}]", [fixed(value, self.arithmetic) for value in old]

    def _before(self, place: int) -> Pair:
        y, s, ro = (vector(np.ravel(self.state[f"{name}[{place}]"]), self.arithmetic) for name in LISTS)
        return Pair(y, s, ro[0])

    def _place(self, y: Vector) -> int | str:
        """Where torch has this pair at the end; one that it had forgotten again by then is private."""
        if len(self.left) == self.most and not self._follows_old():
            middles = np.array([float(each.exact) for each in y])
            radii = np.array([float(each.radius or 0) for each in y])
            places = range(self.next, len(self.left))
            place = next((place for place in places if np.all(abs(self.left[place] - middles) <= 4 * radii)), None)
            if place is None:
                return "private"
            self.next = place
        self.next += 1
        return self.next - 1

    def _follows_old(self) -> bool:
        """Some pair of before the step is there at the end, so that none of this step's was forgotten."""
        return any(self._ends_with(count) for count in range(1, self.there + 1))

    def _judged(self, name: str, made: Vector) -> Generator[Any, Any, Vector]:
        observed = yield name, made
        return stored(made, None if observed is None else np.ravel(observed), self.arithmetic)
