"""Sympy's expressions as Presentation MathML that browsers set: formulas as written, derivatives as mathematics is set.

Sympy's own MathML printer sorts terms and moves signs, so that a formula built with ``evaluate=False`` would not be set
as it was written; and it writes named entities and elements that browsers do not know. Its walk over classes is used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sympy
from sympy.printing.printer import Printer

from diffcheck.formula.structure import KEPT_EXPONENTS
from diffcheck.mathml.calls import applied, call, name_of, root
from diffcheck.mathml.marks import MINUS, constant, element, identifier, number, operator, row
from diffcheck.mathml.names import Names
from diffcheck.mathml.numbers import Numbers, exact
from diffcheck.mathml.part import (
    JOINED,
    LOGIC,
    NAME,
    NUMBER,
    PRODUCT,
    SUM,
    WORD,
    Part,
    chained,
    fraction,
    negated,
    raised,
    single,
)
from diffcheck.mathml.products import joined
from diffcheck.mathml.ranks import rank, row_of
from diffcheck.mathml.signs import RELATIONS, SQUARED

_ONE = single(number("1"), NUMBER)


class MathPrinter(Printer):  # type: ignore[misc]
    """Makes a ``Part`` of an expression."""

    def __init__(self, numbers: Numbers, names: Names, shapes: Mapping[str, tuple[int, ...]], *, written: bool) -> None:
        super().__init__()
        self.numbers = numbers
        """How the formula's text spells its numbers."""
        self.names = names
        """How its variables are set."""
        self.shapes = shapes
        """Those of its variables that are arrays."""
        self.written = written
        """The structure is the user's own, and kept; else it is sympy's, and set as is usual."""

    def part(self, expression: Any) -> Part:
        """``expression``, set; raises ValueError where there is no way to."""
        return self._print(expression)  # type: ignore[no-any-return]

    def rank(self, expression: Any) -> int:
        """How many dimensions the value of ``expression`` has."""
        return rank(expression, self.shapes)

    def emptyPrinter(self, expr: Any) -> Part:
        """A part of a class that none of these methods is for."""
        raise ValueError(f"there is no way to set {type(expr).__name__}")

    def _print_Symbol(self, node: Any) -> Part:
        return self.names.part(node.name)

    def _print_Rational(self, node: Any) -> Part:
        value = exact(node)
        size = self.numbers.part(abs(value))
        return negated(size) if value < 0 else size

    _print_Integer = _print_Float = _print_Rational

    def _print_NumberSymbol(self, node: Any) -> Part:
        return single(constant({"Pi": "π", "Exp1": "e"}.get(type(node).__name__, str(node))), NAME)

    def _print_Infinity(self, node: Any) -> Part:
        return single(identifier("∞"), NAME)

    def _print_NegativeInfinity(self, node: Any) -> Part:
        return negated(single(identifier("∞"), NAME))

    def _print_NaN(self, node: Any) -> Part:
        return single(element("mtext", "undefined"), WORD)

    def _print_BooleanTrue(self, node: Any) -> Part:
        return single(element("mtext", "true"), WORD)

    def _print_BooleanFalse(self, node: Any) -> Part:
        return single(element("mtext", "false"), WORD)

    def _print_Add(self, node: Any) -> Part:
        pieces: list[Part | str] = []
        for place, term in enumerate(node.args if self.written else node.as_ordered_terms()):
            negative, size = self._signed(term)
            part = self.part(size)
            if negative and not place:
                pieces.append(negated(part))
                continue
            # Behind a sign, a sum or another sign needs brackets.
            sign = [operator(MINUS if negative else "+")] if place else []
            pieces += [*sign, part.behind(JOINED) if place else part.within(SUM)]
        return chained(SUM, *pieces)

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
            return negated(self.part(size))
        return self._product_as_written(node.args) if self.written else self._product(node)

    def _product_as_written(self, factors: Sequence[Any]) -> Part:
        """Each division makes a fraction of all that stands left of it."""
        done: list[tuple[Part, bool]] = []
        for place, factor in enumerate(factors):
            if isinstance(factor, sympy.Pow) and factor.exp is sympy.S.NegativeOne:
                above = self._joined(done) if done else _ONE
                arrays = any(array for _, array in done) or self.rank(factor) > 0
                done = [(fraction(above, self.part(factor.base)), arrays)]
            else:
                part = self.part(factor)
                # A minus sign that leads a product stands without brackets.
                leads = part.leads and not place and len(factors) > 1
                done.append((replace(part, level=PRODUCT) if leads else part, self.rank(factor) > 0))
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
        numerator = self._multiplied([] if front[0] == _ONE else front, above)
        foot = [self.part(sympy.Integer(coefficient.q))] if splits else []
        return fraction(numerator, self._multiplied(foot, below)) if foot or below else numerator

    def _multiplied(self, front: Sequence[Part], factors: Sequence[Any]) -> Part:
        """A number, where there is one, times ``factors``; 1 where there is nothing."""
        done = [*((part, False) for part in front), *((self.part(each), self.rank(each) > 0) for each in factors)]
        return self._joined(done) if done else _ONE

    def _joined(self, factors: Sequence[tuple[Part, bool]]) -> Part:
        return joined([part for part, _ in factors], [array for _, array in factors])

    def _print_Pow(self, node: Any) -> Part:
        base, power = node.base, node.exp
        kept = isinstance(power, sympy.Mul) and len(power.args) == 2 and power.args[0] is sympy.S.One
        kept = kept and power.args[1] in KEPT_EXPONENTS
        power = power.args[1] if kept else power
        inverted = isinstance(power, sympy.Rational) and power < 0 and not kept
        if power is sympy.S.NegativeOne and not kept:
            return fraction(_ONE, self.part(base))
        if inverted and not self.written:
            return fraction(_ONE, self.part(sympy.Pow(base, -power, evaluate=False)))
        if not kept and power == sympy.S.Half:
            return root(self.part(base))
        name = row_of(base)
        if name in SQUARED and isinstance(power, sympy.Integer) and power > 0 and not self.rank(base):
            return applied(self, element("msup", name_of(name), self.part(power).markup), base.args)
        above = self.part(power).markup
        # Of an array, each element by itself.
        return raised(self.part(base), row(operator("∘"), above) if self.rank(node) else above)

    def _print_Relational(self, node: Any) -> Part:
        left, right = (self.part(each).within(SUM) for each in node.args)
        return chained(LOGIC, left, operator(RELATIONS[type(node).__name__]), right)

    def _print_And(self, node: Any) -> Part:
        return self._junction(node.args, "∧")

    def _print_Or(self, node: Any) -> Part:
        return self._junction(node.args, "∨")

    def _junction(self, parts: Sequence[Any], sign: str) -> Part:
        sides = [self.part(each).within(LOGIC if isinstance(each, sympy.core.relational.Relational) else SUM) for each in parts]
        return chained(LOGIC, *[each for side in sides for each in (operator(sign), side)][1:])

    def _print_Not(self, node: Any) -> Part:
        return chained(PRODUCT, operator("¬"), self.part(node.args[0]).within(SUM))

    def _print_Piecewise(self, node: Any) -> Part:
        return self.cases([(value, condition) for value, condition in (each.args for each in node.args)])

    def cases(self, pairs: Sequence[tuple[Any, Any]]) -> Part:
        """Values, each with the condition under which it is meant."""
        lines = []
        for value, condition in pairs:
            words = [element("mtext", "otherwise")] if condition == sympy.true else [element("mtext", "if\u00a0"),
                                                                                     self.part(condition).markup]  # fmt: skip
            lines.append(element("mtr", element("mtd", self.part(value).markup), element("mtd", *words)))
        return Part(row(operator("{", form="prefix", stretchy="true"), element("mtable", *lines)), LOGIC)

    def _print_Function(self, node: Any) -> Part:
        return call(self, row_of(node), node.args)

    _print_LatticeOp = _print_Function
