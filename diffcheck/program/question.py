"""What a mode is asked, and the bases that tangents and cotangents are taken from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

Partials = list[torch.Tensor | None]


@dataclass(frozen=True)
class Question:
    """The partials of a program at one point, or at many points at once."""

    program: Callable[..., Any]
    inputs: tuple[torch.Tensor, ...]
    """Of many points at once: 1-d, one element a point. Of one point: of the variables' own shapes."""
    wrt: tuple[int, ...]
    """The inputs to differentiate by, by number."""
    order: int
    together: bool
    """The inputs hold many points, which the program takes each by itself."""
    size: int = 1
    """How many entries the value has at one point."""

    @property
    def sought(self) -> list[torch.Tensor]:
        """The inputs to differentiate by."""
        return [self.inputs[place] for place in self.wrt]

    def leaves(self) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Fresh copies of the inputs, and which of them require a gradient: those to differentiate by."""
        copies = [each.detach().clone().requires_grad_(place in self.wrt) for place, each in enumerate(self.inputs)]
        return copies, [copies[place] for place in self.wrt]

    def primal(self, inputs: Sequence[torch.Tensor]) -> torch.Tensor:
        """What the program returns for ``inputs``; raises TypeError or ValueError where that is no real tensor."""
        return tensor_of(self.program(*inputs), self.size, inputs[0].numel() if self.together else 1)

    def at(self, *sought: torch.Tensor) -> torch.Tensor:
        """The program as a function of the inputs that it is differentiated by, the others fixed."""
        inputs = list(self.inputs)
        for place, each in zip(self.wrt, sought, strict=True):
            inputs[place] = each
        return self.primal(inputs)

    def pointwise(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Of many points together: the program at one of them, the inputs sought first, then the others."""
        sought, rest = inputs[: len(self.wrt)], list(inputs[len(self.wrt) :])
        ordered = [sought[self.wrt.index(place)] if place in self.wrt else rest.pop(0) for place in range(len(inputs))]
        return tensor_of(self.program(*ordered), self.size)

    def each_point(self, function: Callable[..., Any]) -> Any:
        """``function`` of ``pointwise``'s inputs at each of many points, by ``torch.func.vmap``."""
        rest = [each for place, each in enumerate(self.inputs) if place not in self.wrt]
        return torch.func.vmap(function)(*self.sought, *rest)

    def entries(self, primal: torch.Tensor) -> list[torch.Tensor]:
        """What is differentiated: each entry of the primal; of many points together, all of them at once."""
        return [primal] if self.together else list(primal.reshape(-1).unbind())

    def split(self, gradient: torch.Tensor | None, leaf: torch.Tensor) -> Partials:
        """The partials by each element of ``leaf``; of many points together, by all of it at once."""
        if self.together:
            return [gradient]
        return [None] * leaf.numel() if gradient is None else list(gradient.reshape(-1).unbind())

    def cotangents(self, primal: torch.Tensor) -> list[torch.Tensor]:
        """A basis of cotangents: one for each of ``entries``."""
        return [torch.ones_like(primal)] if self.together else basis(primal)

    def tangents(self) -> list[tuple[torch.Tensor, ...]]:
        """A basis of tangents of the inputs sought: one for each element of each."""
        zeros = [torch.zeros_like(each) for each in self.sought]
        found = []
        for place, leaf in enumerate(self.sought):
            for direction in [torch.ones_like(leaf)] if self.together else basis(leaf):
                found.append((*zeros[:place], direction, *zeros[place + 1 :]))
        return found


def basis(like: torch.Tensor) -> list[torch.Tensor]:
    """The unit tensors of a shape, row by row."""
    unit = torch.eye(like.numel(), dtype=like.dtype, device=like.device)
    return [row.reshape(like.shape) for row in unit]


def tensor_of(primal: Any, size: int, points: int = 1) -> torch.Tensor:
    """What a program returned; raises TypeError or ValueError where that is no real tensor of ``size`` numbers a point."""
    if not isinstance(primal, torch.Tensor):
        raise TypeError(f"the program returned {type(primal).__name__}, not a tensor")
    if primal.is_complex():
        raise TypeError(f"the program returned a {primal.dtype} tensor; the formula is real")
    if primal.numel() != size * points:
        told = "1 point" if points == 1 else f"{points:,} points"
        wanted = f"; the formula has {size:,} numbers" if size > 1 else ""
        raise ValueError(f"the program returned shape {tuple(primal.shape)} for {told}{wanted}")
    return primal
