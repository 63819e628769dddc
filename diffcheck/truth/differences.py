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
FLAT = 2.0**-30
"""A slope below this, beside the function's own size, is as good as zero."""
TAIL = 8
"""So many of the smallest steps show nothing but noise."""
SAFETY = 2.0
"""The error estimate is a guess of a size, this many times over."""


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
        moved = x[:, None] + steps, x[:, None] - steps, x[:, None]
        right, left, middle = (_at(function, points, variable, each) for each in moved)
        width = moved[0] - moved[1]
        central = (right - left) / width
        noise = _noise(right, left, central, width)
        estimate = _best(central, noise, abs(middle[:, 0]) / scale)
        silent = _has_kink((right - middle) / (moved[0] - moved[2]), (middle - left) / (moved[2] - moved[1]), noise)
        silent |= _strays(estimate, central, noise) | ~np.isfinite(middle[:, 0])
        return Estimate(np.where(silent, np.nan, estimate.value), np.where(silent, np.inf, estimate.error))


def _noise(right: Array, left: Array, central: Array, width: Array) -> Array:
    """How far rounding may move each central difference.

    The result's own rounding at least; where the program cancels inside, what the smallest steps show, after
    Moré and Wild, "Estimating derivatives of noisy simulations", ACM Transactions on Mathematical Software 38 (2012).
    """
    own = 2.0**-52 * (abs(right) + abs(left))
    shown = abs(np.diff(central[:, -TAIL:], axis=1)) * width[:, -TAIL + 1 :]
    noise: Array = np.fmax(own, np.nanmax(shown, axis=1, initial=0.0)[:, None]) / width
    return noise


def _has_kink(forward: Array, backward: Array, noise: Array) -> NDArray[np.bool_]:
    """The slopes of both sides differ, and go on to differ as the steps shrink.

    Central differences converge at a kink, to the middle of the two derivatives.
    """
    apart = abs(forward - backward)
    return (apart[:, -1] > 8 * noise[:, -1]) & (apart[:, -1] > apart[:, -1 - TAIL] / 2)


def _at(function: Callable[[Array], Array], points: Array, variable: int, moved: Array) -> Array:
    repeated = np.repeat(points, moved.shape[1], axis=0)
    repeated[:, variable] = moved.ravel()
    return function(repeated).reshape(moved.shape)


def _strays(estimate: Estimate, central: Array, noise: Array) -> NDArray[np.bool_]:
    """The smallest steps all say something else: what converged was an accident of the larger ones."""
    off = abs(central[:, -TAIL:] - estimate.value[:, None])
    strays: NDArray[np.bool_] = np.all(off > 8 * (noise[:, -TAIL:] + estimate.error[:, None]), axis=1)
    return strays


def _best(central: Array, noise: Array, slope: Array) -> Estimate:
    """The entry of the extrapolation table with the smallest error estimate, for each point.

    It is trusted where that is small beside the value, or beside ``slope``, of a function of this size here.
    """
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
    trusted = error <= np.maximum(TRUSTED * np.maximum(abs(value), FLAT * slope), 1e-300)
    return Estimate(np.where(trusted, value, np.nan), np.where(trusted, SAFETY * error, np.inf))
