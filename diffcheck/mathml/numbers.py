"""Numbers, set as the formula's text spells them."""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import isfinite
from typing import Any

import sympy

from diffcheck.mathml.marks import MINUS, element, number, operator, row
from diffcheck.mathml.part import NUMBER, POWER, PRODUCT, Part, fraction, single

_LITERAL = re.compile(r"(?<![\w.])(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?(?![\w.])")
LONGEST = 40
"""A number of more characters is set by its value."""


class Numbers:
    """How the numbers of one source are spelled."""

    def __init__(self, source: Any = "") -> None:
        floats = source.atoms(sympy.Float) if isinstance(source, sympy.Basic) else ()
        spelled = _spelled(source) if isinstance(source, str) else ((exact(each), _printed(each)) for each in floats)
        self.spelling: Mapping[Fraction, str] = {abs(value): text.lstrip("-") for value, text in spelled}
        self.decimal = any("." in each for each in self.spelling.values())
        """It has decimals, so that what follows from them is one where that is possible."""
        self.rounded = bool(floats)
        """Its decimals are floats, which stand for the binary number that is nearest."""

    def part(self, size: Fraction) -> Part:
        """A number that is not negative: as the source spells it, a decimal where that has any, or a fraction."""
        spelled = self.spelling.get(size) or self._decimal(size)
        if not spelled and size.denominator > 1:
            return fraction(single(number(str(size.numerator)), NUMBER), single(number(str(size.denominator)), NUMBER))
        mantissa, _, exponent = (spelled or str(size)).lower().partition("e")
        if not exponent:
            return single(number(mantissa), NUMBER)
        sign = [operator(MINUS)] if exponent.startswith("-") else []
        power = element("msup", number("10"), row(*sign, number(exponent.lstrip("+-").lstrip("0") or "0")))
        if mantissa == "1":
            return single(power, NUMBER, POWER)
        return single(row(number(mantissa), operator("×"), power), NUMBER, PRODUCT)

    def _decimal(self, size: Fraction) -> str:
        if not self.decimal or size.denominator == 1 or size >= 10**15:
            return ""
        found = repr(float(size))
        return found if size == (Fraction(float(found)) if self.rounded else Fraction(found)) else ""


def exact(value: Any) -> Fraction:
    """The value of one of sympy's rational numbers or floats."""
    rational = sympy.Rational(value)
    return Fraction(int(rational.p), int(rational.q))


def _printed(value: sympy.Float) -> str:
    """A float as Python prints it; of another precision or range than a double's, as sympy does."""
    double = float(value)
    if isfinite(double) and exact(value) == Fraction(double):
        return repr(double)
    return str(sympy.sstr(value, full_prec=False, min=-5, max=15))


def _spelled(text: str) -> Iterator[tuple[Fraction, str]]:
    """The numbers of a formula's text by their value, as they are spelled."""
    for found in _LITERAL.findall(text):
        spelled = found.replace("_", "")
        if len(spelled) <= LONGEST:
            yield Fraction(spelled), spelled
