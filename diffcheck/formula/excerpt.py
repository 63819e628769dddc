"""A part of a formula as a formula of its own: an operation, and what it is made of down to some depth."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from diffcheck.formula.chain import CONDITIONS
from diffcheck.formula.operations import Operation, Tape, postorder_needed


def inputs_below(tape: Tape, place: int, depth: int) -> tuple[int, ...]:
    """The places that the operation at ``place`` is made of, ``depth`` operations below it, or variables before that.

    A condition is no number that a formula could take: what it compares is taken in its place. Constants are no
    inputs: they stay what they are.
    """
    width = len(tape.variables)
    opened: set[int] = set()
    found: set[int] = set()
    front = {place} if place >= width else set()
    for _ in range(depth):
        below: set[int] = set()
        pending = list(front)
        while pending:
            current = pending.pop()
            opened.add(current)
            for argument in tape.operations[current].arguments:
                operation = tape.operations[argument]
                if operation.name in CONDITIONS and not operation.constant:
                    pending.append(argument)
                elif not operation.constant:
                    (found if argument < width else below).add(argument)
        front = below - opened
    return tuple(sorted(found | front))


def excerpt(tape: Tape, place: int, inputs: Sequence[int]) -> Tape:
    """The operations that ``place`` is made of, down to ``inputs``, which are its variables ``x0``, ``x1`` and so on."""
    ends = set(inputs)
    reached = postorder_needed(
        replace(tape, outputs=(place,)), lambda each: () if each in ends else tape.operations[each].arguments
    )
    ordered = [each for each in reached if each not in ends]
    moved = {old: new for new, old in enumerate([*inputs, *ordered])}
    names = tuple(f"x{number}" for number in range(len(inputs)))
    operations = [Operation("variable", value=name) for name in names]
    for old in ordered:
        operation = tape.operations[old]
        operations.append(replace(operation, arguments=tuple(moved[each] for each in operation.arguments)))
    return Tape(names, tuple(operations), (moved[place],))


def renamed(tape: Tape, names: Sequence[str]) -> Tape:
    """The same operations with other names for the variables."""
    variables = [Operation("variable", value=name) for name in names]
    return Tape(tuple(names), (*variables, *tape.operations[len(names) :]), tape.outputs)


def reach(tape: Tape, columns: Sequence[int]) -> set[int]:
    """The places of what depends on one of the variables ``columns``, those included."""
    found = set(columns)
    for place, operation in enumerate(tape.operations):
        if not found.isdisjoint(operation.arguments):
            found.add(place)
    return found


@dataclass(frozen=True)
class Part:
    """An operation with some of those that it is made of."""

    whole: Tape
    """The formula's operations."""
    tape: Tape
    """The part's own, its variables ``x0``, ``x1`` …"""
    inputs: tuple[int, ...]
    """The places in the formula that its variables stand for."""


def parts_of(tape: Tape, heads: Sequence[int], depths: range, limit: int) -> Iterator[Part]:
    """Operations of ``heads`` with those so far below them, the smallest first, at most ``limit``.

    Where they reach deeper than one operation, the whole formula is the last.
    """
    found: dict[tuple[int, tuple[int, ...]], None] = {}
    for depth in depths:
        found |= dict.fromkeys((place, inputs_below(tape, place, depth)) for place in heads)
        if len(found) > limit:
            break
    parts = [Part(tape, excerpt(tape, place, inputs), inputs) for place, inputs in list(found)[: 2 * limit]]
    parts.sort(key=lambda part: len(part.tape) - len(part.inputs))
    yield from parts[:limit]
    if depths[-1] > 1:
        everything = tuple(range(len(tape.variables)))
        yield Part(tape, excerpt(tape, tape.outputs[0], everything), everything)
