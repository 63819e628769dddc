"""A training run as a list of actions: what a loop does, one thing after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from diffcheck.cases.training import Training

CLEARINGS = {"none": "zero_grad", "zero": "zero_grad_to_zero"}
"""The action that clears the gradients before a window, by the case's word for it."""


@dataclass(frozen=True)
class Action:
    """One thing that a training loop does."""

    word: str
    """``zero_grad`` (to None), ``zero_grad_to_zero``, ``backward``, ``clip``, ``step`` or ``schedule``."""
    step: int
    """The number of the update that it leads to, from 1."""
    batch: int = 0
    """Of a backward: which batch's loss, from 0."""
    weight: Fraction = Fraction(1)
    """Of a backward: what the loss is multiplied by."""


def actions_of(training: Training) -> Iterator[Action]:
    """The actions of a run: clear, a backward for each batch of the window, clip, step, move the schedule on."""
    windows = _windows(len(training.data), training.accumulate)
    for step in range(1, training.steps + 1):
        window = windows[(step - 1) % len(windows)]
        if training.zero_grad in CLEARINGS:
            yield Action(CLEARINGS[training.zero_grad], step)
        for batch, weight in zip(window, _weights(training, window), strict=True):
            yield Action("backward", step, batch, weight)
        if training.clip is not None:
            yield Action("clip", step)
        yield Action("step", step)
        if training.schedule is not None:
            yield Action("schedule", step)


def actions_in(sequence: Sequence[str]) -> Iterator[Action]:
    """The actions of a sequence at one point."""
    step = 1
    for word in sequence:
        yield Action(word, step)
        step += word == "step"


def _windows(batches: int, size: int) -> list[range]:
    """The batches of each window; the data's last window may be shorter."""
    return [range(start, min(start + size, batches)) for start in range(0, batches, size)]


def _weights(training: Training, window: Sequence[int]) -> list[Fraction]:
    """What each loss of a window is multiplied by."""
    if training.reduction == "mean":
        return [Fraction(1, len(window))] * len(window)
    if training.reduction == "items":
        total = sum(training.items(batch) for batch in window)
        return [Fraction(training.items(batch), total) for batch in window]
    return [Fraction(1)] * len(window)
