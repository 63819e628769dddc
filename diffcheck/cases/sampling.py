"""The points of a case: those it names, and those it samples."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from diffcheck.cases.case import Case, Range
from diffcheck.errors import SettingError

Array = NDArray[np.float64]
MAX_ROUNDS = 200
"""How often points that miss the condition are drawn again."""


def named_points(case: Case, variables: tuple[str, ...]) -> Array:
    """The points of ``at``, shape (n, variables)."""
    return np.array([[point[name] for name in variables] for point in case.at], dtype=float).reshape(len(case.at), len(variables))


def sampled_points(case: Case, variables: tuple[str, ...], condition: Callable[[Array], NDArray[np.bool_]] | None) -> Array:
    """``case.points`` points drawn from its ranges by its seed, shape (n, variables), all meeting ``condition``.

    The same seed gives the same points. Raises SettingError where next to no points meet the condition.
    """
    if not case.sample:
        return np.empty((0, len(variables)))
    generator = np.random.default_rng(case.seed)
    found: list[Array] = []
    missing = case.points
    for _ in range(MAX_ROUNDS):
        drawn = _draw(generator, case.sample, variables, case.spacing, max(missing, 64))
        if condition is not None:
            drawn = drawn[condition(drawn)]
        found.append(drawn[:missing])
        missing -= len(found[-1])
        if missing == 0:
            return np.concatenate(found)
    raise SettingError(f"of {MAX_ROUNDS * 64:,} and more points drawn from `sample`, too few meet `{case.where}`", "where")


def _draw(
    generator: np.random.Generator, ranges: Mapping[str, Range], variables: tuple[str, ...], spacing: str, size: int
) -> Array:
    columns = [_SPACINGS[spacing](generator, ranges[name], size) for name in variables]
    return np.stack(columns, axis=1)


def _uniform(generator: np.random.Generator, bounds: Range, size: int) -> Array:
    share = generator.random(size)
    # Halves, because the width of the widest range overflows.
    return np.clip(2 * (bounds.low / 2 + share * (bounds.high / 2 - bounds.low / 2)), bounds.low, bounds.high)


def _logarithmic(generator: np.random.Generator, bounds: Range, size: int) -> Array:
    """Magnitudes spread evenly over their exponents; a range across zero gets both signs, down to 2**-40 of its end."""
    largest = max(abs(bounds.low), abs(bounds.high))
    if largest == 0:
        return np.zeros(size)
    crosses = bounds.low <= 0 <= bounds.high
    smallest = largest * 2.0**-40 if crosses else min(abs(bounds.low), abs(bounds.high))
    magnitudes = np.exp(generator.uniform(np.log(smallest), np.log(largest), size))
    # Halves, because the width of the widest range overflows.
    signs = np.where(generator.random(size) * (bounds.high / 2 - bounds.low / 2) < bounds.high / 2, 1.0, -1.0)
    signs = np.full(size, 1.0) if bounds.low >= 0 else np.full(size, -1.0) if bounds.high <= 0 else signs
    points: Array = np.clip(signs * magnitudes, bounds.low, bounds.high)
    return points


_SPACINGS = {"uniform": _uniform, "log": _logarithmic}
