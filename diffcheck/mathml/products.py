"""Factors side by side: with a sign between them where they would be read as something else."""

from collections.abc import Sequence

from diffcheck.mathml.marks import TIMES, operator
from diffcheck.mathml.part import (
    BAR,
    BRACKET,
    CALL,
    FRACTION,
    JOINED,
    NAME,
    NUMBER,
    POWER,
    PRODUCT,
    RATIO,
    ROOT,
    WORD,
    Part,
    chained,
)

ELEMENTWISE = "⊙"

_DIVIDED = {
    (NUMBER, RATIO), (RATIO, RATIO), (RATIO, FRACTION), (FRACTION, RATIO), (FRACTION, FRACTION),
    (NAME, BRACKET), (CALL, BRACKET), (BAR, BAR),
}  # fmt: skip
"""What stands left and right of a joint where nothing between would be misread: as a mixed number, one long fraction, a
function's argument, a norm."""


def runs_together(left: Part, right: Part) -> bool:
    """The two would be read as something else than their product if nothing were between them."""
    # Digits behind whatever there is read as its subscript or as digits of the same number, a root's as a power.
    return right.first in (NUMBER, ROOT) or WORD in (left.last, right.first) or (left.last, right.first) in _DIVIDED


def joined(parts: Sequence[Part], arrays: Sequence[bool]) -> Part:
    """The product of ``parts``; ``arrays`` tells which of them are: their product is taken element by element."""
    if len(parts) == 1:
        return parts[0]
    pieces: list[Part | str] = [parts[0].within(PRODUCT)]
    for place, part in enumerate(parts[1:], start=1):
        left, right = pieces[-1], part.behind(PRODUCT)
        assert isinstance(left, Part)
        sign = ELEMENTWISE if arrays[place] and any(arrays[:place]) else "·" if runs_together(left, right) else TIMES
        # A function's name keeps its distance from what stands before it.
        space = {"rspace": "0.17em"} if sign == TIMES and CALL in (left.last, right.first) else {}
        pieces += [operator(sign, **space), right]
    return chained(PRODUCT, *pieces)


def multiplied(left: Part, right: Part) -> Part:
    """The product of matrices, with the formula language's own sign where the two would run together."""
    right = right.behind(POWER)
    return chained(JOINED, left, operator("@" if runs_together(left, right) else TIMES), right)
