"""A run judged by induction: each action against torch's own state before it, so that nothing grows over the run."""

from collections.abc import Iterator, Sequence
from typing import Any

from diffcheck.training.adjustments import judge_clip, judge_schedule
from diffcheck.training.events import Event, World
from diffcheck.training.gradients import judge_backwards
from diffcheck.training.rule import VARIANTS
from diffcheck.training.setting import Setting
from diffcheck.training.told import Told, broken
from diffcheck.training.updates import judge_start, judge_update, update_of
from diffcheck.training.upkeep import cleared, kept_alone
from diffcheck.verdict import Status, Verdict


def judge_events(setting: Setting, events: Sequence[Event], *, private: bool = False) -> list[Told]:
    """All that is to be said of a run, event by event; of updates nothing where the optimizer's state is ``private``."""
    backwards = judge_backwards(setting, events)
    found = [*judge_options(setting, events[0].before), *judge_start(setting, events[0])] if events else []
    if events and setting.training.schedule is not None:
        found += judge_schedule(setting, 1, events[0].before, 0)
    moves, failed = 0, False
    for place, event in enumerate(events):
        if event.error:
            # A half cannot hold the rate, or the step, of a run that has overflowed.
            verdict = Verdict.RANGE if "without overflow" in event.error else Verdict.ERROR
            found.append(broken(event.action.step, event.action.word, event.error, verdict))
            break
        word = event.action.word
        found += backwards.get(place, [])
        found += kept_alone(event, {*setting.rule.options, "initial_lr"}, _resting(event))
        if word.startswith("zero_grad"):
            found += cleared(event)
        elif word == "clip" and setting.training.clip is not None:
            found += judge_clip(event, setting.training.clip, setting.form)
        elif word == "step":
            found += [] if private else judge_update(setting, event, explains=not failed)
            failed = failed or any(each.finding.verdict.status is Status.FAIL for each in found)
        elif word == "schedule" and setting.training.schedule is not None:
            moves += 1
            found += judge_schedule(setting, event.action.step, event.after, moves)
    return found


def judge_options(setting: Setting, world: World) -> Iterator[Told]:
    """A word for each option that the optimizer works with, and that is not what was asked for."""
    for number, observed in enumerate(world.options):
        asked = {**setting.rule.options, **setting.wanted(number)}
        for key, wanted in asked.items():
            if key == "lr" and setting.training.schedule is not None:
                key = "initial_lr"
            if key in VARIANTS or key not in observed or wanted is None:
                continue
            if not _agree(observed[key], wanted):
                words = f"the optimizer works with `{key} = {observed[key]!r}`, and `{wanted!r}` was asked for"
                yield broken(1, key, words)


def _agree(observed: Any, wanted: Any) -> bool:
    if isinstance(wanted, list | tuple) and isinstance(observed, list | tuple):
        return tuple(observed) == tuple(wanted)
    return bool(observed == wanted)


def _resting(event: Event) -> list[str]:
    """The parameters that a step must leave alone: those without a gradient."""
    if event.action.word != "step":
        return []
    return [name for name, moment in event.before.moments.items() if moment.grad is None]


def is_private(setting: Setting, events: Sequence[Event]) -> bool:
    """The optimizer keeps its state elsewhere, or by other names than the rule's."""
    last = next((event for event in reversed(events) if event.action.word == "step" and not event.error), None)
    if last is None or setting.factory is None:
        return False
    for name, moment in last.after.moments.items():
        kept = {entry.name for entry in setting.rule.kept(update_of(setting, last, name).words)}
        if moment.grad is not None and not kept <= set(moment.state):
            return True
    return False
