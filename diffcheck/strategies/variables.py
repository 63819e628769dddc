"""The names of variables, as strategies are given them."""

from collections.abc import Iterable

from diffcheck.errors import FormulaError, UsageError
from diffcheck.formula.formula import read_formula


def names_of(variables: str | Iterable[str]) -> tuple[str, ...]:
    """Names: ``"x y"`` and ``"x, y"``, as sympy's ``symbols`` takes them, or one each of an iterable.

    Raises UsageError for what no variable of a formula can be called, and for none at all.
    """
    try:
        names = tuple(variables.replace(",", " ").split() if isinstance(variables, str) else variables)
    except TypeError:
        raise UsageError(f"variables are names, such as 'x y', not {variables!r}") from None
    if not names:
        raise UsageError("there is no variable: name one, such as 'x'")
    for name in names:
        if not _can_be_one(name):
            raise UsageError(f"{name!r} cannot be a variable's name in a formula")
    return names


def _can_be_one(name: object) -> bool:
    try:
        return isinstance(name, str) and read_formula(name).variables == (name,)
    except FormulaError:
        return False
