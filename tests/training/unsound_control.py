"""Clipping, hooks, schedulers and scalers, each with one error planted on purpose."""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from tests.training.unsound_machinery import plant

Tensor = torch.Tensor
Hook = Callable[[Tensor], Tensor | None]


@plant("clip_grad_norm took the norm of p0 alone, not the joint one", "clip_grad_norm")
def clip_each_by_itself(parameters: Sequence[Tensor], max_norm: float) -> None:
    for parameter in parameters:
        torch.nn.utils.clip_grad_norm_([parameter], max_norm)


@plant("clip_grad_norm scaled p0 though the norm is within the bound", "clip_grad_norm")
def clip_always_scales(parameters: Sequence[Tensor], max_norm: float) -> None:
    grads = [parameter.grad for parameter in parameters if parameter.grad is not None]
    norm = torch.nn.utils.get_total_norm(grads)
    for grad in grads:
        grad.mul_(max_norm / (norm + 1e-6))


@plant("clip_grad_norm left the gradient of p0 as it was", "clip_grad_norm")
def clip_only_measures(parameters: Sequence[Tensor], max_norm: float) -> None: ...


@plant("clip_grad_norm did not return the joint norm before clipping", "clip_grad_norm")
def clip_returns_the_clipped_norm(parameters: Sequence[Tensor], max_norm: float) -> Tensor:
    torch.nn.utils.clip_grad_norm_(parameters, max_norm)
    return torch.nn.utils.get_total_norm([each.grad for each in parameters if each.grad is not None])


@plant("the gradient of p0 is off | took the norm of p0 alone", "clip_grad_norm")
def clip_by_the_largest(parameters: Sequence[Tensor], max_norm: float) -> None:
    torch.nn.utils.clip_grad_norm_(parameters, max_norm, norm_type=float("inf"))


@plant("clip_grad_value clipped p0 from above only", "clip_grad_value")
def clip_from_above_only(parameters: Sequence[Tensor], clip_value: float) -> None:
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.grad.clamp_(max=clip_value)


@plant("clip_grad_value clipped p0 from below only", "clip_grad_value")
def clip_from_below_only(parameters: Sequence[Tensor], clip_value: float) -> None:
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.grad.clamp_(min=-clip_value)


class NoHandle:
    def remove(self) -> None: ...


@plant("called the hook of p0 0 times, not", "register_hook")
def hook_is_ignored(parameter: Tensor, hook: Hook) -> Any:
    return NoHandle()


@plant("the hook's result was dropped for p0", "register_hook")
def hook_result_is_dropped(parameter: Tensor, hook: Hook) -> Any:
    def called(grad: Tensor) -> None:
        hook(grad)

    return parameter.register_hook(called)


@plant("called the hook of p0 0 times, not 1 | called the hook of p0 1 times, not 2", "register_hook")
def hook_acts_once(parameter: Tensor, hook: Hook) -> Any:
    def called(grad: Tensor) -> Tensor | None:
        handle.remove()
        return hook(grad)

    handle = parameter.register_hook(called)
    return handle


@plant("called the hook of p0 that was removed | called the hook of p0 2 times, not 1", "register_hook")
def hook_stays(parameter: Tensor, hook: Hook) -> Any:
    parameter.register_hook(hook)
    return NoHandle()


class Scheduler(torch.optim.lr_scheduler.LRScheduler):
    """Torch's own multiplies all lrs; this one by whatever ``factors`` says, group by group."""

    def __init__(self, optimizer: Any, factors: Callable[[int], float]) -> None:
        self.factors = factors
        super().__init__(optimizer)

    def get_lr(self) -> list[float]:
        groups = self.optimizer.param_groups
        return [group["lr"] * (self.factors(place) if self.last_epoch else 1.0) for place, group in enumerate(groups)]


@plant("scheduler multiplied the lr of group 0 twice", "scheduler")
def scheduler_steps_twice(optimizer: Any, gamma: float) -> Any:
    return Scheduler(optimizer, lambda place: gamma * gamma)


@plant("scheduler left the lr of group 1 as it was, of group 0 only it changed", "scheduler")
def scheduler_of_one_group(optimizer: Any, gamma: float) -> Any:
    return Scheduler(optimizer, lambda place: gamma if place == 0 else 1.0)


@plant("scheduler left the lr of group 0 as it was", "scheduler")
def scheduler_does_nothing(optimizer: Any, gamma: float) -> Any:
    return Scheduler(optimizer, lambda place: 1.0)


@plant("the lr of group 0 is off after scheduler", "scheduler")
def scheduler_divides(optimizer: Any, gamma: float) -> Any:
    return Scheduler(optimizer, lambda place: 1 / gamma)


class Scaler:
    """What GradScaler does, in a few lines; each error overrides one of them."""

    def __init__(self, init_scale: float) -> None:
        self.factor, self.infinite, self.unscaled = init_scale, False, False

    def scale(self, loss: Tensor) -> Tensor:
        return loss * self.factor

    def unscale_(self, optimizer: Any) -> None:
        grads = [each.grad for group in optimizer.param_groups for each in group["params"] if each.grad is not None]
        self.infinite, self.unscaled = not all(bool(grad.isfinite().all()) for grad in grads), True
        for grad in grads:
            grad.mul_(1 / self.factor)

    def step(self, optimizer: Any) -> None:
        if not self.unscaled:
            self.unscale_(optimizer)
        if not self.infinite:
            optimizer.step()

    def update(self) -> None:
        self.factor *= 0.5 if self.infinite else 1.0

    def get_scale(self) -> float:
        return self.factor


@plant("scaler did not unscale the gradient of p0", "scaler")
class ScalerThatDoesNotUnscale(Scaler):
    def unscale_(self, optimizer: Any) -> None:
        factor, self.factor = self.factor, 1.0
        super().unscale_(optimizer)
        self.factor = factor


@plant("scaler.step changed the gradient of p0", "scaler")
class ScalerThatUnscalesTwice(Scaler):
    def step(self, optimizer: Any) -> None:
        self.unscaled = False
        super().step(optimizer)


@plant("scaler.step on infinite gradients changed the values of p0", "scaler")
class ScalerThatStepsAnyway(Scaler):
    def step(self, optimizer: Any) -> None:
        super().step(optimizer)
        if self.infinite:
            optimizer.step()


@plant("made the scale 8.0, 4.0 is due | made the scale 4.0, 2.0 is due", "scaler")
class ScalerThatKeepsItsScale(Scaler):
    def update(self) -> None: ...


@plant("step did not update p0", "scaler")
class ScalerThatNeverSteps(Scaler):
    def step(self, optimizer: Any) -> None:
        if not self.unscaled:
            self.unscale_(optimizer)
