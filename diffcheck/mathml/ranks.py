"""Which parts of a formula are arrays: products and powers of those are set with a sign of their own."""

from collections.abc import Mapping
from typing import Any

import sympy

from diffcheck.formula.functions import ROWS, SPELLINGS

_NUMBERS = frozenset({"dot", "sum", "mean", "prod", "var", "var_0", "std", "std_0", "norm", "norm_1", "norm_inf", "largest",
                      "smallest", "amax", "amin", "trace", "det", "item2"})  # fmt: skip
"""Functions whose value is one number."""
_LESSENED = frozenset({"item", "logsumexp"})
"""Functions that take one dimension of their first argument."""


def row_of(node: Any) -> str:
    """The row of the table of functions that ``node`` is an application of; its class's own name where there is none."""
    name = getattr(node, "diffcheck_row", None) or type(node).__name__
    known = ROWS.get(name) or SPELLINGS.get(name)
    return known.name if known is not None else str(name)


def rank(node: Any, shapes: Mapping[str, tuple[int, ...]]) -> int:
    """How many dimensions the value of ``node`` has, where variables have ``shapes``; none is a number's."""
    if not any(shapes.values()):
        return 0
    if isinstance(node, sympy.Symbol):
        return len(shapes.get(node.name, ()))
    name = row_of(node)
    if name in _NUMBERS:
        return 0
    ranks = [rank(each, shapes) for each in node.args]
    if name in _LESSENED:
        return max(0, ranks[0] - 1)
    if name == "matmul":
        return ranks[0] + ranks[1] - 2
    return ranks[1] if name == "solve" else max(ranks, default=0)
