"""Somebody's whole training function as a black box: what it leaves in the parameters, against the exact replay.

Where it is off, the replay is asked what the function did instead: the usual mistakes are replayed too, and the one
that it agrees with is named.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from diffcheck.cases.shapes import columns_in
from diffcheck.cases.training import Training
from diffcheck.errors import UndecidedError
from diffcheck.results import REPLAY, Result, Subject
from diffcheck.training.actions import Action, actions_of
from diffcheck.training.exact.replay import Replayed, replay
from diffcheck.training.running.blackbox import Ran, Runner, left_by
from diffcheck.training.setting import Setting
from diffcheck.training.told import Told
from diffcheck.training.whole import Whole, judge_values
from diffcheck.verdict import Status, Verdict


def judge_run(whole: Whole, run: Runner) -> list[Result]:
    """The parameters that ``run`` leaves, each against the exact run, which ``whole`` has.

    Raises UnsupportedError where the device is not there.
    """
    setting = whole.setting
    ran = left_by(setting, run)
    if ran.error:
        subject = Subject(REPLAY, setting.dtype, setting.device, None, 0, "run")
        return [Result(subject, {Verdict.ERROR: 1}, None, ran.error)]
    if whole.replayed is None:
        return [Result(_subject(setting, name), {Verdict.UNDECIDED: 1}, None, whole.reason) for name in ran.parameters]
    judged = list(_judged(setting, ran, whole.replayed))
    fails = any(each.finding.verdict.status is Status.FAIL for each in judged)
    cause = _cause(setting, ran) if fails else ""
    return [
        Result(_subject(setting, each.part), dict(each.counts),
               replace(each.finding, alone="run", cause=cause or each.finding.cause) if fails else each.finding)
        for each in judged
    ]  # fmt: skip


def _subject(setting: Setting, name: str) -> Subject:
    return Subject(REPLAY, setting.dtype, setting.device, None, 0, name)


def _judged(setting: Setting, ran: Ran, exactly: Replayed) -> Iterator[Told]:
    step = setting.training.steps
    for name, values in ran.parameters.items():
        start = tuple(columns_in({name: setting.training.parameters[name]}).values())
        yield judge_values(setting, step, name, list(zip(values, exactly.parameters[step][name], strict=True)), start)


@dataclass(frozen=True)
class _Mistake:
    """What a training loop may do instead of what was asked."""

    words: str
    made: Callable[[Training], Training] = lambda asked: asked
    """The run that it makes of the one that was asked for."""
    done: Callable[[Training, list[Action]], list[Action]] = lambda asked, actions: actions
    """The actions that it makes of that run's."""


_MISTAKES = (
    _Mistake("its losses were summed over each window", lambda asked: replace(asked, reduction="sum")),
    _Mistake("its losses were averaged over each window", lambda asked: replace(asked, reduction="mean")),
    _Mistake("its losses were weighted by their items", lambda asked: replace(asked, reduction="items")),
    _Mistake("it made a step after every batch", lambda asked: replace(asked, accumulate=1)),
    _Mistake("it never cleared the gradients", lambda asked: replace(asked, zero_grad="never")),
    _Mistake("it did not clip", lambda asked: replace(asked, clip=None)),
    _Mistake("it clipped each number instead of the norm", lambda asked: replace(asked, clip=_other_clip(asked))),
    _Mistake("its learning rate did not move", lambda asked: replace(asked, schedule=None)),
    _Mistake("it left the last, shorter window out", lambda asked: replace(asked, data=_whole_windows(asked))),
    _Mistake("it divided the last, shorter window by `accumulate` as well", done=lambda asked, actions: _divided(asked, actions)),
    _Mistake("it took the batches in reverse", lambda asked: replace(asked, data=asked.data[::-1])),
    _Mistake("it moved the schedule on before each step", done=lambda asked, actions: _early(actions)),
    _Mistake("it made one step too few", lambda asked: replace(asked, steps=max(1, asked.steps - 1))),
    _Mistake("it made one step too many", lambda asked: replace(asked, steps=asked.steps + 1)),
)


def _other_clip(asked: Training) -> tuple[str, float] | None:
    return None if asked.clip is None else ({"norm": "value", "value": "norm"}[asked.clip[0]], asked.clip[1])


def _whole_windows(asked: Training) -> tuple[Mapping[str, Any], ...]:
    """The data without what does not fill a window; all of it where nothing would be left."""
    return asked.data[: len(asked.data) // asked.accumulate * asked.accumulate] or asked.data


def _divided(asked: Training, actions: list[Action]) -> list[Action]:
    if asked.reduction != "mean":
        return actions
    return [replace(each, weight=Fraction(1, asked.accumulate)) if each.word == "backward" else each for each in actions]


def _early(actions: list[Action]) -> list[Action]:
    """The schedule's move before its step."""
    found = list(actions)
    for place in range(1, len(found)):
        if found[place].word == "schedule" and found[place - 1].word == "step":
            found[place - 1], found[place] = found[place], found[place - 1]
    return found


def _cause(setting: Setting, ran: Ran) -> str:
    """The usual mistake that explains every parameter; empty where none does."""
    for mistake in _MISTAKES:
        other = replace(setting, training=mistake.made(setting.training))
        actions = mistake.done(other.training, list(actions_of(other.training)))
        if actions == list(actions_of(setting.training)) and other.training == setting.training:
            continue
        try:
            found = list(_judged(other, ran, replay(other, actions)))
        except UndecidedError:
            continue
        if all(each.finding.verdict is Verdict.AGREES for each in found):
            return f"the numbers are as if {mistake.words}"
    return ""
