"""What torch has of a parameter at one moment, as numbers that no later step changes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from diffcheck.training.moment import Moment, Sparse
from diffcheck.training.setting import Setting

Array = NDArray[np.float64]


def snapshot(parameter: torch.Tensor, optimizer: torch.optim.Optimizer | None = None) -> Moment:
    """``parameter``, its gradient, and what ``optimizer`` keeps for it; every dtype that is judged fits into doubles."""
    kept: Mapping[str, Any] = {} if optimizer is None else optimizer.state.get(parameter, {})
    grad = None if parameter.grad is None else numbers(parameter.grad)
    state = {str(key): _kept(value, parameter) for key, value in kept.items()}
    return Moment(numbers(parameter), grad, state, tuple(parameter.shape), _sparse(parameter.grad))


def tensor_of(value: Any, setting: Setting) -> torch.Tensor:
    """A number, or nested lists of them, as the setting's torch has it."""
    return torch.tensor(value, dtype=torch.float64, device=setting.device).to(getattr(torch, setting.dtype))


def numbers(tensor: torch.Tensor) -> Array:
    """All elements of ``tensor``, row by row, in memory of their own."""
    with torch.no_grad():
        dense = tensor.to_dense() if tensor.is_sparse else tensor
        return dense.detach().to("cpu", torch.float64).reshape(-1).numpy().copy()


def _kept(value: Any, parameter: torch.Tensor) -> Any:
    """A number for a 0-d tensor that is not a parameter's own, an array for others; anything else as it is."""
    if not isinstance(value, torch.Tensor):
        return value
    return float(value) if value.dim() == 0 and parameter.dim() > 0 else numbers(value)


def _sparse(grad: torch.Tensor | None) -> Sparse | None:
    """The numbers of a sparse gradient, each with its place in the flat parameter, before any is summed."""
    if grad is None or not grad.is_sparse:
        return None
    places = torch.arange(grad.numel()).reshape(grad.shape)
    indices, values = grad._indices().cpu(), grad._values()  # both without summing, which is the optimizer's to do
    return Sparse(places[tuple(indices)].reshape(-1).numpy().copy(), numbers(values))
