"""The oracle of one formula in one dtype: at each point what is true, and how far a sound program may be off.

All points are enclosed and walked at once when it is made; what is special about a point is settled when asked.
"""

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from diffcheck.dtypes import Format
from diffcheck.errors import UndecidedError
from diffcheck.formula.operations import Role, Tape, postorder_needed
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
EXACT_BITS = 4096
"""Working bits where WALK_BITS leave an exact walk without a number."""
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
        self._walks: dict[tuple[int, bool], Walked] = {}

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
        walked = self._walk(index, output)
        place = self.adjoint.outputs[output]
        reached = walked.values[place] if place >= 0 else arb(0)
        excuse = partial(self._excuse, index, place, walked)
        overflow = self._range_cause(replace(walked, underflowed=[]))
        if not reached.is_finite():
            return Allowance(None, excuse, overflow)
        with precision(BITS):
            exact = self.enclosures.balls[index][output]
            known = exact if exact.is_finite() else reached.mid()
            beyond = self._beyond_sides(index, output, reached)
            radius = abs(reached - known).upper() if beyond is None else beyond
            return Allowance(radius * self.permission.factor + self.permission.absolute, excuse, overflow)

    def blame(self, index: int, output: int) -> str:
        """The formula's operation whose rounding alone moves ``output`` the furthest; empty where it is not sought."""
        tape = self.derivative.formula.tape
        place = self.adjoint.outputs[output]
        if len(tape) > MAX_BLAMED or place < 0:
            return ""
        worst, blamed, exact = arb(0), "", self._keeps_exact(index, output)
        for candidate in range(len(tape.variables), len(tape)):
            point = self.points[index].tolist()
            ball = walk(self.adjoint, point, self.form, only=candidate, keeps_exact=exact).values[place]
            if not ball.is_finite():
                return tape.text(candidate)
            if ball.rad() > worst:
                worst, blamed = ball.rad(), tape.text(candidate)
        return blamed

    def loss(self, index: int, output: int) -> str:
        """The first operation whose result is more than half unknown though its inputs are not; empty for none.

        That of the formula itself where there is one, else one on the way back.
        """
        values, half = self._walk(index, output).values, 2.0 ** (-self.form.bits / 2)

        def lost(place: int) -> bool:
            ball = values[place]
            return isinstance(ball, arb) and not ball.is_zero() and not ball.rad() < abs(ball.mid()) * half

        for place in self._behind(self.adjoint.outputs[output]):
            arguments = self.adjoint.operations[place].arguments
            if arguments and lost(place) and not any(lost(argument) for argument in arguments):
                return self.adjoint.text(place)
        return ""

    def _beyond_sides(self, index: int, output: int, reached: arb) -> arb | None:
        """How far ``reached`` goes beyond both sides of a kink, where it holds both; else None.

        Rounding leaves the branch open there; a sound program may take either, and round, but is excused no more.
        """
        sides = self._sides(index, output)
        if len(sides) < 2 or not all(reached.contains(side.mid()) for side in sides):
            return None
        left, right = sides
        low, high = (left, right) if left < right else (right, left)
        return (reached - high).upper().max((low - reached).upper())

    def _sides(self, index: int, output: int) -> list[arb]:
        """What the partial at point ``index`` tends to from its sides, where it was settled from them, as far as finite."""
        try:
            truth = self.truth(index, output) if output > 0 else None
        except UndecidedError:
            return []
        limits = () if truth is None or truth.ball is not None else (truth.left, truth.right)
        return [side.ball for side in limits if side is not None and side.ball is not None]

    def _keeps_exact(self, index: int, output: int) -> bool:
        """What the dtype holds exactly does not round: in the formula's own lowering, and in any program at a tie.

        The branches of a kink, which is where exactly zero stands on the way, are no matter of rounding.
        """
        try:
            return self.permission.factor == 1 or (output > 0 and self.truth(index, output).left is not None)
        except UndecidedError:
            return False

    def _walk(self, index: int, output: int) -> Walked:
        key = (index, self._keeps_exact(index, output))
        if key not in self._walks:
            self._walks[key] = walk(self.adjoint, self.points[index].tolist(), self.form, keeps_exact=key[1])
        return self._walks[key]

    def _excuse(self, index: int, place: int, walked: Walked) -> tuple[str, str]:
        """What excuses a large allowance of the number at ``place``, and the cause."""
        cause = self._range_cause(walked)
        if cause:
            return "range", cause
        exactly = walk(self.adjoint, self.points[index].tolist(), None).values
        if place >= 0 and not exactly[place].is_finite():  # perhaps for want of bits, as tan(1e200) is
            exactly = walk(self.adjoint, self.points[index].tolist(), None, EXACT_BITS).values
        cause = self._sweep_cause(exactly, place)
        if cause:
            return "range", cause
        infinite = place >= 0 and not walked.values[place].is_finite()
        partials = (exactly[each] for each in self._behind(place) if self.adjoint.operations[each].role is Role.PARTIAL)
        finite = exactly[place].is_finite() and all(isinstance(each, bool) or each.is_finite() for each in partials)
        return ("rounding", "") if infinite and finite else ("", "")

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

    def _behind(self, place: int) -> list[int]:
        """The operations that the number at ``place`` is made of, in order."""
        return postorder_needed(replace(self.adjoint, outputs=(place,))) if place >= 0 else []

    def _sweep_cause(self, exactly: list[Any], last: int) -> str:
        """The first operation whose exact partial, or exact cotangent, is a number beyond the range.

        Whoever applies the chain rule to the formula as written meets these numbers; what is infinite exactly, or
        leaves the range inside a kernel alone, excuses nothing.
        """
        for place in self._behind(last):
            operation, exact = self.adjoint.operations[place], exactly[place]
            if operation.role not in (Role.PARTIAL, Role.COTANGENT) or not isinstance(exact, arb) or not exact.is_finite():
                continue
            what = "the partial of" if operation.role is Role.PARTIAL else "the cotangent of"
            text = self.derivative.formula.tape.text(operation.origin)
            if not abs(exact) < self.form.largest * (1 - 4 * self.form.unit_roundoff):
                return f"{what} {text} overflows in {self.form.name}"
            if not exact.contains(0) and abs(exact) < arb(self.form.tiny) / 2:
                return f"{what} {text} underflows in {self.form.name}"
        return ""
