"""The three derivatives along one variable, through the worst point of a result."""

from math import isfinite

import numpy as np
from numpy.typing import NDArray

from diffcheck.dtypes import FORMATS
from diffcheck.errors import UndecidedError
from diffcheck.illustrations import Slice
from diffcheck.portraits.marks import marks_of
from diffcheck.portraits.sitting import Sitting
from diffcheck.program.gradient import Place, Request, differentiate, rounded_to
from diffcheck.truth.differences import differences
from diffcheck.truth.oracle import Oracle
from diffcheck.witness import integrand

Array = NDArray[np.float64]
MANY, FEW = 129, 33
"""How many places a slice has: of a program that takes many points at once, and of one that takes each by itself."""
WORK = 2_000_000
"""Formulas whose derivative has more operations, at all places together, have no slice."""
SPREAD = 64
"""Points whose largest is so many times beyond their middle one are spread over magnitudes: so are the places then."""


def slice_of(sitting: Sitting) -> Slice | None:
    """The partial as torch, the exact derivative and finite differences give it; None where there is no line to draw.

    Raises UnsupportedError where torch can run this only elsewhere.
    """
    scene, variable, worst = sitting.scene, sitting.variable, sitting.points[sitting.worst]
    alone = sitting.is_alone
    assert scene.mode is not None
    if alone and scene.mode.slow:
        return None  # a compiler would start anew at each place
    places = _places(sitting, MANY if scene.program.batched else FEW)
    if len(places) < 2 or len(places) * len(scene.margins.oracle.derivative.tape) > WORK:
        return None
    points = np.repeat(worst[None, :], len(places), axis=0)
    points[:, variable] = places
    marks, unmarked = marks_of(sitting, places)
    estimate = differences(integrand(scene.program, sitting.target), points, variable)
    return Slice(
        variable=sitting.names[variable],
        held={name: float(worst[number]) for number, name in enumerate(sitting.names) if number != variable},
        places=tuple(places.tolist()),
        automatic=_automatic(sitting, points, alone=alone),
        symbolic=_symbolic(sitting, points),
        numerical=tuple(None if each != each else each for each in estimate.value.tolist()),
        marks=marks,
        unmarked=unmarked,
    )


def _places(sitting: Sitting, count: int) -> Array:
    """Numbers of the dtype along the variable: over the range of the judged points, the worst one among them."""
    along, here = sitting.points[:, sitting.variable], sitting.points[sitting.worst, sitting.variable]
    low, high = float(along.min()), float(along.max())
    if low == high:
        width = abs(low) / 2 if abs(low) >= 2 else max(1.0, abs(low))
        places = _between(low - width, low + width, count)
    elif _is_spread(along):
        places = np.quantile(along, np.linspace(0, 1, count), method="nearest")
    else:
        places = _between(low, high, count)
    rounded = rounded_to(np.append(places, here), sitting.scene.place.dtype)
    return np.unique(rounded[np.isfinite(rounded)])


def _is_spread(along: Array) -> bool:
    """The points lie over many magnitudes, as logarithmic sampling and edges make them."""
    sizes = abs(along[along != 0])
    return len(sizes) > FEW and bool(sizes.max() > SPREAD * np.median(sizes))


def _between(low: float, high: float, count: int) -> Array:
    """As ``linspace``; halves, because the width of the widest range overflows."""
    shares = np.linspace(0, 1, count)
    return np.asarray(low * (1 - shares) + high * shares)


def _automatic(sitting: Sitting, points: Array, *, alone: bool) -> tuple[float | None, ...]:
    """What torch returns at ``points``, run as the worst point was; None for no gradient, or where it raised."""
    scene, target = sitting.scene, sitting.target
    assert scene.mode is not None
    place = Place(len(points) if alone else 0, scene.place.dtype, scene.place.device)
    answer = differentiate(scene.program, points, scene.mode, Request(scene.columns, target.order), place)
    number = scene.targets.index(target)
    nothing = [detached or index in answer.errors for index, detached in enumerate(answer.detached[:, number].tolist())]
    return tuple(None if none else each for none, each in zip(nothing, answer.numbers[:, number].tolist(), strict=True))


def _symbolic(sitting: Sitting, points: Array) -> tuple[float | None, ...]:
    """The exact derivative at ``points``, where it is one number."""
    oracle = Oracle(sitting.scene.margins.oracle.derivative, points, FORMATS["float64"])

    def exact(index: int) -> float | None:
        try:
            ball = oracle.truth(index, sitting.target).ball
        except UndecidedError:
            return None
        return float(ball) if ball is not None and isfinite(float(ball)) else None

    return tuple(map(exact, range(len(points))))
