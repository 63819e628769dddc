"""The table's rows, cells and conditions as functions of NumPy arrays: midpoints, good to a few units of roundoff."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from diffcheck.formula.cells import cell, ties
from diffcheck.formula.formula import Formula
from diffcheck.formula.functions import ROWS
from diffcheck.formula.operations import Tape
from diffcheck.truth.balls import NAMESPACE, fold_exact, precision

Array = NDArray[np.float64]

_NUMPY: dict[str, Any] = {
    name: getattr(np, name)
    for name in ("exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "sqrt", "sin", "cos", "tan", "arcsin",
                 "arccos", "cbrt", "arctan", "arctan2", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "hypot",
                 "power", "logaddexp", "sinc", "absolute", "sign", "maximum", "minimum", "floor", "ceil", "rint",
                 "trunc", "mod", "heaviside")
} | {"select": np.where, "both": np.logical_and, "either": np.logical_or, "opposite": np.logical_not}  # fmt: skip
"""What the NumPy column's names mean."""


def number_on_arrays(value: Any) -> Any:
    """A constant as NumPy's own number, which divides by zero as IEEE 754 says; truths stay truths."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return np.float64({"pi": np.pi, "E": np.e, "inf": np.inf}.get(value, np.nan))
    try:
        return np.float64(float(value))
    except OverflowError:
        return np.inf if value > 0 else -np.inf


@lru_cache(maxsize=512)
def row_on_arrays(name: str) -> Callable[..., Any]:
    """The row's value on arrays: its NumPy cell, or an evaluation in balls for each point."""
    row = ROWS[name]
    if row.numpy:
        return _compiled(row.numpy, _NUMPY, row.arity)
    text = row.arb
    single = _compiled(text, NAMESPACE, row.arity)

    def pointwise(*inputs: Any) -> Any:
        shape = np.broadcast(*inputs).shape
        columns = [np.broadcast_to(each, shape).ravel().tolist() for each in inputs]
        values = [_nearest_double(single, column) for column in zip(*columns, strict=True)]
        return np.array(values).reshape(shape)

    return pointwise


def _nearest_double(function: Callable[..., Any], point: Sequence[float]) -> float:
    """A ball function's value, the precision raised until it is good to a double."""
    for bits in (80, 320, 1280):
        with precision(bits):
            ball = function(*map(arb, point))
            if not isinstance(ball, arb) or ball.rel_accuracy_bits() > 60:
                break
    return float(ball)


def _compiled(text: str, names: dict[str, Any], arity: int) -> Callable[..., Any]:
    parameters = ", ".join("xyz"[:arity])
    used = {word: names[word] for word in set(re.findall(r"[a-z_]\w+", text)) if word in names}
    return eval(f"lambda {parameters}: {text}", used)  # type: ignore[no-any-return]  # noqa: S307 - the table's own cell


@lru_cache(maxsize=512)
def partials_on_arrays(name: str) -> tuple[Callable[..., Any] | None, ...]:
    """The row's partials on arrays; None for one that is zero or not known."""
    return tuple(None if text is None or text == "0" else _array_function(cell(text)) for text in ROWS[name].partials)


@lru_cache(maxsize=512)
def ties_on_arrays(name: str) -> tuple[Callable[..., Any], ...]:
    """What is zero on arrays where the row may bend or jump."""
    return tuple(_array_function(tape) for tape in ties(ROWS[name].ties))


def holds_on_arrays(condition: Formula, variables: Sequence[str]) -> Callable[[Array], NDArray[np.bool_]]:
    """A condition as a function of points (n, variables) to truths (n,)."""
    function = _array_function(condition.tape)
    columns = [list(variables).index(name) for name in condition.variables]

    def holds(points: Array) -> NDArray[np.bool_]:
        with np.errstate(all="ignore"):
            return np.broadcast_to(function(*(points[:, column] for column in columns)), len(points))

    return holds


def _array_function(tape: Tape) -> Callable[..., Any]:
    """A cell's tape as a function of arrays."""
    folded = fold_exact(tape)

    def run(*inputs: Any) -> Any:
        values: list[Any] = list(inputs)
        for operation in folded.operations[len(folded.variables) :]:
            if operation.name == "number":
                values.append(number_on_arrays(operation.value))
            else:
                values.append(row_on_arrays(operation.name)(*(values[argument] for argument in operation.arguments)))
        return values[folded.outputs[0]]

    return run
