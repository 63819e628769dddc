"""The verdicts, and the only place that judges."""

from dataclasses import dataclass
from enum import Enum
from math import frexp
from typing import Any

from diffcheck.dtypes import Format


class Status(Enum):
    """What a verdict means for the run."""

    PASS = "pass"
    COUNTED = "pass, counted"
    FAIL = "fail"
    OPEN = "neither"


class Verdict(Enum):
    """What can be said of one number that torch returned; the value is the sentence that reports print."""

    AGREES = "torch's number is the derivative, as far as rounding allows, with at least half of its bits right"
    ROUNDED = "within what rounding may do to a sound program, but more than half of the bits are lost"
    RANGE = "an intermediate of the formula leaves the dtype's range, so no sound program could return the derivative"
    KINK = "the one-sided derivatives differ, and torch's number lies between them"
    JUMP = "the formula jumps here, and torch's number lies between the limits of the derivative from both sides"
    LIMIT = "the derivative is infinite or beyond the dtype's range, and torch returned that infinity or the flushed zero"
    UNDEFINED = "the formula has no real value or no one-sided derivative here, and torch returned NaN or a pole's infinity"
    WRONG = "torch's number is off the derivative by more than rounding can explain"
    NAN = "the formula has a value and a derivative here, and torch returned NaN or an infinity"
    DETACHED = "torch returned no gradient at all although the derivative is not zero"
    PHANTOM = "torch returned a number where the formula has no real value, or outside what a kink or jump allows"
    ERROR = "the program, or torch, raised an exception where the formula has a value"
    UNDECIDED = "the oracle could not settle the truth within its limits"
    UNSUPPORTED = "this mode, dtype or device cannot run or differentiate this program here"

    @property
    def word(self) -> str:
        """The verdict as reports and case files spell it."""
        return self.name.lower()

    @property
    def status(self) -> Status:
        """Pass, counted, fail or neither."""
        return _STATUS[self]


_STATUS = {
    Verdict.AGREES: Status.PASS,
    **dict.fromkeys(
        (Verdict.ROUNDED, Verdict.RANGE, Verdict.KINK, Verdict.JUMP, Verdict.LIMIT, Verdict.UNDEFINED), Status.COUNTED
    ),
    **dict.fromkeys(
        (Verdict.WRONG, Verdict.NAN, Verdict.DETACHED, Verdict.PHANTOM, Verdict.ERROR), Status.FAIL
    ),
    **dict.fromkeys((Verdict.UNDECIDED, Verdict.UNSUPPORTED), Status.OPEN),
}  # fmt: skip

SEVERITY = (
    Verdict.ERROR, Verdict.DETACHED, Verdict.NAN, Verdict.PHANTOM, Verdict.WRONG, Verdict.UNDECIDED, Verdict.UNSUPPORTED,
    Verdict.RANGE, Verdict.UNDEFINED, Verdict.LIMIT, Verdict.JUMP, Verdict.KINK, Verdict.ROUNDED, Verdict.AGREES,
)  # fmt: skip
"""From worst to best: fail before undecided before counted before agrees."""

VERDICTS = {verdict.word: verdict for verdict in Verdict}
"""A verdict by its word."""


def worst(verdicts: Any) -> Verdict:
    """The worst of some verdicts; unsupported when there are none."""
    return min(verdicts, key=SEVERITY.index, default=Verdict.UNSUPPORTED)


@dataclass(frozen=True)
class Allowance:
    """How far a sound program may be off, and why it may be infinitely far."""

    radius: Any
    """A ball or a number in the output's own units; None where it is infinite."""
    excuse: str = ""
    """For an infinite radius: ``range``, ``rounding``, or nothing: a local partial is infinite, which excuses nothing."""
    operation: str = ""
    """The operation that is the cause, in the formula's words."""


@dataclass(frozen=True)
class Judgement:
    """A verdict on one number, with the distances that led to it."""

    verdict: Verdict
    off: Any = None
    """How far the number is off, a ball in the output's units; None where there is no distance."""
    allowed: Any = None
    """How far it may be off, likewise."""
    cause: str = ""


def judge(actual: float, truth: Any, allowance: Allowance, form: Format, ball: Any) -> Judgement:
    """The verdict on a number that torch returned. ``ball`` turns a number into one that compares with enclosures.

    The table of section 4 of the design, in its order: what is right passes whatever the allowance is; then what
    rounding and range excuse; then what is wrong.
    """
    if truth.ball is not None and truth.has_value:
        return _judge_smooth(actual, truth, allowance, form, ball)
    if truth.left is None and truth.right is None:
        return _judge_without_value(actual, truth)
    return _judge_sides(actual, truth, allowance, form, ball)


def _judge_smooth(actual: float, truth: Any, allowance: Allowance, form: Format, ball: Any) -> Judgement:
    exact = truth.ball
    if actual != actual:
        return _judge_without_number(Verdict.NAN, "torch returned NaN", allowance)
    if actual in (float("inf"), float("-inf")):
        return _judge_infinite(actual, exact, allowance, form, ball)
    off = abs(ball(actual) - exact)
    if actual == 0 and abs(exact) < form.tiny / 2 and not exact.is_zero() and not exact.contains(0):
        return Judgement(Verdict.LIMIT, off, ball(form.tiny), "the derivative rounds to zero in this dtype")
    if not off > 2 * ulp(exact, form, ball):
        return Judgement(Verdict.AGREES, off, allowance.radius, truth.reason)
    if allowance.radius is None:
        return _judge_without_number(Verdict.WRONG, "", allowance, off)
    if off > allowance.radius:
        return Judgement(Verdict.WRONG, off, allowance.radius, truth.reason)
    if not off > abs(exact) * 2.0 ** (-form.bits / 2):
        return Judgement(Verdict.AGREES, off, allowance.radius)
    return Judgement(Verdict.ROUNDED, off, allowance.radius, allowance.operation)


def _judge_without_number(otherwise: Verdict, words: str, allowance: Allowance, off: Any = None) -> Judgement:
    """The verdict where only an infinite allowance can excuse what torch returned."""
    if allowance.radius is None and allowance.excuse == "range":
        return Judgement(Verdict.RANGE, off, None, allowance.operation)
    if allowance.radius is None and allowance.excuse == "rounding":
        return Judgement(Verdict.ROUNDED, off, None, allowance.operation)
    return Judgement(otherwise, off, allowance.radius, words or allowance.operation)


def _judge_infinite(actual: float, exact: Any, allowance: Allowance, form: Format, ball: Any) -> Judgement:
    same_sign = exact > 0 if actual > 0 else exact < 0
    reach = abs(exact) if allowance.radius is None else abs(exact) + allowance.radius
    if same_sign and not reach < ball(form.largest):
        return Judgement(Verdict.LIMIT, None, allowance.radius, "the derivative is beyond the dtype's range")
    return _judge_without_number(Verdict.NAN, "torch returned an infinity", allowance)


def _judge_without_value(actual: float, truth: Any) -> Judgement:
    if actual != actual:
        return Judgement(Verdict.UNDEFINED, cause=truth.reason)
    return Judgement(Verdict.PHANTOM, cause=truth.reason)


def _judge_sides(actual: float, truth: Any, allowance: Allowance, form: Format, ball: Any) -> Judgement:
    """The verdict where there are two sides and no one number between them."""
    sides = [side for side in (truth.left, truth.right) if side.exists]
    infinities = [side.infinite for side in sides if side.infinite]
    if actual != actual:
        has_derivative = truth.has_value and bool(sides) and (truth.continuous or truth.one_sided)
        verdict = Verdict.NAN if has_derivative else Verdict.UNDEFINED
        return Judgement(verdict, cause=truth.reason)
    if actual in (float("inf"), float("-inf")):
        if (1 if actual > 0 else -1) in infinities:
            return Judgement(Verdict.LIMIT, cause=truth.reason)
        return Judgement(Verdict.NAN if truth.has_value else Verdict.UNDEFINED, cause=truth.reason)
    if not truth.has_value or not sides:
        return Judgement(Verdict.PHANTOM, cause=truth.reason)
    return _judge_between(actual, sides, infinities, truth, allowance, form, ball)


def _judge_between(
    actual: float, sides: list[Any], infinities: list[int], truth: Any, allowance: Allowance, form: Format, ball: Any
) -> Judgement:
    finite = [side.ball for side in sides if side.ball is not None]
    number = ball(actual)
    slack = ball(0) if allowance.radius is None else allowance.radius
    below = -1 in infinities or any(not number < value - slack - 2 * ulp(value, form, ball) for value in finite)
    above = 1 in infinities or any(not number > value + slack + 2 * ulp(value, form, ball) for value in finite)
    if len(sides) == 1 and infinities:
        return Judgement(Verdict.WRONG, cause=truth.reason)
    if not (below and above):
        return Judgement(Verdict.PHANTOM, cause=truth.reason)
    verdict = Verdict.KINK if truth.continuous else Verdict.JUMP
    return Judgement(verdict, cause=f"{truth.reason}: torch chose {_choice(actual, truth)}")


def _choice(actual: float, truth: Any) -> str:
    """Which convention torch's number follows at a kink."""
    left = float(truth.left.ball) if truth.left.ball is not None else None
    right = float(truth.right.ball) if truth.right.ball is not None else None
    for name, value in (("the left derivative", left), ("the right derivative", right), ("0", 0.0)):
        if value is not None and abs(actual - value) <= 1e-3 * abs(value):
            return name
    if left is not None and right is not None and abs(actual - (left + right) / 2) <= 1e-3 * abs(left - right):
        return "the middle"
    return repr(actual)


def ulp(exact: Any, form: Format, ball: Any) -> Any:
    """The gap between neighbouring numbers of ``form`` at ``exact``, never below its smallest subnormal."""
    size = float(abs(exact))
    if size == float("inf") or size >= 2.0**1023:
        return ball(2.0) ** min(form.max_exponent - form.bits, 1023)
    if size == 0:
        return ball(form.tiny)
    _, exponent = frexp(size)
    return ball(2.0) ** max(form.min_exponent, min(exponent, form.max_exponent) - form.bits)
