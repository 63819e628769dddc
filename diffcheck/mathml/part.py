"""A part of an expression, set: how tightly it binds, and what stands at its ends, where its neighbours are."""

from dataclasses import dataclass

from diffcheck.mathml.marks import MINUS, element, fenced, operator, row

LOGIC, INFIXED, SUM, JOINED, PRODUCT, POWER, ATOM = range(7)
"""How tightly a part binds. JOINED: a large sign before its operand, or arrays joined, which no factor may stand beside."""

NUMBER, RATIO, FRACTION, ROOT = "number", "ratio", "fraction", "root"
"""Ends: digits; a fraction that begins with digits, and any other; the small digit of a root."""
NAME, WORD, CALL = "name", "word", "call"
"""Ends: a letter; several letters; a function, which begins with its name and ends with its bracket."""
SIGN, BRACKET, BAR = "sign", "bracket", "bar"
"""Ends: a minus sign; a round bracket; the bar of an absolute value or a norm."""


@dataclass(frozen=True)
class Part:
    """A part of an expression, set."""

    markup: str
    level: int = ATOM
    """How tightly it binds: one of LOGIC to ATOM."""
    first: str = ""
    """What it begins with: one of the ends; empty for what no neighbour is read together with."""
    last: str = ""
    """What it ends with."""
    barred: bool = False
    """Bars stand in it that no bracket encloses: within others, they would be read as those."""
    leads: bool = False
    """A minus sign before a product or less, which may lead a product without brackets."""

    def within(self, level: int) -> "Part":
        """It, in brackets unless it binds at least as tightly as ``level``."""
        return self if self.level >= level else bracketed(self)

    def behind(self, level: int) -> "Part":
        """The same behind something else, where a minus sign needs brackets too."""
        return bracketed(self) if self.first == SIGN else self.within(level)


def single(markup: str, end: str, level: int = ATOM) -> Part:
    """A part that is one thing from end to end."""
    return Part(markup, level, end, end)


def bracketed(part: Part) -> Part:
    """``part`` in brackets."""
    return single(fenced(part.markup), BRACKET)


def chained(level: int, *pieces: Part | str) -> Part:
    """Parts side by side; what is markup alone is a sign between, before or behind them."""
    first, last = (each if isinstance(each, Part) else Part("") for each in (pieces[0], pieces[-1]))
    markup = [each.markup if isinstance(each, Part) else each for each in pieces]
    return Part(row(*markup), level, first.first, last.last, any(isinstance(each, Part) and each.barred for each in pieces))


def negated(part: Part) -> Part:
    """``part`` behind a minus sign."""
    size = part.behind(JOINED)
    return Part(row(operator(MINUS), size.markup), SUM, SIGN, size.last, size.barred, leads=size.level >= PRODUCT)


def fraction(above: Part, below: Part) -> Part:
    """``above`` over ``below``."""
    return single(element("mfrac", above.markup, below.markup), RATIO if above.first == NUMBER else FRACTION, PRODUCT)


def raised(base: Part, power: str) -> Part:
    """``base`` with ``power`` above."""
    base = base.within(ATOM)
    return Part(element("msup", base.markup, power), POWER, base.first, base.last, base.barred)
