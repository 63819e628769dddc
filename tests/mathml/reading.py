"""A reader of set mathematics: what a human makes of the marks on the page, worked out in balls.

It sees marks one behind the other, not how the markup groups them: rows and invisible signs are not there for it, digits
that touch are one number, a name before a bracket is a function's, and a bar closes the bar that is open. Whatever could
be read in two ways raises Misread.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from operator import add, mul
from typing import Any
from xml.etree import ElementTree

import numpy as np
from flint import arb, fmpq

from diffcheck.mathml.signs import ORDERED
from diffcheck.truth.balls import row_on_balls
from tests.mathml.conditions import junction
from tests.mathml.sight import BARS, CLOSING, PRODUCTS, Mark, Misread, look, marks_of, require_apart, touching
from tests.mathml.working import FUNCTIONS, Unreadable, each_of, multiplied, norm


def read(markup: str, values: Mapping[str, Any]) -> Any:
    """What stands right of the first equals sign, worked out; ``values`` are those of the variables by how they look."""
    marks = marks_of(ElementTree.fromstring(markup))
    start = next(place for place, mark in enumerate(marks) if mark.kind == "mo" and mark.text == "=")
    return _whole(marks[start + 1 :], values)


def _whole(marks: Sequence[Mark], values: Mapping[str, Any]) -> Any:
    line = _Line(touching(marks), values)
    found = line.expression()
    line.end()
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

    def end(self) -> None:
        if self.mark.kind:
            raise Misread(f"{self.mark.text or self.mark.kind} behind the end")

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
            found = each_of("Mod", found, right)
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
            if signs and not signs[-1]:
                require_apart(self.marks, self.place)
            factors.append(self.factor())
            if sums and (len(factors) > 1 or self.goes_on()):
                raise Misread("a sum beside a factor")
            if not self.goes_on():
                break
            signs.append(self.take().text if self.sees(*PRODUCTS) else "")
        self.alone = len(factors) == 1 and self.marks[start].text not in ("∑", "∏")
        return multiplied(factors, signs)

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
            return each_of("sqrt", _whole([each for part in mark.parts for each in marks_of(part)], self.values))
        if mark.kind == "mroot":
            return each_of("cbrt", _whole(marks_of(mark.parts[0]), self.values))
        if mark.kind == "mtext" and mark.text == "undefined":
            return arb.nan()
        if mark.kind == "mo" and mark.text in BARS:
            return self.between_bars(mark.text)
        if mark.kind == "mo" and mark.text in ("(", "⌊", "⌈"):
            found = self.inside(CLOSING[mark.text])
            if len(found) > 1:
                raise Misread("a list")
            return found[0] if mark.text == "(" else each_of({"⌊": "floor", "⌈": "ceil"}[mark.text], found[0])
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
        foot = look(marks_of(self.take().parts[0])) if self.mark.kind == "msub" else ""
        return each_of("abs", inner) if bar == "|" else norm(inner, foot)

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
        word = mark.text
        index: Sequence[Mark] = ()
        if self.mark.kind == "msub":
            index = marks_of(self.take().parts[0])
        base, word = word, word + ("_" + look(index) if index else "")
        place = self.place
        power = self.take() if self.mark.kind == "msup" else None
        if self.sees("("):
            return self.call(base, word, index, power)
        self.place = place
        if self.sees("["):
            self.take()
            return self.values[base][tuple(int(float(each)) for each in self.inside("]"))]
        if mark.upright and word in ("π", "e"):
            return self.powers(arb.pi() if word == "π" else arb.const_e(), word)
        if word in self.values:
            return self.powers(self.values[word])
        if index and isinstance(self.values.get(base), np.ndarray):
            places = [int(each.replace("−", "-")) for each in look(index).split(",")]
            return self.powers(self.values[base][tuple(places)])
        raise Misread(f"no variable looks like {word}")

    def call(self, base: str, word: str, index: Sequence[Mark], power: Mark | None) -> Any:
        self.take()
        arguments = self.inside(")")
        if self.mark.kind in ("msup", "msub"):
            raise Misread("a power behind a function's bracket")
        if self.sees("("):
            raise Misread("brackets behind a function's bracket")
        above = marks_of(power.parts[0]) if power is not None else []
        if word == "ψ" and above and above[0].text == "(":
            return row_on_balls("polygamma")(_whole(above, self.values), *arguments)
        ordered = {letter: name for name, letter in ORDERED.items()}
        if word not in FUNCTIONS and base in ordered:
            found = row_on_balls(ordered[base])(_whole(index, self.values), *arguments)
        elif word in FUNCTIONS:
            found = each_of(FUNCTIONS[word], *arguments)
        else:
            raise Misread(f"{word} is called, and is no function")
        return row_on_balls("pow")(found, _whole(above, self.values)) if above else found

    def choice(self) -> Any:
        self.take()
        for line in self.take().parts:
            condition = marks_of(line[1])
            holds = True
            if condition[0].text != "otherwise":
                inner = _Line(touching(condition[1:]), self.values)
                holds = junction(inner)
                inner.end()
            if holds is None:
                return arb.nan()
            if holds:
                return _whole(marks_of(line[0]), self.values)
        return arb.nan()
