"""The usual mistakes of an optimizer: where a step is off, the one that explains its numbers is named."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from diffcheck.dtypes import Format
from diffcheck.training.exact.stepping import judge_step
from diffcheck.training.exact.update import Update
from diffcheck.training.moment import Moment
from diffcheck.truth.margins import Permission
from diffcheck.verdict import Status

Options = Mapping[str, Any]


@dataclass(frozen=True)
class Mistake:
    """What an optimizer may do instead of its rule."""

    words: str
    """After ``the numbers are as if``."""
    changed: Callable[[Options], Options]
    """The options under which the rule does the same."""


def _other(name: str, value: Any) -> Callable[[Options], Options]:
    return lambda options: {**options, name: value} if name in options else options


def _turned(name: str) -> Callable[[Options], Options]:
    return lambda options: {**options, name: not options[name]} if name in options else options


def _swapped(first: str, second: str) -> Callable[[Options], Options]:
    def swap(options: Options) -> Options:
        return {**options, first: options[second], second: options[first]} if {first, second} <= options.keys() else options

    return swap


MISTAKES = (
    Mistake("`weight_decay` were left out", _other("weight_decay", 0)),
    Mistake("the weight decay were coupled instead of decoupled, or the reverse", _turned("decoupled_weight_decay")),
    Mistake("`maximize` were the other way", _turned("maximize")),
    Mistake("`nesterov` were the other way", _turned("nesterov")),
    Mistake("`amsgrad` were the other way", _turned("amsgrad")),
    Mistake("`centered` were the other way", _turned("centered")),
    Mistake("`betas` were swapped", _swapped("beta1", "beta2")),
    Mistake("`etas` were swapped", _swapped("etaminus", "etaplus")),
    Mistake("`eps` were left out", _other("eps", 0)),
    Mistake("`dampening` were left out", _other("dampening", 0)),
    Mistake("`momentum` were left out", _other("momentum", 0)),
    Mistake("`lr_decay` were left out", _other("lr_decay", 0)),
    Mistake("the rate were negative", lambda options: {**options, "lr": -options["lr"]} if "lr" in options else options),
)
"""Each mistake, by what the rule's options make of it."""
AMISS = (("one step fewer had been counted", -1), ("one step more had been counted", 1))
"""Mistakes in counting, and by how much."""


def explained(update: Update, moments: tuple[Moment, Moment], forms: tuple[Format, Format], permission: Permission) -> str:
    """The usual mistake under which all entries of a wrong step would be right; empty where none is.

    ``moments`` are those before and after the step, ``forms`` the dtypes of tensors and of 0-d state.
    """
    for words, other, (before, after) in _others(update, *moments):
        judged = judge_step(other, before, after, *forms, permission)
        if all(each.verdict.status is not Status.FAIL for each in judged):
            return f"the numbers are as if {words}"
    return ""


def _others(update: Update, before: Moment, after: Moment) -> Iterator[tuple[str, Update, tuple[Moment, Moment]]]:
    for mistake in MISTAKES:
        options = mistake.changed(update.options)
        if options != update.options and _keeps_as_much(update, options):
            yield mistake.words, replace(update, options=options), (before, after)
    if "step" in before.state and "step" in after.state:
        for words, amiss in AMISS:
            yield words, update, (_counted(before, amiss), _counted(after, amiss))


def _counted(moment: Moment, amiss: int) -> Moment:
    return moment.with_state({**moment.state, "step": moment.state["step"] + amiss})


def _keeps_as_much(update: Update, options: Options) -> bool:
    """The state that is there suffices: nothing is kept that was not."""
    kept = {entry.name for entry in update.rule.kept(update.words)}
    return {entry.name for entry in update.rule.kept({**update.words, **options})} <= kept
