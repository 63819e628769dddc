"""A parameter at one moment: what a step starts from, or ends in."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Call:
    """What one call of a closure saw, and what it returned."""

    values: Array
    """Shape (n,): the parameters."""
    loss: float
    grad: Array
    """Shape (n,)."""


@dataclass(frozen=True)
class Sparse:
    """A sparse gradient as it came: numbers at one position are to be summed, positions without a number do not move."""

    positions: NDArray[np.int64]
    """Shape (k,): the places of the numbers in the flat parameter."""
    parts: Array
    """Shape (k,)."""


@dataclass(frozen=True)
class Moment:
    """One parameter before or after a step, its numbers flat."""

    values: Array
    """Shape (n,)."""
    grad: Array | None
    """Shape (n,); None where torch has none."""
    state: Mapping[str, Any] = field(default_factory=dict)
    """What the optimizer keeps, by torch's key: floats for 0-d tensors, arrays (n,) for others, whatever else as it is."""
    shape: tuple[int, ...] = ()
    """The parameter's own."""
    sparse: Sparse | None = None
    """The gradient once more, where it is sparse."""
    calls: tuple[Call, ...] = ()
    """The closure's calls during the step, for an optimizer that calls it more than once."""

    def with_state(self, state: Mapping[str, Any]) -> "Moment":
        """The same parameter with other state."""
        return replace(self, state=state)
