"""Actions that make and drive an optimizer: steps, closures, options, parameters that join, freeze and change."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from diffcheck.training.running.snapshot import numbers
from diffcheck.training.stateful.due import Due
from diffcheck.training.stateful.finding import Finding
from diffcheck.training.stateful.gradients import check_hooks, gradients_due, listed, takers_of
from diffcheck.training.stateful.invariants import settle
from diffcheck.training.stateful.sight import is_same
from diffcheck.training.stateful.terms import Terms, text_of, value_of
from diffcheck.training.stateful.world import LATE, MEMBERS, Group, Setting, World


def begin(world: World, second_lr: float) -> None:
    """Make the optimizer, of two groups, the second with an lr of its own; judge what it starts from."""
    plans = [{"names": names} for names in MEMBERS]
    world.optimizer = make(world, [*plans[:-1], {**plans[-1], "lr": second_lr}])
    for needed in ("param_groups", "state"):
        if not hasattr(world.optimizer, needed):
            world.fail(Finding("construction", f"the optimizer has no `{needed}`, which every step is judged by"))
    shown = [_options_of(world.setting, each) for each in world.optimizer.param_groups]
    world.groups = [Group(names, options) for names, options in zip(MEMBERS, shown, strict=True)]
    world.groups[-1].options["lr"] = second_lr
    sight = world.look()
    world.sight = replace(sight, moments={name: each.with_state({}) for name, each in sight.moments.items()})
    settle(world, "construction", Due(started=frozenset(world.members)))
    remember_lrs(world)


def _options_of(setting: Setting, group: Mapping[str, Any]) -> dict[str, Any]:
    """The options that a group must show, of those that it does: as given, else the rule's; an lr may be its own."""
    wanted = {**setting.rule.options, **setting.options}
    shown = {key: value for key, value in wanted.items() if key in group and (value is not None or key in setting.options)}
    if "lr" in shown and "lr" not in setting.options:
        shown["lr"] = group["lr"]
    return shown


def make(world: World, plans: Sequence[dict[str, Any]]) -> Any:
    """An optimizer over groups; each plan holds its parameters' names, and options."""
    groups, texts = [], []
    for plan in plans:
        options = {key: value for key, value in plan.items() if key != "names"}
        tensors, text = listed(world, plan["names"])
        groups.append({"params": tensors, **options})
        texts.append("{" + ", ".join([f'"params": {text}', *(f'"{key}": {value!r}' for key, value in options.items())]) + "}")
    options_text = "".join(f", {key}={value!r}" for key, value in world.setting.options.items())
    with world.watching("construction", f"optimizer = {world.setting.spelling[1]}([{', '.join(texts)}]{options_text})"):
        return world.setting.make(groups, **world.setting.options)


def remember_lrs(world: World) -> None:
    """Keep the lrs that there are: a later step may wrongly take them."""
    for group in world.groups:
        lr = group.options.get("lr")
        if lr is not None and lr not in world.lrs:
            world.lrs.append(lr)


def step(world: World) -> None:
    """One step; parameters without a gradient stay."""
    world.call("step", (world.optimizer, "optimizer"), (None, ""))
    settle(world, "step", Due(stepped=True))


def step_with_closure(world: World, terms: Terms) -> None:
    """One step with a closure that does not clear: it is called once, before the update, and its gradient is added."""
    names = takers_of(world, terms)
    inner = world.journal.spelled("backward", ["loss", listed(world, names)[1]])
    world.journal.note("def closure():", f"    loss = {text_of(terms)}", f"    {inner}", "    return loss")

    def closure() -> torch.Tensor:
        world.calls["closure"] += 1
        for name, moment in world.sight.moments.items():
            if not is_same(numbers(world.parameters[name]), moment.values):
                world.fail(Finding("step", f"step called the closure after it had changed {name}"))
        loss: torch.Tensor = value_of(terms, world.parameters)
        with world.watching("backward"):
            world.setting.machinery.backward(loss, [world.parameters[name] for name in names])
        return loss

    world.calls["closure"] = 0
    world.call("step", (world.optimizer, "optimizer"), (closure, "closure"))
    count = world.calls.pop("closure")
    if count != 1:
        world.fail(Finding("step", f"step called the closure {count} times, not once"))
    check_hooks(world, "step", [terms])
    grads, suspects = gradients_due(world, "step", [terms])
    settle(world, "step", Due(grads=grads, suspects=suspects, stepped=True))


def set_lr(world: World, place: int, lr: float) -> None:
    """Change a group's lr by hand."""
    world.journal.note(f'optimizer.param_groups[{place}]["lr"] = {lr!r}')
    world.optimizer.param_groups[place]["lr"] = lr
    world.groups[place].options["lr"] = lr
    settle(world, "setting lr")
    remember_lrs(world)


def join(world: World, lr: float) -> None:
    """A parameter joins, in a group with an lr of its own."""
    tensors, text = listed(world, [LATE])
    group = {"params": tensors, "lr": lr}
    world.call("add_param_group", (world.optimizer, "optimizer"), (group, f'{{"params": {text}, "lr": {lr!r}}}'))
    world.groups.append(Group((LATE,), {**world.groups[0].options, "lr": lr}))
    lrs = [each.options["lr"] for each in world.groups]
    ignored = [("add_param_group ignored the lr of the new group", [*lrs[:-1], other]) for other in world.lrs]
    settle(world, "add_param_group", Due(started=frozenset({LATE}), lr_suspects=ignored))
    remember_lrs(world)


def freeze(world: World, name: str) -> None:
    """A parameter takes no gradient any more, and has none."""
    world.journal.note(f"{name}.requires_grad_(False)", f"{name}.grad = None")
    world.parameters[name].requires_grad_(False)
    world.parameters[name].grad = None
    world.trainable.discard(name)
    settle(world, "freezing", Due(grads={name: None}))


def thaw(world: World, name: str) -> None:
    """It takes gradients again."""
    world.journal.note(f"{name}.requires_grad_(True)")
    world.parameters[name].requires_grad_(True)
    world.trainable.add(name)
    settle(world, "thawing")


def halve(world: World, name: str) -> None:
    """A parameter is changed under no_grad: neither its gradient nor its state knows."""
    world.journal.note("with torch.no_grad():", f"    {name}.mul_(0.5)")
    with torch.no_grad():
        world.parameters[name].mul_(0.5)
    calculus = world.calculus
    due = calculus.times(calculus.known(world.sight.moments[name].values), calculus.python(0.5))
    settle(world, "a change under no_grad", Due(values={name: due}))


def evaluate(world: World, terms: Terms) -> None:
    """A loss that is only looked at, in inference mode, leaves no trace."""
    world.journal.note("with torch.inference_mode():", f"    loss = {text_of(terms)}")
    with torch.inference_mode():
        loss = value_of(terms, world.parameters)
    if loss.requires_grad:
        world.fail(Finding("inference_mode", "a loss of inference mode requires a gradient"))
    settle(world, "inference_mode")


def calm(world: World) -> None:
    """Bring the numbers back to where they started, and clear the gradients, before they leave a narrow dtype's range."""
    world.journal.note("with torch.no_grad():")
    due = {}
    for name, values in world.values.items():
        tensor = world.parameters[name]
        world.journal.note(f"    {name}.copy_(torch.tensor({list(values)}))", f"    {name}.grad = None")
        with torch.no_grad():
            tensor.copy_(torch.tensor(list(values)))
        tensor.grad = None
        due[name] = [world.calculus.python(each) for each in values]
    settle(world, "starting over", Due(grads=dict.fromkeys(world.parameters), values=due))
