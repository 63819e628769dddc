"""What rounding may do, for all points at once: the walk over NumPy arrays of midpoints and radii.

A point it does not clear goes to the walk in balls, which alone may condemn. Radii are carried to first order.
Source: Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffcheck.dtypes import FORMATS, Format
from diffcheck.formula.cells import cell, filled
from diffcheck.formula.chain import CONDITIONS
from diffcheck.formula.operations import KERNEL, Operation, Role, Tape
from diffcheck.truth.arrays import number_on_arrays, partials_on_arrays, row_on_arrays, ties_on_arrays

Array = NDArray[np.float64]
WIDE = 0.01
"""A relative radius beyond this is too wide for first order."""

_PYTHON = FORMATS["float64"]


@dataclass(frozen=True)
class QuickAllowance:
    """Radii by point, and where they may be trusted."""

    radii: Array
    """Shape (n, outputs): about how far a sound program may be off."""
    clear: NDArray[np.bool_]
    """Shape (n,): every intermediate is ordinary: finite, in the dtype's range, away from kinks and jumps."""


def quick_allowance(tape: Tape, points: Array, form: Format, *, casts: bool = False) -> QuickAllowance:
    """The radii of ``tape``'s outputs at ``points`` (n, variables) in the arithmetic of ``form``.

    With ``casts`` the points are numbers of a wider dtype, and are rounded to ``form`` first.
    """
    walk = _Walk(len(points), form, casts=casts)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for operation in tape.operations:
            walk.step(operation, points)
        zero = np.zeros(len(points))
        radii = [walk.radii[place] if place >= 0 else zero for place in tape.outputs]
    return QuickAllowance(np.stack(np.broadcast_arrays(zero, *radii)[1:], axis=1), walk.clear)


class _Walk:
    """The state of one walk: a midpoint and a radius for each operation so far."""

    def __init__(self, size: int, form: Format, *, inside: bool = False, casts: bool = False) -> None:
        self.form = form
        self.casts = casts
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
            self.radii.append(self.form.unit_roundoff * abs(column) + self.form.tiny if self.casts else 0.0)
        elif operation.is_python:
            self._take_constant(operation)
        else:
            self._apply(operation)
        self.operations.append(operation)

    def _take_constant(self, operation: Operation) -> None:
        """A constant as Python works it out, in float64, before torch is asked."""
        inputs = [self.middles[argument] for argument in operation.arguments]
        radii = [self.radii[argument] for argument in operation.arguments]
        middle = row_on_arrays(operation.name)(*inputs) if inputs else number_on_arrays(operation.value)
        self.middles.append(middle)
        truth = operation.name in CONDITIONS or isinstance(middle, bool)
        if truth or (not any(radii) and _representable(operation, _PYTHON)):
            self.radii.append(0.0)
        else:
            slack = max(1.0, operation.row.slack) if inputs else 1.0
            moved = carried(operation.name, inputs, radii, middle) if inputs else 0.0
            self.radii.append(moved + slack * _PYTHON.unit_roundoff * abs(middle))

    def _taken_radius(self, argument: int) -> Any:
        """The radius of an operation's input; constants are rounded to the dtype as they meet a tensor of it."""
        operation, radius = self.operations[argument], self.radii[argument]
        if not operation.is_python or self.form is _PYTHON or operation.name in CONDITIONS:
            return radius
        if isinstance(radius, float) and radius == 0.0 and _representable(operation, self.form):
            return radius
        return radius + self.form.unit_roundoff * abs(self.middles[argument])

    def _apply(self, operation: Operation) -> None:
        if operation.name == KERNEL:
            self._apply_kernel(operation)
            return
        inputs = [self.middles[argument] for argument in operation.arguments]
        radii = [self._taken_radius(argument) for argument in operation.arguments]
        middle = row_on_arrays(operation.name)(*inputs)
        self.middles.append(middle)
        for tie in ties_on_arrays(operation.name):
            distance = abs(tie(*filled(inputs, middle)))
            reach = sum(radii) * 4 + self.form.unit_roundoff * 8 * sum(map(abs, inputs))
            self.clear &= distance > reach
        if operation.name in CONDITIONS:
            self.radii.append(0.0)
            return
        radius = carried(operation.name, inputs, radii, middle)
        rounding = operation.row.slack * self.form.unit_roundoff * abs(middle)
        if operation.row.form and operation.row.torch and not self.inside:
            rounding = rounding + _form_radius(operation.row.form, inputs, self.form)
        if operation.role is Role.FORMULA:
            self._require_range(middle, radius, _is_exact_at_zero(operation) | sum((each == 0 for each in inputs), np.False_))
        vanishing = operation.role is Role.KERNEL and abs(middle) <= self.form.tiny
        self.radii.append(radius + rounding + np.where(vanishing, 0.0, self.form.tiny))
        narrow = (radius <= np.maximum(WIDE * abs(middle), self.form.smallest_normal)) | _is_sum(operation)
        self.clear &= np.isfinite(middle) & np.isfinite(radius) & narrow

    def _apply_kernel(self, operation: Operation) -> None:
        """One kernel of many numbers: its value was worked out before, and what its own order of work may do."""
        value, size = operation.arguments[:2]
        middle = self.middles[value]
        rounding = self.form.unit_roundoff * (abs(self.middles[size]) * (1 + WIDE) + abs(middle)) + self.form.tiny
        self.middles.append(middle)
        self.radii.append(self.radii[value] + rounding)
        if operation.role is Role.FORMULA:
            self._require_range(middle, self.radii[-1], np.True_)
        self.clear &= np.isfinite(middle) & np.isfinite(self.radii[-1])

    def _require_range(self, middle: Any, radius: Any, may_vanish: Any) -> None:
        """In the dtype's range; zero only where it is an exact zero, not one that underflow made."""
        self.clear &= abs(middle) + radius < self.form.largest
        self.clear &= (abs(middle) > self.form.smallest_normal) | ((middle == 0) & may_vanish)


def _is_exact_at_zero(operation: Operation) -> bool:
    """Where its result is zero, it is zero exactly, not by underflow."""
    return _is_sum(operation) or operation.row.slack == 0


def _is_sum(operation: Operation) -> bool:
    """Sums carry radii exactly, however wide."""
    return operation.name in ("add", "sub", "neg", "select", KERNEL)


def carried(name: str, inputs: Sequence[Any], radii: Sequence[Any], middle: Any) -> Any:
    """The inputs' radii through the operation's partials."""
    total: Any = 0.0
    for partial, radius in zip(partials_on_arrays(name), radii, strict=True):
        if partial is not None and not (isinstance(radius, float) and radius == 0.0):
            total = total + abs(partial(*filled(inputs, middle))) * radius
    return total


def _form_radius(text: str, inputs: list[Any], form: Format) -> Any:
    """What rounding does inside a kernel that computes its value as ``text``."""
    walk = _Walk(1, form, inside=True)
    walk.clear = np.ones(np.broadcast(*inputs, np.zeros(1)).shape, dtype=bool)
    tape = cell(text)
    walk.middles = filled(inputs, inputs[0])
    walk.radii = [0.0] * len(walk.middles)
    walk.operations = list(tape.operations[: len(walk.middles)])
    for operation in tape.operations[len(tape.variables) :]:
        walk.step(operation, np.empty((0, 0)))
    return walk.radii[tape.outputs[0]]


def _representable(operation: Operation, form: Format) -> bool:
    """The dtype holds this constant exactly, so that it does not round."""
    value = operation.exact
    if value is None:
        return isinstance(operation.value, bool)
    return form.holds(value)
