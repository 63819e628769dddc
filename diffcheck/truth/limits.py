"""One-sided limits of the value and the partials, along a coordinate, from balls ever nearer to a point.

A limit is read off at distances of 2**-256, 2**-1024 and 2**-4096: what still moves there by less than 2**-40 has
converged, what grows has an infinite limit, anything else is undecided. Where the formula is continuous and its
derivative has a limit, that limit is the one-sided derivative (by the mean value theorem); where it has none, the
secants may still converge. This is what is left to do where no germ proves the limits (truth/sides.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flint import arb

from diffcheck.dtypes import FORMATS
from diffcheck.truth.balls import SIGNS, as_ball, precision
from diffcheck.truth.enclosure import raised

DISTANCES = (256, 1024, 4096)
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
    proved: bool = False
    """By a germ; not extrapolated from values."""


def one_sided(function: Any, point: Sequence[float], variable: int, side: int) -> list[Limit]:
    """The limits of both outputs of ``function`` as variable number ``variable`` tends to ``point`` from ``side``.

    The first output is a value, the second its partial by that variable. Where the partial tells no limit, as that of
    ``x**2*sin(1/x)`` at 0, the secants of the value may tell the one-sided derivative.
    """
    steps = [side * _scale(point[variable]) * arb(2) ** -distance for distance in DISTANCES]
    rows = [_near(function, point, variable, step, 2 * distance + 512) for step, distance in zip(steps, DISTANCES, strict=True)]
    values = [row[0] for row in rows]
    if not values[-1].is_finite():
        return [Limit(exists=False) for _ in rows[0]]
    limits = [_limit([row[output] for row in rows]) for output in range(len(rows[0]))]
    if all(value.is_finite() for value in values):
        limits[1] = _checked(limits[1], limits[0], _secants(values, steps))
    return limits


def _scale(coordinate: float) -> arb:
    return arb(max(1.0, abs(coordinate)))


def _near(function: Any, point: Sequence[float], variable: int, step: arb, bits: int) -> list[arb]:
    """Every output at ``step`` from the point."""
    with precision(bits):
        moved: list[Any] = [arb(value) for value in point]
        moved[variable] = moved[variable] + step
        result = function(*moved)
    balls = list(result) if isinstance(result, list | tuple) else [result]
    return [as_ball(each) for each in raised(function, moved, balls, FORMATS["float64"], limit=4 * bits)]


def _limit(sequence: list[arb]) -> Limit:
    far, middle, near = sequence
    if not near.is_finite():
        return Limit(exists=False)
    if not middle.is_finite() or not far.is_finite():
        return Limit(exists=False, open=True)
    with precision(4096):
        first, second = abs(middle - far), abs(near - middle)
        if _has_converged(near, second):
            return Limit(ball=_around(near, first, second))
        growing = abs(near) > abs(middle) and abs(middle) > abs(far)
        if growing and second > first and second > 1:
            return Limit(infinite=1 if near > 0 else -1)
    return Limit(exists=False, open=True)


def _has_converged(near: arb, moved: arb) -> bool:
    scale = abs(near) if abs(near) > 1 else arb(1)
    return bool(moved < scale * arb(2) ** -CONVERGED_BITS)


def _around(near: arb, first: arb, second: arb) -> arb:
    """A ball around the limit of what moved by ``first``, then by ``second``, and goes on as it began.

    Not proved, as no finite number of values proves a limit: what is left is taken to shrink at least as much again.
    """
    shrinks = second.upper() / first.lower() if first > second else arb(1)
    ball: arb = near + SIGNS * (second * shrinks).upper()
    return ball


def _secants(values: list[arb], steps: list[arb]) -> tuple[arb, arb]:
    """The value's slopes between the neighbouring distances."""
    with precision(8192):
        slopes = [
            (values[index] - values[index + 1]) / (steps[index] - steps[index + 1]) for index in range(len(values) - 1)
        ]
    return slopes[0], slopes[1]


def _checked(partial: Limit, value: Limit, secants: tuple[arb, arb]) -> Limit:
    """The one-sided derivative by the partial's limit, where the secants do not contradict it, else by the secants."""
    far, near = secants
    with precision(4096):
        moved = abs(near - far)
        if partial.infinite:
            grows = abs(near) > 2 * abs(far) and near * partial.infinite > 1
            return partial if grows or value.ball is None else Limit(exists=False, open=True)
        if partial.ball is None and near.is_finite() and far.is_finite() and _has_converged(near, moved):
            return Limit(ball=_around(near, arb(1), moved))
    return partial if partial.ball is not None else Limit(exists=False, open=True)
