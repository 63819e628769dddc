"""Optimizers, each with one error planted on purpose."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from tests.training.unsound_machinery import PLANTS, Plant

Tensor = torch.Tensor


def optimizer_plant(told: str, rule: str = "Adam") -> Callable[[type], type]:
    """Plants a class of optimizer."""

    def planted(kind: type) -> type:
        PLANTS.append(Plant(kind.__name__, told, {}, kind, rule))
        return kind

    return planted


def _all(optimizer: Any) -> Iterator[Tensor]:
    yield from (each for group in optimizer.param_groups for each in group["params"])


@optimizer_plant("step updated the values of p0, whose gradient is None | step updated the values of p0, which is frozen")
class UpdatesWithoutGradient(torch.optim.Adam):
    def step(self, closure: Any = None) -> Any:
        value = super().step(closure)
        with torch.no_grad():
            for each in _all(self):
                each.mul_(0.5 if each.grad is None else 1.0)
        return value


@optimizer_plant("which is frozen")
class UpdatesFrozen(torch.optim.Adam):
    def step(self, closure: Any = None) -> Any:
        value = super().step(closure)
        for each in _all(self):
            if not each.requires_grad:
                each.mul_(0.5)
        return value


@contextmanager
def _lrs(optimizer: Any, lrs: Sequence[float]) -> Iterator[None]:
    kept = [group["lr"] for group in optimizer.param_groups]
    for group, lr in zip(optimizer.param_groups, lrs, strict=False):
        group["lr"] = lr
    yield
    for group, lr in zip(optimizer.param_groups, kept, strict=True):
        group["lr"] = lr


@optimizer_plant("took the lr of group 0 for p2 of group 1")
class OneLrForAll(torch.optim.Adam):
    def step(self, closure: Any = None) -> Any:
        with _lrs(self, [self.param_groups[0]["lr"]] * len(self.param_groups)):
            return super().step(closure)


@optimizer_plant("took another lr for p", "SGD")
class KeepsItsFirstLr(torch.optim.SGD):
    def step(self, closure: Any = None) -> Any:
        self.first = getattr(self, "first", [group["lr"] for group in self.param_groups])
        with _lrs(self, self.first):
            return super().step(closure)


@optimizer_plant("construction set maximize of group 0 to something else")
class Maximizes(torch.optim.Adam):
    def __init__(self, groups: Any, **options: Any) -> None:
        super().__init__(groups, **{**options, "maximize": True})


@optimizer_plant("step went up the gradient of p0, not down", "SGD")
class Ascends(torch.optim.SGD):
    def step(self, closure: Any = None) -> Any:
        self.param_groups[0]["maximize"] = True
        value = super().step(closure)
        self.param_groups[0]["maximize"] = False
        return value


@optimizer_plant("step forgot the state of p0 | step changed the state of p0, whose gradient is None")
class Forgets(torch.optim.Adam):
    def step(self, closure: Any = None) -> Any:
        self.state.clear()
        return super().step(closure)


@optimizer_plant("the update of p0 is not what Adam says")
class DividesByMore(torch.optim.Adam):
    def step(self, closure: Any = None) -> Any:
        for group in self.param_groups:
            group["eps"] = 1e-3
        value = super().step(closure)
        for group in self.param_groups:
            group["eps"] = 1e-8
        return value


@optimizer_plant("construction set weight_decay of group 0 to something else")
class DecaysLikeAdamW(torch.optim.AdamW): ...


@optimizer_plant("step keeps no exp_avg, exp_avg_sq, step for p0; its state has nothing")
class IsPlainDescent(torch.optim.SGD): ...


@optimizer_plant("construction starts sum of p0 off what the rule says", "Adagrad")
class StartsElsewhere(torch.optim.Adagrad):
    def __init__(self, groups: Any, **options: Any) -> None:
        super().__init__(groups, **options)
        for state in self.state.values():
            state["sum"].fill_(0.5)
