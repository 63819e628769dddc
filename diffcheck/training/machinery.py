"""Who does the work of a training loop: a record of callables, each torch's own unless somebody says otherwise."""

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import torch

Tensor = torch.Tensor
Optimizer = Any
"""An optimizer of torch's, or one that looks like it: ``param_groups``, ``state``, and what is called below."""


def _backward(loss: Tensor, parameters: Sequence[Tensor]) -> None:
    loss.backward()  # type: ignore[no-untyped-call]


def _zero_grad(optimizer: Optimizer, set_to_none: bool) -> None:
    optimizer.zero_grad(set_to_none=set_to_none)


def _step(optimizer: Optimizer, closure: Callable[[], Any] | None = None) -> Any:
    return optimizer.step() if closure is None else optimizer.step(closure)


def _state_dict(optimizer: Optimizer) -> Any:
    return copy.deepcopy(optimizer.state_dict())  # torch hands out the live tensors: a checkpoint is a copy of them


def _load_state_dict(optimizer: Optimizer, saved: Any) -> None:
    optimizer.load_state_dict(copy.deepcopy(saved))  # torch takes over tensors of the right dtype and device, uncopied


def _add_param_group(optimizer: Optimizer, group: dict[str, Any]) -> None:
    optimizer.add_param_group(group)


def _clip_grad_norm(parameters: Iterable[Tensor], max_norm: float) -> Any:
    return torch.nn.utils.clip_grad_norm_(parameters, max_norm)


def _clip_grad_value(parameters: Iterable[Tensor], clip_value: float) -> None:
    torch.nn.utils.clip_grad_value_(parameters, clip_value)


def _register_hook(parameter: Tensor, hook: Callable[[Tensor], Tensor | None]) -> Any:
    return parameter.register_hook(hook)  # type: ignore[no-untyped-call]


def _scheduler(optimizer: Optimizer, gamma: float) -> Any:
    return torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma)


def _scaler(init_scale: float) -> Any:
    return torch.amp.GradScaler("cpu", init_scale=init_scale)


@dataclass(frozen=True)
class Machinery:
    """What a training loop is made of; each piece that is not given is torch's own."""

    backward: Callable[[Tensor, Sequence[Tensor]], Any] = _backward
    """``backward(loss, parameters)`` adds the loss's gradient to each parameter's ``.grad``."""
    zero_grad: Callable[[Optimizer, bool], Any] = _zero_grad
    """``zero_grad(optimizer, set_to_none)`` clears the gradients of the optimizer's parameters."""
    step: Callable[..., Any] = _step
    """``step(optimizer, closure=None)`` updates the parameters that have a gradient; it calls the closure once, before."""
    state_dict: Callable[[Optimizer], Any] = _state_dict
    """``state_dict(optimizer)`` returns a checkpoint that later training does not change."""
    load_state_dict: Callable[[Optimizer, Any], Any] = _load_state_dict
    """``load_state_dict(optimizer, saved)`` restores state and options, and leaves the checkpoint as it is."""
    add_param_group: Callable[[Optimizer, dict[str, Any]], Any] = _add_param_group
    """``add_param_group(optimizer, group)`` takes in late parameters with options of their own."""
    clip_grad_norm: Callable[[Sequence[Tensor], float], Any] = _clip_grad_norm
    """``clip_grad_norm(parameters, max_norm)`` scales all gradients so that their joint 2-norm is at most the bound."""
    clip_grad_value: Callable[[Sequence[Tensor], float], Any] = _clip_grad_value
    """``clip_grad_value(parameters, clip_value)`` clamps each element of the gradients on both sides."""
    register_hook: Callable[[Tensor, Callable[[Tensor], Tensor | None]], Any] = _register_hook
    """``register_hook(parameter, hook)`` has ``hook`` replace every new gradient; its result has ``remove()``."""
    scheduler: Callable[[Optimizer, float], Any] = _scheduler
    """``scheduler(optimizer, gamma)`` has ``step()``, which multiplies every group's lr by gamma."""
    scaler: Callable[[float], Any] = _scaler
    """``scaler(init_scale)`` has what ``torch.amp.GradScaler`` has: scale, unscale_, step, update, get_scale."""

    def own(self) -> tuple[str, ...]:
        """The names of the pieces that are not torch's."""
        return tuple(each.name for each in fields(self) if getattr(self, each.name) is not each.default)
