"""A reader of set mathematics: what a human makes of the marks on the page, worked out in balls.

It sees marks one behind the other, not how the markup groups them: rows and invisible signs are not there for it, digits
that touch are one number, a name before a bracket is a function's, and a bar closes the bar that is open. Whatever could
be read in two ways raises Misread.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from operator import add, mul
from typing import Any
from xml.etree import ElementTree

import numpy as np
from flint import arb, fmpq

from diffcheck.formula.functions import ROWS
from diffcheck.mathml.signs import LETTERS, ORDERED
from diffcheck.truth.balls import row_on_balls

INVISIBLE = ("\u2061", "\u2062")
BARS = ("|", "‖")
CLOSING = {"(": ")", "⌊": "⌋", "⌈": "⌉", "[": "]"}
RELATIONS = {"<": "lt", "≤": "le", ">": "gt", "≥": "ge", "=": "eq", "≠": "ne"}
PRODUCTS = ("·", "×", "⊙", "@")


class Misread(Exception):
    """The marks can be read in two ways, or in none."""


class Unreadable(Exception):
    """The reader does not know the function."""


@dataclass(frozen=True)
class Mark:
    """What is seen at one place of a line."""

    kind: str
    """An element's tag; ``msup`` and ``msub`` for what stands above or below the mark before."""
    text: str = ""
    parts: tuple[ElementTree.Element, ...] = ()
    upright: bool = False


def marks_of(element: ElementTree.Element) -> list[Mark]:
    """The marks of an element, from left to right."""
    if element.tag in ("mrow", "math", "mtd"):
        return [mark for child in element for mark in marks_of(child)]
    if element.tag in ("msup", "msub"):
        return [*marks_of(element[0]), Mark(element.tag, parts=(element[1],))]
    text = element.text or ""
    if text in INVISIBLE:
        return []
    return [Mark(element.tag, text, tuple(element), element.get("mathvariant") == "normal")]


def seen(markup: str) -> str:
    """A name as it looks: its letter, and what stands at its foot."""
    return _look(marks_of(ElementTree.fromstring(markup)))


def _look(marks: Sequence[Mark]) -> str:
    return "".join(f"_{_look(marks_of(mark.parts[0]))}" if mark.kind == "msub" else mark.text for mark in marks)


def _functions() -> dict[str, str]:
    names = {name: name for name in ROWS}
    return names | {seen(markup): name for name, markup in LETTERS.items()}


FUNCTIONS = _functions()
"""Rows of the table of functions by how their names look."""


def read(markup: str, values: Mapping[str, Any]) -> Any:
    """What stands right of the first equals sign, worked out; ``values`` are those of the variables by how they look."""
    marks = marks_of(ElementTree.fromstring(markup))
    start = next(place for place, mark in enumerate(marks) if mark.kind == "mo" and mark.text == "=")
    return _whole(marks[start + 1 :], values)


def _whole(marks: Sequence[Mark], values: Mapping[str, Any]) -> Any:
    line = _Line(_touching(marks), values)
    found = line.expression()
    if line.mark.kind:
        raise Misread(f"{line.mark.text or line.mark.kind} behind the end")
    return found


def _touching(marks: Sequence[Mark]) -> list[Mark]:
    """Digits that touch are one number."""
    found: list[Mark] = []
    for mark in marks:
        if mark.kind == "mn" and found and found[-1].kind == "mn":
            found[-1] = Mark("mn", found[-1].text + mark.text)
        else:
            found.append(mark)
    return found


@dataclass
class _Line:
    """Marks, read from left to right."""

    marks: list[Mark]
    values: Mapping[str, Any]
    place: int = 0
    bars: list[str] = field(default_factory=lambda: [""])
    """The bar that is open, within each bracket that is."""
    alone: bool = True
    """The last term read is one factor, without a sign."""

    @property
    def mark(self) -> Mark:
        return self.marks[self.place] if self.place < len(self.marks) else Mark("")

    def sees(self, *texts: str, kind: str = "mo") -> bool:
        return self.mark.kind == kind and self.mark.text in texts

    def take(self) -> Mark:
        found = self.mark
        self.place += 1
        return found

    def want(self, text: str) -> None:
        if not self.sees(text):
            raise Misread(f"{self.mark.text or self.mark.kind or 'the end'} where {text} is due")
        self.place += 1

    def expression(self) -> Any:
        if self.sees("{"):
            return self.choice()
        found = self.sum()
        if self.sees("mod"):
            left = self.alone
            self.take()
            right = self.sum()
            if not (left and self.alone):
                raise Misread("mod among other signs")
            found = row_on_balls("Mod")(found, right)
            self.alone = False
            if self.sees("mod"):
                raise Misread("mod twice")
        return found

    def sum(self) -> Any:
        negative = self.sees("−")
        self.place += negative
        found, alone = self.term(), self.alone and not negative
        found = -found if negative else found
        while self.sees("+", "−"):
            sign = self.take().text
            term = self.term()
            found, alone = found + (term if sign == "+" else -term), False
        self.alone = alone
        return found

    def term(self) -> Any:
        factors, signs = [], []
        start = self.place
        while True:
            sums = self.sees("∑", "∏")
            first = self.mark
            before = self.marks[self.place - 1] if self.place else Mark("")
            factors.append(self.joint(before, first, signs[-1] if signs else "start"))
            if sums and (len(factors) > 1 or self.goes_on()):
                raise Misread("a sum beside a factor")
            if not self.goes_on():
                break
            signs.append(self.take().text if self.sees(*PRODUCTS) else "")
        self.alone = len(factors) == 1 and self.marks[start].text not in ("∑", "∏")
        return _multiplied(factors, signs)

    def joint(self, before: Mark, first: Mark, sign: str) -> Any:
        """One factor; nothing, not even a sign, stands between ``before`` and it where ``sign`` is empty."""
        if sign == "":
            if first.kind == "mroot" or (first.kind == "mfrac" and before.kind == "mfrac"):
                raise Misread("a root or a fraction behind something else")
            if first.kind == "mn":
                raise Misread("digits behind something else")
            if first.text in BARS and before.text in BARS:
                raise Misread("two bars")
            if before.kind == "mn" and first.kind == "mfrac" and marks_of(first.parts[0])[0].kind == "mn":
                raise Misread("a mixed number")
            if self.is_word(before) or (self.is_word(first) and not self.calls()):
                raise Misread("words run together")
        return self.factor()

    def is_word(self, mark: Mark) -> bool:
        return mark.kind == "mi" and len(mark.text) > 1

    def calls(self) -> bool:
        """A function's name stands here, and its bracket."""
        rest = [mark for mark in self.marks[self.place + 1 : self.place + 4] if mark.kind not in ("msup", "msub")]
        return bool(rest) and rest[0].text == "("

    def goes_on(self) -> bool:
        mark = self.mark
        if mark.kind == "mo":
            opens = mark.text in BARS and not self.bars[-1]
            return opens or mark.text in (*CLOSING, *PRODUCTS, "∑", "∏", "{")
        return bool(mark.kind)

    def factor(self) -> Any:
        mark = self.take()
        if mark.kind == "mi":
            return self.name(mark)
        if mark.kind == "mo" and mark.text in ("∑", "∏"):
            values = np.asarray(self.factor(), dtype=object).ravel()
            return reduce(add if mark.text == "∑" else mul, values)
        found = self.primary(mark)
        return self.powers(found)

    def primary(self, mark: Mark) -> Any:
        if mark.kind == "mn":
            value = Fraction(mark.text)
            return arb(fmpq(value.numerator, value.denominator))
        if mark.kind == "mfrac":
            above, below = (_whole(marks_of(each), self.values) for each in mark.parts)
            return above / below
        if mark.kind == "msqrt":
            return row_on_balls("sqrt")(_whole([each for part in mark.parts for each in marks_of(part)], self.values))
        if mark.kind == "mroot":
            return row_on_balls("cbrt")(_whole(marks_of(mark.parts[0]), self.values))
        if mark.kind == "mtext" and mark.text == "undefined":
            return arb.nan()
        if mark.kind == "mo" and mark.text in BARS:
            return self.between_bars(mark.text)
        if mark.kind == "mo" and mark.text in ("(", "⌊", "⌈"):
            found = self.inside(CLOSING[mark.text])
            if len(found) > 1:
                raise Misread("a list")
            return found[0] if mark.text == "(" else row_on_balls({"⌊": "floor", "⌈": "ceil"}[mark.text])(found[0])
        raise Misread(f"{mark.text or mark.kind or 'nothing'} where a factor is due")

    def inside(self, closing: str) -> list[Any]:
        self.bars.append("")
        found = [self.expression()]
        while self.sees(","):
            self.take()
            found.append(self.expression())
        self.bars.pop()
        self.want(closing)
        return found

    def between_bars(self, bar: str) -> Any:
        if self.bars[-1] or self.sees(*BARS):
            raise Misread("bars within bars")
        self.bars[-1] = bar
        inner = self.expression()
        self.bars[-1] = ""
        self.want(bar)
        if bar == "|":
            return _each("abs", inner)
        sizes = [abs(each) for each in np.asarray(inner, dtype=object).ravel()]
        if self.mark.kind == "msub":
            foot = _look(marks_of(self.take().parts[0]))
            return reduce(add, sizes) if foot == "1" else reduce(row_on_balls("max"), sizes)
        return reduce(add, [each * each for each in sizes]).sqrt()

    def powers(self, base: Any, name: str = "") -> Any:
        """``base`` to the power above it."""
        if self.mark.kind != "msup":
            return base
        above = marks_of(self.take().parts[0])
        if self.mark.kind in ("msup", "msub"):
            raise Misread("a power of a power")
        if isinstance(base, np.ndarray):
            if [each.text for each in above] == ["⊤"]:
                return base.T
            if [each.text for each in above] == ["−", "1"]:
                raise Unreadable("inverse")
            if above[0].text != "∘":
                raise Misread("a power of an array")
            power = _whole(above[1:], self.values)
            return np.vectorize(lambda each: row_on_balls("pow")(each, power), otypes=[object])(base)
        power = _whole(above, self.values)
        return row_on_balls("exp")(power) if name == "e" else row_on_balls("pow")(base, power)

    def name(self, mark: Mark) -> Any:
        look = mark.text
        index: Sequence[Mark] = ()
        if self.mark.kind == "msub":
            index = marks_of(self.take().parts[0])
        base, look = look, look + ("_" + _look(index) if index else "")
        place = self.place
        power = self.take() if self.mark.kind == "msup" else None
        if self.sees("("):
            return self.call(base, look, index, power)
        self.place = place
        if self.sees("["):
            self.take()
            index = ()
            return self.values[base][tuple(int(float(each)) for each in self.inside("]"))]
        if mark.upright and look in ("π", "e"):
            return self.powers(arb.pi() if look == "π" else arb.const_e(), look)
        if look in self.values:
            return self.powers(self.values[look])
        if index and isinstance(self.values.get(base), np.ndarray):
            places = [int(each.replace("−", "-")) for each in _look(index).split(",")]
            return self.powers(self.values[base][tuple(places)])
        raise Misread(f"no variable looks like {look}")

    def call(self, base: str, look: str, index: Sequence[Mark], power: Mark | None) -> Any:
        self.take()
        arguments = self.inside(")")
        if self.mark.kind in ("msup", "msub"):
            raise Misread("a power behind a function's bracket")
        if self.sees("("):
            raise Misread("brackets behind a function's bracket")
        above = marks_of(power.parts[0]) if power is not None else []
        if look == "ψ" and above and above[0].text == "(":
            return row_on_balls("polygamma")(_whole(above, self.values), *arguments)
        ordered = {letter: name for name, letter in ORDERED.items()}
        if look not in FUNCTIONS and base in ordered:
            found = row_on_balls(ordered[base])(_whole(index, self.values), *arguments)
        elif look in FUNCTIONS:
            found = _each(FUNCTIONS[look], *arguments)
        else:
            raise Misread(f"{look} is called, and is no function")
        return row_on_balls("pow")(found, _whole(above, self.values)) if above else found

    def choice(self) -> Any:
        self.take()
        for line in self.take().parts:
            condition = marks_of(line[1])
            holds = True if condition[0].text == "otherwise" else self.condition(condition[1:])
            if holds is None:
                return arb.nan()
            if holds:
                return _whole(marks_of(line[0]), self.values)
        return arb.nan()

    def condition(self, marks: Sequence[Mark]) -> bool | None:
        line = _Line(_touching(marks), self.values)
        found = line.junction()
        if line.mark.kind:
            raise Misread("a condition goes on")
        return found

    def junction(self) -> bool | None:
        found, signs = [self.clause()], set()
        while self.sees("∧", "∨"):
            signs.add(self.take().text)
            found.append(self.clause())
        if len(signs) > 1:
            raise Misread("and beside or")
        deciding = signs == {"∨"}
        return deciding if deciding in found else None if None in found else not deciding

    def clause(self) -> bool | None:
        if self.sees("¬"):
            self.take()
            found = self.clause()
            return None if found is None else not found
        if self.mark.kind == "mtext":
            return self.take().text == "true"
        start = self.place
        if self.sees("("):
            try:
                self.take()
                found = self.junction()
                self.want(")")
                return found
            except Misread:
                self.place = start
        left = self.expression()
        if isinstance(left, np.ndarray):
            raise Unreadable("a condition on each element")
        if not self.sees(*RELATIONS):
            raise Misread("no condition")
        sign = self.take().text
        return row_on_balls(RELATIONS[sign])(left, self.expression())  # type: ignore[no-any-return]


def _each(name: str, *arguments: Any) -> Any:
    """Row ``name`` at numbers, or at each element of an array."""
    if any(isinstance(each, np.ndarray) for each in arguments):
        if name in _OF_ARRAYS and len(arguments) == 1:
            return _OF_ARRAYS[name](*arguments)
        if not ROWS[name].arb:
            raise Unreadable(name)
        return np.vectorize(row_on_balls(name), otypes=[object])(*arguments)
    if not ROWS[name].arb:
        raise Unreadable(name)
    return row_on_balls(name)(*arguments)


_OF_ARRAYS: dict[str, Callable[..., Any]] = {
    "mean": lambda array: reduce(add, array.ravel()) / array.size,
    "trace": lambda array: reduce(add, array.diagonal()),
    "largest": lambda array: reduce(row_on_balls("max"), array.ravel()),
    "smallest": lambda array: reduce(row_on_balls("min"), array.ravel()),
}


def _multiplied(factors: Sequence[Any], signs: Sequence[str]) -> Any:
    """The product of factors, of arrays as the signs between them say."""
    arrays = sum(isinstance(each, np.ndarray) for each in factors)
    if arrays < 2:
        return reduce(mul, factors)
    if "⊙" in signs:
        if "@" in signs or sum(sign == "⊙" for sign in signs) != arrays - 1:
            raise Misread("products of two kinds")
        return reduce(mul, factors)
    if "·" in signs and (len(factors) > 2):
        raise Misread("a dot product beside a factor")
    return reduce(np.dot, factors)
