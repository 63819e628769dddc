"""The V-curve: how far central differences of a program are off the exact derivative, step by step, and gradcheck's word."""

from math import inf, isfinite

import numpy as np
from flint import arb
from numpy.typing import NDArray

from diffcheck.dtypes import FORMATS
from diffcheck.illustrations import Steps
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
    slopes = _central(sitting, point, steps, singles=0)
    numerical = float(_central(sitting, point, np.array([EPS]), singles=2)[0])
    torchs, unattached = _torchs(sitting, point)
    refused = unattached and numerical != 0  # gradcheck asks for exact zeros of what no gradient leads to
    return Steps(
        variable=sitting.names[variable],
        point=dict(zip(sitting.names, point[0].tolist(), strict=True)),
        steps=tuple(steps.tolist()),
        errors=tuple(_distance(each, ball) for each in slopes.tolist()),
        exact=float(ball),
        gradcheck_step=EPS,
        gradcheck_error=None if torchs is None or refused else _finite(abs(numerical - torchs)),
        gradcheck_allows=ATOL + RTOL * abs(numerical) if isfinite(numerical) else 0.0,
        torch_error=None if torchs is None or unattached else _distance(torchs, ball),
    )


def _central(sitting: Sitting, point: Array, steps: Array, *, singles: int) -> Array:
    """(f(x + h) - f(x - h))/(2h) for each step h, as gradcheck takes it; the first ``singles`` points by themselves."""
    moved = np.repeat(point, 2 * len(steps), axis=0)
    moved[: len(steps), sitting.variable] += steps
    moved[len(steps) :, sitting.variable] -= steps
    place = Place(singles, "float64", sitting.scene.place.device)
    values = evaluate(sitting.scene.program, moved, place).numbers[:, sitting.target.entry]
    with np.errstate(all="ignore"):
        return np.asarray((values[: len(steps)] - values[len(steps) :]) / (2 * steps))


def _torchs(sitting: Sitting, point: Array) -> tuple[float | None, bool]:
    """What gradcheck compares with: backward's number, 0 for no gradient; and whether no gradient leads anywhere at all."""
    request = Request(sitting.scene.columns, 1)
    place = Place(1, "float64", sitting.scene.place.device)
    answer = differentiate(sitting.scene.program, point, MODES["reverse"], request, place)
    if answer.errors:
        return None, False
    number = sitting.scene.targets.index(sitting.target)
    if answer.detached[0, number]:
        return 0.0, bool(answer.detached.all())
    return _finite(float(answer.numbers[0, number])), False


def _distance(number: float, exact: arb) -> float | None:
    """How far a number is off the exact one; None where it is none."""
    if not isfinite(number):
        return None
    with precision(BITS):
        return _finite(float(abs(arb(number) - exact.mid())))


def _finite(number: float) -> float | None:
    return number if abs(number) < inf else None
