"""Pieces of a training loop, each with one error planted on purpose; what a report must say of it stands beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from diffcheck.training import Machinery

Tensor = torch.Tensor


@dataclass(frozen=True)
class Plant:
    """A wrong loop."""

    name: str
    told: str
    """What the message must say; where chance decides what shows first, one of several, set apart by ``|``."""
    pieces: Mapping[str, Any] = field(default_factory=dict)
    """The wrong pieces of a Machinery."""
    optimizer: Callable[..., Any] | None = None
    rule: str = "Adam"

    @property
    def machinery(self) -> Machinery:
        return Machinery(**self.pieces)


PLANTS: list[Plant] = []


def plant(told: str, piece: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Plants the function as one piece of a Machinery."""

    def planted(function: Callable[..., Any]) -> Callable[..., Any]:
        PLANTS.append(Plant(function.__name__, told, {piece: function}))
        return function

    return planted


@plant("is the new one, not the sum of old and new", "backward")
def backward_overwrites(loss: Tensor, parameters: Sequence[Tensor]) -> None:
    for parameter, grad in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
        parameter.grad = grad


@plant("is the average of old and new, not the sum", "backward")
def backward_averages(loss: Tensor, parameters: Sequence[Tensor]) -> None:
    for parameter, grad in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
        parameter.grad = grad if parameter.grad is None else (parameter.grad + grad) / 2


@plant("backward left the gradient of p1 None", "backward")
def backward_reaches_the_first_parameter_only(loss: Tensor, parameters: Sequence[Tensor]) -> None:
    torch.autograd.backward(loss, inputs=parameters[:1])


@plant("backward added nothing to the gradient of p0", "backward")
def backward_drops_all_but_the_first_loss(loss: Tensor, parameters: Sequence[Tensor]) -> None:
    if all(parameter.grad is None for parameter in parameters):
        loss.backward()


@plant("the gradient of p0 is the new one, not the sum of old and new", "backward")
def backward_clears_before_it_adds(loss: Tensor, parameters: Sequence[Tensor]) -> None:
    for parameter in parameters:
        parameter.grad = None
    loss.backward()


@plant("the new gradient was added twice to p0", "backward")
def backward_adds_twice(loss: Tensor, parameters: Sequence[Tensor]) -> None:
    loss.backward(retain_graph=True)
    loss.backward()


@plant("is missing from the gradient of p0", "backward")
def backward_drops_the_last_term(loss: Tensor, parameters: Sequence[Tensor]) -> None:
    if loss.grad_fn is not None and loss.grad_fn.name() == "AddBackward0":
        loss.grad_fn.next_functions[1][0].register_prehook(lambda grads: (0 * grads[0],))
    loss.backward()


@plant("backward left gradient recording off", "backward")
def backward_leaves_recording_off(loss: Tensor, parameters: Sequence[Tensor]) -> None:
    loss.backward()
    torch.set_grad_enabled(False)


@plant("the gradient of p0 is off", "backward")
def backward_has_the_wrong_sign(loss: Tensor, parameters: Sequence[Tensor]) -> None:
    (-loss).backward()


@plant("backward: raised RuntimeError: element 0 of tensors does not require grad", "backward")
def backward_of_a_detached_loss(loss: Tensor, parameters: Sequence[Tensor]) -> None:
    loss.detach().backward()


@plant("zero_grad skipped group 1: p2 keeps its gradient | zero_grad skipped group 2: p3 keeps", "zero_grad")
def zero_grad_skips_a_group(optimizer: Any, set_to_none: bool) -> None:
    for parameter in optimizer.param_groups[0]["params"]:
        if set_to_none:
            parameter.grad = None
        elif parameter.grad is not None:
            parameter.grad.zero_()


@plant("zero_grad skipped group", "zero_grad")
def zero_grad_does_nothing(optimizer: Any, set_to_none: bool) -> None: ...


@plant("zero_grad(set_to_none=True) zeroed the gradient of p0: None is due", "zero_grad")
def zero_grad_zeroes_only(optimizer: Any, set_to_none: bool) -> None:
    optimizer.zero_grad(set_to_none=False)


@plant("zero_grad(set_to_none=False) set the gradient of p0 to None: zeros are due", "zero_grad")
def zero_grad_sets_none_only(optimizer: Any, set_to_none: bool) -> None:
    optimizer.zero_grad(set_to_none=True)


@plant("zero_grad changed the values of p0", "zero_grad")
def zero_grad_zeroes_values(optimizer: Any, set_to_none: bool) -> None:
    optimizer.zero_grad(set_to_none=set_to_none)
    with torch.no_grad():
        optimizer.param_groups[0]["params"][0].zero_()


SEEN: list[Tensor] = []


def _backward_that_remembers(loss: Tensor, parameters: Sequence[Tensor]) -> None:
    SEEN.extend(parameters)
    loss.backward()


def _zero_grad_of_all_seen(optimizer: Any, set_to_none: bool) -> None:
    optimizer.zero_grad(set_to_none=set_to_none)
    for parameter in SEEN:
        if set_to_none:
            parameter.grad = None
        elif parameter.grad is not None:
            parameter.grad.zero_()
    SEEN.clear()


PLANTS.append(
    Plant(
        "zero_grad_clears_too_much",
        "which is not the optimizer's",
        {"backward": _backward_that_remembers, "zero_grad": _zero_grad_of_all_seen},
    )
)


@plant("step called the closure 2 times, not once", "step")
def step_calls_the_closure_twice(optimizer: Any, closure: Callable[[], Any] | None = None) -> None:
    if closure is not None:
        closure()
    optimizer.step(closure)


@plant("step called the closure 0 times, not once", "step")
def step_ignores_the_closure(optimizer: Any, closure: Callable[[], Any] | None = None) -> None:
    optimizer.step()


@plant("step called the closure after it had changed p0 | step did not update p0", "step")
def step_calls_the_closure_after_the_update(optimizer: Any, closure: Callable[[], Any] | None = None) -> None:
    optimizer.step()
    if closure is not None:
        closure()


@plant("step left gradient recording off", "step")
def step_leaves_recording_off(optimizer: Any, closure: Callable[[], Any] | None = None) -> None:
    optimizer.step(closure)
    torch.set_grad_enabled(False)


@plant("step changed the gradient of p0 | step left the gradient of p0 None", "step")
def step_clears_gradients(optimizer: Any, closure: Callable[[], Any] | None = None) -> None:
    optimizer.step(closure)
    optimizer.zero_grad()


@plant("step did not update p0", "step")
def step_forgets_the_first_parameter(optimizer: Any, closure: Callable[[], Any] | None = None) -> None:
    first = optimizer.param_groups[0]["params"][0]
    if closure is not None:
        closure()
    grad, first.grad = first.grad, None
    optimizer.step()
    first.grad = grad


@plant("step moved p0 to new storage", "step")
def step_makes_new_storage(optimizer: Any, closure: Callable[[], Any] | None = None) -> None:
    optimizer.step(closure)
    first = optimizer.param_groups[0]["params"][0]
    first.data = first.data.clone()


@plant("step set requires_grad of p0 to False", "step")
def step_freezes(optimizer: Any, closure: Callable[[], Any] | None = None) -> None:
    optimizer.step(closure)
    optimizer.param_groups[0]["params"][0].requires_grad_(False)


@plant("step: group 0 holds a tensor that is none of the program's", "step")
def step_replaces_a_parameter(optimizer: Any, closure: Callable[[], Any] | None = None) -> None:
    optimizer.step(closure)
    params = optimizer.param_groups[0]["params"]
    params[0] = params[0].detach().clone().requires_grad_()
