"""The variables of a formula with their shapes, and the numbers that they hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from math import prod

Shape = tuple[int, ...]
MAX_COLUMNS = 400
"""Variables that hold more numbers are not written out."""


@dataclass(frozen=True)
class Input:
    """One variable of a formula."""

    name: str
    shape: Shape = ()
    """Empty for a number."""

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return prod(self.shape)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its numbers, row by row: ``w[0]``, ``A[0,1]``; a number keeps the variable's own."""
        if not self.shape:
            return (self.name,)
        return tuple(f"{self.name}[{','.join(map(str, place))}]" for place in product(*map(range, self.shape)))


def columns_of(inputs: Iterable[Input]) -> tuple[str, ...]:
    """The names of all numbers that ``inputs`` hold, in order."""
    return tuple(name for each in inputs for name in each.columns)
