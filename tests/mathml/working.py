"""What functions, bars and signs between factors come to, in balls and arrays of balls."""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add, mul
from typing import Any

import numpy as np

from diffcheck.formula.functions import ROWS
from diffcheck.mathml.signs import LETTERS
from diffcheck.truth.balls import row_on_balls
from tests.mathml.sight import Misread, seen


class Unreadable(Exception):
    """The reader does not know the function."""


def _functions() -> dict[str, str]:
    names = {name: name for name in ROWS}
    return names | {seen(markup): name for name, markup in LETTERS.items()}


FUNCTIONS = _functions()
"""Rows of the table of functions by how their names look."""


def each_of(name: str, *arguments: Any) -> Any:
    """Row ``name`` at numbers, or at each element of an array."""
    if any(isinstance(each, np.ndarray) for each in arguments):
        if name in _OF_ARRAYS and len(arguments) == 1:
            return _OF_ARRAYS[name](*arguments)
        if not ROWS[name].arb:
            raise Unreadable(name)
        return np.vectorize(row_on_balls(name), otypes=[object])(*arguments)
    if not ROWS[name].arb:
        raise Unreadable(name)
    return row_on_balls(name)(*arguments)


_OF_ARRAYS: dict[str, Callable[..., Any]] = {
    "mean": lambda array: reduce(add, array.ravel()) / array.size,
    "trace": lambda array: reduce(add, array.diagonal()),
    "largest": lambda array: reduce(row_on_balls("max"), array.ravel()),
    "smallest": lambda array: reduce(row_on_balls("min"), array.ravel()),
}


def norm(array: Any, foot: str) -> Any:
    """A norm: the one of the order that is told at its foot."""
    sizes = [abs(each) for each in np.asarray(array, dtype=object).ravel()]
    if foot:
        return reduce(add, sizes) if foot == "1" else reduce(row_on_balls("max"), sizes)
    return reduce(add, [each * each for each in sizes]).sqrt()


def multiplied(factors: Sequence[Any], signs: Sequence[str]) -> Any:
    """The product of factors, of arrays as the signs between them say."""
    arrays = sum(isinstance(each, np.ndarray) for each in factors)
    if arrays < 2:
        return reduce(mul, factors)
    if "⊙" in signs:
        if "@" in signs or sum(sign == "⊙" for sign in signs) != arrays - 1:
            raise Misread("products of two kinds")
        return reduce(mul, factors)
    if "·" in signs and (len(factors) > 2):
        raise Misread("a dot product beside a factor")
    return reduce(np.dot, factors)
