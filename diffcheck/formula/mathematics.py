"""A formula as sympy's own mathematics: evaluated and simplified as sympy likes, to be differentiated."""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import sympy

from diffcheck.formula.cells import cell, filled
from diffcheck.formula.classes import REAL
from diffcheck.formula.functions import ROWS
from diffcheck.formula.operations import Operation, Tape


class Select(sympy.Function):  # type: ignore[misc]
    """``where(condition, yes, no)``: differentiated branch by branch.

    Sympy's own Piecewise rewrites its conditions when it is differentiated, and raises where one of them divides by
    zero.
    """

    nargs = 3
    is_extended_real = True
    is_commutative = True
    diffcheck_row = "select"

    def _eval_derivative(self, variable: sympy.Symbol) -> sympy.Expr:
        condition, yes, no = self.args
        partials = yes.diff(variable), no.diff(variable)
        return partials[0] if partials[0] == partials[1] else Select(condition, *partials)


class UnknownPartial(Exception):
    """A derivative is asked of a function whose row has none; the text names both."""


@cache
def derivable_class(name: str) -> type[sympy.Function]:
    """A sympy class of row ``name`` that differentiates as the row's partials say.

    Its derivative raises UnknownPartial where the table has none.
    """
    row = ROWS[name]

    def fdiff(self: Any, argindex: int = 1) -> sympy.Expr:
        text = row.partials[argindex - 1]
        if text is None:
            raise UnknownPartial(f"no derivative of {name} by its argument {argindex} is known")
        return rebuild(cell(text), filled(self.args, self))

    return type(name, (sympy.Function,), {"nargs": row.arity, **REAL, "fdiff": fdiff, "diffcheck_row": name})


_NUMBERS = {"pi": sympy.pi, "E": sympy.E, "nan": sympy.nan, "inf": sympy.oo}

_SYMPY = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: _quotient(x, y),
    "reciprocal": lambda x: _quotient(sympy.S.One, x),
    "neg": lambda x: -x,
    "pow": lambda x, y: x**y,
    "sqrt": sympy.sqrt,
    "rsqrt": lambda x: 1 / sympy.sqrt(x),
    "exp": sympy.exp,
    "log": sympy.log,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "erf": sympy.erf,
    "lt": lambda x, y: sympy.Lt(x, y, evaluate=False),
    "le": lambda x, y: sympy.Le(x, y, evaluate=False),
    "gt": lambda x, y: sympy.Gt(x, y, evaluate=False),
    "ge": lambda x, y: sympy.Ge(x, y, evaluate=False),
    "eq": lambda x, y: sympy.Eq(x, y, evaluate=False),
    "ne": lambda x, y: sympy.Ne(x, y, evaluate=False),
    "both": sympy.And,
    "either": sympy.Or,
    "opposite": sympy.Not,
    "select": Select,
}
"""The rows that sympy knows itself; every other row is a class made from the table."""


def _quotient(numerator: sympy.Expr, denominator: sympy.Expr) -> sympy.Expr:
    """NaN over zero: sympy's complex infinity makes its own mathematics raise further on."""
    return sympy.S.NaN if denominator == 0 else numerator / denominator


def apply(name: str, *arguments: sympy.Basic) -> sympy.Basic:
    """Row ``name`` of sympy's mathematics at ``arguments``."""
    if name == "select" and arguments[0] in (sympy.true, sympy.false):
        return arguments[1] if arguments[0] == sympy.true else arguments[2]
    if name in ("max", "min") and arguments[0] == arguments[1]:
        return arguments[0]
    if name in _SYMPY:
        return _SYMPY[name](*arguments)
    return derivable_class(name)(*arguments)


def rebuild(tape: Tape, arguments: Sequence[sympy.Basic]) -> sympy.Basic:
    """The tape's first output, its variables standing for ``arguments``."""
    values: list[sympy.Basic] = list(arguments)
    for operation in tape.operations[len(tape.variables) :]:
        values.append(_value(operation, [values[argument] for argument in operation.arguments]))
    return values[tape.outputs[0]]


def _value(operation: Operation, arguments: list[sympy.Basic]) -> sympy.Basic:
    if operation.name != "number":
        return apply(operation.name, *arguments)
    if isinstance(operation.value, Fraction):
        return sympy.Rational(operation.value.numerator, operation.value.denominator)
    if isinstance(operation.value, bool):
        return sympy.true if operation.value else sympy.false
    return _NUMBERS[str(operation.value)]
