"""A step of a rule, entry by entry, on whatever numbers an arithmetic has: balls of one element, arrays of all."""

from collections.abc import Collection, Generator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, Protocol

from diffcheck.formula.formula import read_over
from diffcheck.formula.inputs import Input
from diffcheck.formula.operations import Tape
from diffcheck.formula.reader import read_expression
from diffcheck.training.exact.number import Kind
from diffcheck.training.rule import Rule, holds


class Worker(Protocol):
    """What an arithmetic must do to run a rule's lines."""

    def given(self, value: Any, kind: Kind) -> Any:
        """A number that is known exactly."""

    def constant(self, value: Any) -> Any:
        """A constant of the rule's text."""

    def apply(self, name: str, inputs: Any, text: Any = "") -> Any:
        """A row of the table of functions."""

    def rounded(self, number: Any) -> Any:
        """A number as it is stored in a tensor."""

    def stored_scalar(self, number: Any) -> Any:
        """A number as it is stored in a 0-d tensor."""

    def stored(self, number: Any) -> Any:
        """A Python number as every element of a tensor holds it."""

    def meant(self, number: Any) -> Any:
        """An option that may be meant as the decimal that it was written as."""

    def kernel(self, norm: Any, numbers: Any) -> Any:
        """The norm of ``numbers``, as one kernel that works it out."""

    def observed(self, value: Any, number: Any, kind: Kind) -> Any:
        """What stands for ``number`` once ``value`` was stored of it."""


Entries = Generator[tuple[str, Any], Any, None]
"""Yields each entry's name and next number in the rule's order, and is sent what was observed of it."""


@dataclass(frozen=True)
class Update:
    """What decides how a step goes, beside the numbers."""

    rule: Rule
    options: Mapping[str, Any]
    """The options that the optimizer received, as ``Rule.settings`` takes them apart; numbers are floats."""
    variant: str = "loop"
    tensors: frozenset[str] = frozenset()
    """The options that are 0-d tensors."""
    first: bool = False
    """Nothing was kept for the parameter before."""
    shape: tuple[int, ...] = ()
    """The parameter's own."""
    loose: bool = False
    """Somebody's code may have options as the decimals that they were written as: ``0.001``, not ``1 - 0.999``."""

    @cached_property
    def words(self) -> dict[str, Any]:
        """What a line's condition may ask for."""
        return {**self.options, self.variant: True, "first": self.first, "matrix": len(self.shape) > 1}

    @cached_property
    def scalars(self) -> frozenset[str]:
        """The entries that live in 0-d tensors."""
        return frozenset(entry.name for entry in self.rule.entries if entry.scalar)

    def kind_of(self, name: str) -> Kind:
        """What an entry is worked with as: one in a 0-d tensor as a Python float, where torch takes its value out first."""
        entry = next((each for each in self.rule.entries if each.name == name and each.scalar), None)
        if entry is None:
            return Kind.PYTHON if name in self.options else Kind.TENSOR
        on_tensors = self.rule.on_tensors if entry.on_tensors is None else entry.on_tensors
        return Kind.SCALAR if self.variant in on_tensors else Kind.PYTHON

    @property
    def is_reordered(self) -> bool:
        """The variant does the same mathematics in an order of its own."""
        return self.variant in self.rule.orders

    def published(self) -> "Update":
        """The same in the order of work that the rule is published in."""
        return replace(self, variant="loop")


Memo = dict[tuple[int, int], Any]
"""What all elements of one parameter have in common in a step, by the numbers of line and operation: worked out for the
first element."""


def updated(update: Update, before: Mapping[str, Any], worker: Worker, memo: Memo | None = None) -> Entries:
    """One step of an elementwise rule.

    ``before`` holds ``param``, ``grad`` and the state entries by name, scalars among them as floats; where the step is
    the parameter's first one, the state is what the rule starts from. What is sent back for an entry, where it is not
    None, stands for it in the lines that follow. With a ``memo``, which is of one step and one parameter, what does not
    depend on the element is worked out once.
    """
    known = _given(update, before, worker)
    lines = [line for line in update.rule.lines(update.variant) if holds(line.when, update.words)]
    last = {line.name: place for place, line in enumerate(lines)}
    scalars = update.scalars
    kept = {entry.name for entry in update.rule.entries} | {"param"}
    common = {*update.options, *scalars} if memo is not None else set()
    for place, line in enumerate(lines):
        number, alike = _worked_out(line.text, known, worker, place, {} if memo is None else memo, common)
        common = common | {line.name} if alike else common - {line.name}
        known[line.name] = number
        if line.name in kept and last[line.name] == place:
            stored = worker.stored_scalar(number) if line.name in scalars else worker.rounded(number)
            observed = yield line.name, stored
            if observed is None:
                known[line.name] = worker.given(stored, update.kind_of(line.name)) if line.name in scalars else stored
            else:
                known[line.name] = worker.observed(observed, known[line.name], update.kind_of(line.name))


def _options(update: Update, worker: Worker) -> dict[str, Any]:
    """The options that are numbers."""
    found = {
        name: worker.given(float(value), Kind.SCALAR if name in update.tensors else Kind.PYTHON)
        for name, value in update.options.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    return {name: worker.meant(number) for name, number in found.items()} if update.loose else found


def _given(update: Update, before: Mapping[str, Any], worker: Worker) -> dict[str, Any]:
    known = _options(update, worker)
    for name, value in before.items():
        known[name] = worker.given(value, update.kind_of(name))
    for name, number in started(update, worker, known).items() if update.first else ():
        known.setdefault(name, number)
    return known


def started(update: Update, worker: Worker, known: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The numbers that are kept before the first step, where there are any, as they are stored.

    ``known`` holds the options as numbers, where they are no floats.
    """
    known = _options(update, worker) if known is None else known
    found = {}
    for entry in update.rule.kept(update.words):
        if entry.initial:
            number = worked_out(entry.initial, known, worker)
            found[entry.name] = worker.stored_scalar(number) if entry.scalar else worker.stored(number)
    return found


def worked_out(text: str, known: Mapping[str, Any], worker: Worker) -> Any:
    """The value of a line's formula, operation by operation in the order it is written."""
    return _worked_out(text, known, worker, 0, {}, frozenset())[0]


def _worked_out(
    text: str, known: Mapping[str, Any], worker: Worker, line: int, memo: Memo, common: Collection[str]
) -> tuple[Any, bool]:
    """The value of a line's formula, and whether it is made of ``common`` names alone, whose operations ``memo`` has."""
    tape = tape_of_line(text)
    values = [known[name] for name in tape.variables]
    alike = [name in common for name in tape.variables]
    for place, operation in enumerate(tape.operations[len(values) :], len(values)):
        alike.append(bool(common) and all(alike[each] for each in operation.arguments))
        if alike[-1] and (line, place) in memo:
            values.append(memo[line, place])
            continue
        if operation.name == "number":
            values.append(worker.constant(operation.value))
        else:
            values.append(worker.apply(operation.name, [values[each] for each in operation.arguments], _Text(tape, place)))
        if alike[-1]:
            memo[line, place] = values[-1]
    return values[tape.outputs[0]], alike[tape.outputs[0]]


class _Text:
    """An operation's words, spelled when somebody reads them: much work, and rarely asked for."""

    __slots__ = ("place", "tape")

    def __init__(self, tape: Tape, place: int) -> None:
        self.tape, self.place = tape, place

    def __str__(self) -> str:
        return self.tape.text(self.place)


@lru_cache(maxsize=512)
def tape_of_line(text: str) -> Tape:
    """A line's formula as operations; raises FormulaError with the place of what is wrong."""
    variables = read_expression(text).variables
    return read_over(text, tuple(Input(name, ()) for name in variables))
