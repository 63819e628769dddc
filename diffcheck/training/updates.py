"""Updates, judged: each state entry and each parameter of a step, and what is kept before the first one."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace

import numpy as np

from diffcheck.training.events import Event
from diffcheck.training.exact.number import Arithmetic
from diffcheck.training.exact.stepping import BITS, Judged, judge_step
from diffcheck.training.exact.update import Update, started
from diffcheck.training.exact.verdicts import Worst, judge_number
from diffcheck.training.mistakes import explained
from diffcheck.training.moment import Moment
from diffcheck.training.setting import Setting
from diffcheck.training.told import Told, broken, located, told
from diffcheck.truth.balls import precision
from diffcheck.verdict import Verdict


def judge_start(setting: Setting, event: Event) -> Iterator[Told]:
    """What is kept for a parameter before its first step, as Adagrad's sum is: the base case of the induction."""
    arithmetic = Arithmetic(setting.form, setting.scalar)
    for name, moment in event.before.moments.items():
        if not moment.state or setting.rule.written_out:
            continue
        update = replace(update_of(setting, event, name), first=True)
        late = [entry.name for entry in setting.rule.kept(update.words) if not entry.initial]
        for entry in (each for each in late if moment.state.get(each) is not None):
            yield broken(1, f"state.{entry}", f"the state of `{name}` has a `{entry}` before the first step")
        with precision(BITS):
            for entry, number in started(update, arithmetic).items():
                values = np.ravel(moment.state.get(entry, ())).tolist()
                form = setting.scalar if entry in update.scalars else setting.form
                judged = [Worst(place, value, number, judge_number(value, number, form)) for place, value in enumerate(values)]
                if judged:
                    counts = Counter(each.judgement.verdict for each in judged)
                    worst = min(judged, key=lambda each: each.badness)
                    yield _told(setting, Judged(entry, dict(counts), worst), update, event, name, moment)


def update_of(setting: Setting, event: Event, name: str) -> Update:
    """What decides how the step of parameter ``name`` goes."""
    group = setting.group_of(name)
    observed = event.before.options[group] if group < len(event.before.options) else {}
    first = not event.before.moments[name].state
    shape = event.before.moments[name].shape
    options = setting.settings(group, observed)
    return Update(setting.rule, options, setting.variant, setting.tensors(group), first, shape, setting.is_brought)


def judge_update(setting: Setting, event: Event, *, explains: bool) -> Iterator[Told]:
    """Every state entry, then the parameter, of each parameter that has a gradient; state keys exactly.

    With ``explains``, the usual mistake is sought that explains what is wrong.
    """
    if event.joint is not None:
        yield from _judge_jointly(setting, event, *event.joint)
        return
    for name, before in event.before.moments.items():
        if before.grad is None:
            continue
        update, after = update_of(setting, event, name), event.after.moments[name]
        yield from _judge_keys(update, event.action.step, name, after, strict=setting.factory is None)
        unfit = list(_judge_shapes(update, event.action.step, name, after))
        yield from unfit
        if unfit:
            continue
        found = judge_step(update, before, after, setting.form, setting.scalar, setting.permission)
        wrong = [each for each in found if each.verdict is Verdict.WRONG]
        seeks = explains and wrong and not update.rule.written_out
        mistake = explained(update, (before, after), (setting.form, setting.scalar), setting.permission) if seeks else ""
        for judged in found:
            yield _told(setting, judged, update, event, name, before, mistake if judged in wrong else "")


def _judge_jointly(setting: Setting, event: Event, before: Moment, after: Moment) -> Iterator[Told]:
    """A step that calls a closure: all parameters as one, the points of the calls beside the state."""
    names = list(event.before.moments)
    update = replace(update_of(setting, event, names[0]), shape=before.shape, first=not before.state)
    for judged in judge_step(update, before, after, setting.form, setting.scalar, setting.permission):
        yield _told(setting, judged, update, event, ", ".join(names), before)


def _judge_shapes(update: Update, step: int, name: str, after: Moment) -> Iterator[Told]:
    """A word for each state entry that is not what the rule keeps: one number, or one for each element."""
    for entry in update.rule.kept(update.words) if not update.rule.written_out else ():
        value = after.state.get(entry.name)
        size = 1 if entry.scalar else len(after.values)
        if value is not None and not (isinstance(value, int | float | np.ndarray) and np.size(value) == size):
            words = f"the state of `{name}` has a `{entry.name}` that is not {'one number' if size == 1 else f'{size} numbers'}"
            yield broken(step, f"state.{entry.name}", words)


def _judge_keys(update: Update, step: int, name: str, after: Moment, *, strict: bool) -> Iterator[Told]:
    """A word for each state entry that is missing or no number; where ``strict``, for each that the rule does not know."""
    kept = {entry.name for entry in update.rule.kept(update.words)}
    for key in sorted(kept - set(after.state)):
        yield broken(step, f"state.{key}", f"the state of `{name}` has no `{key}`", Verdict.DETACHED)
    for key in sorted(set(after.state) - kept) if strict else ():
        if after.state[key] is not None:
            yield broken(step, f"state.{key}", f"the state of `{name}` has a `{key}` that {update.rule.name} does not keep")


def _told(setting: Setting, judged: Judged, update: Update, event: Event, name: str, before: Moment, mistake: str = "") -> Told:
    worst = judged.worst
    part = name if judged.entry == "param" else f"state.{judged.entry}"
    form = setting.scalar if judged.entry in update.scalars else setting.form
    cause = worst.judgement.cause
    if worst.judgement.verdict in (Verdict.WRONG, Verdict.NAN):
        line = next((line for line in reversed(update.rule.lines(update.variant)) if line.name == judged.entry), None)
        cause = "; ".join(filter(None, (cause, mistake, f"{update.rule.name}: `{line.name} = {line.text}`" if line else "")))
    point = start_of(worst.index, name, before, {entry.name for entry in update.rule.entries})
    exact = None if worst.number.open else worst.number.exact
    return told(event.action.step, part, judged.counts, worst.actual, exact, worst.judgement, form, point, cause)


def start_of(index: int, name: str, before: Moment, kept: Collection[str]) -> dict[str, float]:
    """What a step started from at one element: the parameter, its gradient, the entries of state that are ``kept``."""
    found = located(index, len(before.values), **{name: float(before.values[index])})
    if before.grad is not None:
        found["grad"] = float(before.grad[index])
    for key, value in ((key, value) for key, value in before.state.items() if key in kept):
        if isinstance(value, np.ndarray) and len(value) > index:
            found[key] = float(value[index])
        elif isinstance(value, int | float):
            found[key] = float(value)
    return found
