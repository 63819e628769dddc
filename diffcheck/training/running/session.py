"""A training run in torch, one action at a time, with all that torch has before and after each."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import torch

from diffcheck.cases.training import Training
from diffcheck.errors import SettingError, UnsupportedError
from diffcheck.formula.formula import read_formula
from diffcheck.program.devices import full_precision, require_device
from diffcheck.program.program import lower
from diffcheck.training.actions import Action
from diffcheck.training.events import Event, World
from diffcheck.training.moment import Moment
from diffcheck.training.rule import FLAGS
from diffcheck.training.rules import RULES
from diffcheck.training.running.raised import said
from diffcheck.training.running.recording import recorded_step
from diffcheck.training.running.snapshot import snapshot, tensor_of
from diffcheck.training.setting import Setting


def run_actions(setting: Setting, actions: Iterable[Action]) -> Iterator[Event]:
    """The events of a run; the last one is the first that raised.

    Raises UnsupportedError where torch has no such variant, or no such device here; SettingError for options that
    torch's own optimizer refuses.
    """
    require_device(setting.device)
    with full_precision(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            session = _Session(setting)
            before = session.world()
        except UnsupportedError:
            raise
        except (Exception, SystemExit) as error:
            if setting.factory is None:
                raise SettingError(f"torch refuses this `{setting.training.optimizer}`: {said(error)}", "train") from None
            yield Event(Action("optimizer", 1), World({}), World({}), None, said(error))
            return
        for action in actions:
            event = _performed(session, action, before)
            yield event
            if event.error:
                return
            before = event.after


def _performed(session: "_Session", action: Action, before: World) -> Event:
    try:
        loss = session.perform(action)
    except (Exception, SystemExit) as error:  # whatever torch or somebody's optimizer raises is a finding
        return Event(action, before, before, None, said(error))
    return Event(action, before, session.world(), loss, joint=session.joint if action.word == "step" else None)




class _Session:
    """A run's tensors and its optimizer."""

    def __init__(self, setting: Setting) -> None:
        self.setting, training = setting, setting.training
        leaves = setting.variant != "differentiable"  # which updates in place what may not be a leaf of a graph
        self.parameters = {name: tensor_of(value, self.setting).requires_grad_() for name, value in training.parameters.items()}
        self.tracked = self.parameters if leaves else {name: each.detach() for name, each in self.parameters.items()}
        self.optimizer = self._optimizer(training)
        self.window: list[Action] = []
        self.joint: tuple[Moment, Moment] | None = None
        self.schedule = self._schedule(training) if training.schedule is not None else None

    def world(self) -> World:
        """All that there is now."""
        own = [{"lr": self._rate(number)} for number in range(max(1, len(self.setting.training.groups)))]
        groups = self.optimizer.param_groups if self.optimizer is not None else own
        options = tuple({name: _plain(value) for name, value in group.items() if name != "params"} for group in groups)
        return World({name: self._moment(name) for name in self.parameters}, options)

    def _moment(self, name: str) -> Moment:
        tracked = self.tracked[name]
        moment = snapshot(tracked, self.optimizer)
        return moment if tracked is self.parameters[name] else snapshot(self.parameters[name]).with_state(moment.state)

    def perform(self, action: Action) -> float | None:
        """Do it; the loss of a backward."""
        return _PERFORMED[action.word](self, action)

    def backward(self, action: Action) -> float:
        self.window.append(action)
        sparse = self.setting.rule.gradients == "sparse"
        for each in self.parameters.values() if sparse else ():
            each.grad = None if each.grad is None else each.grad.to_dense()
        loss = self._loss(action)
        (loss if action.weight == 1 else loss * float(action.weight)).backward()  # type: ignore[no-untyped-call]
        for each in self.parameters.values() if sparse else ():
            each.grad = each.grad.to_sparse(1) if each.grad is not None and each.dim() else each.grad
        return float(loss.detach())

    def _loss(self, action: Action) -> torch.Tensor:
        training = self.setting.training
        formula = read_formula(self.setting.loss, training.shapes(action.batch))
        data = {name: tensor_of(value, self.setting) for name, value in training.data[action.batch].items()}
        given = {**data, **self.parameters}
        loss: torch.Tensor = lower(formula).call(*(given[each.name] for each in formula.inputs))
        return loss

    def zero_grad(self, action: Action) -> None:
        to_none = action.word == "zero_grad"
        if self.optimizer is not None and self.tracked is self.parameters:
            self.optimizer.zero_grad(set_to_none=to_none)
            return
        for each in self.parameters.values():
            each.grad = None if to_none else (None if each.grad is None else torch.zeros_like(each.grad))

    def clip(self, action: Action) -> None:
        assert self.setting.training.clip is not None
        way, bound = self.setting.training.clip
        clip = torch.nn.utils.clip_grad_norm_ if way == "norm" else torch.nn.utils.clip_grad_value_
        clip(list(self.parameters.values()), bound)

    def step(self, action: Action) -> None:
        if self.optimizer is None:
            with torch.no_grad():
                for name, each in self.parameters.items():
                    if each.grad is not None:
                        each -= self._rate(self.setting.group_of(name)) * each.grad
            return
        for name, each in self.tracked.items():
            if each is not self.parameters[name]:
                each.grad = self.parameters[name].grad
        window, self.window = self.window, []
        if self.setting.rule.gradients == "closure":
            self.joint = recorded_step(self.optimizer, lambda: self._again(window))
            return
        with torch.no_grad():
            self.optimizer.step()

    def _again(self, window: list[Action]) -> torch.Tensor:
        """The losses of a window and their gradients, as a closure works them out anew."""
        assert self.optimizer is not None
        with torch.enable_grad():
            self.optimizer.zero_grad()
            losses = [self._loss(action) * float(action.weight) for action in window]
            total = torch.stack(losses).sum()
            total.backward()  # type: ignore[no-untyped-call]
        return total

    def _rate(self, group: int) -> float:
        return float(self.setting.settings(group, {})["lr"])

    def move_on(self, action: Action) -> None:
        assert self.schedule is not None
        self.schedule.step()

    def _optimizer(self, training: Training) -> torch.optim.Optimizer | None:
        groups: list[dict[str, Any]] = [{"params": list(self.tracked.values())}]
        if training.groups:
            groups = [{"params": [self.tracked[name] for name in each.parameters], **_taken(each.options, self.setting)}
                      for each in training.groups]  # fmt: skip
        if self.setting.factory is not None:
            brought: torch.optim.Optimizer = self.setting.factory(groups)
            if not hasattr(brought, "param_groups") or not hasattr(brought, "state"):
                returned = type(brought).__name__
                raise TypeError(f"the factory returned {returned}, and no optimizer with `param_groups` and `state`")
            return brought
        self._require_variant(training)
        if training.optimizer == "manual":
            return None
        make = getattr(torch.optim, training.optimizer)
        made: torch.optim.Optimizer = make(groups, **_taken(training.options, self.setting), **_flags(training))
        return made

    def _require_variant(self, training: Training) -> None:
        variant, device = training.variant, self.setting.device
        if variant and variant not in RULES[training.optimizer].variants:
            raise UnsupportedError(f"torch has no {variant} {training.optimizer}")
        if variant == "capturable" and device == "cpu":
            raise UnsupportedError("capturable optimizers run on accelerators only")

    def _schedule(self, training: Training) -> Any:
        assert training.schedule is not None
        assert self.optimizer is not None
        return getattr(torch.optim.lr_scheduler, training.schedule.name)(self.optimizer, **training.schedule.options)


_PERFORMED: Mapping[str, Callable[[_Session, Action], float | None]] = {
    "zero_grad": _Session.zero_grad,
    "zero_grad_to_zero": _Session.zero_grad,
    "backward": _Session.backward,
    "clip": _Session.clip,
    "step": _Session.step,
    "schedule": _Session.move_on,
}


def _taken(options: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    """Options as torch takes them: a tensor ``lr`` as a 0-d tensor."""
    return {
        name: torch.tensor(value["tensor"], device=setting.device) if isinstance(value, Mapping) else value
        for name, value in options.items()
    }


def _flags(training: Training) -> Mapping[str, bool]:
    """What the constructor is asked for a variant; nothing where there is one way only."""
    return FLAGS[training.variant] if training.variant and len(RULES[training.optimizer].variants) > 1 else {}


def _plain(value: Any) -> Any:
    """An option's value as numbers that no later step changes."""
    if isinstance(value, torch.Tensor):
        return float(value) if value.numel() == 1 else str(value.tolist())
    return tuple(map(_plain, value)) if isinstance(value, list | tuple) else value
