"""The cells of the table, read as formulas in ``x``, ``y``, ``z`` and the result ``r``."""

from collections.abc import Sequence
from functools import cache
from typing import TypeVar

from diffcheck.formula.operations import Tape
from diffcheck.formula.reader import read_tape

T = TypeVar("T")
PARAMETERS = ("x", "y", "z", "r")


@cache
def cell(text: str) -> Tape:
    """A cell of the table as a tape over ``x``, ``y``, ``z``, ``r``."""
    return read_tape(text, PARAMETERS, internal=True)


@cache
def pull_cell(text: str) -> Tape:
    """A cell over ``x``, ``y``, ``z``, ``r`` and the cotangent ``g``."""
    return read_tape(text, (*PARAMETERS, "g"), internal=True)


def filled(arguments: Sequence[T], result: T) -> list[T]:
    """What a cell's parameters stand for: a row's arguments, the first again for those it does not have, its result."""
    return [*arguments, *[arguments[0]] * (len(PARAMETERS) - 1 - len(arguments)), result]


@cache
def conditions(text: str) -> tuple[tuple[Tape, str], ...]:
    """A domain cell: what must be ``>``, ``>=`` or ``!=`` zero, with that sign."""
    found = []
    for condition in _split(text):
        left, sign, _ = condition.rsplit(" ", 2)
        found.append((cell(left), sign))
    return tuple(found)


@cache
def ties(text: str) -> tuple[Tape, ...]:
    """A ties cell: what is zero exactly where the function may bend or jump."""
    return tuple(cell(part) for part in _split(text))


def _split(text: str) -> list[str]:
    """``text`` at its outermost commas."""
    parts, depth, start = [], 0, 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]
