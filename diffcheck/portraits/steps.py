"""The V-curve: how far central differences of a program are off the exact derivative, step by step, and gradcheck's word."""

from math import inf, isfinite

import numpy as np
from flint import arb
from numpy.typing import NDArray

from diffcheck.dtypes import FORMATS
from diffcheck.illustrations import Steps
from diffcheck.portraits.gradcheck import word_of_gradcheck
from diffcheck.portraits.sitting import Sitting
from diffcheck.program.gradient import Place, Request, differentiate, evaluate
from diffcheck.program.modes import MODES
from diffcheck.truth.balls import precision
from diffcheck.truth.oracle import BITS, Oracle

Array = NDArray[np.float64]
EXPONENTS = range(-50, 0)
"""Steps are these powers of two, times the point's own size where that is beyond 1."""
EPS, ATOL, RTOL = 1e-6, 1e-5, 1e-3
"""The defaults of ``torch.autograd.gradcheck``."""
NONE = "returns no gradient"
TINY = FORMATS["float64"].tiny


def steps_of(sitting: Sitting) -> Steps | None:
    """The V-curve at the worst point, all in float64; None where the exact derivative is no number there.

    Raises UndecidedError where the exact derivative cannot be settled, UnsupportedError where torch cannot run this.
    """
    scene, variable = sitting.scene, sitting.variable
    point = sitting.points[sitting.worst : sitting.worst + 1]
    ball = Oracle(scene.margins.oracle.derivative, point, FORMATS["float64"]).truth(0, sitting.target).ball
    if ball is None or not isfinite(float(ball)):
        return None
    steps = np.array([2.0**exponent for exponent in EXPONENTS]) * max(abs(float(point[0, variable])), 1.0)
    slopes = _central(sitting, point, steps, alone=sitting.is_alone)
    numerical = float(_central(sitting, point, np.array([EPS]), alone=True)[0])
    gradient, without = _torchs(sitting, point)
    compared = 0.0 if without == NONE else gradient  # gradcheck takes zeros where there is no gradient
    return Steps(
        variable=sitting.names[variable],
        point=dict(zip(sitting.names, point[0].tolist(), strict=True)),
        steps=tuple(steps.tolist()),
        errors=tuple(_distance(each, ball) for each in slopes.tolist()),
        exact=_away_from_zero(ball),
        gradcheck=word_of_gradcheck(scene.program, point[0], scene.columns, scene.place.device),
        gradcheck_step=EPS,
        gradcheck_error=None if compared is None else _finite(abs(numerical - compared)),
        gradcheck_allows=ATOL + RTOL * abs(numerical) if isfinite(numerical) else 0.0,
        torch_error=None if gradient is None else _distance(gradient, ball),
        torch_without=without,
        alone=not sitting.is_alone,
    )


def _central(sitting: Sitting, point: Array, steps: Array, *, alone: bool) -> Array:
    """(f(x + h) - f(x - h))/(2h) for each step h, as gradcheck takes it; each point by itself, or all in one run."""
    moved = np.repeat(point, 2 * len(steps), axis=0)
    moved[: len(steps), sitting.variable] += steps
    moved[len(steps) :, sitting.variable] -= steps
    place = Place(len(moved) if alone else 0, "float64", sitting.scene.place.device)
    values = evaluate(sitting.scene.program, moved, place).numbers[:, sitting.target.entry]
    with np.errstate(all="ignore"):
        return np.asarray((values[: len(steps)] - values[len(steps) :]) / (2 * steps))


def _torchs(sitting: Sitting, point: Array) -> tuple[float | None, str]:
    """What backward returns for the point by itself; where that is no finite number None, and why, in a word or two."""
    request = Request(sitting.scene.columns, 1)
    place = Place(1, "float64", sitting.scene.place.device)
    answer = differentiate(sitting.scene.program, point, MODES["reverse"], request, place)
    if answer.errors:
        return None, f"raised {answer.errors[0].partition(':')[0]}"
    number = sitting.scene.targets.index(sitting.target)
    if answer.detached[0, number]:
        return None, NONE
    found = float(answer.numbers[0, number])
    return (found, "") if isfinite(found) else (None, "returns NaN" if found != found else "is infinite")


def _distance(number: float, exact: arb) -> float | None:
    """How far a number is off the exact one; None where it is none."""
    if not isfinite(number):
        return None
    with precision(BITS):
        off = arb(number) - exact.mid()
        return _finite(abs(_away_from_zero(off)))


def _away_from_zero(ball: arb) -> float:
    """The nearest double; the least one of its sign for what is nearer to zero, but not zero."""
    found = float(ball) + 0.0
    return found if found or ball.contains(0) else TINY if ball > 0 else -TINY


def _finite(number: float) -> float | None:
    return number if abs(number) < inf else None
