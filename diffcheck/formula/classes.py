"""Sympy classes made from the table's rows, for formulas as written: sympy neither rewrites nor differentiates them."""

from functools import cache

import sympy

from diffcheck.formula.functions import ROWS


def symbol(name: str) -> sympy.Symbol:
    """The real variable called ``name``."""
    return sympy.Symbol(name, real=True)


@cache
def function_class(name: str) -> type[sympy.Function]:
    """The sympy class of row ``name``."""
    return type(name, (sympy.Function,), {"nargs": ROWS[name].arity, **REAL, "diffcheck_row": name})


REAL = {"is_extended_real": True, "is_commutative": True}
"""What sympy may take for granted of a row's value."""
