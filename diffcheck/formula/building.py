"""A formula's parts put together as sympy, as they are written: nothing is evaluated, reordered or simplified."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import sympy
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import Boolean

from diffcheck.formula.classes import function_class
from diffcheck.formula.operations import MAX_EXACT_BITS, MAX_EXPONENT, exact_value
from diffcheck.formula.structure import written_power

RELATIONS = {
    "<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "==": sympy.Eq, "!=": sympy.Ne,
    "Lt": sympy.Lt, "Le": sympy.Le, "Gt": sympy.Gt, "Ge": sympy.Ge, "Eq": sympy.Eq, "Ne": sympy.Ne,
    "StrictLessThan": sympy.Lt, "LessThan": sympy.Le, "StrictGreaterThan": sympy.Gt, "GreaterThan": sympy.Ge,
    "Equality": sympy.Eq, "Unequality": sympy.Ne,
}  # fmt: skip
"""Comparisons, as operators and as sympy's functions."""


class Refusal(Exception):
    """What is wrong with a part of a formula; who knows the place adds it."""


class Builder:
    """Puts parts together; remembers the exact value of every constant, so that none grows beyond its limit."""

    def __init__(self, internal: bool) -> None:
        self.internal = internal
        """A cell of the table: it may call rows that a user's formula may not."""
        self._exact: dict[int, tuple[sympy.Basic, Fraction | None]] = {}
        # By identity: to compare two deep expressions, sympy recurses.

    def literal(self, value: Fraction) -> sympy.Rational:
        """A number."""
        return self._remember(sympy.Rational(value.numerator, value.denominator), value)

    def negative(self, operand: sympy.Expr) -> sympy.Expr:
        """``-operand``; the sign of a number belongs to the number."""
        if isinstance(operand, sympy.Rational):
            return self.literal(-Fraction(int(operand.p), int(operand.q)))
        return self._noted(sympy.Mul(sympy.S.NegativeOne, operand, evaluate=False), "neg", [operand])

    def total(self, terms: Sequence[sympy.Expr], signs: Sequence[str]) -> sympy.Expr:
        """``terms`` with ``signs`` between them."""
        signed = [terms[0]]
        for sign, term in zip(signs, terms[1:], strict=True):
            signed.append(term if sign == "+" else self._subtracted(term))
        return self._noted(sympy.Add(*signed, evaluate=False), "add", signed)

    def _subtracted(self, term: sympy.Expr) -> sympy.Expr:
        return self._noted(sympy.Mul(sympy.S.NegativeOne, term, evaluate=False), "neg", [term])

    def product(self, factors: Sequence[sympy.Expr], signs: Sequence[str]) -> sympy.Expr:
        """``factors`` with ``*``, ``/``, ``//``, ``%`` and ``@`` between them."""
        found = [factors[0]]
        for sign, factor in zip(signs, factors[1:], strict=True):
            if sign == "*":
                found.append(factor)
            elif sign == "/":
                found.append(self._reciprocal(factor))
            else:
                left = self._multiplied(found)
                found = [_JOINED[sign](self, left, factor)]
        return self._multiplied(found)

    def _multiplied(self, factors: list[sympy.Expr]) -> sympy.Expr:
        # A leading -1 reads as a minus sign: `-1*x` and `-x` are the same number in any arithmetic.
        return factors[0] if len(factors) == 1 else self._noted(sympy.Mul(*factors, evaluate=False), "mul", factors)

    def _reciprocal(self, factor: sympy.Expr) -> sympy.Expr:
        made = sympy.Pow(factor, sympy.S.NegativeOne, evaluate=False)
        return self._noted(made, "div", [self.literal(Fraction(1)), factor])

    def item(self, array: sympy.Expr, subscripts: Sequence[sympy.Expr]) -> sympy.Expr:
        """``array[i]`` or ``array[i, j]``."""
        if any(self.exact(each) is None for each in subscripts):
            raise Refusal("a subscript is a whole number")
        if len(subscripts) > 2:
            raise Refusal("an array has one or two subscripts")
        return self.function("item" if len(subscripts) == 1 else "item2", [array, *subscripts])

    def whole_part(self, left: sympy.Expr, right: sympy.Expr) -> sympy.Expr:
        """``left // right``."""
        return self.function("floor", [self._multiplied([left, self._reciprocal(right)])])

    def power(self, base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
        """``base**exponent``; a power of numbers that would not fit into memory is refused before anyone works it out."""
        power, number = self.exact(exponent), self.exact(base)
        if power is not None and abs(power) > MAX_EXPONENT:
            raise Refusal(f"the exponent is beyond the limit of {MAX_EXPONENT:,}")
        if power is not None and number is not None and abs(number) not in (0, 1) and power.denominator == 1:
            size = abs(power) * max(number.numerator.bit_length(), number.denominator.bit_length())
            if size > MAX_EXACT_BITS:
                raise Refusal("the power is too large a number to be worked out")
        return self._noted(written_power(base, exponent), "pow", [base, exponent])

    def chain(self, operands: Sequence[sympy.Expr], signs: Sequence[str]) -> sympy.Basic:
        """``operands`` with comparisons between them, as Python chains them."""
        links = [
            self._kept(RELATIONS[sign](left, right, evaluate=False))
            for left, sign, right in zip(operands, signs, operands[1:], strict=False)
        ]
        return self.junction(sympy.And, links)

    def junction(self, kind: type, conditions: Sequence[sympy.Basic]) -> sympy.Basic:
        """And or Or of ``conditions``, in their order; sympy's own constructor sorts them and rewrites comparisons."""
        deciding, idle = (sympy.false, sympy.true) if kind is sympy.And else (sympy.true, sympy.false)
        if deciding in conditions:
            return deciding
        kept = [condition for condition in conditions if condition is not idle]
        if len(kept) < 2:
            return kept[0] if kept else idle
        return self._kept(sympy.Basic.__new__(kind, *kept))

    def opposite(self, given: sympy.Basic) -> sympy.Basic:
        """Not ``given``."""
        if given in (sympy.true, sympy.false):
            return sympy.false if given == sympy.true else sympy.true
        return self._kept(sympy.Basic.__new__(sympy.Not, given))

    def choice(self, pairs: Sequence[tuple[Any, Any]]) -> sympy.Basic:
        """The value of the first pair whose condition holds; sympy's own constructor folds and rewrites conditions."""
        made = [
            sympy.Basic.__new__(ExprCondPair, number(value), self.condition(given))
            for value, given in pairs
            if given is not sympy.false
        ]
        if not made:
            raise Refusal("no condition can hold")
        return made[0].args[0] if made[0].args[1] is sympy.true else self._kept(sympy.Basic.__new__(sympy.Piecewise, *made))

    def condition(self, value: Any) -> Any:
        """``value``, which must be a condition."""
        # A cell of the table may stand for a condition's derivative: there a parameter may be a condition.
        variable = isinstance(value, sympy.Symbol) and not self.internal
        if isinstance(value, tuple) or not isinstance(value, Boolean) or variable:
            raise Refusal("a number stands where a condition is wanted")
        return value

    def function(self, name: str, arguments: list[Any]) -> sympy.Expr:
        """Row ``name`` at ``arguments``."""
        return self._noted(function_class(name)(*arguments, evaluate=False), name, arguments)

    def exact(self, value: sympy.Basic) -> Fraction | None:
        """The exact value of a part that is a rational constant; else None."""
        return self._exact.get(id(value), (value, None))[1]

    def _noted(self, made: sympy.Expr, name: str, parts: Sequence[sympy.Expr]) -> sympy.Expr:
        """``made``, which is row ``name`` of ``parts``; its exact value where it is a constant's."""
        if any(id(part) not in self._exact for part in parts):
            return self._kept(made)
        values = [self.exact(part) for part in parts]
        if name in ("add", "mul"):
            found = values[0]
            for value in values[1:]:
                found = _short(exact_value(name, [found, value]))
            return self._remember(made, found)
        return self._remember(made, exact_value(name, values))

    def _remember(self, made: Any, value: Fraction | None) -> Any:
        self._exact[id(made)] = (self._kept(made), _short(value))
        return made

    def _kept(self, made: Any) -> Any:
        """``made``, hashed while its parts are: sympy's hash of a deep expression recurses, and is kept once known."""
        hash(made)
        return made


_JOINED: dict[str, Callable[[Builder, sympy.Expr, sympy.Expr], sympy.Expr]] = {
    "%": lambda builder, left, right: builder.function("Mod", [left, right]),
    "//": Builder.whole_part,
    "@": lambda builder, left, right: builder.function("matmul", [left, right]),
}
"""What signs between factors make of all that stands left of them, and of the next factor."""


def number(value: Any) -> Any:
    """``value``, which must be a number."""
    if isinstance(value, tuple):
        raise Refusal("a pair in brackets belongs into `Piecewise` only")
    if isinstance(value, Boolean) and not isinstance(value, sympy.Symbol):
        raise Refusal("a condition stands where a number is wanted")
    return value


def _short(value: Fraction | None) -> Fraction | None:
    if value is not None and max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_EXACT_BITS:
        raise Refusal("the constant is too long a number to be worked out")
    return value
