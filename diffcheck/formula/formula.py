"""The formula: its text, its structure, its operations."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import sympy

from diffcheck.errors import FormulaError, suggestion
from diffcheck.formula.classes import symbol
from diffcheck.formula.composition import composed
from diffcheck.formula.operations import Tape
from diffcheck.formula.reader import read_expression
from diffcheck.formula.structure import tape_of

MAX_OPERATIONS = 60_000


@dataclass(frozen=True, eq=False)
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


def read_over(source: str | sympy.Basic, variables: tuple[str, ...]) -> Tape:
    """A formula over given variables, which may be constant; its operations.

    Raises FormulaError with the place of what is wrong, an unknown variable too.
    """
    expression = source if isinstance(source, sympy.Basic) else read_expression(source).expression
    if not isinstance(expression, sympy.Expr):
        raise FormulaError("a condition stands where a formula is wanted", str(source), 0, len(str(source)))
    known = {each.name: each for each in expression.free_symbols}
    _require_known(known, str(source), variables)
    return tape_of(expression, variables, tuple(known.get(name, symbol(name)) for name in variables))


def require_known(formula: Formula, variables: tuple[str, ...]) -> None:
    """Raise FormulaError, at its place, for a variable of ``formula`` that is not one of ``variables``."""
    _require_known(formula.variables, formula.text, variables)


def _require_known(names: Iterable[str], text: str, variables: tuple[str, ...]) -> None:
    for each in sorted(set(names) - set(variables), key=lambda name: _place_of(name, text)):
        start = _place_of(each, text)
        raise FormulaError(f"unknown variable `{each}`{suggestion(each, list(variables))}", text, start, start + len(each))


def _place_of(word: str, text: str) -> int:
    """Where ``word`` stands in ``text`` for the first time, as a word of its own."""
    found = re.search(rf"\b{re.escape(word)}\b", text)
    return found.start() if found else 0


def _from_sympy(expression: sympy.Basic) -> Formula:
    text = str(expression)
    symbols = sorted(expression.free_symbols, key=lambda each: (_place_of(each.name, text), each.name))
    return _formula(text, expression, tuple(each.name for each in symbols), symbols)


def _formula(text: str, expression: sympy.Basic, variables: tuple[str, ...], symbols: list[sympy.Symbol]) -> Formula:
    if not variables:
        what = "formula" if isinstance(expression, sympy.Expr) else "condition"
        raise FormulaError(f"the {what} has no variable", text, 0, len(text))
    tape = composed(tape_of(expression, variables, tuple(symbols)))
    if len(tape) > MAX_OPERATIONS:
        raise FormulaError(f"the formula has {len(tape):,} operations; the limit is {MAX_OPERATIONS:,}", text)
    return Formula(text, expression, variables, tape)

