"""Intervals between doubles: balls over them, where to cut them, the shortest number within."""

from dataclasses import dataclass
from fractions import Fraction
from math import frexp, inf, ldexp, log2, nextafter

from flint import arb

TINY = 2.0**-1074
"""The smallest positive double."""
MAX_DENOMINATOR = 1_000
"""The largest denominator of a small rational."""
CUT = 0.4876
"""Intervals are cut a little off the middle, so that no cut falls on a root that is a short number."""


def around_zero(low: float, high: float) -> list[tuple[float, float]]:
    """The interval, cut on either side of zero, with no double but zero between the cuts; never a single point."""
    if not low <= 0 <= high:
        return [(low, high)] if low < high else [(low, nextafter(low, inf))]
    parts = [(low, -TINY)] if low < -TINY else []
    return [*parts, (-TINY, TINY), *([(TINY, high)] if high > TINY else [])]


def ball_over(low: float, high: float) -> arb:
    """A ball that holds both ends and all between."""
    return arb(low).union(arb(high))


def middle_of(low: float, high: float) -> float:
    """The double in the middle."""
    middle = low / 2 + high / 2
    return middle if low < middle < high else nextafter(low, inf)


def cut(low: float, high: float) -> float:
    """Where to cut: between numbers of very different size at the middle of their exponents."""
    small, large = min(abs(low), abs(high)), max(abs(low), abs(high))
    if low < 0 < high or large <= 8 * small:
        place = low + (high / 2 - low / 2) * 2 * CUT
    else:
        place = ldexp(2 * CUT, (frexp(max(small, TINY))[1] + frexp(large)[1]) // 2) * (1 if low >= 0 else -1)
    return place if low < place < high else middle_of(low, high)


@dataclass(frozen=True)
class Share:
    """How much of a whole an interval is, half by its length and half by its exponents.

    Numbers of every size get their part of a search that way, and none is lost in a multitude of small ones.
    """

    low: float
    high: float

    def of(self, low: float, high: float) -> float:
        """A number between 0 and 1."""
        length = (high / 2 - low / 2) / max(self.high / 2 - self.low / 2, TINY)
        small, large = min(abs(low), abs(high)), max(abs(low), abs(high))
        return length / 2 + (log2(max(large, TINY)) - log2(max(small, TINY))) / 4200


def below(end: arb) -> float:
    """A double below an exact ball."""
    return nextafter(float(end), -inf)


def above(end: arb) -> float:
    """A double above an exact ball."""
    return nextafter(float(end), inf)


def simplest(low: float, high: float) -> Fraction | None:
    """The rational from ``low`` to ``high`` with the smallest denominator, where that is a small one.

    Source: Graham, Knuth and Patashnik, Concrete Mathematics, section 4.5: the Stern-Brocot tree.
    """
    if low <= 0 <= high:
        return Fraction(0)
    if high < 0:
        mirrored = simplest(-high, -low)
        return None if mirrored is None else -mirrored
    found = _simplest(Fraction(low), Fraction(high))
    return found if found.denominator <= MAX_DENOMINATOR else None


def _simplest(low: Fraction, high: Fraction) -> Fraction:
    """The same between positive numbers, by their continued fractions."""
    whole: list[int] = []
    while (first := low.__ceil__()) > high:
        whole.append(low.__floor__())
        low, high = 1 / (high - whole[-1]), 1 / (low - whole[-1])
    found = Fraction(first)
    for quotient in reversed(whole):
        found = quotient + 1 / found
    return found


def joined(intervals: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Intervals that touch, as one."""
    joined: list[tuple[float, float]] = []
    for low, high in sorted(intervals):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined
