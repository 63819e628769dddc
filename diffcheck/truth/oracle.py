"""The oracle of one formula in one dtype: what is true of its value and its partials at each point.

All points are enclosed at once when it is asked first; what is special about a point is settled when asked.
"""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from diffcheck.dtypes import Format
from diffcheck.formula.targets import Target
from diffcheck.truth.derivative import Derivative
from diffcheck.truth.enclosure import Enclosures, enclose
from diffcheck.truth.local import Truth, truth_at

Array = NDArray[np.float64]
BITS = 256
"""Working bits for distances between enclosures."""


class Oracle:
    """What is true of a formula's targets at ``points`` (n, variables), numbers of ``form``."""

    def __init__(self, derivative: Derivative, points: Array, form: Format) -> None:
        self.derivative = derivative
        self.points = points
        self.form = form
        self._truths: dict[tuple[int, Target], Truth] = {}

    @cached_property
    def enclosures(self) -> Enclosures:
        """Balls for every point and every output of the derivative's tape."""
        return enclose(self.derivative.tape, self.points, self.form)

    def column(self, target: Target) -> int:
        """Which of the enclosures' outputs ``target`` is."""
        return self.derivative.places[target]

    def truth(self, index: int, target: Target) -> Truth:
        """What is true of ``target`` at point ``index``; raises UndecidedError where it cannot be settled."""
        key = (index, target)
        if key not in self._truths:
            balls = self.enclosures.balls[index]
            self._truths[key] = truth_at(self.derivative, self.points[index].tolist(), target, balls, self.form)
        return self._truths[key]
