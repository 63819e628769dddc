"""What an action must leave alone, and what it must clear: no number is excused."""

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from diffcheck.training.events import Event
from diffcheck.training.moment import Moment
from diffcheck.training.told import Told, broken

MOVES = {
    "zero_grad": {"grad"},
    "zero_grad_to_zero": {"grad"},
    "backward": {"grad"},
    "clip": {"grad"},
    "step": {"values", "state"},
    "schedule": {"lr"},
}
"""What each action may change."""


def kept_alone(event: Event, options: Collection[str], resting: Collection[str] = ()) -> Iterator[Told]:
    """A word for each thing that ``event`` changed and must not.

    Of every parameter, and all of those ``resting``; of each group the rule's own ``options``: whatever else an
    optimizer notes there is its own affair.
    """
    action, may = event.action, MOVES[event.action.word]
    may = may | {"grad"} if event.joint is not None else may  # a closure clears gradients and makes new ones
    for name, before in event.before.moments.items():
        after = event.after.moments[name]
        rests = name in resting
        for part in ("values", "grad", "state"):
            if (part not in may or rests) and not _same(part, before, after):
                yield broken(action.step, _PARTS[part].format(name), f"`{action.word}` changed {_WORDS[part]} of `{name}`")
    if len(event.before.options) != len(event.after.options):
        yield broken(action.step, "groups", f"`{action.word}` changed the number of parameter groups")
        return
    for number, (before_group, after_group) in enumerate(zip(event.before.options, event.after.options, strict=True)):
        watched = [key for key in before_group if key in options and key not in may]
        for key in [each for each in watched if before_group[each] != after_group.get(each)]:
            words = f"`{action.word}` changed the option `{key}` of group {number}"
            yield broken(action.step, key, words, actual=_number(after_group.get(key)), expected=_number(before_group[key]))


_WORDS = {"values": "the values", "grad": "the gradient", "state": "the state"}
_PARTS = {"values": "{}", "grad": "d/d{}", "state": "state of {}"}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _same(part: str, before: Moment, after: Moment) -> bool:
    first, second = getattr(before, part), getattr(after, part)
    if part == "state":
        return first.keys() == second.keys() and all(_equal(first[key], second[key]) for key in first)
    return _equal(first, second)


def _equal(first: Any, second: Any) -> bool:
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
        return bool(np.array_equal(first, second, equal_nan=True))
    return first is second or (type(first) is type(second) and bool(first == second or (first != first and second != second)))


def cleared(event: Event) -> Iterator[Told]:
    """A word for each gradient that ``zero_grad`` did not clear."""
    to_none = event.action.word == "zero_grad"
    for name, after in event.after.moments.items():
        grad, before = after.grad, event.before.moments[name].grad
        if to_none and grad is not None:
            words = "`zero_grad` leaves no gradient, and there is one"
            yield broken(event.action.step, f"d/d{name}", words, actual=float(grad[0]))
        elif not to_none and (grad is None) != (before is None):
            yield broken(event.action.step, f"d/d{name}", "`zero_grad` to zero neither makes a gradient nor drops one")
        elif not to_none and grad is not None and grad.any():
            worst = float(grad[int(np.argmax(abs(grad)))])
            yield broken(event.action.step, f"d/d{name}", "`zero_grad` leaves zeros", actual=worst, expected=0.0)
