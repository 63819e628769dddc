"""What is judged of a formula: entries of its value, and partials of any order."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product


@dataclass(frozen=True)
class Target:
    """One number at each point: an entry of the value, or one of its partials."""

    entry: int
    """Which entry of the formula's value, row by row; 0 where the value is one number."""
    columns: tuple[int, ...] = ()
    """The variables that it is differentiated by, by number, in that order; empty for the value itself."""

    @property
    def order(self) -> int:
        """How often it is differentiated."""
        return len(self.columns)

    @property
    def inner(self) -> "Target":
        """What is differentiated last; raises IndexError for a value."""
        return Target(self.entry, self.columns[: self.order - 1])


def partials_of(entries: int, columns: Sequence[int], order: int) -> tuple[Target, ...]:
    """Every partial of ``order`` of every entry by ``columns``, entries first: mixed ones in both orders."""
    return tuple(Target(entry, by) for entry in range(entries) for by in product(columns, repeat=order))
