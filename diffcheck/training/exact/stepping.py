"""One step of one parameter, judged: each entry against the exact rule at torch's own state before the step.

By induction nothing grows over a run: the step that is off is named, with the entry and the element.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffcheck.dtypes import FORMATS, Format
from diffcheck.training.exact.arrays import ArrayArithmetic
from diffcheck.training.exact.number import Arithmetic, Kind, Number
from diffcheck.training.exact.update import Entries, Memo, Update, updated
from diffcheck.training.exact.verdicts import OWN, Worst, clear_elements, judge_number
from diffcheck.training.exact.written_out import entries_of
from diffcheck.training.moment import Moment
from diffcheck.truth.balls import precision
from diffcheck.truth.margins import Permission
from diffcheck.verdict import SEVERITY, Verdict

Array = NDArray[np.float64]
BITS = 160
"""Working bits of a step in balls."""
FEW = 12
"""Tensors of fewer elements go to the balls at once: the arrays would cost more."""


@dataclass(frozen=True)
class Judged:
    """One entry of one parameter after one step."""

    entry: str
    """``param``, or a key of the state."""
    counts: dict[Verdict, int]
    worst: Worst

    @property
    def verdict(self) -> Verdict:
        """The worst element's."""
        return min(self.counts, key=SEVERITY.index)


def judge_step(
    update: Update,
    before: Moment,
    after: Moment,
    form: Format,
    scalar: Format = FORMATS["float32"],
    permission: Permission = OWN,
) -> list[Judged]:
    """Every entry of a parameter that took part in a step, in the rule's order.

    Many elements at once over arrays; those that they do not clear, and the nearest of those they do, one by one in
    balls. ``scalar`` is the dtype of 0-d state. An entry that torch does not keep is left out.
    """
    with precision(BITS):
        if update.rule.written_out:
            return _judge_written_out(update, before, after, form, scalar, permission)
        step = _Step(update, before, after, form, scalar, permission)
        cleared = step.on_arrays() if step.size >= FEW else {}
        asked = {index for each in cleared.values() for index in each.asked} if cleared else set(range(step.size))
        found = step.on_balls(sorted(asked))
        single = update.scalars
        told = {entry: _alone(each) if entry in single else each for entry, each in found.items()}
        return [_judged(entry, cleared.get(entry), each) for entry, each in told.items()]


@dataclass(frozen=True)
class _Cleared:
    """What the arrays say of one entry's elements."""

    agrees: NDArray[np.bool_]
    share: Array

    @property
    def asked(self) -> list[int]:
        """The elements that go to the balls: those not cleared, and the nearest of the others, to be told of."""
        left: list[int] = np.flatnonzero(~self.agrees).tolist()
        return [*left, int(np.argmax(np.where(self.agrees, self.share, -1.0)))] if self.agrees.any() else left


class _Step:
    """One parameter's step."""

    def __init__(
        self, update: Update, before: Moment, after: Moment, form: Format, scalar: Format, permission: Permission
    ) -> None:
        self.update, self.after, self.form, self.scalar, self.permission = update, after, form, scalar, permission
        one_kernel = update.variant == "fused" and form.bits < FORMATS["float32"].bits
        inside = FORMATS["float32"] if one_kernel and update.variant in update.rule.unrounded else None
        self.arithmetic = Arithmetic(form, scalar, inside, one_kernel)
        kept = {entry.name for entry in update.rule.entries}
        state = {name: value for name, value in before.state.items() if name in kept and _is_number(value)}
        self.start = {"param": before.values, "grad": before.grad, **state}
        self.size = len(before.values)
        self.memos: dict[str, Memo] = {}

    def on_arrays(self) -> dict[str, _Cleared]:
        """What the arrays clear, by entry of the parameter's shape."""
        found = {}
        worker = ArrayArithmetic(self.arithmetic, self.size)
        for entry, number in _driven(updated(self.update, self.start, worker), self._observed):
            observed = self._observed(entry)
            if not isinstance(number, Number) and observed is not None:
                found[entry] = _Cleared(*clear_elements(number, observed, self.form, self.permission))
        return found

    def on_balls(self, indices: Sequence[int]) -> dict[str, dict[int, Worst]]:
        """The elements at ``indices`` one by one, by entry."""
        found: dict[str, dict[int, Worst]] = {}
        for index in indices:
            for entry, each in self._element(index).items():
                found.setdefault(entry, {})[index] = each
        return found

    def _element(self, index: int) -> dict[str, Worst]:
        """One element; where the variant's order of work has no value, the published one judges."""
        found = self._in_order(index, self.update)
        if self.update.is_reordered and not all(each.number.exact.is_finite() for each in found.values()):
            published = self._in_order(index, self.update.published())
            found |= {entry: each for entry, each in published.items() if not found[entry].number.exact.is_finite()}
        return found

    def _in_order(self, index: int, update: Update) -> dict[str, Worst]:
        start = {name: _at(value, index) for name, value in self.start.items()}
        finite = all(each is not None and isfinite(each) for each in start.values())
        found = {}
        steps = updated(update, start, self.arithmetic, self.memos.setdefault(update.variant, {}))
        for entry, number in _driven(steps, lambda entry: _at(self._observed(entry), index)):
            actual = _at(self._observed(entry), index)
            form = self.scalar if entry in update.scalars else self.form
            if actual is not None:
                judgement = judge_number(actual, number, form, starts_finite=finite, permission=self.permission)
                found[entry] = Worst(index, actual, number, judgement)
        return found

    def _observed(self, entry: str) -> Any:
        return _observed(self.after, entry)


def _driven(steps: Entries, observed: Callable[[str], Any]) -> Iterator[tuple[str, Any]]:
    """Each entry and its number; what torch has of it is sent back."""
    sent = None
    while True:
        try:
            entry, number = steps.send(sent)
        except StopIteration:
            return
        yield entry, number
        sent = observed(entry)


def _observed(after: Moment, entry: str) -> Any:
    return after.values if entry == "param" else after.state.get(entry)


def _judge_written_out(
    update: Update, before: Moment, after: Moment, form: Format, scalar: Format, permission: Permission
) -> list[Judged]:
    """Every entry of a rule that is no formula for each element by itself, all of its elements in balls."""
    entries = entries_of(update.rule.written_out)(update, before, Arithmetic(form, scalar))
    finite = all(_is_finite(each) for each in (before.values, before.grad, *before.state.values()))
    found = []
    for entry, made in _driven(entries, lambda entry: _observed(after, entry)):
        observed = _observed(after, entry)
        if made is None or observed is None:  # torch is only asked, or does not keep it
            continue
        numbers = [made] if isinstance(made, Number) else made
        told = {}
        for index, (number, value) in enumerate(zip(numbers, np.ravel(observed).tolist(), strict=True)):
            within = form if number.kind is Kind.TENSOR else FORMATS["float64"] if number.kind is Kind.PYTHON else scalar
            judgement = judge_number(value, number, within, starts_finite=finite, permission=permission)
            told[index] = Worst(index, value, number, judgement)
        if told:
            found.append(_judged(entry, None, told))
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.ndarray)


def _is_finite(value: Any) -> bool:
    return not isinstance(value, float | np.ndarray) or bool(np.isfinite(value).all())


def _at(value: Any, index: int) -> float | None:
    """One element of a tensor, or the whole of a 0-d one."""
    if value is None:
        return None
    return float(value[index]) if isinstance(value, np.ndarray) else float(value)


def _alone(numbers: dict[int, Worst]) -> dict[int, Worst]:
    """The one number that a 0-d tensor has, which every element told again."""
    return dict([next(iter(numbers.items()))])


def _judged(entry: str, cleared: _Cleared | None, numbers: dict[int, Worst]) -> Judged:
    counts: Counter[Verdict] = Counter()
    if cleared is None:  # few elements, or one number for all of them
        asked = list(numbers.values())
        counts.update(each.judgement.verdict for each in asked)
    else:
        asked = [numbers[index] for index in cleared.asked]
        counts[Verdict.AGREES] = int(cleared.agrees.sum())
        counts.update(each.judgement.verdict for each in asked if not cleared.agrees[each.index])
    worst = min(asked, key=lambda each: each.badness)
    return Judged(entry, {verdict: count for verdict, count in counts.items() if count}, worst)
