"""Pieces of a training loop written by hand and right: the machine must find nothing."""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from diffcheck.training import Machinery
from tests.training.unsound_control import Scaler

Tensor = torch.Tensor


def backward(loss: Tensor, parameters: Sequence[Tensor]) -> None:
    for parameter, grad in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
        parameter.grad = grad.clone() if parameter.grad is None else grad + parameter.grad


def zero_grad(optimizer: Any, set_to_none: bool) -> None:
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            if parameter.grad is not None:
                parameter.grad = None if set_to_none else torch.zeros_like(parameter)


def clip_grad_norm(parameters: Sequence[Tensor], max_norm: float) -> None:
    grads = [parameter.grad for parameter in parameters if parameter.grad is not None]
    norm = torch.cat(grads).square().sum().sqrt()
    for grad in grads:
        grad.mul_((max_norm / (norm + 1e-6)).clamp(max=1.0))


def clip_grad_value(parameters: Sequence[Tensor], clip_value: float) -> None:
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.grad = parameter.grad.clamp(-clip_value, clip_value)


class Scheduler:
    """Torch's is exponential in the count of its steps; this one multiplies."""

    def __init__(self, optimizer: Any, gamma: float) -> None:
        self.optimizer, self.gamma = optimizer, gamma

    def step(self) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] *= self.gamma


MACHINERY = Machinery(
    backward=backward,
    zero_grad=zero_grad,
    clip_grad_norm=clip_grad_norm,
    clip_grad_value=clip_grad_value,
    scheduler=Scheduler,
    scaler=Scaler,
)


class Momentum(torch.optim.Optimizer):
    """Descent with momentum, as a course writes it."""

    def __init__(self, groups: Any, lr: float = 0.1, momentum: float = 0.9) -> None:
        super().__init__(groups, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # type: ignore[override]
        value = None
        if closure is not None:
            with torch.enable_grad():
                value = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    state = self.state[parameter]
                    first = "momentum_buffer" not in state
                    kept = parameter.grad.clone() if first else group["momentum"] * state["momentum_buffer"] + parameter.grad
                    state["momentum_buffer"] = kept
                    parameter -= group["lr"] * kept
        return value


class Descent(torch.optim.Optimizer):
    """Plain descent."""

    def __init__(self, groups: Any, lr: float = 0.1) -> None:
        super().__init__(groups, {"lr": lr})

    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # type: ignore[override]
        value = None if closure is None else closure()
        with torch.no_grad():
            for group in self.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is not None:
                        parameter.sub_(parameter.grad, alpha=group["lr"])
        return value
