"""The verdicts: what can be said of one number that torch returned, and what it means for the run."""

from collections.abc import Iterable
from enum import Enum


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


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of some verdicts; unsupported when there are none."""
    return min(verdicts, key=SEVERITY.index, default=Verdict.UNSUPPORTED)
