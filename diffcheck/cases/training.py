"""A training run as a case asks for it: where it starts, what it sees, and how it moves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from diffcheck.cases.shapes import shape_of
from diffcheck.formula.formula import Shapes
from diffcheck.formula.inputs import Input


@dataclass(frozen=True)
class Group:
    """Parameters with options for themselves."""

    parameters: tuple[str, ...]
    """Names of parameters, in the order in which the optimizer gets them."""
    options: Mapping[str, Any]
    """Options that these parameters have instead of the run's."""


@dataclass(frozen=True)
class Schedule:
    """A schedule of the learning rate."""

    name: str
    """Torch's name for it."""
    options: Mapping[str, Any]
    """The options that are not left to torch's defaults."""


@dataclass(frozen=True)
class Training:
    """A training run: windows of batches, each one's gradients accumulated, and a step after each."""

    parameters: Mapping[str, Any]
    """Start values by name: numbers or nested lists of numbers."""
    data: tuple[Mapping[str, Any], ...]
    """Batches in order, each numbers or nested lists by name; one empty mapping where there is no data."""
    optimizer: str
    """A name of the table of update rules."""
    options: Mapping[str, Any]
    """The options that are not left to the rule's defaults; a tensor ``lr`` is the mapping ``{"tensor": lr}``."""
    groups: tuple[Group, ...] = ()
    """Every parameter in exactly one; where empty, one group of all parameters."""
    variant: str = ""
    """How torch carries out the rule: loop, foreach, fused, differentiable or capturable; empty for its default."""
    steps: int = 1
    """How many updates are made; batches are taken in turn, from the first again after the last."""
    accumulate: int = 1
    """Batches in one step's window; a window does not cross the end of the data, so the last may be shorter."""
    reduction: str = "sum"
    """How a window's losses make its loss: "sum" (what backward calls in turn do), "mean" (each divided by their
    number) or "items" (each weighted by its share of the window's items)."""
    zero_grad: str = "none"
    """Gradients before each window: "none" (they become None), "zero" (they become zeros) or "never" (they stay)."""
    clip: tuple[str, float] | None = None
    """Clipping before each step, by "norm" or "value", and its bound; None for none."""
    scalars: str = "float32"
    """The dtype that numbers in 0-d state are held to."""
    schedule: Schedule | None = None
    """The schedule of the learning rate, moved on after each step; None for none."""

    def moving(self) -> tuple[Input, ...]:
        """The parameters with their shapes."""
        return tuple(Input(name, shape_of(value)) for name, value in self.parameters.items())

    def inputs(self, batch: int = 0) -> tuple[Input, ...]:
        """The parameters, and what the batch of this number (from 0) holds, with their shapes."""
        return (*self.moving(), *(Input(name, shape_of(value)) for name, value in self.data[batch].items()))

    def shapes(self, batch: int = 0) -> Shapes:
        """The shapes of parameters and data of this batch (from 0) that are arrays, as a formula is read with them."""
        return tuple((each.name, each.shape) for each in self.inputs(batch) if each.shape)

    def items(self, batch: int = 0) -> int:
        """How many items this batch (from 0) holds: the first length of its arrays, which is one; 1 without arrays."""
        return next((len(value) for value in self.data[batch].values() if shape_of(value)), 1)
