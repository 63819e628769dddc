"""Text to sympy, nothing executed, nothing rewritten: a table-driven parser without a limit on nesting.

Python's own ``ast`` stops at 200 nested parentheses and some 3,000 chained terms; an LALR parser with its own stack
does not. Limits are stated here, checked before anything is built, and told in the error.
"""

import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, reduce
from pathlib import Path
from typing import Any

import sympy
from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError
from lark.visitors import Transformer_NonRecursive

from diffcheck.errors import FormulaError, suggestion
from diffcheck.formula.classes import Select, function_class, symbol
from diffcheck.formula.functions import ORDERS, ROWS, SPELLINGS, Function
from diffcheck.formula.operations import MAX_EXPONENT, Tape, exact_value
from diffcheck.formula.structure import tape_of, written_power

MAX_CHARACTERS = 500_000
MAX_TOKENS = 80_000
MAX_DEPTH = 1_000
MAX_DIGITS = 5_000

CONSTANTS = {"pi": sympy.pi, "E": sympy.E, "True": sympy.true, "False": sympy.false}
_COMPARISONS = {"<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "==": sympy.Eq, "!=": sympy.Ne}
_FORBIDDEN = {
    "'": "a formula holds no strings",
    '"': "a formula holds no strings",
    ".": "a formula has no attributes",
    "[": "subscripts are not part of a formula",
    "]": "subscripts are not part of a formula",
    "{": "a formula holds no dictionaries or sets",
    "}": "a formula holds no dictionaries or sets",
    ":": "a formula holds no lambda, slice or assignment",
    "=": "a formula holds no assignment; write `==` to compare",
    "^": "write `**` for a power",
    ";": "a formula is one expression",
    "@": "matrix products are not part of a formula",
}
_SKETCH = re.compile(r"\d[\w.]*|\w+|\*\*|[^\s\w]")


@dataclass(frozen=True)
class Written:
    """A formula as read: sympy's expression with its structure kept, and its variables by first appearance."""

    text: str
    expression: sympy.Basic
    variables: tuple[str, ...]


def read_expression(text: str, *, internal: bool = False) -> Written:
    """``text`` as sympy, built with ``evaluate=False`` throughout.

    Raises FormulaError, with the place, for whatever is not a formula or is beyond a limit of this module.
    """
    _check_limits(text)
    reader = _Reader(text, internal)
    try:
        tree = _parser().parse(text)
        expression = reader.transform(tree)
    except UnexpectedInput as error:
        raise _explain(error, text) from None
    except VisitError as error:
        if isinstance(error.orig_exc, FormulaError):
            raise error.orig_exc from None
        raise
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
        self.internal = internal
        self.variables: dict[str, None] = {}

    def start(self, parts: list[Any]) -> Any:
        return self._value(parts[0], 0)

    def number(self, parts: list[Token]) -> sympy.Rational:
        digits = parts[0].replace("_", "")
        mantissa, _, exponent = digits.lower().partition("e")
        if len(mantissa) > MAX_DIGITS or abs(int(exponent or 0)) > MAX_DIGITS:
            raise self._error(f"the number has more than {MAX_DIGITS} digits", parts[0])
        value = Fraction(digits)
        return sympy.Rational(value.numerator, value.denominator)

    def name(self, parts: list[Token]) -> sympy.Basic:
        word = str(parts[0])
        if word in CONSTANTS:
            return CONSTANTS[word]
        if keyword.iskeyword(word):
            raise self._error(f"`{word}` is a word of Python's, not a variable", parts[0])
        self.variables[word] = None
        return symbol(word)

    def add(self, parts: list[Any]) -> sympy.Expr:
        terms = [self._number(parts[0])]
        for sign, term in zip(parts[1::2], parts[2::2], strict=True):
            self._number(term)
            terms.append(term if sign == "+" else sympy.Mul(sympy.S.NegativeOne, term, evaluate=False))
        return sympy.Add(*terms, evaluate=False)

    def multiply(self, parts: list[Any]) -> sympy.Expr:
        factors = [self._number(parts[0])]
        for sign, factor in zip(parts[1::2], parts[2::2], strict=True):
            self._number(factor)
            if sign == "*":
                factors.append(factor)
            elif sign == "/":
                factors.append(sympy.Pow(factor, sympy.S.NegativeOne, evaluate=False))
            else:
                product = sympy.Mul(*factors, evaluate=False) if len(factors) > 1 else factors[0]
                factors = [self._whole(sign, product, factor)]
        if len(factors) == 1:
            return factors[0]
        # A leading -1 would read as a minus sign: `-1*x` and `-x` are the same number in any arithmetic.
        return sympy.Mul(*factors, evaluate=False)

    def _whole(self, sign: Token, left: sympy.Expr, right: sympy.Expr) -> sympy.Expr:
        if sign == "%":
            return function_class("Mod")(left, right, evaluate=False)
        quotient = sympy.Mul(left, sympy.Pow(right, sympy.S.NegativeOne, evaluate=False), evaluate=False)
        return function_class("floor")(quotient, evaluate=False)

    def sign(self, parts: list[Any]) -> sympy.Expr:
        operand = self._number(parts[1])
        if parts[0] == "+":
            return operand
        return -operand if isinstance(operand, sympy.Rational) else sympy.Mul(sympy.S.NegativeOne, operand, evaluate=False)

    def power(self, parts: list[Any]) -> sympy.Expr:
        base, exponent = self._number(parts[0]), self._number(parts[2])
        self._check_power(base, exponent, parts[1])
        return written_power(base, exponent)

    def compare(self, parts: list[Any]) -> sympy.Basic:
        links = [
            _COMPARISONS[str(sign)](self._number(left), self._number(right), evaluate=False)
            for left, sign, right in zip(parts[:-2:2], parts[1:-1:2], parts[2::2], strict=True)
        ]
        return links[0] if len(links) == 1 else sympy.And(*links, evaluate=False)

    def both(self, parts: list[Any]) -> sympy.Basic:
        return sympy.And(*[self._condition(part) for part in parts], evaluate=False)

    def either(self, parts: list[Any]) -> sympy.Basic:
        return sympy.Or(*[self._condition(part) for part in parts], evaluate=False)

    def opposite(self, parts: list[Any]) -> sympy.Basic:
        return sympy.Not(self._condition(parts[0]), evaluate=False)

    def pair(self, parts: list[Any]) -> tuple[Any, ...]:
        return tuple(parts)

    def call(self, parts: list[Any]) -> sympy.Basic:
        token, arguments = parts[0], parts[1:]
        word = str(token)
        if word == "Piecewise":
            return self._piecewise(token, arguments)
        arguments = [self._value(argument, token) for argument in arguments]
        if word in _BUILDERS:
            return _BUILDERS[word](self, token, arguments)
        row = SPELLINGS.get(word) or (ROWS.get(word) if self.internal else None)
        if row is None:
            raise self._error(f"unknown function `{word}`{suggestion(word, known_names())}", token)
        arguments = self._defaults(row, arguments)
        if (row.name, arguments[0] if arguments else None) in ORDERS:
            row, arguments = ROWS[ORDERS[row.name, arguments[0]]], arguments[1:]
        if row.name in ("max", "min") and len(arguments) > 2:
            return reduce(lambda left, right: function_class(row.name)(left, right, evaluate=False), arguments)
        if len(arguments) != row.arity:
            plural = "" if row.arity == 1 else "s"
            few = f"{row.arity - len(row.defaults)} to {row.arity}" if row.defaults else f"{row.arity}"
            raise self._error(f"`{word}` takes {few} argument{plural}, not {len(arguments)}", token)
        for argument in arguments:
            self._number(argument, token)
        return function_class(row.name)(*arguments, evaluate=False)

    def _defaults(self, row: Function, arguments: list[Any]) -> list[Any]:
        """``arguments`` with those that the row fills in."""
        missing = row.arity - len(arguments)
        if 0 < missing <= len(row.defaults):
            return [*arguments, *map(sympy.Rational, row.defaults[-missing:])]
        if row.name == "Heaviside" and len(arguments) == 2 and arguments[1] == sympy.S.Half:
            return arguments[:1]
        return arguments

    def _piecewise(self, token: Token, arguments: list[Any]) -> sympy.Basic:
        if not arguments or not all(isinstance(pair, tuple) and len(pair) == 2 for pair in arguments):
            raise self._error("`Piecewise` takes pairs: Piecewise((value, condition), ..., (value, True))", token)
        pairs = [(self._number(value, token), self._condition(condition, token)) for value, condition in arguments]
        return reduce(_chosen, reversed(pairs), sympy.nan)

    def _check_power(self, base: Any, exponent: Any, place: Token) -> None:
        """A power of numbers that would not fit into memory is refused before anyone works it out."""
        power, number = _constant(exponent), _constant(base)
        if power is None:
            return
        if abs(power) > MAX_EXPONENT:
            raise self._error(f"the exponent is beyond the limit of {MAX_EXPONENT:,}", place)
        if number and power.denominator == 1 and exact_value("pow", [number, power]) is None:
            raise self._error("the power is too large a number to be worked out", place)

    def _number(self, value: Any, token: Token | None = None) -> Any:
        if isinstance(value, tuple):
            raise self._error("a pair in brackets belongs into `Piecewise` only", token)
        if isinstance(value, sympy.logic.boolalg.Boolean) and not isinstance(value, sympy.Symbol):
            raise self._error("a condition stands where a number is wanted", token)
        return value

    def _condition(self, value: Any, token: Token | None = None) -> Any:
        # A cell of the table may stand for a condition's derivative: there a parameter may be a condition.
        variable = isinstance(value, sympy.Symbol) and not self.internal
        if isinstance(value, tuple) or not isinstance(value, sympy.logic.boolalg.Boolean) or variable:
            raise self._error("a number stands where a condition is wanted", token)
        return value

    def _value(self, value: Any, token: Any) -> Any:
        if isinstance(value, tuple):
            raise self._error("a pair in brackets belongs into `Piecewise` only", token if isinstance(token, Token) else None)
        return value

    def _error(self, message: str, token: Token | None = None) -> FormulaError:
        start = token.start_pos if token is not None and token.start_pos is not None else 0
        length = len(token) if token is not None else len(self.text)
        return FormulaError(message, self.text, start, start + length)


def _choose(reader: _Reader, token: Token, arguments: list[Any]) -> sympy.Basic:
    if len(arguments) != 3:
        raise reader._error(f"`where` takes 3 arguments, not {len(arguments)}", token)
    condition = reader._condition(arguments[0], token)
    values = [reader._number(argument, token) for argument in arguments[1:]]
    return Select(condition, *values, evaluate=False)


def _chosen(rest: sympy.Expr, pair: tuple[sympy.Expr, sympy.Basic]) -> sympy.Expr:
    """A pair of Piecewise, and what holds where its condition does not."""
    value, condition = pair
    return value if condition is sympy.true else Select(condition, value, rest, evaluate=False)


def _ratio(reader: _Reader, token: Token, arguments: list[Any]) -> sympy.Rational:
    whole = [argument for argument in arguments if isinstance(argument, sympy.Rational)]
    if len(whole) != len(arguments) or len(whole) not in (1, 2) or (len(whole) == 2 and whole[1] == 0):
        raise reader._error("`Rational` takes two whole numbers", token)
    return whole[0] / whole[1] if len(whole) == 2 else whole[0]


def _relation(kind: type) -> Any:
    def build(reader: _Reader, token: Token, arguments: list[Any]) -> sympy.Basic:
        if len(arguments) != 2:
            raise reader._error(f"`{token}` takes 2 arguments, not {len(arguments)}", token)
        return kind(*[reader._number(argument, token) for argument in arguments], evaluate=False)

    return build


def _junction(kind: type) -> Any:
    def build(reader: _Reader, token: Token, arguments: list[Any]) -> sympy.Basic:
        if not arguments or (kind is sympy.Not and len(arguments) != 1):
            raise reader._error(f"`{token}` takes {'1 condition' if kind is sympy.Not else 'conditions'}", token)
        conditions = [reader._condition(argument, token) for argument in arguments]
        return conditions[0] if len(conditions) == 1 and kind is not sympy.Not else kind(*conditions, evaluate=False)

    return build


def _raise_power(reader: _Reader, token: Token, arguments: list[Any]) -> sympy.Expr:
    if len(arguments) != 2:
        raise reader._error(f"`Pow` takes 2 arguments, not {len(arguments)}", token)
    reader._check_power(arguments[0], arguments[1], token)
    return written_power(reader._number(arguments[0], token), reader._number(arguments[1], token))


def _logarithm(reader: _Reader, token: Token, arguments: list[Any]) -> sympy.Expr:
    if len(arguments) not in (1, 2):
        raise reader._error(f"`{token}` takes 1 or 2 arguments, not {len(arguments)}", token)
    logs = [function_class("log")(reader._number(argument, token), evaluate=False) for argument in arguments]
    if len(logs) == 1:
        return logs[0]
    return sympy.Mul(logs[0], sympy.Pow(logs[1], sympy.S.NegativeOne, evaluate=False), evaluate=False)


_BUILDERS: dict[str, Any] = {
    "where": _choose,
    "Rational": _ratio,
    "Integer": _ratio,
    "Pow": _raise_power,
    "log": _logarithm,
    "ln": _logarithm,
    "And": _junction(sympy.And),
    "Or": _junction(sympy.Or),
    "Not": _junction(sympy.Not),
    **{
        name: _relation(kind)
        for kind in (sympy.Lt, sympy.Le, sympy.Gt, sympy.Ge, sympy.Eq, sympy.Ne)
        for name in (*[key for key in ("Lt", "Le", "Gt", "Ge", "Eq", "Ne") if getattr(sympy, key) is kind], kind.__name__)
    },
}
"""The spellings that are no function of the table but a way to write one."""


def known_names() -> list[str]:
    """Every name that a formula may call."""
    return [*SPELLINGS, *_BUILDERS, "Piecewise"]


def _constant(expression: sympy.Basic) -> Fraction | None:
    """The exact value of an expression of numbers alone, where it is rational; else None."""
    if expression.free_symbols:
        return None
    tape = tape_of(expression, (), ())
    return tape.operations[tape.outputs[0]].exact


def _check_limits(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise FormulaError(f"the formula has {len(text):,} characters; the limit is {MAX_CHARACTERS:,}", text[:80])
    if not text.strip():
        raise FormulaError("the formula is empty", text)
    depth = tokens = 0
    opened: list[int] = []
    for token in _SKETCH.finditer(text):
        tokens += 1
        if token[0] == "(":
            opened.append(token.start())
        elif token[0] == ")" and opened:
            opened.pop()
        depth = max(depth, len(opened))
        if depth > MAX_DEPTH:
            raise FormulaError(f"brackets are nested deeper than the limit of {MAX_DEPTH:,}", text, token.start())
    if tokens > MAX_TOKENS:
        raise FormulaError(f"the formula has {tokens:,} words and signs; the limit is {MAX_TOKENS:,}", text[:80])


def _explain(error: UnexpectedInput, text: str) -> FormulaError:
    """Lark's complaint in the words of a formula."""
    place = error.pos_in_stream if error.pos_in_stream is not None and error.pos_in_stream >= 0 else len(text.rstrip())
    if isinstance(error, UnexpectedCharacters):
        sign = text[place]
        return FormulaError(_FORBIDDEN.get(sign, f"`{sign}` is not part of a formula"), text, place)
    token = error.token if isinstance(error, UnexpectedToken) else None
    if token is None or token.type == "$END":
        opened = _unclosed(text)
        if opened is not None:
            return FormulaError("`(` is never closed", text, opened)
        return FormulaError("the formula ends where a number, a variable or a function is wanted", text, len(text.rstrip()))
    if token == ")":
        missing = "unmatched `)`" if _depth_before(text, place) == 0 else "a number, a variable or a function is missing before `)`"
        return FormulaError(missing, text, place)
    if keyword.iskeyword(str(token)) and str(token) not in CONSTANTS:
        return FormulaError(f"`{token}` is a word of Python's, not part of a formula", text, place, place + len(token))
    before = text[:place].rstrip()
    if before and keyword.iskeyword(re.split(r"\W", before)[-1]):
        word = re.split(r"\W", before)[-1]
        return FormulaError(f"`{word}` is a word of Python's, not part of a formula", text, len(before) - len(word), len(before))
    wanted = "an operator is missing before" if token.type in ("NAME", "NUMBER", "LPAR") else "unexpected"
    return FormulaError(f"{wanted} `{token}`", text, place, place + len(token))


def _unclosed(text: str) -> int | None:
    opened: list[int] = []
    for place, sign in enumerate(text):
        if sign == "(":
            opened.append(place)
        elif sign == ")" and opened:
            opened.pop()
    return opened[-1] if opened else None


def _depth_before(text: str, place: int) -> int:
    return max(0, text[:place].count("(") - text[:place].count(")"))
