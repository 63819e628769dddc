"""A run as a whole against its exact replay: torch's losses and numbers, and those that somebody expects.

Whichever stands alone is named: the expected number, or torch's run.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import isfinite
from typing import Any

from flint import arb

from diffcheck.cases.case import Case
from diffcheck.dtypes import FORMATS, Format
from diffcheck.judgement import Judgement, judge
from diffcheck.results import REPLAY, Result, Subject
from diffcheck.training.events import Event
from diffcheck.training.exact.replay import Drifted, Replayed
from diffcheck.training.exact.verdicts import OWN
from diffcheck.training.setting import Setting
from diffcheck.training.told import BITS, Told, located, told
from diffcheck.truth.allowance import Allowance
from diffcheck.truth.balls import precision
from diffcheck.truth.local import Truth
from diffcheck.truth.margins import Permission
from diffcheck.verdict import SEVERITY, Status, Verdict


def _weighed(parts: Sequence[tuple[float, Fraction]]) -> float:
    if all(isfinite(loss) for loss, _ in parts):
        return float(sum(Fraction(loss) * weight for loss, weight in parts))
    return sum(loss * float(weight) for loss, weight in parts)


@dataclass(frozen=True)
class Whole:
    """One run in torch, and the same exactly."""

    setting: Setting
    events: Sequence[Event]
    replayed: Replayed | None
    reason: str = ""
    """Why there is no exact replay."""

    @cached_property
    def losses(self) -> dict[int, float]:
        """Torch's loss of each step: that of its window, as the run weights it, added up exactly."""
        found: dict[int, list[tuple[float, Fraction]]] = {}
        for event in self.events:
            if event.loss is not None:
                found.setdefault(event.action.step, []).append((event.loss, event.action.weight))
        return {step: _weighed(parts) for step, parts in found.items()}

    def parameters(self, step: int) -> Mapping[str, Sequence[float]]:
        """Torch's parameters after a step."""
        event = self._steps.get(step)
        return {name: moment.values.tolist() for name, moment in event.after.moments.items()} if event is not None else {}

    @cached_property
    def _steps(self) -> Mapping[int, Event]:
        return {event.action.step: event for event in self.events if event.action.word == "step" and not event.error}


USELESS = "a sound run may have drifted by now as far as the number is large: nothing can be said of it"


def judge_drift(actual: float, drifted: Drifted, form: Format, permission: Permission = OWN) -> Judgement:
    """A number of a run against the exact one, within what the run may have drifted by then."""
    with precision(BITS):
        radius = None if drifted.drift is None else arb(drifted.drift) * permission.factor + permission.absolute
        overflow = drifted.excuse if drifted.drift is None else ""
        allowance = Allowance(radius, lambda: ("range" if drifted.excuse else "rounding", drifted.excuse), overflow)
        found = judge(actual, Truth(drifted.exact), allowance, form)
        if found.verdict is Verdict.ROUNDED and (radius is None or not radius < abs(drifted.exact)):
            return Judgement(Verdict.UNDECIDED, found.off, found.allowed, USELESS)
        return found


def judge_losses(whole: Whole) -> Result:
    """Torch's losses against the replay's, all of them."""
    subject = Subject(REPLAY, whole.setting.dtype, whole.setting.device, None, 0, "loss")
    if whole.replayed is None:
        return Result(subject, {Verdict.UNDECIDED: 1}, None, whole.reason)
    found = [(step, actual, judge_drift(actual, whole.replayed.losses[step], whole.setting.form, whole.setting.permission))
             for step, actual in whole.losses.items()]  # fmt: skip
    if not found:
        return Result(subject, {}, None)
    step, actual, worst = min(found, key=lambda each: each[2].badness)
    exact = whole.replayed.losses[step].exact
    counts = Counter(judgement.verdict for _, _, judgement in found)
    part = told(step, "loss", counts, actual, exact, worst, whole.setting.form, {"step": step})
    alone = "run" if worst.verdict.status is Status.FAIL else ""
    return Result(subject, dict(counts), replace(part.finding, alone=alone))


def judge_parameters(whole: Whole) -> Iterator[Told]:
    """Torch's parameters after each step against the replay's: all that can be judged where the state is private."""
    if whole.replayed is None:
        return
    for step, exactly in whole.replayed.parameters.items():
        for name, values in whole.parameters(step).items():
            yield judge_values(whole.setting, step, name, list(zip(values, exactly[name], strict=True)))


def judge_values(
    setting: Setting, step: int, name: str, values: Sequence[tuple[float, Drifted]], start: Sequence[float] = ()
) -> Told:
    """A parameter's values after a step beside the replay's; the worst is told with where it started, if that is given."""
    judged = [judge_drift(actual, exactly, setting.form, setting.permission) for actual, exactly in values]
    place = min(range(len(judged)), key=lambda index: judged[index].badness)
    counts = Counter(each.verdict for each in judged)
    point = located(place, len(values), start=start[place]) if start else located(place, len(values))
    actual, exactly = values[place]
    return told(step, name, counts, actual, exactly.exact, judged[place], setting.form, point)


@dataclass(frozen=True)
class _Expected:
    """One number that somebody expects, with its place in a run."""

    subject: Subject
    number: float | None
    exact: Mapping[int, Drifted | None]
    """By the number of the run."""
    actual: Mapping[int, float | None]


def judge_expected(case: Case, wholes: Sequence[Whole]) -> list[Result]:
    """The numbers that a case expects, each by the run whose dtype it fits best, and who stands alone."""
    return [_judged(each, wholes) for each in _expected(case, wholes)]


def _expected(case: Case, wholes: Sequence[Whole]) -> Iterator[_Expected]:
    for step, number in case.expected_loss.items():
        exact = {index: each.replayed.losses.get(step) for index, each in enumerate(wholes) if each.replayed}
        actual = {index: each.losses.get(step) for index, each in enumerate(wholes)}
        yield _Expected(Subject("expect", None, None, None, 0, f"loss {step}"), number, exact, actual)
    last = case.training.steps if case.training is not None else 0
    for column, number in case.expected_parameters.items():
        name, place = _column(column, wholes)
        exact = {index: each.replayed.parameters[last][name][place] for index, each in enumerate(wholes) if each.replayed}
        actual = {index: _at(each.parameters(last).get(name), place) for index, each in enumerate(wholes)}
        yield _Expected(Subject("expect", None, None, None, 0, column), number, exact, actual)
    for column, gradient in case.expected_gradient.items():
        name, place = _column(column, wholes)
        exact = {index: _at(each.replayed.gradients[name], place) for index, each in enumerate(wholes) if each.replayed}
        actual = {index: _last_gradient(each, name, place) for index, each in enumerate(wholes)}
        yield _Expected(Subject("expect", None, None, column, 1), gradient, exact, actual)


def _column(column: str, wholes: Sequence[Whole]) -> tuple[str, int]:
    """The parameter that a column is of, and its element."""
    for one in wholes[0].setting.inputs:
        columns = [each.replace(" ", "") for each in one.columns]
        if column in columns:
            return one.name, columns.index(column)
    raise AssertionError(f"no parameter has a column {column}")


def _at(values: Sequence[Any] | None, place: int) -> Any:
    return None if values is None else values[place]


def _last_gradient(whole: Whole, name: str, place: int) -> float | None:
    if not whole.events:
        return None
    grad = whole.events[-1].after.moments[name].grad
    return None if grad is None else float(grad[place])


def _judged(expected: _Expected, wholes: Sequence[Whole]) -> Result:
    if not expected.exact:
        reason = next((each.reason for each in wholes if each.reason), "no run")
        return Result(expected.subject, {Verdict.UNDECIDED: 1}, None, reason)
    if expected.number is None:
        return _absent(expected)
    found = []
    for index, exact in expected.exact.items():
        form = wholes[index].setting.form
        if exact is None:
            found.append((Judgement(Verdict.PHANTOM, cause="there is no gradient by then"), index))
        else:
            found.append((judge_drift(expected.number, exact, form), index))
    settled = [each for each in found if each[0].verdict is not Verdict.UNDECIDED] or found
    judgement, index = max(settled, key=lambda each: SEVERITY.index(each[0].verdict))
    exact, actual, form = expected.exact[index], expected.actual.get(index), wholes[index].setting.form
    part = told(0, "", {}, expected.number, None if exact is None else exact.exact, judgement, form, {})
    alone, cause = "", judgement.cause
    if judgement.verdict.status is Status.FAIL and exact is not None and actual is not None:
        sound = judge_drift(actual, exact, form).verdict.status is not Status.FAIL
        alone = "expectation" if sound else ("replay" if actual == expected.number else "")
        cause = cause or f"torch's run has {actual!r}"
    finding = replace(part.finding, alone=alone, cause=cause)
    return Result(expected.subject, {judgement.verdict: 1}, finding)


def _absent(expected: _Expected) -> Result:
    """No gradient is expected: none in the replay and none in torch."""
    there = [each for each in (*expected.exact.values(),) if each is not None]
    actual = next((each for each in expected.actual.values() if each is not None), None)
    if not there and actual is None:
        return Result(expected.subject, {Verdict.AGREES: 1}, None)
    judgement = Judgement(Verdict.WRONG, cause="no gradient is expected, and there is one")
    part = told(0, "", {}, None, there[0].exact if there else None, judgement, FORMATS["float64"], {})
    return Result(expected.subject, {Verdict.WRONG: 1}, part.finding)


def bound(drifted: Drifted) -> float | None:
    """A drift as a report tells it."""
    return drifted.drift if drifted.drift is not None and isfinite(drifted.drift) else None
