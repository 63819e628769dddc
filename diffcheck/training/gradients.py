"""The losses and gradients of a run: each backward against the derivative at torch's own parameters.

A gradient that is there already is added to: torch's own previous one plus the exact new one, with the allowance of
that one addition.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from diffcheck.cases.shapes import columns_in
from diffcheck.errors import UndecidedError
from diffcheck.formula.formula import Formula
from diffcheck.formula.targets import Target
from diffcheck.judgement import Judgement, clear, judge, judge_absence
from diffcheck.training.events import Event
from diffcheck.training.exact.number import Arithmetic, Kind, Number
from diffcheck.training.exact.slopes import Loss, loss_of
from diffcheck.training.exact.verdicts import judge_number
from diffcheck.training.setting import Setting
from diffcheck.training.told import BITS, Told, told
from diffcheck.truth.allowance import Allowance
from diffcheck.truth.balls import precision
from diffcheck.truth.derivative import derive
from diffcheck.truth.limits import Limit
from diffcheck.truth.local import Truth
from diffcheck.truth.margins import Margins, Permission
from diffcheck.truth.neighbours import nearest
from diffcheck.truth.oracle import Oracle
from diffcheck.verdict import Verdict

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Backwards:
    """The backward calls of a run whose batches have the same shapes, and so the same formula."""

    setting: Setting
    loss: Loss
    events: Sequence[Event]

    @property
    def formula(self) -> Formula:
        """The loss's formula."""
        return self.loss.formula

    @cached_property
    def points(self) -> Array:
        """Shape (events, columns): torch's parameters before each call, and the batch's data; not all of it need be finite."""
        training, variables = self.setting.training, self.formula.variables
        shaped = {one.name: one for one in self.formula.inputs}
        rows = []
        for event in self.events:
            known = columns_in(training.data[event.action.batch])
            for name, moment in event.before.moments.items():
                known |= dict(zip((each.replace(" ", "") for each in shaped[name].columns), moment.values.tolist(), strict=True))
            rows.append([known[each.replace(" ", "")] for each in variables])
        form = self.setting.form
        return np.array([[nearest(number, form) for number in row] for row in rows]).reshape(len(rows), len(variables))

    @cached_property
    def margins(self) -> Margins:
        """The truth at every call, and how far a sound reverse sweep may be off."""
        points = np.where(self._finite[:, None], self.points, 0.0)
        oracle = Oracle(derive(self.formula, 1, self.loss.moving), points, self.setting.form)
        return Margins(oracle, self.loss.swept, self.loss.moving, 1, Permission())

    @cached_property
    def _finite(self) -> NDArray[np.bool_]:
        """Shape (events,): everything that the call starts from is finite."""
        return np.asarray(np.isfinite(self.points).all(axis=1))

    def judged(self, index: int) -> Iterator[Told]:
        """The loss and the gradients of one call."""
        event = self.events[index]
        step = event.action.step
        assert event.loss is not None
        judged = self._judge(index, Target(0), event.loss, None, Fraction(1))
        yield self._told(step, "loss", [(Target(0), event.loss, judged)], index)
        for one in self.formula.inputs:
            if one.name not in self.setting.training.parameters:
                continue
            before, after = event.before.moments[one.name].grad, event.after.moments[one.name].grad
            found = []
            for place, column in enumerate(one.columns):
                target = Target(0, (self.formula.variables.index(column),))
                actual = None if after is None else float(after[place])
                previous = None if before is None else float(before[place])
                found.append((target, actual, self._judge(index, target, actual, previous, event.action.weight)))
            yield self._told(step, f"d/d{one.name}", found, index)

    @cached_property
    def _agrees(self) -> NDArray[np.bool_]:
        """Shape (events, outputs of the tape): what the quick test clears of calls that have nothing to add to."""
        margins, oracle = self.margins, self.margins.oracle
        quick, enclosures = margins.quick, oracle.enclosures
        found = np.zeros((len(self.events), len(self.margins.outputs)), dtype=bool)
        for target, output in margins.outputs.items():
            place = oracle.column(target)
            numbers = np.array([self._plain(event, target) for event in self.events])
            trusted = self._finite & quick.clear & enclosures.narrow[:, place] & enclosures.narrow[:, oracle.column(Target(0))]
            middle = enclosures.high[:, place], enclosures.low[:, place]
            found[:, output] = clear(numbers, middle, trusted, quick.radii[:, output], oracle.form).agrees
        return found

    def _plain(self, event: Event, target: Target) -> float:
        """What the quick test may judge: the loss, or a gradient with nothing before it; else NaN."""
        if not target.order:
            return float("nan") if event.loss is None else event.loss
        name, place = self._owners[target.columns[0]]
        before, after = event.before.moments[name].grad, event.after.moments[name].grad
        first = before is None or before[place] == 0
        return float(after[place]) if first and after is not None and event.action.weight == 1 else float("nan")

    @cached_property
    def _owners(self) -> Mapping[int, tuple[str, int]]:
        """By each column of the formula, the variable that it is of, and its element."""
        numbers = {column: number for number, column in enumerate(self.formula.variables)}
        return {numbers[column]: (one.name, place) for one in self.formula.inputs for place, column in enumerate(one.columns)}

    def _judge(self, index: int, target: Target, actual: float | None, previous: float | None, weight: Fraction) -> "_Judged":
        margins = self.margins
        if not self._finite[index]:
            return _Judged(Judgement(Verdict.RANGE, cause="the parameters, or the data, are not finite"), None)
        if actual is not None and self._agrees[index, margins.outputs[target]]:
            return _Judged(Judgement(Verdict.AGREES), None)
        try:
            truth = margins.oracle.truth(index, target)
        except UndecidedError as error:
            return _Judged(Judgement(Verdict.UNDECIDED, cause=str(error)), None)
        if actual is None:
            return _Judged(judge_absence(truth), truth.ball)
        allowance = margins.allowance(index, target)
        if weight == 1 and not previous:
            return _Judged(judge(actual, truth, allowance, margins.form), truth.ball)
        with precision(BITS):
            if truth.ball is None:
                return _Judged(self._judge_sides(actual, truth, allowance, previous, weight), None)
            number = self._sum(truth.ball, allowance.radius, previous, weight)
            if allowance.radius is None:  # what excuses the gradient excuses its sum, and nothing else does
                found = judge(actual, Truth(number.exact), replace(allowance, radius=None), margins.form)
                return _Judged(found, number.exact)
            return _Judged(judge_number(actual, number, margins.form), number.exact)

    def _judge_sides(
        self, actual: float, truth: Truth, allowance: Allowance, previous: float | None, weight: Fraction
    ) -> Judgement:
        """Of a kink or a jump: both sides, weighted, with what was there added; a sum of intervals is one."""

        def moved(side: Limit | None) -> tuple[Limit | None, arb]:
            if side is None or side.ball is None:
                return side, arb(0)
            number = self._sum(side.ball, arb(0), previous, weight)
            return replace(side, ball=number.exact), number.radius or arb(0)

        (left, rounds), (right, also) = moved(truth.left), moved(truth.right)
        radius = None if allowance.radius is None else allowance.radius * float(weight) + rounds.max(also)
        return judge(actual, replace(truth, left=left, right=right), replace(allowance, radius=radius), self.margins.form)

    def _sum(self, exact: arb, radius: Any, previous: float | None, weight: Fraction) -> Number:
        """What was there, and the weighted gradient."""
        arithmetic = Arithmetic(self.margins.form)
        reached = exact + arb(0, 1) * radius if radius is not None else arb.nan()
        number = Number(exact, reached, Kind.TENSOR)
        if weight != 1:
            number = arithmetic.apply("mul", [number, arithmetic.weight(weight)])
        return number if previous is None else arithmetic.apply("add", [arithmetic.given(previous, Kind.TENSOR), number])

    def _told(self, step: int, part: str, found: list[tuple[Target, float | None, "_Judged"]], index: int) -> Told:
        counts = Counter(each.judgement.verdict for _, _, each in found)
        _, actual, worst = min(found, key=lambda each: each[2].judgement.badness)
        point = dict(zip(self.formula.variables, self.points[index].tolist(), strict=True))
        return told(step, part, counts, actual, worst.exact, worst.judgement, self.margins.form, point)


@dataclass(frozen=True)
class _Judged:
    judgement: Judgement
    exact: arb | None


def judge_backwards(setting: Setting, events: Sequence[Event]) -> dict[int, list[Told]]:
    """What is to be said of each backward among ``events``, by its place in them."""
    by_shapes: dict[Any, list[int]] = {}
    for place, event in enumerate(events):
        if event.action.word == "backward" and not event.error:
            by_shapes.setdefault(setting.training.shapes(event.action.batch), []).append(place)
    found = {}
    for shapes, places in by_shapes.items():
        loss = loss_of(setting.loss, shapes, tuple(setting.training.parameters))
        calls = Backwards(setting, loss, [events[place] for place in places])
        for index, place in enumerate(places):
            found[place] = list(calls.judged(index))
    return found
