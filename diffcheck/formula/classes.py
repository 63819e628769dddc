"""Sympy classes made from the table's rows: they differentiate as the row says and sympy rewrites none of them."""

from functools import cache
from typing import Any

import sympy

from diffcheck.formula.functions import ROWS, Function


def symbol(name: str) -> sympy.Symbol:
    """The real variable called ``name``."""
    return sympy.Symbol(name, real=True)


@cache
def function_class(name: str) -> type[sympy.Function]:
    """The sympy class of row ``name``; its ``fdiff`` reads the row's partials."""
    row = ROWS[name]

    def fdiff(self: Any, argindex: int = 1) -> sympy.Expr:
        return partial_expression(row, argindex - 1, self.args, self)

    return type(
        name,
        (sympy.Function,),
        {"nargs": row.arity, "fdiff": fdiff, "is_extended_real": True, "is_commutative": True, "diffcheck_row": row.name},
    )


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


def partial_expression(row: Function, index: int, arguments: tuple[sympy.Expr, ...], result: sympy.Expr) -> sympy.Expr:
    """The row's partial by argument ``index`` as sympy's own mathematics, at ``arguments``.

    Raises UnknownPartial where the table has no derivative.
    """
    from diffcheck.formula.cells import cell
    from diffcheck.formula.mathematics import rebuild

    text = row.partials[index]
    if text is None:
        raise UnknownPartial(f"no derivative of {row.name} by its argument {index + 1} is known")
    padded = (*arguments, *[sympy.S.Zero] * (3 - len(arguments)), result)
    return rebuild(cell(text), padded)
