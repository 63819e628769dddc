"""A parameter at one moment: what a step starts from, or ends in."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Moment:
    """One parameter before or after a step, its numbers flat."""

    values: Array
    """Shape (n,)."""
    grad: Array | None
    """Shape (n,); None where torch has none."""
    state: Mapping[str, Any] = field(default_factory=dict)
    """What the optimizer keeps, by torch's key: floats for 0-d tensors, arrays (n,) for others, whatever else as it is."""

    def with_state(self, state: Mapping[str, Any]) -> "Moment":
        """The same parameter with other state."""
        return replace(self, state=state)
