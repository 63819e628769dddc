"""Values and state after an action: a step of the rule where one is due, restored where a load is, else untouched."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from diffcheck.dtypes import Format
from diffcheck.training.exact.number import Kind, Number
from diffcheck.training.exact.stepping import Judged, judge_step
from diffcheck.training.exact.update import Update, started
from diffcheck.training.exact.verdicts import judge_number
from diffcheck.training.moment import Moment
from diffcheck.training.stateful.due import Due
from diffcheck.training.stateful.finding import Finding, numbers_of, spelled
from diffcheck.training.stateful.sight import Sight, is_same
from diffcheck.training.stateful.world import World
from diffcheck.verdict import Status


def check_steps(world: World, action: str, due: Due, sight: Sight) -> None:
    """Judge every parameter's values and state."""
    for name in world.parameters:
        before, after = world.sight.moments[name], sight.moments[name]
        stepped = due.stepped and name in world.members and after.grad is not None
        if not stepped:
            _untouched(world, action, name, due, after)
        if name in due.states:
            _restored(world, action, name, due.states[name], after)
        elif stepped:
            _updated(world, action, name, Moment(before.values, after.grad, before.state), after)
        elif name in due.started and not before.state:
            _started(world, action, name, after.state)


def _untouched(world: World, action: str, name: str, due: Due, after: Moment) -> None:
    before = world.sight.moments[name]
    reasons = (
        (name not in world.members, "which is not the optimizer's"),
        (name not in world.trainable, "which is frozen"),
        (after.grad is None, "whose gradient is None"),
    )
    reason = next((f", {words}" for holds, words in reasons if holds), "")
    what = "updated" if due.stepped else "changed"
    if name not in due.values and not is_same(before.values, after.values):
        kind = f"{action} {what} the values of {name}{reason}"
        world.fail(Finding(action, kind, name, spelled(after.values), spelled(before.values)))
    starts = name in due.started and not before.state
    if name not in due.states and not starts and not is_same(before.state, after.state):
        place = f"optimizer.state[{name}]"
        kind = f"{action} changed the state of {name}{reason}"
        world.fail(Finding(action, kind, place, spelled(after.state), spelled(before.state)))


def update_of(world: World, place: int, first: bool) -> Update:
    """The step that group ``place`` takes."""
    setting, lr = world.setting, world.groups[place].options.get("lr")
    options = {**setting.options, **({} if lr is None else {"lr": lr})}
    return Update(setting.rule, setting.rule.settings(options), setting.variant, first=first)


def _updated(world: World, action: str, name: str, before: Moment, after: Moment) -> None:
    place = world.group_of(name)
    assert place is not None
    update = update_of(world, place, not before.state)
    kept = {entry.name for entry in update.rule.kept(update.words)}
    if missing := kept - after.state.keys():
        if is_same(before.values, after.values) and is_same(before.state, after.state):
            world.fail(Finding(action, f"{action} did not update {name}"))
        has = ", ".join(after.state) or "nothing"
        world.fail(Finding(action, f"{action} keeps no {', '.join(sorted(missing))} for {name}; its state has {has}"))
    wrong = _wrong(world, update, before, after)
    if wrong is None:
        return
    words = next((words for words, holds in _suspects(world, place, update, before, after) if holds), "")
    worst, scalar = wrong.worst, wrong.entry in update.scalars
    where = name if wrong.entry == "param" else f"optimizer.state[{name}][{wrong.entry!r}]"
    what = f"the update of {name}" if wrong.entry == "param" else f"the state entry {wrong.entry} of {name}"
    kind = words.format(name=name, action=action) or f"{what} is not what {update.rule.name} says"
    element = "" if scalar else f"[{worst.index}]"
    world.fail(Finding(action, kind, where + element, repr(worst.actual), **numbers_of(worst.number, worst.judgement)))


def _wrong(world: World, update: Update, before: Moment, after: Moment) -> Judged | None:
    judged = judge_step(update, before, after, world.setting.form, world.setting.scalar)
    return next((each for each in judged if each.verdict.status is Status.FAIL), None)


def _suspects(world: World, place: int, update: Update, before: Moment, after: Moment) -> Iterator[tuple[str, bool]]:
    """What the step may have done instead, as words and whether it explains all numbers."""

    def holds(other: Update, start: Moment = before) -> bool:
        return _wrong(world, other, start, after) is None

    def with_lr(lr: float) -> Update:
        return replace(update, options={**update.options, "lr": lr})

    own = update.options.get("lr")
    yield "{action} did not update {name}", is_same(before.values, after.values) and is_same(before.state, after.state)
    for other, group in enumerate(world.groups):
        if group.options.get("lr") not in (None, own):
            yield f"{{action}} took the lr of group {other} for {{name}} of group {place}", holds(with_lr(group.options["lr"]))
    for lr in world.lrs:
        yield f"{{action}} took another lr for {{name}} than group {place} has now: {lr!r}", lr != own and holds(with_lr(lr))
    if before.state:
        yield "{action} forgot the state of {name}", holds(replace(update, first=True), Moment(before.values, before.grad))
    if before.grad is not None:
        negative = Moment(before.values, -before.grad, before.state)
        yield "{action} went up the gradient of {name}, not down", holds(update, negative)


def _restored(world: World, action: str, name: str, wanted: Mapping[str, Any], after: Moment) -> None:
    if is_same(wanted, after.state):
        return
    checkpoint = world.checkpoint
    others = {} if checkpoint is None else checkpoint.states
    missing = ", ".join(sorted(wanted.keys() - after.state.keys()))
    alike = next((other for other, state in others.items() if other != name and is_same(state, after.state)), None)
    entries = ", ".join(key for key in wanted if not is_same(wanted[key], after.state.get(key)))
    rows = (
        (not after.state, f"{action} lost the state of {name}"),
        (bool(missing), f"{action} lost the entry {missing} of {name}"),
        (alike is not None, f"{action} gave {name} the state of {alike}"),
        (is_same(world.sight.moments[name].state, after.state), f"{action} kept the state that {name} had before"),
        (not wanted, f"{action} gave {name} a state, and the checkpoint has none"),
        (True, f"{action} restored the entry {entries} of {name} as something else"),
    )
    kind = next(words for holds, words in rows if holds)
    world.fail(Finding(action, kind, f"optimizer.state[{name}]", spelled(after.state), spelled(wanted)))


def _started(world: World, action: str, name: str, state: Mapping[str, Any]) -> None:
    """State that is there before the first step is what the rule starts from."""
    place = world.group_of(name)
    if not state or place is None:
        return
    update = update_of(world, place, first=True)
    arithmetic = world.calculus.arithmetic
    none = {entry.name: arithmetic.given(0.0, Kind.TENSOR) for entry in update.rule.kept(update.words)}  # where it says nothing
    for entry, number in {**none, **started(update, arithmetic)}.items():
        form = world.setting.scalar if entry in update.scalars else world.setting.form
        if entry in state:
            finding = Finding(action, f"{action} starts {entry} of {name} off what the rule says", f"optimizer.state[{name}]")
            _begins(world, finding, state[entry], number, form)


def _begins(world: World, finding: Finding, actual: Any, number: Number, form: Format) -> None:
    for each in np.ravel(actual):
        judgement = judge_number(float(each), number, form)
        if judgement.verdict.status is Status.FAIL:
            world.fail(replace(finding, actual=repr(float(each)), **numbers_of(number, judgement)))
