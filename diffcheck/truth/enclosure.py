"""Enclosures: balls proved to hold the exact value and partials at floating-point points."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from diffcheck.dtypes import Format
from diffcheck.formula.operations import Tape
from diffcheck.truth.balls import as_ball, compile_balls, precision

Array = NDArray[np.float64]
NARROW_BITS = 10
"""A ball is narrow when its relative radius is below 2**-NARROW_BITS of the dtype's unit roundoff."""
START_BITS = 24
"""Working bits beyond the dtype's own for the first attempt."""
MAX_BITS = 2**14


@dataclass(frozen=True)
class Enclosures:
    """For each of ``n`` points and each output of a tape, a ball and its midpoint as two doubles."""

    balls: NDArray[np.object_]
    """Shape (n, outputs). An array, since Python's garbage collector walks through lists again and again."""
    high: Array
    """Shape (n, outputs): the midpoint's nearest double."""
    low: Array
    """Shape (n, outputs): what the nearest double leaves."""
    narrow: NDArray[np.bool_]
    """Shape (n, outputs): finite and narrow; where False the ball is NaN, infinite, or did not narrow."""


@lru_cache(maxsize=1024)
def ball_function(tape: Tape) -> Any:
    """The tape as a function of balls."""
    return compile_balls(tape)


def enclose(tape: Tape, points: Array, form: Format) -> Enclosures:
    """Balls for every output of ``tape`` at ``points`` (n, variables), narrower than 2**-10 ulp of ``form``.

    Precision is doubled until the ball is narrow enough (Ziv's strategy); at zero an absolute floor of 2**-10 of
    the smallest subnormal ends it. The quick first attempt serves most points; the others are raised one by one.
    """
    function = ball_function(tape)
    need = form.bits + NARROW_BITS
    width = len(tape.outputs)
    single = width == 1
    size = len(points)
    found = np.empty((size, width), dtype=object)
    late: list[int] = []
    with precision(form.bits + START_BITS):
        for index, point in enumerate(zip(*(column.tolist() for column in points.T), strict=True)):
            balls = function(*map(arb, point))
            balls = (balls,) if single else balls
            for ball in balls:
                if ball.rel_accuracy_bits() < need:
                    late.append(index)
                    break
            found[index] = balls
    narrow = np.ones((size, width), dtype=bool)
    for index in late:
        found[index] = [as_ball(ball) for ball in raised(function, points[index].tolist(), found[index], form)]
        narrow[index] = [is_narrow(ball, form) for ball in found[index]]
    flat = found.ravel()
    high = np.array([float(ball) for ball in flat], dtype=float)
    low = np.array([float(ball - middle) for ball, middle in zip(flat, high.tolist(), strict=True)], dtype=float)
    return Enclosures(found, high.reshape(size, width), low.reshape(size, width), narrow)


def raised(function: Any, point: Sequence[Any], balls: Sequence[Any], form: Format, limit: int = MAX_BITS) -> list[arb]:
    """The outputs at one point with precision doubled until all are narrow, or ``limit`` bits were tried."""
    bits = 2 * (form.bits + START_BITS)
    best = list(balls)
    while not all(is_narrow(ball, form) for ball in best) and bits <= limit:
        with precision(bits):
            result = function(*map(as_ball, point))
        best = list(result) if isinstance(result, list | tuple) else [result]
        if bits >= 4 * form.bits + 1200 and any(not as_ball(ball).is_finite() for ball in best):
            break  # NaN at thousands of bits is a singularity: more bits do not mend it
        bits *= 2
    return best


def is_narrow(ball: Any, form: Format) -> bool:
    """Finite, and narrow for ``form`` relatively or below its absolute floor."""
    ball = as_ball(ball)
    if not ball.is_finite():
        return False
    if ball.rel_accuracy_bits() >= form.bits + NARROW_BITS:
        return True
    return bool(abs(ball) < _floor(form))


@lru_cache(maxsize=8)
def _floor(form: Format) -> arb:
    with precision(64):
        return arb(2) ** (form.min_exponent - NARROW_BITS)
