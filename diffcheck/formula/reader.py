"""Text to sympy, nothing executed, nothing rewritten: a table-driven parser without a limit on nesting.

Python's own ``ast`` stops at 200 nested parentheses and some 3,000 chained terms; an LALR parser with its own stack
does not. The limits are diffcheck's, checked before anything is built, and told in the error.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import sympy
from lark import Lark, Token
from lark.exceptions import UnexpectedInput, VisitError
from lark.visitors import Transformer_NonRecursive

from diffcheck.errors import FormulaError
from diffcheck.formula.building import Builder, Refusal, number
from diffcheck.formula.calls import call, option_words
from diffcheck.formula.classes import symbol
from diffcheck.formula.complaints import MAX_DIGITS, check_limits, explain, refusal_of_name
from diffcheck.formula.operations import Tape
from diffcheck.formula.structure import tape_of

CONSTANTS = {"pi": sympy.pi, "E": sympy.E, "True": sympy.true, "False": sympy.false}


@dataclass(frozen=True)
class Written:
    """A formula as read: sympy's expression with its structure kept, and its variables by first appearance."""

    text: str
    expression: sympy.Basic
    variables: tuple[str, ...]


def read_expression(text: str, *, internal: bool = False) -> Written:
    """``text`` as sympy, built with ``evaluate=False`` throughout.

    Raises FormulaError, with the place, for whatever is not a formula or is beyond a limit.
    """
    check_limits(text)
    reader = _Reader(text, internal)
    try:
        expression = reader.transform(_parser().parse(text))
    except UnexpectedInput as error:
        raise explain(error, text) from None
    except VisitError as error:
        if isinstance(error.orig_exc, RecursionError):
            # Sympy compares expressions, where one like it was built before, by recursion.
            raise FormulaError("the formula is nested too deeply", text) from None
        raise error.orig_exc from None
    return Written(text, expression, tuple(reader.variables))


def read_tape(text: str, variables: Sequence[str], *, internal: bool = False) -> Tape:
    """``text`` as a tape over ``variables``, which may hold more names than the text does."""
    written = read_expression(text, internal=internal)
    return tape_of(written.expression, tuple(variables), tuple(symbol(name) for name in variables))


@cache
def _parser() -> Lark:
    grammar = (Path(__file__).parent / "grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", maybe_placeholders=False)


class _Reader(Transformer_NonRecursive[Token, Any]):
    """One method a rule of the grammar; trees are walked bottom up."""

    def __init__(self, text: str, internal: bool) -> None:
        super().__init__(visit_tokens=False)
        self.text = text
        self.builder = Builder(internal)
        self.variables: dict[str, None] = {}

    def start(self, parts: list[Any]) -> Any:
        if isinstance(parts[0], tuple):
            raise FormulaError("a pair in brackets belongs into `Piecewise` only", self.text, 0, len(self.text))
        return parts[0]

    def number(self, parts: list[Token]) -> sympy.Rational:
        digits = parts[0].replace("_", "")
        mantissa, _, exponent = digits.lower().partition("e")
        if len(mantissa) > MAX_DIGITS or len(exponent) > 6 or abs(int(exponent or 0)) > MAX_DIGITS:
            raise self._error(f"the number has more than {MAX_DIGITS:,} digits", parts[0])
        return self.builder.literal(Fraction(digits))

    def name(self, parts: list[Token]) -> sympy.Basic:
        word = str(parts[0])
        if word in CONSTANTS:
            return CONSTANTS[word]
        if refusal := refusal_of_name(word):
            raise self._error(refusal, parts[0])
        self.variables[word] = None
        return symbol(word)

    def add(self, parts: list[Any]) -> sympy.Expr:
        return self._built(self.builder.total, parts, number)

    def multiply(self, parts: list[Any]) -> sympy.Expr:
        return self._built(self.builder.product, parts, number)

    def power(self, parts: list[Any]) -> sympy.Expr:
        return self._built(lambda operands, _: self.builder.power(*operands), parts, number)

    def compare(self, parts: list[Any]) -> sympy.Basic:
        return self._built(self.builder.chain, parts, number)

    def both(self, parts: list[Any]) -> sympy.Basic:
        return self._built(lambda operands, _: self.builder.junction(sympy.And, operands), parts, self.builder.condition)

    def either(self, parts: list[Any]) -> sympy.Basic:
        return self._built(lambda operands, _: self.builder.junction(sympy.Or, operands), parts, self.builder.condition)

    def sign(self, parts: list[Any]) -> sympy.Expr:
        operand = self._placed(number, parts[1], at=parts[0])
        return operand if parts[0] == "+" else self.builder.negative(operand)

    def opposite(self, parts: list[Any]) -> sympy.Basic:
        return self.builder.opposite(self._placed(self.builder.condition, parts[1], at=parts[0]))

    def pair(self, parts: list[Any]) -> tuple[Any, ...]:
        return tuple(parts)

    def item(self, parts: list[Any]) -> sympy.Expr:
        array = self._anywhere(number, parts[0])
        return self._anywhere(self.builder.item, array, [self._anywhere(number, each) for each in parts[1:]])

    def call(self, parts: list[Any]) -> sympy.Basic:
        word, arguments = str(parts[0]), parts[1:]
        for each in option_words(word, arguments):
            del self.variables[each]  # it was read as a variable, and is none
        return self._placed(call, self.builder, word, arguments, at=parts[0])

    def _built(self, build: Callable[..., Any], parts: list[Any], check: Callable[[Any], Any]) -> Any:
        """What ``build`` makes of operands and the signs between them; an operand's fault is marked at its sign."""
        operands, signs = parts[::2], parts[1::2]
        for index, operand in enumerate(operands):
            self._placed(check, operand, at=signs[max(0, index - 1)])
        return self._placed(build, operands, signs, at=signs[0])

    def _anywhere(self, build: Callable[..., Any], *arguments: Any) -> Any:
        """The same for what has no sign of its own: its fault is marked at the first subscript."""
        try:
            return build(*arguments)
        except Refusal as refusal:
            start = self.text.index("[")
            raise FormulaError(str(refusal), self.text, start, start + 1) from None

    def _placed(self, build: Callable[..., Any], *arguments: Any, at: Token) -> Any:
        try:
            return build(*arguments)
        except Refusal as refusal:
            raise self._error(str(refusal), at) from None

    def _error(self, message: str, token: Token) -> FormulaError:
        start = token.start_pos or 0
        return FormulaError(message, self.text, start, start + len(token))
