"""A step that calls its closure more than once, recorded: what each call saw, and what it returned."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch

from diffcheck.training.moment import Call, Moment
from diffcheck.training.running.snapshot import numbers

LISTS = ("old_dirs", "old_stps", "ro", "al")
"""The entries that are lists; each element is told by itself, as ``ro[2]``."""


def recorded_step(optimizer: torch.optim.Optimizer, closure: Callable[[], Any]) -> tuple[Moment, Moment]:
    """One step of an optimizer with one group, and the moments before and after it.

    Parameters stand one after another in one flat parameter, as LBFGS has them. The first moment has the calls; the
    second has the points they were made at as ``point 0``, ``point 1`` and so on in its state, and their number as ``calls``.
    """
    parameters = optimizer.param_groups[0]["params"]
    calls: list[Call] = []

    def recording() -> Any:
        loss = closure()
        value = float(loss.detach() if isinstance(loss, torch.Tensor) else loss)
        calls.append(Call(_flat(parameters), value, _flat([_grad(each) for each in parameters])))
        return loss

    values, state = _flat(parameters), dict(_state(optimizer, parameters))
    optimizer.step(recording)
    points: dict[str, Any] = {f"point {place}": call.values for place, call in enumerate(calls)}
    after = {**dict(_state(optimizer, parameters)), **points, "calls": len(calls)}
    grad = calls[0].grad if calls else None
    shape = values.shape
    return Moment(values, grad, state, shape, calls=tuple(calls)), Moment(_flat(parameters), grad, after, shape)


def _state(optimizer: torch.optim.Optimizer, parameters: Sequence[torch.Tensor]) -> Iterator[tuple[str, Any]]:
    """What is kept for the first parameter, lists taken apart."""
    for name, value in optimizer.state.get(parameters[0], {}).items():
        if name in LISTS and value is not None:
            yield from ((f"{name}[{place}]", _kept(each)) for place, each in enumerate(value) if each is not None)
        elif value is not None:
            yield name, _kept(value)


def _kept(value: Any) -> Any:
    if not isinstance(value, torch.Tensor):
        return value
    return float(value) if value.dim() == 0 else numbers(value)


def _grad(parameter: torch.Tensor) -> torch.Tensor:
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad


def _flat(tensors: Sequence[torch.Tensor]) -> Any:
    return np.concatenate([numbers(each) for each in tensors])
