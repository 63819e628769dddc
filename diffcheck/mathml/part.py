"""A part of an expression, set, and how tightly it binds."""

from dataclasses import dataclass

from diffcheck.mathml.marks import fenced

LOGIC, SUM, PRODUCT, POWER, ATOM = range(5)
"""How tightly a part binds."""


@dataclass(frozen=True)
class Part:
    """A part of an expression, set."""

    markup: str
    level: int = ATOM
    """How tightly it binds: one of LOGIC to ATOM."""
    kind: str = ""
    """``number``, ``name`` or ``word``, where it is that alone; ``call`` of a function; ``negative`` behind a minus sign."""

    def within(self, level: int) -> str:
        """Its markup, in brackets unless it binds at least as tightly as ``level``."""
        return self.markup if self.level >= level else fenced(self.markup)
