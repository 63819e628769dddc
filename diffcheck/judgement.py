"""The only place that judges: a number that torch returned against the truth and the allowance."""

from dataclasses import dataclass
from math import frexp, inf, isfinite

import numpy as np
from flint import arb
from numpy.typing import NDArray

from diffcheck.dtypes import Format
from diffcheck.truth.allowance import Allowance
from diffcheck.truth.limits import Limit
from diffcheck.truth.local import Truth
from diffcheck.verdict import SEVERITY, Verdict

Array = NDArray[np.float64]
CERTAIN = 0.5
"""The share of the quick allowance up to which it clears; its radii are up to 1.5 times those of the walk in balls."""

_NO_ROUNDING = Allowance(arb(0))


@dataclass(frozen=True)
class Cleared:
    """What the quick test says of many points at once; what it does not clear, it has no say in."""

    agrees: NDArray[np.bool_]
    """Shape (n,)."""
    share: Array
    """Shape (n,): the error as a share of the allowance."""


def clear(actual: Array, middle: tuple[Array, Array], trusted: NDArray[np.bool_], radius: Array, form: Format) -> Cleared:
    """Which of ``actual`` (n,) certainly agree: near the enclosure's ``middle`` (as high and low part), trusted there."""
    high, low = middle
    with np.errstate(all="ignore"):
        off = abs((actual - high) - low)
        agrees = trusted & (off <= CERTAIN * radius) & (off <= CERTAIN * 2.0 ** (-form.bits / 2) * abs(high))
        share = np.where(off == 0, 0.0, off / radius)
    return Cleared(agrees, share)


@dataclass(frozen=True)
class Judgement:
    """A verdict on one number, with the distances that led to it."""

    verdict: Verdict
    off: arb | None = None
    """How far the number is off, a ball in the output's units; None where there is no distance."""
    allowed: arb | None = None
    """How far it may be off, likewise."""
    cause: str = ""
    convention: str = ""
    """At a kink or a jump: which number torch chose, as ``the left derivative``."""

    @property
    def share(self) -> float | None:
        """The error as a share of the allowance; None where either is not there.

        At most 1 for what agrees: two units in the last place are right, whatever the allowance is.
        """
        if self.off is None or self.allowed is None:
            return None
        off = self.off.mid()
        if off == 0:
            return 0.0
        share = float((off / self.allowed).mid()) if self.allowed > 0 else inf
        return min(share, 1.0) if self.verdict is Verdict.AGREES else share

    @property
    def badness(self) -> tuple[int, float]:
        """Sorts the worst first: by verdict, then by share of the allowance."""
        return SEVERITY.index(self.verdict), -(self.share or 0.0)


def judge(actual: float, truth: Truth, allowance: Allowance, form: Format) -> Judgement:
    """The verdict on a number that torch returned.

    The table of section 4 of the design, in its order: what is right passes whatever the allowance is; then what
    rounding and range excuse; then what is wrong.
    """
    if truth.ball is not None and truth.has_value:
        found = _judge_smooth(actual, truth.ball, truth.reason, allowance, form)
        return _unless_below(found, actual, truth, form)
    if truth.left is None and truth.right is None:
        return _judge_without_value(actual, truth)
    return _judge_sides(actual, truth, allowance, form)


def _judge_smooth(actual: float, exact: arb, reason: str, allowance: Allowance, form: Format) -> Judgement:
    if actual != actual:
        return _unless_excused(Verdict.NAN, reason or "the formula has a derivative here", allowance)
    if abs(actual) == inf:
        return _judge_infinite(actual, exact, allowance, form)
    off = abs(arb(actual) - exact)
    if actual == 0 and abs(exact) < arb(form.tiny) / 2 and not exact.is_zero() and not exact.contains(0):
        return Judgement(Verdict.LIMIT, off, arb(form.tiny), "the exact number rounds to zero in this dtype")
    if not off > 2 * ulp(exact, form):
        return Judgement(Verdict.AGREES, off, allowance.radius, reason)
    if allowance.radius is None:
        return _unless_excused(Verdict.WRONG, "", allowance, off)
    if off > allowance.radius:
        return Judgement(Verdict.WRONG, off, allowance.radius, reason)
    if not off > abs(exact) * 2.0 ** (-form.bits / 2):
        return Judgement(Verdict.AGREES, off, allowance.radius)
    lost = Verdict.RANGE if allowance.excuse == "range" else Verdict.ROUNDED
    return Judgement(lost, off, allowance.radius, allowance.operation)


def _unless_below(found: Judgement, actual: float, truth: Truth, form: Format) -> Judgement:
    """``found``, unless the value is the limit below a jump at -0.0: IEEE 754 has atan2(-0.0, -1.0) be -pi."""
    below = truth.left.ball if truth.left is not None and not truth.continuous else None
    if found.verdict is not Verdict.WRONG or below is None or abs(arb(actual) - below) > 2 * ulp(below, form):
        return found
    return Judgement(Verdict.JUMP, cause=f"{truth.reason}: the number is the left limit, of -0.0", convention="the left limit")


def _unless_excused(otherwise: Verdict, words: str, allowance: Allowance, off: arb | None = None) -> Judgement:
    """``otherwise``, unless an overflow or an infinite allowance excuses what torch returned."""
    if otherwise is Verdict.NAN and allowance.overflow:
        return Judgement(Verdict.RANGE, off, allowance.radius, allowance.overflow)
    if allowance.radius is None and allowance.excuse == "range":
        return Judgement(Verdict.RANGE, off, None, allowance.operation)
    if allowance.radius is None and allowance.excuse == "rounding":
        return Judgement(Verdict.ROUNDED, off, None, allowance.operation)
    return Judgement(otherwise, off, allowance.radius, words or allowance.operation)


def _judge_infinite(actual: float, exact: arb, allowance: Allowance, form: Format) -> Judgement:
    same_sign = exact > 0 if actual > 0 else exact < 0
    reach = abs(exact) if allowance.radius is None else abs(exact) + allowance.radius
    if same_sign and not reach < arb(form.largest):
        return Judgement(Verdict.LIMIT, None, allowance.radius, "the exact number is beyond the dtype's range")
    return _unless_excused(Verdict.NAN, "the number is infinite", allowance)


def _judge_without_value(actual: float, truth: Truth) -> Judgement:
    return Judgement(Verdict.PHANTOM if isfinite(actual) else Verdict.UNDEFINED, cause=truth.reason)


def _judge_sides(actual: float, truth: Truth, allowance: Allowance, form: Format) -> Judgement:
    """The verdict where there are two sides and no one number between them."""
    sides = [side for side in (truth.left, truth.right) if side is not None and side.exists]
    infinities = {_infinity(side, form) for side in sides} - {0}
    if abs(actual) == inf and (1 if actual > 0 else -1) in infinities:
        return Judgement(Verdict.LIMIT, cause=truth.reason)
    if not truth.has_value:
        return _judge_without_value(actual, truth)
    has_derivative = bool(sides) and (truth.continuous or truth.one_sided)
    if not isfinite(actual):
        # The root's derivative at -0.0, where torch says -inf, is that at 0: a zero's sign is none of a real number's, and
        # an infinity that no side tends to leads the wrong way.
        which = "the infinity of the other sign" if infinities else "infinite"
        what = f"the number is {'NaN' if actual != actual else which}"
        return _unless_excused(Verdict.NAN if has_derivative else Verdict.UNDEFINED, f"{truth.reason}: {what}", allowance)
    if not sides:
        return Judgement(Verdict.PHANTOM, cause=truth.reason)
    return _judge_between(actual, sides, truth, allowance, form)


def _infinity(side: Limit, form: Format) -> int:
    """The sign of a side that is infinite, or beyond what the dtype holds; 0 for any other."""
    if side.infinite or side.ball is None or abs(side.ball) < form.largest:
        return side.infinite
    return 1 if side.ball > 0 else -1


def _judge_between(actual: float, sides: list[Limit], truth: Truth, allowance: Allowance, form: Format) -> Judgement:
    finite = [side.ball for side in sides if side.ball is not None]
    infinities = {side.infinite for side in sides} - {0}
    number = arb(actual)
    slack = arb(0) if allowance.radius is None else allowance.radius
    below = -1 in infinities or any(not number < value - slack - 2 * ulp(value, form) for value in finite)
    above = 1 in infinities or any(not number > value + slack + 2 * ulp(value, form) for value in finite)
    if not finite and len(infinities) == 1:
        return _unless_excused(Verdict.WRONG, f"{truth.reason}: the derivative is infinite", allowance)
    if not (below and above):
        return _unless_excused(Verdict.PHANTOM, truth.reason, allowance)
    verdict = Verdict.KINK if truth.continuous else Verdict.JUMP
    convention = _convention(number, truth, slack, form)
    return Judgement(verdict, cause=f"{truth.reason}: the number is {convention}", convention=convention)


def _convention(number: arb, truth: Truth, slack: arb, form: Format) -> str:
    """Which of the numbers between two sides torch chose, as far as ``slack`` can tell them apart."""
    left, right = (None if side is None else side.ball for side in (truth.left, truth.right))
    middle = None if left is None or right is None else (left + right) / 2
    choices = {
        "the derivative of both sides": middle if left is not None and right is not None and left.overlaps(right) else None,
        "the left derivative": left,
        "the right derivative": right,
        "the middle": middle,
        "0": arb(0),
    }
    there = {name: value for name, value in choices.items() if value is not None}
    near = [name for name, value in there.items() if not abs(number - value) > slack + 2 * ulp(value, form)]
    return min(near, key=lambda name: float(abs(number - there[name])), default="between them")


def ulp(exact: arb, form: Format) -> arb:
    """The gap between neighbouring numbers of ``form`` at ``exact``, never below its smallest subnormal."""
    size = float(abs(exact))
    if size == inf or size >= 2.0**1023:
        return arb(2.0) ** min(form.max_exponent - form.bits, 1023)
    if size == 0:
        return arb(form.tiny)
    _, exponent = frexp(size)
    return arb(2.0) ** max(form.min_exponent, min(exponent, form.max_exponent) - form.bits)


def judge_error(message: str, truth: Truth) -> Judgement:
    """The verdict where the program, or torch, raised ``message``."""
    verdict = Verdict.ERROR if truth.has_value else Verdict.UNDEFINED
    return Judgement(verdict, cause=message)


def judge_claim(claimed: arb, truth: Truth, form: Format) -> Judgement:
    """The verdict on a claim's enclosure: both sides are formulas, so that no rounding is excused."""
    if not truth.has_value:
        return Judgement(Verdict.UNDEFINED, cause=f"{truth.reason}: there is nothing to claim")
    if truth.ball is not None and claimed.is_finite():
        off = abs(claimed - truth.ball)
        return Judgement(Verdict.AGREES if claimed.overlaps(truth.ball) else Verdict.WRONG, off, arb(0), truth.reason)
    if not claimed.is_finite():
        return Judgement(Verdict.NAN, cause="the claim has no value here, and the formula has a derivative")
    return judge(float(claimed), truth, _NO_ROUNDING, form)


def judge_absence(truth: Truth) -> Judgement:
    """The verdict where torch returned no gradient at all."""
    if not truth.has_value:
        return Judgement(Verdict.UNDEFINED, cause=truth.reason)
    if truth.ball is not None:
        return Judgement(Verdict.AGREES if truth.ball.contains(0) else Verdict.DETACHED, cause=truth.reason)
    sides = [side for side in (truth.left, truth.right) if side is not None and side.exists]
    flat = bool(sides) and all(side.ball is not None and side.ball.contains(0) for side in sides)
    between = Verdict.KINK if truth.continuous else Verdict.JUMP
    return Judgement(between if flat else Verdict.DETACHED, cause=truth.reason)


def stands_alone(actual: float | None, exact: arb | None, witness: tuple[float, float] | None) -> str:
    """Who stands alone among the automatic, the symbolic and the numerical derivative; empty where nobody does.

    ``automatic``: the other two agree; ``program``: the program's own numerical derivative sides with torch, so it is
    the program that is not the formula.
    """
    if witness is None or exact is None:
        return ""
    number, doubt = witness
    near_exact = _near(number, float(exact), doubt)
    near_actual = actual is not None and actual == actual and _near(number, actual, doubt)
    return {(True, False): "automatic", (False, True): "program"}.get((near_exact, near_actual), "")


def _near(number: float, other: float, doubt: float) -> bool:
    return abs(number - other) <= 4 * doubt + 1e-12 * abs(number)
