"""Germs: what a formula is on one side of a point, however near, as a power series in the distance ``t`` > 0.

A germ is a sum of terms c*t**e with proved coefficients (balls) and exact rational exponents, up to what vanishes
faster than t**end. Two numbers that are equal at the point are told apart by their first certain term, so that the
branch a kink takes on that side is proved, and with it the limits of the value and of the derivative.
Source: Nesterov, "Lexicographic differentiation of nonsmooth functions", Mathematical Programming 104 (2005); the
arithmetic of truncated series is that of Griewank and Walther, Evaluating Derivatives, 2nd ed., chapter 13.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, inf
from typing import Any

from flint import arb, fmpq

ORDER = 8
"""Terms of higher exponents than this are not worked out, unless they come for nothing."""
MAX_TERMS = 24
"""The longest series that is kept."""
MAX_REPEATED = 16
"""Whole powers up to this are products, exact as their factors are."""

Term = tuple[Fraction, arb]


class NoGermError(Exception):
    """No germ is proved: a logarithm of what vanishes, a coefficient whose sign is open, a function without a series."""


class OutsideError(Exception):
    """Proved: there are no real values on this side."""


@dataclass(frozen=True)
class Germ:
    """One side of a point: the sum of ``terms``, but for what vanishes faster than t**end."""

    terms: tuple[Term, ...]
    """Exponents and coefficients, exponents rising; no coefficient is exactly zero."""
    end: Fraction | float = inf
    """Infinite where the terms are all there is."""

    @property
    def valuation(self) -> Fraction | float:
        """The germ is not larger than t to this, but for a factor."""
        return self.terms[0][0] if self.terms else self.end

    @property
    def constant(self) -> arb:
        """What the germ tends to; raises NoGermError where that is infinite or not known."""
        if self.valuation < 0 or self.end <= 0:
            raise NoGermError
        return self.terms[0][1] if self.terms and self.terms[0][0] == 0 else arb(0)

    @property
    def moving(self) -> "Germ":
        """The germ without what it tends to."""
        return Germ(tuple(term for term in self.terms if term[0] > 0), self.end)

    def __add__(self, other: Any) -> "Germ":
        other = germ(other)
        found = dict(self.terms)
        for exponent, coefficient in other.terms:
            found[exponent] = found[exponent] + coefficient if exponent in found else coefficient
        return collected(found.items(), min(self.end, other.end))

    def __mul__(self, other: Any) -> "Germ":
        other = germ(other)
        if (not self.terms and self.end == inf) or (not other.terms and other.end == inf):
            return Germ(())
        found: dict[Fraction, arb] = {}
        for first, left in self.terms:
            for second, right in other.terms:
                exponent = first + second
                found[exponent] = found[exponent] + left * right if exponent in found else left * right
        return collected(found.items(), min(self.end + other.valuation, other.end + self.valuation))

    def __truediv__(self, other: Any) -> "Germ":
        return self * power(germ(other), Fraction(-1))

    def __neg__(self) -> "Germ":
        return Germ(tuple((exponent, -coefficient) for exponent, coefficient in self.terms), self.end)

    def __sub__(self, other: Any) -> "Germ":
        return Germ(()) if other is self else self + -germ(other)

    def __rsub__(self, other: Any) -> "Germ":
        return germ(other) + -self

    def __rtruediv__(self, other: Any) -> "Germ":
        return germ(other) / self

    __radd__ = __add__
    __rmul__ = __mul__

    def tending_to(self, limit: Fraction) -> "Germ":
        """The same germ, its limit known exactly by other means."""
        rest = tuple(term for term in self.terms if term[0] != 0)
        return collected([(Fraction(0), ball_of(limit)), *rest], self.end)

    def is_constant(self) -> bool:
        """It does not depend on the distance at all."""
        return self.end == inf and all(exponent == 0 for exponent, _ in self.terms)


def germ(value: Any) -> Germ:
    """``value``, a number or a ball, as a germ that does not move."""
    if isinstance(value, Germ):
        return value
    return collected([(Fraction(0), value if isinstance(value, arb) else arb(value))], inf)


def ball_of(value: Fraction) -> arb:
    """A rational number as a ball, exact where the precision allows."""
    return arb(fmpq(value.numerator, value.denominator))


def exactly(ball: arb) -> Fraction | None:
    """The rational number that a ball is; None where it has a radius."""
    if not ball.is_exact():
        return None
    mantissa, exponent = map(int, ball.man_exp())
    return Fraction(mantissa) * Fraction(2) ** exponent if abs(exponent) < 2**16 else None


def collected(terms: Iterable[Term], end: Fraction | float) -> Germ:
    """A germ of ``terms``, in order, none exactly zero, none at or beyond ``end``, and not too many.

    Raises NoGermError for a coefficient that is no number.
    """
    kept = sorted((term for term in terms if term[0] < end and not term[1].is_zero()), key=lambda term: term[0])
    if not all(coefficient.is_finite() for _, coefficient in kept):
        raise NoGermError
    beyond = next((place for place, term in enumerate(kept) if term[0] - kept[0][0] > ORDER or place >= MAX_TERMS), None)
    if beyond is None:
        return Germ(tuple(kept), end)
    return Germ(tuple(kept[:beyond]), kept[beyond][0])


def sign_of(value: Germ) -> int | None:
    """-1, 0 or 1 on the whole side near the point; None where that is open."""
    if not value.terms:
        return 0 if value.end == inf else None
    first = value.terms[0][1]
    return 1 if first > 0 else (-1 if first < 0 else None)


def composed(coefficients: Sequence[arb], moving: Germ) -> Germ:
    """The series of ``coefficients``, which further ones follow, at ``moving``, which tends to zero."""
    total = germ(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = total * moving + coefficient
    if moving == Germ(()):
        return total
    return collected(total.terms, min(total.end, len(coefficients) * moving.valuation))


def terms_needed(moving: Germ) -> int:
    """How many coefficients of a series at ``moving`` reach ORDER."""
    return min(MAX_TERMS, ceil(ORDER / moving.valuation) + 1) if moving.valuation < inf else 1


def power(base: Germ, exponent: Fraction) -> Germ:
    """``base**exponent``.

    Raises OutsideError where that is not real, NoGermError where the first term of ``base`` is open.
    """
    whole = exponent.denominator == 1
    if whole and 0 <= exponent <= MAX_REPEATED:
        total = germ(1)
        for _ in range(int(exponent)):
            total = total * base
        return total
    sign = sign_of(base)
    if sign is None or (sign == 0 and exponent <= 0):
        raise NoGermError
    if sign == 0:
        return Germ(())
    if sign < 0 and not whole:
        raise OutsideError
    (lead, first), *rest = base.terms
    ratio = Germ(tuple((each - lead, coefficient / first) for each, coefficient in rest), base.end - lead)
    raised = first**exponent.numerator if whole else (first.log() * ball_of(exponent)).exp()
    found = composed(_binomials(exponent, terms_needed(ratio)), ratio) * raised
    return Germ(tuple((each + lead * exponent, coefficient) for each, coefficient in found.terms), found.end + lead * exponent)


def _binomials(exponent: Fraction, count: int) -> list[arb]:
    """The first coefficients of (1 + z)**exponent."""
    found = [arb(1)]
    for index in range(1, count):
        found.append(found[-1] * ball_of((exponent - index + 1) / index))
    return found
