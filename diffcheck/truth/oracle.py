"""The oracle of one formula in one dtype: at each point what is true, and how far a sound program may be off.

All points are enclosed and walked at once when it is made; what is special about a point is settled when asked.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from flint import arb
from numpy.typing import NDArray

from diffcheck.dtypes import Format
from diffcheck.formula.operations import Tape
from diffcheck.truth.allowance import Allowance, Walked, walk
from diffcheck.truth.balls import precision
from diffcheck.truth.derivative import Derivative
from diffcheck.truth.domain import active
from diffcheck.truth.enclosure import Enclosures, enclose
from diffcheck.truth.local import Truth, truth_at
from diffcheck.truth.quick import QuickAllowance, quick_allowance

Array = NDArray[np.float64]
BITS = 256
"""Working bits for distances between enclosures."""
MAX_BLAMED = 300
"""Formulas of more operations are not searched for the one that loses the bits."""


@dataclass(frozen=True)
class Permission:
    """How much wider than the formula's own the allowance is."""

    factor: float = 1.0
    absolute: float = 0.0


class Oracle:
    """What is true of a formula's value (output 0) and partials (output 1 + variable) at ``points`` (n, variables)."""

    def __init__(self, derivative: Derivative, adjoint: Tape, points: Array, form: Format, permission: Permission) -> None:
        self.derivative = derivative
        self.adjoint = adjoint
        self.points = points
        self.form = form
        self.permission = permission
        self._truths: dict[tuple[int, int], Truth] = {}
        self._walks: dict[int, Walked] = {}

    @cached_property
    def enclosures(self) -> Enclosures:
        """Balls for every point and output."""
        return enclose(self.derivative.tape, self.points, self.form)

    @cached_property
    def quick(self) -> QuickAllowance:
        """Radii for every point and output, the permission taken in; they may clear, never condemn."""
        found = quick_allowance(self.adjoint, self.points, self.form)
        return QuickAllowance(found.radii * self.permission.factor + self.permission.absolute, found.clear)

    def truth(self, index: int, output: int) -> Truth:
        """What is true of ``output`` at point ``index``; raises UndecidedError where it cannot be settled."""
        key = (index, output)
        if key not in self._truths:
            balls = self.enclosures.balls[index]
            self._truths[key] = truth_at(self.derivative, self.points[index].tolist(), output, balls, self.form)
        return self._truths[key]

    def allowance(self, index: int, output: int) -> Allowance:
        """How far ``output`` may be off at point ``index``, by the walk in balls."""
        walked = self._walk(index)
        place = self.adjoint.outputs[output]
        reached = walked.values[place] if place >= 0 else arb(0)
        cause = self._range_cause(walked)
        with precision(BITS):
            if not reached.is_finite():
                return self._infinite(index, place, cause)
            exact = self.enclosures.balls[index][output]
            known = exact if exact.is_finite() else reached.mid()
            radius = abs(reached - known).upper() * self.permission.factor + self.permission.absolute
        return Allowance(radius, "range" if cause else "", cause)

    def blame(self, index: int, output: int) -> str:
        """The formula's operation whose rounding alone moves ``output`` the furthest; empty where it is not sought."""
        tape = self.derivative.formula.tape
        place = self.adjoint.outputs[output]
        if len(tape) > MAX_BLAMED or place < 0:
            return ""
        worst, blamed = arb(0), ""
        for candidate in range(len(tape.variables), len(tape)):
            ball = walk(self.adjoint, self.points[index].tolist(), self.form, only=candidate).values[place]
            if not ball.is_finite():
                return tape.text(candidate)
            if ball.rad() > worst:
                worst, blamed = ball.rad(), tape.text(candidate)
        return blamed

    def _walk(self, index: int) -> Walked:
        if index not in self._walks:
            self._walks[index] = walk(self.adjoint, self.points[index].tolist(), self.form)
        return self._walks[index]

    def _infinite(self, index: int, place: int, cause: str) -> Allowance:
        if cause:
            return Allowance(None, "range", cause)
        exactly = walk(self.adjoint, self.points[index].tolist(), None).values[place]
        return Allowance(None, "rounding" if exactly.is_finite() else "", "")

    def _range_cause(self, walked: Walked) -> str:
        """The first of the formula's operations that leaves the range, if one does that the value depends on."""
        outside = {*walked.overflowed, *walked.underflowed}
        if not outside:
            return ""
        tape = self.derivative.formula.tape
        reached = [place for place in active(tape, walked.values) if place in outside]
        if not reached:
            return ""
        happened = "overflows" if reached[0] in walked.overflowed else "underflows"
        return f"{tape.text(reached[0])} {happened} in {self.form.name}"
