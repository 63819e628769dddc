"""Random formulas from the table of functions, and random points."""

import re

from hypothesis import strategies as st

from diffcheck.formula.chain import CONDITIONS
from diffcheck.formula.functions import INTERNAL, TABLE

CALLABLE = sorted(row.name for row in TABLE if row.name not in INTERNAL and row.name not in CONDITIONS)
ARITY = {row.name: row.arity for row in TABLE}
NUMBERS = {row.name: {"xyz".index(each) for each in row.numbers} for row in TABLE}
CONSTANTS = ("2", "3", "0.5", "0.1", "1/3", "pi", "7.25")
OPERATORS = ("({} + {})", "({} - {})", "{}*{}", "{}/{}", "({} - {})*{}", "where({} < {}, {}, {})")
POWERS = ("({})**2", "({})**3", "({})**(-1)", "({})**0.5", "2**({})", "({})**1.5")

short = st.integers(-80, 80).map(lambda each: each / 8)
"""Short binary numbers, kinks and borders among them."""
doubles = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=True)
"""Any finite double, subnormals and the largest among them."""


def formulas(names: list[str] = CALLABLE, variables: str = "xy", leaves: int = 5) -> st.SearchStrategy[str]:
    """Formulas of at most ``leaves`` leaves with at least one of ``variables``."""
    leaf = st.sampled_from(variables) | st.sampled_from(variables) | st.sampled_from(CONSTANTS)
    made = st.recursive(leaf, lambda inner: st.one_of(_calls(names, inner), _operations(inner)), max_leaves=leaves)
    return made.filter(lambda text: re.search(rf"\b[{variables}]\b", text) is not None)


def _calls(names: list[str], inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def call(name: str) -> st.SearchStrategy[str]:
        whole = st.sampled_from(["1", "2", "3"])
        arguments = [whole if place in NUMBERS[name] else inner for place in range(ARITY[name])]
        return st.tuples(*arguments).map(lambda each: f"{name}({', '.join(each)})")

    return st.sampled_from(names).flatmap(call)


def _operations(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def operate(pattern: str) -> st.SearchStrategy[str]:
        return st.tuples(*[inner] * pattern.count("{}")).map(lambda each: pattern.format(*each))

    return st.sampled_from(OPERATORS + POWERS).flatmap(operate)
