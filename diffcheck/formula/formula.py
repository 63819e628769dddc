"""The formula: its text, its structure, its operations."""

from dataclasses import dataclass
from functools import lru_cache

import sympy

from diffcheck.errors import FormulaError
from diffcheck.formula.classes import symbol
from diffcheck.formula.operations import Tape
from diffcheck.formula.reader import read_expression
from diffcheck.formula.structure import tape_of

MAX_OPERATIONS = 60_000


@dataclass(frozen=True)
class Formula:
    """What the user meant, read once; everything else is made from it."""

    text: str
    """The user's own words, or sympy's for an expression."""
    expression: sympy.Basic
    """Sympy's expression with the structure as written; never evaluated."""
    variables: tuple[str, ...]
    """By first appearance."""
    tape: Tape
    """The operations in the order in which torch runs them."""


@lru_cache(maxsize=256)
def read_formula(source: str | sympy.Basic) -> Formula:
    """A formula's text, or a sympy expression, as a Formula.

    Raises FormulaError with the place of what is wrong; UnsupportedError for a sympy function without a row.
    """
    if isinstance(source, sympy.Basic):
        return _from_sympy(source)
    written = read_expression(source)
    if not isinstance(written.expression, sympy.Expr):
        raise FormulaError("a condition stands where a formula is wanted", source, 0, len(source))
    return _formula(source, written.expression, written.variables, [symbol(name) for name in written.variables])


@lru_cache(maxsize=256)
def read_condition(source: str) -> Formula:
    """A condition on variables, such as ``x < y``, as a Formula whose value is a truth.

    Raises FormulaError with the place of what is wrong.
    """
    written = read_expression(source)
    if isinstance(written.expression, sympy.Expr):
        raise FormulaError("a formula stands where a condition is wanted", source, 0, len(source))
    return _formula(source, written.expression, written.variables, [symbol(name) for name in written.variables])


def _from_sympy(expression: sympy.Basic) -> Formula:
    symbols = sorted(expression.free_symbols, key=lambda each: (str(expression).find(each.name), each.name))
    return _formula(str(expression), expression, tuple(each.name for each in symbols), symbols)


def _formula(text: str, expression: sympy.Basic, variables: tuple[str, ...], symbols: list[sympy.Symbol]) -> Formula:
    if not variables:
        raise FormulaError("the formula has no variable to differentiate by", text, 0, len(text))
    tape = tape_of(expression, variables, tuple(symbols))
    if len(tape) > MAX_OPERATIONS:
        raise FormulaError(f"the formula has {len(tape):,} operations; the limit is {MAX_OPERATIONS:,}", text)
    return Formula(text, expression, variables, tape)

