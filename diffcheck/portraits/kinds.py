"""What a place of a formula of one variable is: a pole, a jump, a border, a kink, or nothing at all.

An edge's words tell which operation is special there; whether the formula is, the oracle tells at exactly that number.
Most roots are no numbers of float64: there the formula and its derivative are looked at on both sides, ever nearer.
"""

from collections.abc import Sequence
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from diffcheck.dtypes import FORMATS
from diffcheck.errors import UndecidedError
from diffcheck.formula.targets import Target
from diffcheck.portraits.sitting import Sitting
from diffcheck.truth.limits import Limit
from diffcheck.truth.local import Truth
from diffcheck.truth.oracle import Oracle

Array = NDArray[np.float64]
DISTANCES = (2.0, 2.0**12, 2.0**22)
"""How far the neighbours of a place are from it, in ulps."""
SEEN = 1e-9
"""A step that is a smaller share of the numbers beside it is none."""
STAYS = 0.1
"""What bends or jumps is nearly as high from the nearest neighbours as from the farthest; what is smooth goes with them."""
GROWS = 0.9
"""What has a pole moves as much between the nearer two neighbours on a side as between the farther two, or more."""


def kinds_at(sitting: Sitting, places: Sequence[float], claims: Sequence[str]) -> list[str]:
    """The kind of each of ``places``, which edges take for ``claims``; empty where the formula is smooth, or not there at all.

    Where the oracle cannot settle it, the claim stands.
    """
    derivative = sitting.scene.margins.oracle.derivative
    oracle = Oracle(derivative, np.array(places, dtype=float)[:, None], FORMATS["float64"])
    around = _Around(sitting, places)
    found = []
    for index, claim in enumerate(claims):
        try:
            partial = oracle.truth(index, sitting.target)
            if partial.left is partial.right is None:  # the place itself is nothing special, or outside the domain
                found.append(around.kind(index, claim))
            elif partial.has_value:
                found.append(_kind_with_value(partial))
            else:
                found.append(_kind_without(oracle.truth(index, Target(sitting.target.entry))))
        except UndecidedError:
            found.append(claim)
    return found


def _kind_with_value(partial: Truth) -> str:
    """Of a place that has a value: the partial has sides there."""
    sides = [side for side in (partial.left, partial.right) if side is not None and (side.exists or side.open)]
    if not partial.continuous:
        return "jump"
    if len(sides) == 1:
        return "border"
    return "" if partial.ball is not None or not sides else "kink"


def _kind_without(value: Truth) -> str:
    """Of a place without a value, by what the value tends to on both sides."""
    sides: list[Limit] = [side for side in (value.left, value.right) if side is not None and side.exists]
    if any(side.infinite for side in sides):
        return "pole"
    if len(sides) < 2:
        return "border" if sides else ""
    left, right = (side.ball for side in sides)
    return "0/0" if left is not None and right is not None and left.overlaps(right) else "jump"


class _Around:
    """The formula and its partial at the neighbours of places, the nearest first: arrays (places, sides, neighbours)."""

    def __init__(self, sitting: Sitting, places: Sequence[float]) -> None:
        at = np.array(places, dtype=float)
        steps = np.spacing(np.maximum(abs(at), FORMATS["float64"].smallest_normal))[:, None, None] * np.array(DISTANCES)
        points = at[:, None, None] + steps * np.array([-1, 1])[:, None]
        oracle = Oracle(sitting.scene.margins.oracle.derivative, points.reshape(-1, 1), FORMATS["float64"])
        self.values, self.partials = (
            oracle.enclosures.high[:, oracle.column(target)].reshape(points.shape)
            for target in (Target(sitting.target.entry), sitting.target)
        )

    def kind(self, index: int, claim: str) -> str:
        """The kind of the place number ``index``; a quotient of zeros stays one though it is smooth beside it."""
        value = self.values[index]
        there = [bool(np.isfinite(side).all()) for side in value]
        if any(there[side] and _grows(value[side]) for side in (0, 1)):
            return "pole"
        if not all(there):
            return "border" if any(there) else ""
        if _steps(value):
            return "jump"
        partial = self.partials[index]
        if not np.isfinite(partial).all():
            return claim
        bends = _steps(partial) or any(map(_grows, partial))
        return "kink" if bends else claim if claim == "0/0" else ""


def _grows(side: Array) -> bool:
    """Numbers ever nearer to a place tend to no limit there."""
    near, far = abs(side[0] - side[1]), abs(side[1] - side[2])
    return bool(near > GROWS * far and near > SEEN * abs(side).max()) or not isfinite(near)


def _steps(sides: Array) -> bool:
    """The numbers on both sides of a place, shape (2, neighbours), tend to different limits.

    The place may lie half an ulp beside the root, so that the nearest are at different distances from it.
    """
    with np.errstate(over="ignore"):
        apart, moved = abs(sides[1] - sides[0]), abs(sides[:, 0] - sides[:, 1])
    return bool(apart[0] > moved.max() and apart[0] > STAYS * apart[-1] and apart[0] > SEEN * abs(sides).max())
