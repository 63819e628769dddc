"""What can be seen of a training loop at one moment, as numbers that no later action changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from diffcheck.training.moment import Moment
from diffcheck.training.running.snapshot import snapshot


@dataclass(frozen=True)
class Sight:
    """All that the machine looks at after each action."""

    moments: Mapping[str, Moment]
    """Each parameter's values, gradient and state."""
    addresses: Mapping[str, int]
    """Where each parameter's numbers lie."""
    trainable: frozenset[str]
    """The parameters that require a gradient."""
    groups: tuple[Mapping[str, Any], ...]
    """Each group's options; under ``params``, its parameters' names, empty for a tensor that is none of ours."""
    recording: bool
    """Gradients are recorded: neither no_grad nor inference mode was left on."""


def look(parameters: Mapping[str, torch.Tensor], optimizer: Any) -> Sight:
    """Look at ``parameters`` and ``optimizer``."""
    names = {id(tensor): name for name, tensor in parameters.items()}
    return Sight(
        {name: snapshot(tensor, optimizer) for name, tensor in parameters.items()},
        {name: tensor.data_ptr() for name, tensor in parameters.items()},
        frozenset(name for name, tensor in parameters.items() if tensor.requires_grad),
        tuple(
            {**group, "params": tuple(names.get(id(each), "") for each in group["params"])} for group in optimizer.param_groups
        ),
        torch.is_grad_enabled() and not torch.is_inference_mode_enabled(),
    )


def is_same(first: Any, second: Any) -> bool:
    """Two numbers, arrays, or mappings and sequences of them, are equal; NaN equals itself."""
    if isinstance(first, np.ndarray) or isinstance(second, np.ndarray):
        return np.shape(first) == np.shape(second) and bool(np.array_equal(first, second, equal_nan=True))
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(is_same(first[key], second[key]) for key in first)
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        return len(first) == len(second) and all(map(is_same, first, second))
    return bool(first == second) or (first != first and second != second)


def frozen(saved: Any) -> Any:
    """The numbers in a checkpoint of whatever make, copied; what holds none is left out."""
    if isinstance(saved, torch.Tensor):
        return saved.detach().to("cpu", torch.float64).numpy().copy()
    if isinstance(saved, Mapping):
        return {str(key): frozen(value) for key, value in saved.items()}
    if isinstance(saved, list | tuple):
        return [frozen(each) for each in saved]
    return saved if isinstance(saved, int | float | str | bytes | None) else type(saved).__name__
