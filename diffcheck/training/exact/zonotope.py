"""How far a run's numbers may have drifted: a zonotope, the set of all sums of generators by factors in [-1, 1].

A step maps it by its Jacobian and adds what it rounds itself. Unlike boxes it does not grow where errors shrink or
cancel. Source: Kühn, "Rigorously computed orbits of dynamical systems without the wrapping effect", Computing 61
(1998); reduction: Girard, "Reachability of uncertain linear systems using zonotopes", HSCC 2005.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MOST = 20
"""Generators for each number; beyond, the smallest ones become a box."""
SLIGHTLY = 1 + 1e-9
"""What the generators' own doubles round."""
LOST = 1e-13
"""What a sum of a few hundred doubles may lose, as a share of the sizes of its terms."""


@dataclass(frozen=True)
class Zonotope:
    """The drift of ``n`` numbers from their exact values."""

    generators: Array
    """Shape (n, generators)."""

    @classmethod
    def none(cls, size: int) -> "Zonotope":
        """No drift at all."""
        return cls(np.zeros((size, 0)))

    def moved(self, rows: Mapping[int, Array], radii: Array) -> "Zonotope":
        """After a step whose Jacobian has these ``rows``, (n,) at most, and elsewhere those of the identity.

        Each number may be off what that makes of it by at most ``radii`` (n,).
        """
        carried, lost = self.generators.copy(), np.zeros(len(self.generators))
        with np.errstate(all="ignore"):
            for row, slopes in rows.items():
                moving = np.flatnonzero(slopes)  # few: an element moves with its own numbers
                carried[row] = slopes[moving] @ self.generators[moving]
                lost[row] = abs(slopes[moving]) @ self.sizes[moving] * LOST
        radii = radii + lost
        rounding = np.diag(radii)[:, radii != 0]
        return Zonotope(_reduced(np.hstack([carried, rounding])))

    def reach(self, middle: Array, radius: Array) -> float:
        """The largest drift of a number whose slopes by these (n,) lie within ``radius`` of ``middle``."""
        with np.errstate(all="ignore"):
            wandering = np.where(radius == 0, 0.0, radius * self.radii[: len(radius)]).sum()
            known = self.generators[: len(middle)]
            lost = (abs(middle) @ self.sizes[: len(middle)]) * LOST  # sums of terms that cancel are that good
            return float(np.abs(middle @ known).sum() + wandering + lost) * SLIGHTLY

    @cached_property
    def sizes(self) -> Array:
        """Shape (n,): the sums of each row's generators' sizes."""
        return np.asarray(np.abs(self.generators).sum(axis=1))

    @cached_property
    def radii(self) -> Array:
        """Shape (n,): the largest drift of each number."""
        with np.errstate(all="ignore"):
            return np.asarray(self.sizes * SLIGHTLY)


def _reduced(generators: Array) -> Array:
    size, count = generators.shape
    if count <= MOST * size or not np.isfinite(generators).all():
        return generators
    order = np.argsort(np.abs(generators).sum(axis=0))
    boxed, kept = order[: count - (MOST - 1) * size // 2], order[count - (MOST - 1) * size // 2 :]
    box = np.abs(generators[:, boxed]).sum(axis=1)
    return np.hstack([generators[:, kept], np.diag(box)[:, box != 0]])
