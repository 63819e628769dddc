"""Who sits for a portrait: one number that torch returned in one mode, at all its points, with what is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diffcheck.findings import Column
from diffcheck.formula.targets import Target
from diffcheck.program.gradient import Place
from diffcheck.program.modes import Mode
from diffcheck.program.program import Program
from diffcheck.results import Result
from diffcheck.truth.margins import Margins

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scene:
    """What the results of one mode, in one dtype on one device, have in common."""

    program: Program
    answers: tuple[Column, ...]
    """What torch said at all points, and the judgements on it: one for each of ``targets``."""
    margins: Margins
    mode: Mode | None
    """None for the value."""
    columns: tuple[int, ...]
    """The variables that torch was asked to differentiate by."""
    place: Place
    targets: Sequence[Target]


@dataclass(frozen=True)
class Sitting:
    """One result, with the scene that it is part of."""

    result: Result
    target: Target
    scene: Scene

    @property
    def points(self) -> Array:
        """Shape (n, variables)."""
        return self.scene.margins.oracle.points

    @property
    def names(self) -> tuple[str, ...]:
        """The variables, such as ``x`` or ``w[0]``."""
        return self.scene.margins.oracle.derivative.formula.variables

    @property
    def column(self) -> Column:
        """What torch returned for it."""
        return self.scene.answers[self.scene.targets.index(self.target)]

    @property
    def worst(self) -> int:
        """The number of its worst point; zeros of either sign are told apart, as they may be judged differently."""
        assert self.result.worst is not None
        point = np.array([self.result.worst.point[name] for name in self.names])
        same = (self.points == point) & (np.signbit(self.points) == np.signbit(point))
        return int(np.argmax(same.all(axis=1)))

    @property
    def is_alone(self) -> bool:
        """Its worst point was run by itself; not in one run with others."""
        return self.worst < self.scene.place.singles or not self.scene.program.batched

    @property
    def variable(self) -> int:
        """The number of the variable that pictures are drawn along.

        The one that a partial is by, the last of several; for a value the first that is not the same everywhere.
        """
        if self.target.order:
            return self.target.columns[-1]
        moving = (self.points != self.points[:1]).any(axis=0)
        return int(np.argmax(moving))
