"""How far a sound program may be off at each point: the allowance of one way to sweep, and what excuses it.

All points are walked at once by the quick test; the walk in balls is asked point by point.
"""

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from flint import arb

from diffcheck.dtypes import Format
from diffcheck.errors import UndecidedError
from diffcheck.formula.operations import CARRIERS, Role, Tape, postorder_needed
from diffcheck.formula.targets import Target, partials_of
from diffcheck.truth.allowance import Allowance, Walked, walk
from diffcheck.truth.balls import precision
from diffcheck.truth.domain import active
from diffcheck.truth.oracle import BITS, Oracle
from diffcheck.truth.quick import QuickAllowance, quick_allowance
from diffcheck.truth.rounding import rounding_of

EXACT_BITS = 4096
"""Working bits where WALK_BITS leave an exact walk without a number."""
MAX_BLAMED = 300
"""Formulas of more operations are not searched for the one that loses the bits."""


OTHER_PROGRAM = 16.0
"""How much wider the allowance is for a program that is not the formula's own lowering: it may round elsewhere."""


@dataclass(frozen=True)
class Permission:
    """How much wider than the formula's own the allowance is."""

    factor: float = 1.0
    absolute: float = 0.0
    narrower: Format | None = None
    """The dtype that a mode casts to, where it is narrower than the program's own: results round as its numbers."""


def told_of(permission: Permission) -> str:
    """What a reader must know of the allowance; nothing where it is the formula's own."""
    parts = [f"{permission.factor:g} times the formula's own"] if permission.factor != 1 else []
    parts += [f"{permission.absolute:g} wider"] if permission.absolute else []
    return f"the allowance is {', '.join(parts)}" if parts else ""


class Margins:
    """The allowances of a program that sweeps as ``tape`` does, at the oracle's points.

    ``tape`` is the formula's own with its sweeps behind it, as ``formula.sweeps.swept`` makes it for ``columns``.
    """

    def __init__(self, oracle: Oracle, tape: Tape, columns: tuple[int, ...], order: int, permission: Permission) -> None:
        self.oracle = oracle
        self.tape = tape
        self.form = oracle.form
        self.rounds = permission.narrower or oracle.form
        """How results round: as numbers of the dtype, or of the narrower one that a mode casts to, the inputs too."""
        self.permission = permission
        entries = len(oracle.derivative.formula.tape.outputs)
        listed = [*partials_of(entries, columns, 0), *partials_of(entries, columns, order)]
        self.outputs = {target: output for output, target in enumerate(listed)}
        """Which of the tape's outputs a target is."""
        self._walks: dict[tuple[int, bool], Walked] = {}

    @cached_property
    def quick(self) -> QuickAllowance:
        """Radii for every point and output, the permission taken in; they may clear, never condemn."""
        found = quick_allowance(self.tape, self.oracle.points, self.rounds, casts=self._casts)
        return QuickAllowance(found.radii * self.permission.factor + self.permission.absolute, found.clear)

    def allowance(self, index: int, target: Target) -> Allowance:
        """How far ``target`` may be off at point ``index``, by the walk in balls."""
        walked = self._walk(index, target)
        place = self._place(target)
        reached = walked.values[place] if place >= 0 else arb(0)
        excuse = partial(self._excuse, index, target, walked)
        overflow = self._range_cause(replace(walked, underflowed=[]), target.entry)
        if not reached.is_finite():
            return Allowance(None, excuse, overflow)
        with precision(BITS):
            exact = self.oracle.enclosures.balls[index][self.oracle.column(target)]
            known = exact if exact.is_finite() else reached.mid()
            beyond = self._beyond_sides(index, target, reached)
            radius = abs(reached - known).upper() if beyond is None else beyond
            return Allowance(radius * self.permission.factor + self.permission.absolute, excuse, overflow)

    def blame(self, index: int, target: Target) -> str:
        """The formula's operation whose rounding alone moves ``target`` the furthest; empty where it is not sought."""
        tape = self.oracle.derivative.formula.tape
        place = self._place(target)
        if len(tape) > MAX_BLAMED or place < 0:
            return ""
        worst, blamed, exact = arb(0), "", self._keeps_exact(index, target)
        for candidate in range(len(tape.variables), len(tape)):
            ball = walk(self.tape, self._point(index), self.rounds, only=candidate, keeps_exact=exact).values[place]
            if not ball.is_finite():
                return tape.text(candidate)
            if ball.rad() > worst:
                worst, blamed = ball.rad(), tape.text(candidate)
        return blamed

    def loss(self, index: int, target: Target) -> str:
        """The first operation whose result is more than half unknown though its inputs are not; empty for none.

        That of the formula itself where there is one, else one on the way back.
        """
        values, half = self._walk(index, target).values, 2.0 ** (-self.form.bits / 2)

        def lost(place: int) -> bool:
            ball = values[place]
            return isinstance(ball, arb) and not ball.is_zero() and not ball.rad() < abs(ball.mid()) * half

        for place in self._behind(self._place(target)):
            arguments = self.tape.operations[place].arguments
            if arguments and lost(place) and not any(lost(argument) for argument in arguments):
                return self.tape.text(place)
        return ""

    def _place(self, target: Target) -> int:
        """Where the sweeps leave ``target``; -1 where it is zero."""
        return self.tape.outputs[self.outputs[target]]

    def _beyond_sides(self, index: int, target: Target, reached: arb) -> arb | None:
        """How far ``reached`` goes beyond both sides of a kink, where it holds both; else None.

        Rounding leaves the branch open there; a sound program may take either, and round, but is excused no more.
        """
        sides = self._sides(index, target)
        if len(sides) < 2 or not all(reached.contains(side.mid()) for side in sides):
            return None
        left, right = sides
        low, high = (left, right) if left < right else (right, left)
        return (reached - high).upper().max((low - reached).upper())

    def _sides(self, index: int, target: Target) -> list[arb]:
        """What the partial at point ``index`` tends to from its sides, where it was settled from them, as far as finite."""
        try:
            truth = self.oracle.truth(index, target) if target.order else None
        except UndecidedError:
            return []
        limits = () if truth is None or truth.ball is not None else (truth.left, truth.right)
        return [side.ball for side in limits if side is not None and side.ball is not None]

    def _keeps_exact(self, index: int, target: Target) -> bool:
        """What the dtype holds exactly does not round: in the formula's own lowering, and in any program at a tie.

        The branches of a kink, which is where exactly zero stands on the way, are no matter of rounding.
        """
        if self._casts:
            return False
        try:
            return self.permission.factor == 1 or (target.order > 0 and self.oracle.truth(index, target).left is not None)
        except UndecidedError:
            return False

    @property
    def _casts(self) -> bool:
        return self.rounds is not self.form

    def _point(self, index: int) -> list[Any]:
        """The point's coordinates; as balls where the mode casts them to a narrower dtype."""
        point: list[Any] = self.oracle.points[index].tolist()
        return [rounding_of(self.rounds).widen(arb(each), 1.0) for each in point] if self._casts else point

    def _walk(self, index: int, target: Target) -> Walked:
        key = (index, self._keeps_exact(index, target))
        if key not in self._walks:
            self._walks[key] = walk(self.tape, self._point(index), self.rounds, keeps_exact=key[1])
        return self._walks[key]

    def _excuse(self, index: int, target: Target, walked: Walked) -> tuple[str, str]:
        """What excuses a large allowance of ``target``, and the cause."""
        place = self._place(target)
        cause = self._range_cause(walked, target.entry)
        if cause:
            return "range", cause
        exactly = walk(self.tape, self.oracle.points[index].tolist(), None).values
        if place >= 0 and not exactly[place].is_finite():  # perhaps for want of bits, as tan(1e200) is
            exactly = walk(self.tape, self.oracle.points[index].tolist(), None, EXACT_BITS).values
        cause = self._sweep_cause(exactly, place)
        if cause:
            return "range", cause
        infinite = place >= 0 and not walked.values[place].is_finite()
        partials = (exactly[each] for each in self._behind(place) if self.tape.operations[each].role is Role.PARTIAL)
        finite = exactly[place].is_finite() and all(isinstance(each, bool) or each.is_finite() for each in partials)
        return ("rounding", "") if infinite and finite else ("", "")

    def _range_cause(self, walked: Walked, entry: int) -> str:
        """The first of the formula's operations that leaves the range, if one does that the value depends on."""
        outside = {*walked.overflowed, *walked.underflowed}
        if not outside:
            return ""
        tape = self.oracle.derivative.formula.tape
        reached = [place for place in active(tape.only(entry), walked.values) if place in outside]
        if not reached:
            return ""
        happened = "overflows" if reached[0] in walked.overflowed else "underflows"
        return f"{tape.text(reached[0])} {happened} in {self.form.name}"

    def _behind(self, place: int) -> list[int]:
        """The operations that the number at ``place`` is made of, in order."""
        return postorder_needed(replace(self.tape, outputs=(place,))) if place >= 0 else []

    def _sweep_cause(self, exactly: list[Any], last: int) -> str:
        """The first operation whose exact partial, or exact cotangent, is a number beyond the range.

        Whoever applies the chain rule to the formula as written meets these numbers; what is infinite exactly, or
        leaves the range inside a kernel alone, excuses nothing.
        """
        for place in self._behind(last):
            operation, exact = self.tape.operations[place], exactly[place]
            if operation.role not in (Role.PARTIAL, *CARRIERS) or not isinstance(exact, arb) or not exact.is_finite():
                continue
            what = _WORDS[operation.role]
            text = self.oracle.derivative.formula.tape.text(operation.origin)
            if not abs(exact) < self.form.largest * (1 - 4 * self.form.unit_roundoff):
                return f"{what} {text} overflows in {self.form.name}"
            if not exact.contains(0) and abs(exact) < arb(self.form.tiny) / 2:
                return f"{what} {text} underflows in {self.form.name}"
        return ""


_WORDS = {Role.PARTIAL: "the partial of", Role.COTANGENT: "the cotangent of", Role.TANGENT: "the tangent of"}
