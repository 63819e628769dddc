"""Formulas, as text: drawn from the table of functions, so that a new row is drawn the moment it is there."""

import re
from collections.abc import Iterable
from functools import reduce

from hypothesis import strategies as st

from diffcheck.errors import UsageError, nearest
from diffcheck.formula.chain import CONDITIONS
from diffcheck.formula.functions import INTERNAL, SPELLINGS, TABLE
from diffcheck.formula.row import Function
from diffcheck.strategies.variables import names_of

CALLABLE = tuple(sorted(row.name for row in TABLE if row.name not in INTERNAL and row.name not in CONDITIONS))
"""The functions of numbers that a formula may call, each by its row's name."""
CONSTANTS = ("2", "3", "0.5", "0.1", "1/3", "pi", "7.25")
"""Some that every dtype holds exactly, and some that none does."""
SMOOTH = ("({} + {})", "({} - {})", "{}*{}", "({} - {})*{}", "({})**2", "({})**3", "2**({})")
"""Operations that have a derivative everywhere."""
OTHERS = ("{}/{}", "({})**(-1)", "({})**0.5", "({})**1.5", "where({} < {}, {}, {})")
JOINTS = ("({} + {})", "({})*{}", "({} - {})")
"""How a variable comes in that was not drawn."""
WHOLE = ("1", "2", "3")
"""What stands where torch takes a Python number only."""

Text = st.SearchStrategy[str]


def formulas(
    variables: str | Iterable[str] = "x y", functions: Iterable[str] | None = None, *, leaves: int = 5, smooth: bool = False
) -> Text:
    """Formulas that have each of ``variables``, and at most ``leaves`` variables and constants, or as many as they need.

    So ``points`` of the same variables goes with any of them. ``functions`` are names as formulas call them: every one
    that torch can run where it is None. ``smooth`` ones have a derivative everywhere: no function or operation with a
    kink, a jump, a pole or a border of its domain is drawn. Of the others a point may well lie outside the domain, and
    diffcheck then expects NaN: torch often returns a number, which is ``phantom``.

    Raises UsageError for a function that there is none of, a name that no variable can have, no variable, and no leaf.
    """
    names = names_of(variables)
    if leaves < 1:
        raise UsageError(f"leaves is {leaves}; a formula needs one, at least")
    rows = [row for row in _rows(functions) if not (smooth and (row.ties or row.domain))]
    leaf = st.sampled_from(names) | st.sampled_from(CONSTANTS)
    patterns = SMOOTH if smooth else (*SMOOTH, *OTHERS)
    made = st.recursive(leaf, lambda inner: _calls(rows, inner) | _operations(patterns, inner), max_leaves=leaves)
    return st.tuples(made, st.sampled_from(JOINTS)).map(lambda drawn: _whole(*drawn, names))


def _whole(text: str, joint: str, names: tuple[str, ...]) -> str:
    """``text`` with the variables that it lacks: to draw again until it has them might take long."""
    return reduce(joint.format, (name for name in names if not re.search(rf"\b{re.escape(name)}\b", text)), text)


def _rows(functions: Iterable[str] | None) -> list[Function]:
    if functions is not None:
        return [_row(name) for name in functions]
    return [SPELLINGS[name] for name in CALLABLE if SPELLINGS[name].torch or SPELLINGS[name].form]


def _row(name: str) -> Function:
    if name not in SPELLINGS:
        raise UsageError(f"unknown function `{name}`{nearest(name, CALLABLE, 'the functions are')}")
    return SPELLINGS[name]


def _calls(rows: list[Function], inner: Text) -> Text:
    """A function of the table; Python numbers where torch takes nothing else."""

    def call(row: Function) -> Text:
        numbers = {"xyz".index(each) for each in row.numbers}
        arguments = [st.sampled_from(WHOLE) if place in numbers else inner for place in range(row.arity)]
        return st.tuples(*arguments).map(lambda each: f"{row.name}({', '.join(each)})")

    return st.sampled_from(rows).flatmap(call) if rows else st.nothing()


def _operations(patterns: tuple[str, ...], inner: Text) -> Text:
    def operate(pattern: str) -> Text:
        return st.tuples(*[inner] * pattern.count("{}")).map(lambda each: pattern.format(*each))

    return st.sampled_from(patterns).flatmap(operate)
