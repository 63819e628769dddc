"""Every root of a function of balls on an interval, each proved, and no sub-interval dropped without a proof.

A sub-interval is dropped when a ball around the function's values there excludes zero, by itself or in mean value
form. Where the ball of the slope excludes zero too, there is one root or none, as the signs at the ends tell, and
Newton's interval iteration narrows it to neighbouring doubles. Anything else is cut in two. Source: Moore, Kearfott
and Cloud, Introduction to Interval Analysis, SIAM 2009, chapter 8.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from heapq import heappop, heappush
from math import inf, nextafter

from flint import arb, fmpq

from diffcheck.truth.balls import precision
from diffcheck.truth.intervals import TINY, Share, above, around_zero, ball_over, below, cut, joined, middle_of, simplest

Function = Callable[[arb], tuple[arb | None, arb]]
"""From an interval to balls around the values and the slopes there. The value is None where the interval is proved to
lie outside the function's domain; balls that are not finite say that nothing is known."""

BUDGET = 8_000
"""How many sub-intervals are looked at."""
MAX_ROOTS = 1_000
"""How many roots are enough."""
FOLLOWED = 40
"""One in so many of the budget: how many of the sub-intervals left over are searched by the signs at their ends."""
BITS = 128
DARK = 2.0**-8
"""An interval below this share of the whole is given up where no value is known at any of a few points."""
SURE_BITS = 2048
"""Working bits where BITS leave a sign open."""


@dataclass(frozen=True)
class Root:
    """One root, between two doubles."""

    low: float
    high: float
    """Equal to ``low``, or the next double, where the root is proved."""
    exact: Fraction | None = None
    """The root itself where it is a double or a small rational: zero there to SURE_BITS bits."""
    proved: bool = True
    """There is a root; False where no ball excludes one, however near."""

    @property
    def nearest(self) -> float:
        """A double that is next to the root, or is it."""
        return float(self.exact) if self.exact is not None else self.low / 2 + self.high / 2


@dataclass(frozen=True)
class Roots:
    """What a search found."""

    found: tuple[Root, ...]
    """In ascending order, no two alike."""
    unsettled: tuple[tuple[float, float], ...] = ()
    """Sub-intervals that may hold more roots: the budget ran out, or no value is known anywhere in them."""


def find_roots(function: Function, low: float, high: float, budget: int = BUDGET) -> Roots:
    """Every root of ``function`` between the finite doubles ``low`` and ``high``, both included.

    Where the function is zero on a whole stretch there is no root. A multiple root, or one at a bend or a border, is
    told by its exact place where it has one, else between two doubles as not proved.
    """
    with precision(BITS):
        return _Search(function, low, high, budget).run(low, high)


class _Search:
    """One search, interval by interval, the largest first."""

    def __init__(self, function: Function, low: float, high: float, budget: int) -> None:
        self.function = function
        self.left = budget
        self.followed = budget // FOLLOWED
        self.found: list[Root] = []
        self.doubtful: list[tuple[float, float]] = []
        """Neighbouring doubles between which nothing is settled."""
        self.unsettled: list[tuple[float, float]] = []
        self.share = Share(low, high)
        self.pending: list[tuple[float, float, float]] = []
        """A heap: less the share of the whole, and the interval."""

    def run(self, low: float, high: float) -> Roots:
        """Look until everything is settled, or the budget has run out."""
        self.pending = [(-1.0, *each) for each in around_zero(low, high)]
        while self.pending and self.left > 0 and len(self.found) < MAX_ROOTS:
            self._look(*heappop(self.pending)[1:])
        pending = sorted((low, high) for _, low, high in self.pending)
        for each in pending[: self.followed]:
            self._follow_sign(*each)
        unsettled = joined([*self.unsettled, *pending])
        singles = [each for run in joined(self.doubtful) for each in self._settled(*run)]
        guessed = [each for run in unsettled if self.share.of(*run) < DARK for each in self._guessed(*run)]
        return Roots(_without_copies([*self.found, *singles, *guessed]), tuple(unsettled))

    def _put_off(self, *intervals: tuple[float, float]) -> None:
        for low, high in intervals:
            heappush(self.pending, (-self.share.of(low, high), low, high))

    def _look(self, low: float, high: float) -> None:
        """Settle an interval, or cut it in two."""
        self.left -= 1
        value, slope = self.function(ball_over(low, high))
        if value is None or value.is_zero() or (value.is_finite() and not value.contains(0)):
            return
        if value.is_finite() and slope.is_finite():
            if not slope.contains(0) and self._is_monotone(low, high):
                return
            if self._excluded_by_slope(low, high, slope):
                return
        elif self.share.of(low, high) < DARK and self._is_dark(low, high):
            self.unsettled.append((low, high))
            return
        if nextafter(low, inf) >= high or (low, high) == (-TINY, TINY):
            self.doubtful.append((low, high))
            return
        middle = cut(low, high)
        self._put_off((low, middle), (middle, high))

    def _is_monotone(self, low: float, high: float) -> bool:
        """The interval, on which the slope has one sign, is settled: by one root, or by none."""
        signs = [self._sign(low), self._sign(high)]
        if 0 in signs:  # a root at an end, or too near to tell: a little further out there is a sign
            low, high = nextafter(low, -inf), nextafter(high, inf)
            value, slope = self.function(ball_over(low, high))
            if value is None or not value.is_finite() or not slope.is_finite() or slope.contains(0):
                return False
            signs = [self._sign(low), self._sign(high)]
        if 0 in signs:
            return False
        if signs[0] != signs[1]:
            self.found.append(self._told(*self._narrowed(low, high, signs[0])))
        return True

    def _narrowed(self, low: float, high: float, left: int) -> tuple[float, float]:
        """Neighbouring doubles around the only root of an interval on which the function is monotone."""
        while nextafter(low, inf) < high:
            middle = middle_of(low, high)
            value, _ = self.function(arb(middle))
            _, slope = self.function(ball_over(low, high))
            if value is None:
                return low, high
            step = arb(middle) - value / slope
            if not step.is_finite():
                return low, high
            inner = max(low, below(step.lower())), min(high, above(step.upper()))
            if inner[1] - inner[0] > (high - low) / 2:
                sign = self._sign(middle)
                if sign == 0:
                    inner = max(low, nextafter(middle, -inf)), min(high, nextafter(middle, inf))
                    return inner
                inner = (middle, high) if sign == left else (low, middle)
            low, high = inner
        return low, high

    def _told(self, low: float, high: float) -> Root:
        """A proved root with its exact place, where it is a short one."""
        for candidate in (Fraction(low), Fraction(high), simplest(low, high)):
            if candidate is not None and self._sign(candidate) == 0:
                return Root(low, high, candidate)
        return Root(low, high)

    def _excluded_by_slope(self, low: float, high: float, slope: arb) -> bool:
        """The mean value form excludes zero."""
        middle = arb(middle_of(low, high))
        value, _ = self.function(middle)
        if value is None:
            return False
        form = value + slope * (ball_over(low, high) - middle)
        return bool(form.is_finite() and not form.contains(0))

    def _follow_sign(self, low: float, high: float) -> None:
        """Where the signs at the ends of what is left over differ, halve it to neighbouring doubles."""
        left, right = self._sign(low), self._sign(high)
        if left * right >= 0:
            return
        while nextafter(low, inf) < high:
            middle = cut(low, high)
            sign = self._sign(middle)
            low, high = (middle, high) if sign == left else (low, middle)
        self.doubtful.append((low, high))

    def _is_dark(self, low: float, high: float) -> bool:
        """No value is known anywhere: at none of the points that were tried."""
        points = (low, cut(low, high), middle_of(low, high), high)
        return not any(value is not None and value.is_finite() for value, _ in (self.function(arb(each)) for each in points))

    def _settled(self, low: float, high: float) -> list[Root]:
        """The roots between doubles that no ball could settle: the exact ones, else one that is not proved."""
        ends = {Fraction(low), Fraction(high), Fraction(nextafter(low, high))}
        exact = [place for place in ends if self._is_zero(place)]
        if len(exact) > 1:
            return []  # zero on a whole stretch, though no ball proves it
        guessed = self._guessed(low, high)
        if exact or guessed:
            return [Root(float(place), float(place), place) for place in exact] or guessed
        values = [self.function(arb(end))[0] for end in (low, high)]
        near, slope = self.function(ball_over(low, high))
        if near is None or not near.is_finite() or any(value is None or not value.is_finite() for value in values):
            return []  # a pole, or a border where the function is not zero
        crosses = slope.is_finite() and self._sign(low) * self._sign(high) < 0
        return [Root(low, high, None, proved=crosses)]

    def _guessed(self, low: float, high: float) -> list[Root]:
        """The shortest number of an interval, where it is a root."""
        place = simplest(low, high)
        return [Root(float(place), float(place), place)] if place is not None and self._is_zero(place) else []

    def _is_zero(self, place: Fraction) -> bool:
        """Zero, or as good as: a ball around it of 2**-1000."""
        with precision(SURE_BITS):
            value, _ = self.function(arb(fmpq(place.numerator, place.denominator)))
            return value is not None and bool(value.is_finite() and value.contains(0) and abs(value) < arb(2) ** -1000)

    def _sign(self, place: float | Fraction) -> int:
        """The sign at a point; 0 where it is zero to SURE_BITS bits, or not known."""
        exact = Fraction(place)
        for bits in (BITS, SURE_BITS):
            with precision(bits):
                value, _ = self.function(arb(fmpq(exact.numerator, exact.denominator)))
                if value is not None and value.is_finite() and not value.contains(0):
                    return 1 if value > 0 else -1
        return 0


def _touch(one: Root, other: Root) -> bool:
    return one.low <= other.high and other.low <= one.high


def _without_copies(roots: list[Root]) -> tuple[Root, ...]:
    """In ascending order; of those that touch, the one whose place is exact, or that is proved."""
    kept: list[Root] = []
    for root in sorted(roots, key=lambda each: (each.low, each.high)):
        if not kept or not _touch(kept[-1], root):
            kept.append(root)
        elif _worth(root) > _worth(kept[-1]):
            kept[-1] = root
    return tuple(kept)


def _worth(root: Root) -> tuple[bool, bool]:
    return root.exact is not None, root.proved
