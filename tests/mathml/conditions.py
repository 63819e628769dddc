"""Conditions, read: comparisons, and what joins them."""

from typing import Any, Protocol

import numpy as np

from diffcheck.truth.balls import row_on_balls
from tests.mathml.sight import Mark, Misread
from tests.mathml.working import Unreadable

RELATIONS = {"<": "lt", "≤": "le", ">": "gt", "≥": "ge", "=": "eq", "≠": "ne"}


class Line(Protocol):
    """Marks, read from left to right."""

    place: int

    @property
    def mark(self) -> Mark:
        """The mark that is next."""

    def sees(self, *texts: str, kind: str = "mo") -> bool:
        """It is one of ``texts``."""

    def take(self) -> Mark:
        """It, and go on."""

    def want(self, text: str) -> None:
        """Go on behind ``text``."""

    def expression(self) -> Any:
        """The value of an expression that stands there."""


def junction(line: Line) -> bool | None:
    found, signs = [clause(line)], set()
    while line.sees("∧", "∨"):
        signs.add(line.take().text)
        found.append(clause(line))
    if len(signs) > 1:
        raise Misread("and beside or")
    deciding = signs == {"∨"}
    return deciding if deciding in found else None if None in found else not deciding


def clause(line: Line) -> bool | None:
    if line.sees("¬"):
        line.take()
        found = clause(line)
        return None if found is None else not found
    if line.mark.kind == "mtext":
        return line.take().text == "true"
    start = line.place
    if line.sees("("):
        try:
            line.take()
            found = junction(line)
            line.want(")")
            return found
        except Misread:
            line.place = start
    left = line.expression()
    if isinstance(left, np.ndarray):
        raise Unreadable("a condition on each element")
    if not line.sees(*RELATIONS):
        raise Misread("no condition")
    sign = line.take().text
    return row_on_balls(RELATIONS[sign])(left, line.expression())  # type: ignore[no-any-return]
