"""Sympy's expressions as Presentation MathML that browsers set: formulas as written, derivatives as mathematics is set.

Sympy's own MathML printer sorts terms and moves signs, so that a formula built with ``evaluate=False`` would not be set
as it was written; and it writes named entities and elements that browsers do not know. Its walk over classes is used.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import sympy
from sympy.printing.printer import Printer

from diffcheck.mathml.calls import applied, call, name_of, row_of
from diffcheck.mathml.marks import MINUS, TIMES, element, identifier, is_word, number, operator, row, variable
from diffcheck.mathml.part import ATOM, LOGIC, POWER, PRODUCT, SUM, Part
from diffcheck.mathml.signs import RELATIONS, SQUARED


class MathPrinter(Printer):  # type: ignore[misc]
    """Makes a ``Part`` of an expression."""

    def __init__(self, literals: Mapping[Fraction, str], *, written: bool) -> None:
        super().__init__()
        self.literals = literals
        """How the formula's text spells its numbers."""
        self.written = written
        """The structure is the user's own, and kept; else it is sympy's, and set as is usual."""

    def part(self, expression: Any) -> Part:
        """``expression``, set; raises ValueError where there is no way to."""
        return self._print(expression)  # type: ignore[no-any-return]

    def emptyPrinter(self, expr: Any) -> Part:
        """A part of a class that none of these methods is for."""
        raise ValueError(f"there is no way to set {type(expr).__name__}")

    def _print_Symbol(self, node: Any) -> Part:
        return Part(variable(node.name), kind="word" if is_word(node.name) else "name")

    def _print_Rational(self, node: Any) -> Part:
        value = Fraction(int(node.p), int(node.q))
        size, negative = abs(value), value < 0
        markup, level = self._magnitude(size)
        return Part(row(operator(MINUS), markup), SUM, "negative") if negative else Part(markup, level, "number")

    _print_Integer = _print_Rational

    def _print_Float(self, node: Any) -> Part:
        return self._print_Rational(sympy.Rational(node))

    def _magnitude(self, size: Fraction) -> tuple[str, int]:
        """A number without its sign: as the formula's text spells it, a decimal where that has any, or a fraction."""
        spelled = self.literals.get(size)
        if spelled is None and size.denominator > 1 and any("." in each for each in self.literals.values()):
            decimal = repr(float(size)) if size < 10**15 else ""
            spelled = decimal if decimal and Fraction(decimal) == size else None
        if spelled is None and size.denominator > 1:
            return element("mfrac", number(str(size.numerator)), number(str(size.denominator))), PRODUCT
        mantissa, _, exponent = (spelled or str(size)).lower().partition("e")
        if not exponent:
            return number(mantissa), ATOM
        sign = [operator(MINUS)] if exponent.startswith("-") else []
        power = element("msup", number("10"), row(*sign, number(exponent.lstrip("+-").lstrip("0") or "0")))
        return (power, POWER) if mantissa == "1" else (row(number(mantissa), operator("×"), power), PRODUCT)

    def _print_NumberSymbol(self, node: Any) -> Part:
        return Part(identifier({"Pi": "π", "Exp1": "e"}.get(type(node).__name__, str(node))), kind="name")

    def _print_Infinity(self, node: Any) -> Part:
        return Part(identifier("∞"), kind="name")

    def _print_NegativeInfinity(self, node: Any) -> Part:
        return Part(row(operator(MINUS), identifier("∞")), SUM, "negative")

    def _print_NaN(self, node: Any) -> Part:
        return Part(element("mtext", "undefined"))

    def _print_BooleanTrue(self, node: Any) -> Part:
        return Part(element("mtext", "true"))

    def _print_BooleanFalse(self, node: Any) -> Part:
        return Part(element("mtext", "false"))

    def _print_Add(self, node: Any) -> Part:
        terms = node.args if self.written else node.as_ordered_terms()
        parts: list[str] = []
        for place, term in enumerate(terms):
            negative, size = self._signed(term)
            part = self.part(size)
            sign = [operator(MINUS)] if negative else [operator("+")] if place else []
            # Behind a sign, a sum or another sign needs brackets.
            parts += [*sign, part.within(PRODUCT if place or negative else SUM)]
        return Part(row(*parts), SUM, "negative" if self._signed(terms[0])[0] else "")

    def _signed(self, term: Any) -> tuple[bool, Any]:
        """Whether a minus sign leads ``term``, and what stands behind it."""
        if not self.written:
            return (True, -term) if term.as_coeff_Mul()[0].is_negative else (False, term)
        if isinstance(term, sympy.Mul) and term.args[0] is sympy.S.NegativeOne:
            rest = term.args[1:]
            return True, rest[0] if len(rest) == 1 else sympy.Mul(*rest, evaluate=False)
        return False, term

    def _print_Mul(self, node: Any) -> Part:
        negative, size = self._signed(node)
        if negative:
            return Part(row(operator(MINUS), self.part(size).within(PRODUCT)), SUM, "negative")
        return self._product_as_written(node.args) if self.written else self._product(node)

    def _product_as_written(self, factors: Sequence[Any]) -> Part:
        """Each division makes a fraction of all that stands left of it."""
        done: list[Part] = []
        for place, factor in enumerate(factors):
            if isinstance(factor, sympy.Pow) and factor.exp is sympy.S.NegativeOne:
                above = self._joined(done) if done else Part(number("1"))
                done = [Part(element("mfrac", above.markup, self.part(factor.base).markup), PRODUCT)]
            else:
                part = self.part(factor)
                # A minus sign that leads a product stands without brackets.
                done.append(Part(part.markup, PRODUCT) if not place and part.kind == "negative" and len(factors) > 1
                            and not isinstance(factor, sympy.Add) else part)  # fmt: skip
        return self._joined(done)

    def _product(self, node: Any) -> Part:
        coefficient, rest = node.as_coeff_Mul()
        above, below = [], []
        for factor in rest.as_ordered_factors():
            base, power = factor.as_base_exp() if isinstance(factor, sympy.Pow) else (factor, sympy.S.One)
            if power.as_coeff_Mul()[0].is_negative:
                below.append(sympy.Pow(base, -power))
            else:
                above.append(factor)
        whole = self.part(coefficient)
        splits = isinstance(coefficient, sympy.Rational) and coefficient.q > 1 and "<mfrac>" in whole.markup
        front = [self.part(sympy.Integer(coefficient.p)) if splits else whole]
        foot = [self.part(sympy.Integer(coefficient.q))] if splits else []
        parts = [*(front if front[0].markup != number("1") else []), *map(self.part, above)]
        foot += map(self.part, below)
        numerator = self._joined(parts) if parts else Part(number("1"), kind="number")
        return Part(element("mfrac", numerator.markup, self._joined(foot).markup), PRODUCT) if foot else numerator

    def _joined(self, parts: Sequence[Part]) -> Part:
        """Factors side by side, with a dot where they would be read as something else."""
        if len(parts) == 1:
            return parts[0]
        markup = [parts[0].within(PRODUCT)]
        for left, right in pairwise(parts):
            bracketed = right.level < PRODUCT
            dot = right.kind == "number" or "word" in (left.kind, right.kind) or (bracketed and left.kind == "name")
            # A function's name keeps its distance from what stands before it.
            space = {"rspace": "0.17em"} if right.kind == "call" or left.kind == "call" else {}
            markup += [operator("·") if dot else operator(TIMES, **space), right.within(PRODUCT)]
        return Part(row(*markup), PRODUCT)

    def _print_Pow(self, node: Any) -> Part:
        base, power = node.base, node.exp
        kept = isinstance(power, sympy.Mul) and power.args[0] is sympy.S.One
        power = power.args[1] if kept else power
        if not kept and isinstance(power, sympy.Rational) and power < 0:
            return Part(element("mfrac", number("1"), self.part(sympy.Pow(base, -power, evaluate=False)).markup), PRODUCT)
        if not kept and power == sympy.S.Half:
            return Part(element("msqrt", self.part(base).markup), POWER)
        name = row_of(base)
        if name in SQUARED and isinstance(power, sympy.Integer) and power > 0:
            return applied(self, element("msup", name_of(name), self.part(power).markup), base.args)
        return Part(element("msup", self.part(base).within(ATOM), self.part(power).markup), POWER)

    def _print_Relational(self, node: Any) -> Part:
        sides = [self.part(each).within(SUM) for each in node.args]
        return Part(row(sides[0], operator(RELATIONS[type(node).__name__]), sides[1]), LOGIC)

    def _print_And(self, node: Any) -> Part:
        return self._junction(node.args, "∧")

    def _print_Or(self, node: Any) -> Part:
        return self._junction(node.args, "∨")

    def _junction(self, parts: Sequence[Any], sign: str) -> Part:
        sides = [self.part(each).within(LOGIC if isinstance(each, sympy.core.relational.Relational) else SUM) for each in parts]
        return Part(row(*[each for side in sides for each in (operator(sign), side)][1:]), LOGIC)

    def _print_Not(self, node: Any) -> Part:
        return Part(row(operator("¬"), self.part(node.args[0]).within(SUM)), PRODUCT)

    def _print_Piecewise(self, node: Any) -> Part:
        return self.cases([(value, condition) for value, condition in (each.args for each in node.args)])

    def cases(self, pairs: Sequence[tuple[Any, Any]]) -> Part:
        """Values, each with the condition under which it is meant."""
        lines = []
        for value, condition in pairs:
            words = [element("mtext", "otherwise")] if condition == sympy.true else [element("mtext", "if\u00a0"),
                                                                                     self.part(condition).markup]  # fmt: skip
            lines.append(element("mtr", element("mtd", self.part(value).markup), element("mtd", *words)))
        return Part(row(operator("{", form="prefix", stretchy="true"), element("mtable", *lines)), PRODUCT)

    def _print_Function(self, node: Any) -> Part:
        return call(self, row_of(node), node.args)

    _print_LatticeOp = _print_Function
