"""The ways torch differentiates: a table, one row a mode."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

Partials = tuple[torch.Tensor | None, ...]
Program = Callable[..., Any]


@dataclass(frozen=True)
class Mode:
    """A way from a program and its inputs to the partial derivatives at each point."""

    name: str
    run: Callable[[Program, Sequence[torch.Tensor]], Partials]
    """(program, inputs) to partials; inputs are 0-d, or 1-d with one element a point.
    A partial is None where torch returns no gradient."""
    says: str
    """What it runs, in torch's words."""


def _reverse(program: Program, inputs: Sequence[torch.Tensor]) -> Partials:
    leaves, primal = _primal(program, inputs)
    if primal.requires_grad:
        primal.backward(torch.ones_like(primal))  # type: ignore[no-untyped-call]
    return tuple(leaf.grad for leaf in leaves)


def _grad(program: Program, inputs: Sequence[torch.Tensor]) -> Partials:
    leaves, primal = _primal(program, inputs)
    if not primal.requires_grad:
        return (None,) * len(leaves)
    return torch.autograd.grad(primal, leaves, torch.ones_like(primal), allow_unused=True)


def _primal(program: Program, inputs: Sequence[torch.Tensor]) -> tuple[list[torch.Tensor], torch.Tensor]:
    leaves = [each.detach().clone().requires_grad_(True) for each in inputs]
    return leaves, tensor_of(program(*leaves), leaves[0])


def tensor_of(primal: Any, like: torch.Tensor) -> torch.Tensor:
    """What a program returned; raises TypeError or ValueError where that is no real tensor of one number a point."""
    if not isinstance(primal, torch.Tensor):
        raise TypeError(f"the program returned {type(primal).__name__}, not a tensor")
    if primal.is_complex():
        raise TypeError(f"the program returned a {primal.dtype} tensor; the formula is real")
    if primal.numel() != like.numel():
        points = "1 point" if like.numel() == 1 else f"{like.numel():,} points"
        raise ValueError(f"the program returned shape {tuple(primal.shape)} for {points}")
    return primal


MODES = {
    row.name: row
    for row in (
        Mode("reverse", _reverse, "Tensor.backward"),
        Mode("grad", _grad, "torch.autograd.grad"),
    )
}
"""Every mode, by name."""
