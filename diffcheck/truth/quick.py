"""What rounding may do, for all points at once: the walk over NumPy arrays of midpoints and radii.

A point it does not clear goes to the walk in balls, which alone may condemn. Radii are carried to first order.
Source: Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.
"""

import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from diffcheck.dtypes import FORMATS, Format
from diffcheck.formula.adjoint import CONDITIONS
from diffcheck.formula.cells import PARAMETERS, cell, ties
from diffcheck.formula.formula import Formula
from diffcheck.formula.operations import Operation, Role, Tape
from diffcheck.truth.balls import NAMESPACE, fold_exact, precision

Array = NDArray[np.float64]
WIDE = 0.01
"""A relative radius beyond this is too wide for first order."""

_PYTHON = FORMATS["float64"]
_NUMPY: dict[str, Any] = {
    name: getattr(np, name)
    for name in ("exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "sqrt", "sin", "cos", "tan", "arcsin",
                 "arccos", "cbrt", "arctan", "arctan2", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "hypot",
                 "power", "logaddexp", "sinc", "absolute", "sign", "maximum", "minimum", "floor", "ceil", "rint",
                 "trunc", "mod", "heaviside")
} | {"select": np.where, "both": np.logical_and, "either": np.logical_or, "opposite": np.logical_not}  # fmt: skip


@dataclass(frozen=True)
class QuickAllowance:
    """Radii by point, and where they may be trusted."""

    radii: Array
    """Shape (n, outputs): about how far a sound program may be off."""
    clear: NDArray[np.bool_]
    """Shape (n,): every intermediate is ordinary: finite, in the dtype's range, away from kinks and jumps."""


def quick_allowance(tape: Tape, points: Array, form: Format) -> QuickAllowance:
    """The radii of ``tape``'s outputs at ``points`` (n, variables) in the arithmetic of ``form``."""
    walk = _Walk(len(points), form)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for operation in tape.operations:
            walk.step(operation, points)
        zero = np.zeros(len(points))
        radii = [walk.radii[place] if place >= 0 else zero for place in tape.outputs]
    return QuickAllowance(np.stack(np.broadcast_arrays(zero, *radii)[1:], axis=1), walk.clear)


class _Walk:
    """The state of one walk: a midpoint and a radius for each operation so far."""

    def __init__(self, size: int, form: Format, *, inside: bool = False) -> None:
        self.form = form
        self.inside = inside
        """The operations are a kernel's own: what they are made of is not looked into again."""
        self.operations: list[Operation] = []
        self.middles: list[Any] = []
        self.radii: list[Any] = []
        self.clear = np.ones(size, dtype=bool)

    def step(self, operation: Operation, points: Array) -> None:
        """Take one operation."""
        if operation.name == "variable":
            column = points[:, len(self.middles)]
            self.middles.append(column)
            self.radii.append(0.0)
        elif operation.constant:
            self._take_constant(operation)
        else:
            self._apply(operation)
        self.operations.append(operation)

    def _take_constant(self, operation: Operation) -> None:
        """A constant as Python works it out, in float64, before torch is asked."""
        inputs = [self.middles[argument] for argument in operation.arguments]
        radii = [self.radii[argument] for argument in operation.arguments]
        middle = _middle(operation.name)(*inputs) if inputs else _number(operation.value)
        self.middles.append(middle)
        truth = operation.name in CONDITIONS or isinstance(middle, bool)
        if truth or (not any(radii) and _representable(operation, _PYTHON)):
            self.radii.append(0.0)
        else:
            slack = max(1.0, operation.row.slack) if inputs else 1.0
            carried = _carried(operation.name, inputs, radii, middle) if inputs else 0.0
            self.radii.append(carried + slack * _PYTHON.unit_roundoff * abs(middle))

    def _taken_radius(self, argument: int) -> Any:
        """The radius of an operation's input; constants are rounded to the dtype as they meet a tensor of it."""
        operation, radius = self.operations[argument], self.radii[argument]
        if not operation.constant or self.form is _PYTHON or operation.name in CONDITIONS:
            return radius
        if isinstance(radius, float) and radius == 0.0 and _representable(operation, self.form):
            return radius
        return radius + self.form.unit_roundoff * abs(self.middles[argument])

    def _apply(self, operation: Operation) -> None:
        inputs = [self.middles[argument] for argument in operation.arguments]
        radii = [self._taken_radius(argument) for argument in operation.arguments]
        middle = _middle(operation.name)(*inputs)
        self.middles.append(middle)
        for tie in _ties(operation.name):
            distance = abs(tie(*_padded(inputs, middle)))
            reach = sum(radii) * 4 + self.form.unit_roundoff * 8 * sum(map(abs, inputs))
            self.clear &= distance > reach
        if operation.name in CONDITIONS:
            self.radii.append(0.0)
            return
        radius = _carried(operation.name, inputs, radii, middle)
        rounding = operation.row.slack * self.form.unit_roundoff * abs(middle)
        if operation.row.form and operation.row.torch and not self.inside:
            rounding = rounding + _form_radius(operation.row.form, inputs, self.form)
        if operation.role is Role.FORMULA:
            self._require_range(middle, radius, _is_exact_at_zero(operation) | sum((each == 0 for each in inputs), np.False_))
        vanishing = operation.role is Role.KERNEL and abs(middle) <= self.form.tiny
        self.radii.append(radius + rounding + np.where(vanishing, 0.0, self.form.tiny))
        narrow = (radius <= np.maximum(WIDE * abs(middle), self.form.smallest_normal)) | _is_sum(operation)
        self.clear &= np.isfinite(middle) & np.isfinite(radius) & narrow

    def _require_range(self, middle: Any, radius: Any, may_vanish: Any) -> None:
        """In the dtype's range; zero only where it is an exact zero, not one that underflow made."""
        self.clear &= abs(middle) + radius < self.form.largest
        self.clear &= (abs(middle) > self.form.smallest_normal) | ((middle == 0) & may_vanish)


def _is_exact_at_zero(operation: Operation) -> bool:
    """Where its result is zero, it is zero exactly, not by underflow."""
    return _is_sum(operation) or operation.row.slack == 0


def _is_sum(operation: Operation) -> bool:
    """Sums carry radii exactly, however wide."""
    return operation.name in ("add", "sub", "neg", "select")


def _carried(name: str, inputs: list[Any], radii: list[Any], middle: Any) -> Any:
    """The inputs' radii through the operation's partials."""
    total: Any = 0.0
    for partial, radius in zip(_partials(name), radii, strict=True):
        if partial is not None and not (isinstance(radius, float) and radius == 0.0):
            total = total + abs(partial(*_padded(inputs, middle))) * radius
    return total


def _form_radius(text: str, inputs: list[Any], form: Format) -> Any:
    """What rounding does inside a kernel that computes its value as ``text``."""
    walk = _Walk(1, form, inside=True)
    walk.clear = np.ones(np.broadcast(*inputs, np.zeros(1)).shape, dtype=bool)
    padded = _padded(inputs, inputs[0])
    tape = cell(text)
    walk.middles, walk.radii, walk.operations = list(padded), [0.0] * len(padded), list(tape.operations[: len(padded)])
    for operation in tape.operations[len(tape.variables) :]:
        walk.step(operation, np.empty((0, 0)))
    return walk.radii[tape.outputs[0]]


def _padded(inputs: list[Any], result: Any) -> list[Any]:
    return [*inputs, *[inputs[0]] * (len(PARAMETERS) - 1 - len(inputs)), result]


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return np.float64({"pi": np.pi, "E": np.e, "inf": np.inf}.get(value, np.nan))
    try:
        return np.float64(float(value))  # NumPy's own number divides by zero as IEEE 754 says
    except OverflowError:
        return np.inf if value > 0 else -np.inf


def _representable(operation: Operation, form: Format) -> bool:
    """The dtype holds this constant exactly, so that it does not round."""
    value = operation.exact
    if value is None:
        return isinstance(operation.value, bool)
    return is_representable(value.numerator, value.denominator, form)


def is_representable(numerator: int, denominator: int, form: Format) -> bool:
    """``numerator/denominator`` is a number of ``form``, its range aside."""
    if denominator & (denominator - 1):
        return False
    size = abs(numerator)
    return size == 0 or (size // (size & -size)).bit_length() <= form.bits


@lru_cache(maxsize=512)
def _middle(name: str) -> Callable[..., Any]:
    """The row's value on arrays: its NumPy cell, or an evaluation in balls for each point."""
    from diffcheck.formula.functions import ROWS

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
def _partials(name: str) -> tuple[Callable[..., Any] | None, ...]:
    from diffcheck.formula.functions import ROWS

    return tuple(None if text is None or text == "0" else _array_function(cell(text)) for text in ROWS[name].partials)


@lru_cache(maxsize=512)
def _ties(name: str) -> tuple[Callable[..., Any], ...]:
    from diffcheck.formula.functions import ROWS

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
                values.append(_number(operation.value))
            else:
                values.append(_middle(operation.name)(*(values[argument] for argument in operation.arguments)))
        return values[folded.outputs[0]]

    return run
