"""Where a failing formula breaks: the smallest part of it whose own derivative torch gets wrong at that point.

Each operation is judged by itself, as a formula of one operation whose arguments are the numbers that torch itself
gets on the way, in the same dtype, on the same device, in the same mode: so what went wrong before is not counted
again. Where none fails alone, operations are judged with those they are made of, likewise, the smallest parts first;
the last is the whole formula at the failing point itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from diffcheck.dtypes import FORMATS
from diffcheck.findings import Column, judge_column
from diffcheck.formula.chain import CONDITIONS
from diffcheck.formula.classes import symbol
from diffcheck.formula.excerpt import Part, parts_of, reach, renamed
from diffcheck.formula.formula import Formula
from diffcheck.formula.inputs import Input
from diffcheck.formula.mathematics import rebuild
from diffcheck.formula.operations import Tape
from diffcheck.formula.sweeps import swept
from diffcheck.formula.targets import Target, partials_of
from diffcheck.program.gradient import Answer, Place, Request, differentiate, evaluate
from diffcheck.program.modes import MODES
from diffcheck.program.program import lower, lower_tape
from diffcheck.program.repro import MANY, Example, written
from diffcheck.report.numbers import rough, spelled
from diffcheck.results import Finding, Result, Subject
from diffcheck.truth.derivative import Derivative, derive
from diffcheck.truth.domain import active
from diffcheck.truth.margins import Margins, Permission
from diffcheck.truth.oracle import Oracle
from diffcheck.verdict import SEVERITY, Status, Verdict

FRESH = ("u", "v", "w", "p", "q", "r", "s", "t")
"""Names for what a part is made of; those that the formula uses itself are left out."""
SINGLE, GROWN = range(1, 2), range(2, 7)
"""How many operations deep a part is: itself alone, or some of those below it, before the whole formula is taken."""
MAX_SINGLE = 300
"""How many operations are judged by themselves."""
MAX_GROWN = 60
"""How many larger parts are judged, by the order of the derivative: about a second's worth, before the whole formula."""
MAX_TEXT = 120
BROUGHT_BY = {
    Verdict.WRONG: (Verdict.WRONG, Verdict.DETACHED, Verdict.PHANTOM),
    Verdict.PHANTOM: (Verdict.PHANTOM, Verdict.WRONG, Verdict.DETACHED),
    Verdict.NAN: (Verdict.NAN,),
    Verdict.DETACHED: (Verdict.DETACHED,),
    Verdict.ERROR: (Verdict.ERROR,),
}
"""How a part must fail to bring about how the formula fails: a wrong number in one makes no NaN of the other."""


@dataclass(frozen=True)
class Ground:
    """What the results of one dtype on one device have in common."""

    formula: Formula
    """Its own lowering is what ran."""
    points: NDArray[np.float64]
    """Shape (n, variables)."""
    sought: tuple[int, ...]
    """The variables that torch was asked for."""
    place: Place
    """Where it ran, and how many of the points by themselves."""
    factor: float = 1.0
    """How much wider than the formula's own the allowance is."""


@dataclass(frozen=True)
class Failure:
    """A number of a formula's own lowering that failed."""

    ground: Ground
    finding: Finding
    target: Target
    mode: str

    @property
    def place(self) -> Place:
        """Where the point ran: with singles 1 by itself, with 0 among others."""
        ground, point = self.ground, list(self.finding.point.values())
        index = int(np.argmax((ground.points == point).all(axis=1)))
        return replace(ground.place, singles=int(index < ground.place.singles))

    @property
    def run_in(self) -> str:
        """The mode in which parts are judged: a compiler takes seconds a part, and compiles what runs without it."""
        return "reverse" if self.target.order and MODES[self.mode].slow else self.mode


@dataclass(frozen=True)
class Culprit:
    """The smallest part of a formula that fails by itself."""

    text: str
    """The part, in the formula's words; ``u``, ``v`` … stand for what it takes from the rest."""
    meaning: dict[str, str]
    """What they stand for."""
    finding: Finding
    """The part's own: the point in its variables, exactly torch's own numbers; the verdict, how far off."""
    subject: Subject
    example: Example
    """What shows it."""

    @property
    def sentence(self) -> str:
        """``celu(u, 2)`` with u = x*y: d/du is wrong by 1.2e+08 ulps at u = -0.7 (reverse)."""
        meant = ", ".join(f"{name} = {text}" for name, text in self.meaning.items())
        finding = self.finding
        off = f" by {rough(finding.off_ulps)} ulps" if finding.off_ulps is not None else ""
        at = ", ".join(f"{name} = {spelled(number)}" for name, number in finding.point.items())
        where = f"{self.subject.partial or 'its value'} is {finding.verdict.word}{off} at {at} ({self.subject.mode})"
        return f"`{self.text}`{f' with {meant}' if meant else ''}: {where}"


def explained(result: Result, target: Target, ground: Ground) -> Result:
    """A result whose finding tells, where it fails, what breaks, and holds a program of a few lines that shows it."""
    finding = result.worst
    if finding is None or finding.verdict.status is not Status.FAIL:
        return result
    failure = Failure(ground, finding, target, result.subject.mode)
    culprit = find(failure)
    try:
        repro = _repro(failure, culprit)
    except Exception:  # what is only an explanation must not lose a finding
        repro = ""
    return replace(result, worst=replace(finding, culprit="" if culprit is None else culprit.sentence, repro=repro))


def find(failure: Failure) -> Culprit | None:
    """The smallest part that fails by itself; None where none does. It never raises.

    Of several operations whose own derivative fails, the one that is furthest off; where there is none, an operation
    whose own value is wrong, as other derivatives are made of it; then larger parts, of which the first.
    """
    try:
        single = list(_failing(failure, SINGLE, MAX_SINGLE))
        if not single and failure.finding.verdict is Verdict.WRONG:
            valued = replace(failure, target=Target(failure.target.entry), mode="value")
            single = list(_failing(valued, SINGLE, MAX_SINGLE))
        if single:
            return min(single, key=lambda each: -inf if each.finding.off_ulps is None else -each.finding.off_ulps)
        return next(_failing(failure, GROWN, MAX_GROWN // max(failure.target.order, 1)), None)
    except Exception:  # what is only an explanation must not lose a finding
        return None


def _failing(failure: Failure, depths: range, limit: int) -> Iterator[Culprit]:
    """Parts that fail by themselves, of the first ``limit`` that reach so deep."""
    tape = failure.ground.formula.tape.only(failure.target.entry)
    numbers = _numbers(failure, tape)
    moving = reach(tape, failure.target.columns or range(len(tape.variables)))
    heads = [
        place
        for place in active(tape, numbers)
        if place >= len(tape.variables) and place in moving and tape.operations[place].name not in CONDITIONS
    ]
    for part in parts_of(tape, heads, depths, limit):
        point = [numbers[place] for place in part.inputs]
        if np.isfinite(point).all():
            yield from _judged(failure, part, point, moving)


def _numbers(failure: Failure, tape: Tape) -> list[Any]:
    """What torch itself gets for each operation at the failing point: a number, a truth, or None for a constant."""
    wanted = [place for place, operation in enumerate(tape.operations) if not operation.constant]
    dtype = getattr(torch, failure.place.dtype)
    point = [failure.finding.point[name] for name in tape.variables]
    shape = () if failure.place.singles else (MANY,)
    inputs = [torch.full(shape, number, dtype=torch.float64).to(failure.place.device, dtype) for number in point]
    with torch.no_grad():
        found = lower_tape(replace(tape, outputs=tuple(wanted)))(*inputs)
    numbers: list[Any] = [None] * len(tape)
    for place, number in zip(wanted, found if isinstance(found, list | tuple) else [found], strict=True):
        numbers[place] = number.flatten()[0].item()
    return numbers


@lru_cache(maxsize=512)
def _formula(tape: Tape) -> Formula:
    """A part as a formula: kept, since the same operation stands in many places."""
    text, expression = tape.text(tape.outputs[0], MAX_TEXT), rebuild(tape, list(map(symbol, tape.variables)))
    return Formula(text, expression, tuple(map(Input, tape.variables)), (), tape, tape, tape)


@lru_cache(maxsize=512)
def _known(tape: Tape, sweeps: tuple[str, ...], columns: tuple[int, ...]) -> tuple[Derivative, Tape]:
    """The part's derivative, and its operations with the sweeps behind them."""
    return derive(_formula(tape), len(sweeps), columns), swept(tape, sweeps, columns)


def _judged(failure: Failure, part: Part, point: list[float], moving: set[int]) -> Iterator[Culprit]:
    """The part's worst partial, if it fails: by all that depends on what the failing partial is by."""
    order, mode = failure.target.order, failure.run_in
    columns = tuple(number for number, place in enumerate(part.inputs) if place in moving)
    sweeps = MODES[mode].sweeps(order) if order else ("reverse",)
    derivative, whole = _known(part.tape, sweeps, columns)
    oracle = Oracle(derivative, np.array([point]), FORMATS[failure.place.dtype])
    margins = Margins(oracle, whole, columns, len(sweeps), Permission(failure.ground.factor))
    answer = _answer(failure, part.tape, point, columns)
    errors = {0: answer.errors[0]} if 0 in answer.errors else {}
    failing = []
    for number, target in enumerate(partials_of(1, columns, order)):
        column = Column(answer.numbers[:1, number], answer.detached[:1, number], errors)
        _, finding = judge_column(column, margins, target, lambda index: None)
        if finding is not None and finding.verdict in BROUGHT_BY[failure.finding.verdict]:
            failing.append((SEVERITY.index(finding.verdict), -(finding.share or 0.0), number, finding, target))
    if failing:
        *_, finding, target = min(failing, key=lambda each: each[:3])
        yield _culprit(failure, part, columns, finding, target)


def _answer(failure: Failure, tape: Tape, point: list[float], columns: tuple[int, ...]) -> Answer:
    """What torch says of a part at ``point``, which is run as the failing one was."""
    points = np.array([point] * (1 if failure.place.singles else MANY))
    program = lower(_formula(tape))
    if failure.target.order == 0:
        return evaluate(program, points, failure.place)
    return differentiate(program, points, MODES[failure.run_in], Request(columns, failure.target.order), failure.place)


def _culprit(failure: Failure, part: Part, columns: tuple[int, ...], finding: Finding, target: Target) -> Culprit:
    """A part that fails, in words."""
    own, width = part.whole, len(part.whole.variables)
    fresh = iter([*(name for name in FRESH if name not in own.variables), *(f"u{number}_" for number in range(len(part.whole)))])
    names = [own.variables[place] if place < width else next(fresh) for place in part.inputs]
    meaning = {name: own.text(place) for name, place in zip(names, part.inputs, strict=True) if place >= width}
    tape = renamed(part.tape, names)
    point = dict(zip(names, finding.point.values(), strict=True))
    by = ",".join(names[column] for column in target.columns) or None
    place = failure.place
    return Culprit(
        text=tape.text(tape.outputs[0], MAX_TEXT),
        meaning=meaning,
        finding=replace(finding, point=point),
        subject=Subject(failure.run_in, place.dtype, place.device, by, target.order),
        example=Example(tape, tuple(point.values()), target.columns, columns, failure.run_in, place),
    )


def _repro(failure: Failure, culprit: Culprit | None) -> str:
    """A small program that shows the part that fails, else the whole formula."""
    if culprit is not None:
        return written(culprit.example, culprit.sentence, culprit.finding.expected)
    finding, target = failure.finding, failure.target
    point = tuple(finding.point[name] for name in failure.ground.formula.variables)
    mode = failure.mode if target.order else "value"
    tape = failure.ground.formula.tape.only(target.entry)
    example = Example(tape, point, target.columns, failure.ground.sought, mode, failure.place)
    return written(example, f"{failure.ground.formula.text}: {finding.verdict.word} in mode {mode}", finding.expected)
