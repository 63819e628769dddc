"""Central differences of five points with a step that fits the function, as ChainRulesTestUtils takes them.

Written out anew from the description of FiniteDifferences.jl, ``central_fdm(5, 1; max_range=1e-2)``: the step minimises
an upper bound of rounding and truncation, where the fifth derivative around the point is itself estimated by seven points.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import factorial
from typing import Any

import numpy as np
import sympy

CONDITION = 10.0
"""What a derivative of high order is taken for where nothing is known of it."""
RANGE = 1e-2
"""The function is asked no further from the point."""


def coefficients(grid: tuple[int, ...], order: int) -> np.ndarray:
    """The weights of a function's values on ``grid`` that make its derivative of ``order``."""
    size = len(grid)
    matrix = sympy.Matrix(size, size, lambda power, place: sympy.Integer(grid[place]) ** power)
    wanted = sympy.Matrix([factorial(order) if power == order else 0 for power in range(size)])
    return np.array(matrix.LUsolve(wanted).tolist(), dtype=float).ravel()


@dataclass(frozen=True)
class Method:
    """A derivative of ``order`` from values on ``grid``."""

    grid: tuple[int, ...]
    order: int

    @cached_property
    def weights(self) -> np.ndarray:
        return coefficients(self.grid, self.order)

    @cached_property
    def around(self) -> list[np.ndarray]:
        """The weights for the derivative at the point and at its neighbours on the grid."""
        return [coefficients(tuple(each + moved for each in self.grid), self.order) for moved in (-1, 0, 1)]

    def step(self, derivative: float, rounding: float) -> float:
        """The best step where the next derivative is this large, and a value rounds by so much."""
        size = len(self.grid)
        truncated = derivative * np.sum(abs(self.weights * np.array(self.grid, dtype=float) ** size)) / factorial(size)
        rounded = rounding * np.sum(abs(self.weights))
        return float((self.order / (size - self.order) * rounded / truncated) ** (1 / size))

    def limited(self, step: float, kind: Any) -> float:
        """At most the range, and a thousand default steps."""
        return min(step, RANGE / max(map(abs, self.grid)), 1000 * self.default(kind))

    def default(self, kind: Any) -> float:
        return self.step(CONDITION, float(np.finfo(kind).eps))

    def values(self, function: Callable[[Any], Any], x: Any, step: float) -> np.ndarray:
        kind = type(x)
        return np.array([function(x + kind(step) * kind(each)) for each in self.grid], dtype=kind)


FIRST, FIFTH = Method((-2, -1, 0, 1, 2), 1), Method((-3, -2, -1, 0, 1, 2, 3), 5)


def derivative(function: Callable[[Any], Any], x: Any) -> float:
    """The estimate at ``x``, a NumPy scalar, in the arithmetic of its dtype."""
    kind = type(x)
    wide = FIFTH.limited(FIFTH.default(kind), kind)
    values = FIFTH.values(function, x, wide)
    fifth = max(abs(float(np.sum(values * weights.astype(kind)))) / wide**FIFTH.order for weights in FIFTH.around)
    largest = float(np.max(abs(values)))
    unknown = fifth == 0 or largest == 0
    step = FIRST.default(kind) if unknown else FIRST.step(fifth, float(np.spacing(kind(largest))))
    step = FIRST.limited(step, kind)
    return float(np.sum(FIRST.values(function, x, step) * FIRST.weights.astype(kind)) / kind(step))
