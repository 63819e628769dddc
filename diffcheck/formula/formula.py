"""The formula: its text, its structure, its operations."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import sympy

from diffcheck.errors import FormulaError, suggestion
from diffcheck.formula.classes import symbol
from diffcheck.formula.composition import composed
from diffcheck.formula.expansion import expanded, meaning_of
from diffcheck.formula.forms import FORMS
from diffcheck.formula.inputs import Input, Shape
from diffcheck.formula.operations import Tape
from diffcheck.formula.reader import read_expression
from diffcheck.formula.structure import tape_of

MAX_OPERATIONS = 60_000


Shapes = tuple[tuple[str, Shape], ...]
"""The shapes of the variables that are arrays, by name."""


@dataclass(frozen=True, eq=False)
class Formula:
    """What the user meant, read once; everything else is made from it."""

    text: str
    """The user's own words, or sympy's for an expression."""
    expression: sympy.Basic
    """Sympy's expression with the structure as written; never evaluated."""
    inputs: tuple[Input, ...]
    """Its variables by first appearance."""
    shape: Shape
    """The shape of its value; empty for a number."""
    written: Tape
    """The operations on whole variables in the order in which torch runs them."""
    tape: Tape
    """The same number by number: its variables are the columns, its outputs the numbers of the value, row by row."""
    meaning: Tape
    """The mathematics of ``tape`` alone, without what torch's kernels do in an order of their own."""

    @property
    def variables(self) -> tuple[str, ...]:
        """The columns: every number that the variables hold, by name."""
        return self.tape.variables

    @property
    def is_scalar(self) -> bool:
        """Its variables are numbers, and so is its value."""
        return self.written is self.tape


@lru_cache(maxsize=256)
def read_formula(source: str | sympy.Basic, shapes: Shapes = ()) -> Formula:
    """A formula's text, or a sympy expression, as a Formula; ``shapes`` are those of the variables that are arrays.

    Raises FormulaError with the place of what is wrong; UnsupportedError for a sympy function without a row.
    """
    if isinstance(source, sympy.Basic):
        return _from_sympy(source, shapes)
    written = read_expression(source)
    if not isinstance(written.expression, sympy.Expr):
        raise FormulaError("a condition stands where a formula is wanted", source, 0, len(source))
    return _formula(source, written.expression, written.variables, [symbol(name) for name in written.variables], shapes)


def require_readable(source: str | sympy.Basic) -> None:
    """Raise FormulaError for a text that is no formula, whatever its variables' shapes are."""
    if isinstance(source, str):
        read_expression(source)


@lru_cache(maxsize=256)
def read_condition(source: str) -> Formula:
    """A condition on variables, such as ``x < y``, as a Formula whose value is a truth.

    Raises FormulaError with the place of what is wrong.
    """
    written = read_expression(source)
    if isinstance(written.expression, sympy.Expr):
        raise FormulaError("a formula stands where a condition is wanted", source, 0, len(source))
    return _formula(source, written.expression, written.variables, [symbol(name) for name in written.variables])


def read_over(source: str | sympy.Basic, inputs: tuple[Input, ...]) -> Tape:
    """A formula of one number over given variables, which may be constant; its operations over their columns.

    Raises FormulaError with the place of what is wrong, an unknown variable too.
    """
    expression = source if isinstance(source, sympy.Basic) else read_expression(source).expression
    if not isinstance(expression, sympy.Expr):
        raise FormulaError("a condition stands where a formula is wanted", str(source), 0, len(str(source)))
    known = {each.name: each for each in expression.free_symbols}
    names = tuple(each.name for each in inputs)
    _require_known(known, str(source), names)
    tape = tape_of(expression, names, tuple(known.get(name, symbol(name)) for name in names))
    if not _has_arrays(tape, inputs):
        return tape
    tape, shape = expanded(tape, inputs, str(source))
    if shape:
        raise FormulaError(f"one number is wanted, not an array of shape {list(shape)}", str(source), 0, len(str(source)))
    return meaning_of(tape)


def _has_arrays(tape: Tape, inputs: tuple[Input, ...]) -> bool:
    return any(each.shape for each in inputs) or any(operation.name in FORMS for operation in tape.operations)


def require_known(formula: Formula, variables: tuple[str, ...]) -> None:
    """Raise FormulaError, at its place, for a variable of ``formula`` that is not one of ``variables``."""
    _require_known([each.name for each in formula.inputs], formula.text, variables)


def _require_known(names: Iterable[str], text: str, variables: tuple[str, ...]) -> None:
    for each in sorted(set(names) - set(variables), key=lambda name: _place_of(name, text)):
        start = _place_of(each, text)
        raise FormulaError(f"unknown variable `{each}`{suggestion(each, list(variables))}", text, start, start + len(each))


def _place_of(word: str, text: str) -> int:
    """Where ``word`` stands in ``text`` for the first time, as a word of its own."""
    found = re.search(rf"\b{re.escape(word)}\b", text)
    return found.start() if found else 0


def _from_sympy(expression: sympy.Basic, shapes: Shapes) -> Formula:
    text = str(expression)
    symbols = sorted(expression.free_symbols, key=lambda each: (_place_of(each.name, text), each.name))
    return _formula(text, expression, tuple(each.name for each in symbols), symbols, shapes)


def _formula(
    text: str, expression: sympy.Basic, names: tuple[str, ...], symbols: list[sympy.Symbol], shapes: Shapes = ()
) -> Formula:
    if not names:
        what = "formula" if isinstance(expression, sympy.Expr) else "condition"
        raise FormulaError(f"the {what} has no variable", text, 0, len(text))
    written = composed(tape_of(expression, names, tuple(symbols)))
    inputs = tuple(Input(name, dict(shapes).get(name, ())) for name in names)
    tape, shape = expanded(written, inputs, text) if _has_arrays(written, inputs) else (written, ())
    if len(tape) > MAX_OPERATIONS:
        raise FormulaError(f"the formula has {len(tape):,} operations; the limit is {MAX_OPERATIONS:,}", text)
    return Formula(text, expression, inputs, shape, written, tape, meaning_of(tape))
