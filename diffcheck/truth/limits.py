"""One-sided limits of the value and the partials, along a coordinate, from balls ever nearer to a point.

A limit is read off at distances of 2**-128, 2**-512 and 2**-2048: what still moves there by less than 2**-40 has
converged, what grows has an infinite limit, anything else is undecided. Where the formula is continuous and its
derivative has a limit, that limit is the one-sided derivative (by the mean value theorem).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flint import arb

from diffcheck.dtypes import FORMATS
from diffcheck.truth.balls import precision
from diffcheck.truth.enclosure import raised

DISTANCES = (128, 512, 2048)
CONVERGED_BITS = 40


@dataclass(frozen=True)
class Limit:
    """A one-sided limit: a ball, an infinity, nothing (no real values on that side), or open."""

    ball: arb | None = None
    infinite: int = 0
    """1 or -1 for an infinite limit."""
    exists: bool = True
    """False where there is no limit to be had: no real values on that side, or no convergence."""
    open: bool = False
    """There are values, but they do not tell a limit."""


def one_sided(function: Any, point: Sequence[float], variable: int, side: int) -> list[Limit]:
    """The limit of each output of ``function`` as variable number ``variable`` tends to ``point`` from ``side``."""
    rows = [_near(function, point, variable, side, distance) for distance in DISTANCES]
    return [_limit([row[output] for row in rows]) for output in range(len(rows[0]))]


def _near(function: Any, point: Sequence[float], variable: int, side: int, distance: int) -> list[arb]:
    bits = 2 * distance + 512
    with precision(bits):
        moved: list[Any] = [arb(value) for value in point]
        scale = max(1.0, abs(point[variable]))
        moved[variable] = moved[variable] + side * arb(scale) * arb(2) ** -distance
        result = function(*moved)
    balls = list(result) if isinstance(result, list | tuple) else [result]
    return raised(function, moved, balls, FORMATS["float64"], limit=4 * bits)


def _limit(sequence: list[arb]) -> Limit:
    far, middle, near = sequence
    if not near.is_finite():
        return Limit(exists=False)
    if not middle.is_finite() or not far.is_finite():
        return Limit(exists=False, open=True)
    with precision(4096):
        first, second = abs(middle - far), abs(near - middle)
        scale = abs(near) if abs(near) > 1 else arb(1)
        if second < scale * arb(2) ** -CONVERGED_BITS:
            return Limit(ball=near.union(middle) if second > 0 else near)
        growing = abs(near) > abs(middle) and abs(middle) > abs(far)
        if growing and second > first and second > 1:
            return Limit(infinite=1 if near > 0 else -1)
    return Limit(exists=False, open=True)
