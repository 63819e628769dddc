"""The witness: finite differences of a program, extrapolated, with their own error estimate.

It never passes or fails anything; it tells who stands alone, and it abstains where it does not converge.
Source: Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", Advances in Engineering Software 4 (1982).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LADDER = 26
"""How many steps are tried at each point."""
RATIO = 2.0
COLUMNS = 6
"""How often neighbouring steps are extrapolated."""
TRUSTED = 1e-2
"""An estimate whose relative error is beyond this abstains."""


@dataclass(frozen=True)
class Estimate:
    """Numerical derivatives, shape (n,); NaN where the witness abstains."""

    value: Array
    error: Array
    """Its own estimate of the absolute error."""


def differences(function: Callable[[Array], Array], points: Array, variable: int) -> Estimate:
    """The partial by variable number ``variable`` at ``points`` (n, variables), all points and steps at once.

    ``function`` takes (m, variables) to (m,). Steps shrink by two from a quarter of |x| (of 1 near zero); those
    that leave the domain give NaN and fall out.
    """
    with np.errstate(all="ignore"):
        x = points[:, variable]
        scale = np.where(abs(x) > 2.0**-20, abs(x), 1.0) / 4
        steps = scale[:, None] * RATIO ** -np.arange(LADDER)[None, :]
        right, left = x[:, None] + steps, x[:, None] - steps
        values = [_at(function, points, variable, moved) for moved in (right, left)]
        central = (values[0] - values[1]) / (right - left)
        noise = 2.0**-52 * (abs(values[0]) + abs(values[1])) / (right - left)
        return _best(central, noise)


def _at(function: Callable[[Array], Array], points: Array, variable: int, moved: Array) -> Array:
    repeated = np.repeat(points, moved.shape[1], axis=0)
    repeated[:, variable] = moved.ravel()
    return function(repeated).reshape(moved.shape)


def _best(central: Array, noise: Array) -> Estimate:
    """The entry of the extrapolation table with the smallest error estimate, for each point."""
    size = len(central)
    value, error = np.full(size, np.nan), np.full(size, np.inf)
    column, scatter = central, noise
    for order in range(1, COLUMNS):
        factor = RATIO ** (2 * order)
        refined = (factor * column[:, 1:] - column[:, :-1]) / (factor - 1)
        spread = np.maximum(abs(refined - column[:, 1:]), abs(refined - column[:, :-1]))
        scatter = (factor * scatter[:, 1:] + scatter[:, :-1]) / (factor - 1)
        doubt = np.where(np.isfinite(spread + scatter), spread + scatter, np.inf)
        place = np.argmin(doubt, axis=1)
        found, doubts = refined[np.arange(size), place], doubt[np.arange(size), place]
        better = doubts < error
        value, error = np.where(better, found, value), np.where(better, doubts, error)
        column = refined
    trusted = error <= np.maximum(TRUSTED * abs(value), 1e-300)
    return Estimate(np.where(trusted, value, np.nan), np.where(trusted, error, np.inf))
