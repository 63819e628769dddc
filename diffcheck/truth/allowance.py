"""What rounding may do to a sound program: the walk over its operations in balls, forwards and back.

Every result is widened by the rounding its kernel may commit; the ball at the end holds whatever a sound program
may return. Only this walk may condemn. Source: Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed.,
sections 2.2 and 3.1 (the model fl(x op y) = (x op y)(1 + d) + e).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from flint import arb

from diffcheck.dtypes import FORMATS, Format
from diffcheck.formula.cells import cell, filled
from diffcheck.formula.chain import CONDITIONS
from diffcheck.formula.functions import ROWS
from diffcheck.formula.operations import CARRIERS, KERNEL, Operation, Role, Tape
from diffcheck.truth.balls import NAN, ZERO, ball_number, fold_exact, precision, row_on_balls
from diffcheck.truth.rounding import Rounding, is_below, is_beyond, rounding_of

WALK_BITS = 128


@dataclass(frozen=True)
class Allowance:
    """How far a sound program may be off, and what excuses it where that is far."""

    radius: arb | None
    """In the output's own units; None where it is infinite."""
    find_excuse: Callable[[], tuple[str, str]] = lambda: ("", "")
    """Looks for the excuse and the operation that is its cause: much work, and rarely asked for."""
    overflow: str = ""
    """Which operation of the formula overflows, if one does that the value depends on: it excuses NaN at any radius."""

    @cached_property
    def _found(self) -> tuple[str, str]:
        return self.find_excuse()

    @property
    def excuse(self) -> str:
        """``range``: a number of the formula, or of its chain rule, leaves the dtype's range; ``rounding``: rounding
        reaches a pole or a border; nothing for a finite radius, or where a local partial is infinite."""
        return self._found[0]

    @property
    def operation(self) -> str:
        """The operation that is the cause, in the formula's words."""
        return self._found[1]


@dataclass(frozen=True)
class Walked:
    """One walk at one point."""

    values: list[Any]
    """A ball, or a truth, for each operation."""
    overflowed: list[int]
    """The operations of the formula that may leave the dtype's range upwards, in order."""
    underflowed: list[int]
    """Those that are not zero and may round to zero, in order."""


_PYTHON = rounding_of(FORMATS["float64"])
_CHAIN = (Role.PARTIAL, *CARRIERS)


def walk(
    tape: Tape,
    point: Sequence[Any],
    form: Format | None,
    bits: int = WALK_BITS,
    only: int | None = None,
    *,
    keeps_exact: bool = False,
) -> Walked:
    """Every operation of ``tape`` at ``point`` (doubles or balls), widened as ``form`` rounds; exactly where None.

    With ``only``, rounding happens at that operation of the formula alone (and at what belongs to it in the sweeps).
    A tangent or cotangent that is exactly zero stays zero whatever it meets: torch's NaN there is not excused. Save
    a tangent that meets a partial beyond the dtype's range: to carry zeros forwards is sound, and that is range.
    """
    with precision(bits):
        rounding = rounding_of(form) if form is not None else None
        values: list[Any] = [ball_number(value) if isinstance(value, Fraction) else arb(value) for value in point]
        overflowed: list[int] = []
        underflowed: list[int] = []
        beyond: set[int] = set()  # what leaves the range upwards, and what is not finite for that
        operations = tape.operations if rounding is not None else fold_exact(tape).operations
        for place in range(len(values), len(operations)):
            operation = operations[place]
            rounds = rounding if only is None or only in (place, operation.origin) else None
            if rounds is not None and operation.is_python:
                values.append(_python_constant(operation, values))
                continue
            inputs = _taken(operation, operations, values, rounds)
            if rounding is not None:
                for each in _constants(operation, operations, values):
                    if is_beyond(values[each], rounding):
                        overflowed.append(each)
                    elif is_below(values[each], rounding):
                        underflowed.append(each)
            value = _step(operation, inputs, rounds)
            if keeps_exact and rounds is not None and operation.role is Role.FORMULA:
                value = _kept_exact(operation, inputs, rounds, value)
            if operation.role is Role.TANGENT and not beyond.isdisjoint(operation.arguments):
                value = NAN
            if rounding is not None and operation.role is Role.FORMULA and not isinstance(value, bool | None):
                if _vanishes(operation, value, inputs, rounding):
                    underflowed.append(place)
                if _overflows(operation, value, inputs, rounding):
                    overflowed.append(place)
                    value = NAN
                    beyond.add(place)
            elif rounding is not None and operation.role in _CHAIN and value.is_finite() and not abs(value) < rounding.largest:
                value = NAN
                beyond.add(place)
            if isinstance(value, arb) and not value.is_finite() and not beyond.isdisjoint(operation.arguments):
                beyond.add(place)
            values.append(value)
    return Walked(values, overflowed, underflowed)


def _python_constant(operation: Operation, values: list[Any]) -> Any:
    """A constant as Python works it out, in float64, before torch is asked."""
    exact = operation.exact
    inputs = [values[argument] for argument in operation.arguments]
    value = row_on_balls(operation.name)(*inputs) if inputs else ball_number(operation.value)
    if isinstance(value, bool | None):
        return value
    sound = all(isinstance(each, arb) and each.is_exact() for each in inputs)
    if sound and exact is not None and _PYTHON.form.holds(exact):
        return ball_number(exact)
    return _PYTHON.widen(value, max(1.0, ROWS[operation.name].slack) if inputs else 1.0)


def _taken(operation: Operation, operations: Sequence[Operation], values: list[Any], rounding: Rounding | None) -> list[Any]:
    """An operation's inputs; constants rounded to the dtype as they meet a tensor of it."""
    inputs = [values[argument] for argument in operation.arguments]
    if rounding is None:
        return inputs
    return [
        rounding.rounded(value) if operations[argument].is_python and isinstance(value, arb) else value
        for argument, value in zip(operation.arguments, inputs, strict=True)
    ]


def _constants(operation: Operation, operations: Sequence[Operation], values: list[Any]) -> list[int]:
    """The places of an operation's constant inputs that are numbers."""
    return [each for each in operation.arguments if operations[each].is_python and isinstance(values[each], arb)]


def _step(operation: Operation, inputs: list[Any], rounding: Rounding | None) -> Any:
    if operation.name == "number":
        return ball_number(operation.value)
    if operation.name == KERNEL:
        return inputs[0] if rounding is None else rounding.spread(inputs[0], inputs[1])
    if operation.role in CARRIERS and operation.name == "mul" and (_is_zero(inputs[0]) or _is_zero(inputs[1])):
        return ZERO
    row = ROWS[operation.name]
    if row.form and row.torch and rounding is not None:
        value = _run_form(row.form, inputs, rounding)
    else:
        value = row_on_balls(operation.name)(*inputs)
    if rounding is None or operation.name in CONDITIONS or not row.slack:
        return value
    if operation.role is Role.KERNEL:
        return rounding.widen_inside(value, row.slack)
    return rounding.widen(value, row.slack)


def _kept_exact(operation: Operation, inputs: list[Any], rounding: Rounding, widened: Any) -> Any:
    """The exact value of exact inputs, where every sound kernel returns just that; else ``widened``.

    A zero has no rounding error, relative as that is, and does not underflow; a sum or product that the dtype holds is
    what IEEE 754 requires. A quotient may be a product with a rounded reciprocal.
    """
    exact_inputs = all(isinstance(each, bool) or (isinstance(each, arb) and each.is_exact()) for each in inputs)
    if operation.name == KERNEL or not exact_inputs or not isinstance(widened, arb) or operation.row.form:
        return widened
    required = operation.name in REQUIRED_EXACT or (operation.name == "pow" and inputs[1] == 2)
    if not required and not widened.contains(0):
        return widened
    value = _step(operation, inputs, None)
    return value if value.is_zero() or (required and rounding.holds(value)) else widened


REQUIRED_EXACT = frozenset({"add", "sub", "mul"})


def _run_form(text: str, inputs: list[Any], rounding: Rounding) -> arb:
    """The value as torch's kernel computes it, rounding inside."""
    tape = fold_exact(cell(text))
    values = filled(inputs, inputs[0])
    for operation in tape.operations[len(tape.variables) :]:
        if operation.is_python:
            values.append(_python_constant(operation, values))
            continue
        value = row_on_balls(operation.name)(*_taken(operation, tape.operations, values, rounding))
        row = ROWS[operation.name]
        values.append(value if operation.name in CONDITIONS else rounding.widen_inside(value, row.slack))
    result: arb = values[tape.outputs[0]]
    return result


def _is_zero(value: Any) -> bool:
    return isinstance(value, arb) and bool(value.is_zero())


def _overflows(operation: Operation, value: arb, inputs: list[Any], rounding: Rounding) -> bool:
    """Of finite arguments, the dtype may not hold this: it is beyond its largest number, or beyond every dtype.

    A ball that is not finite because rounding reaches a pole or a border is no overflow: its middle has a value.
    """
    if abs(value) < rounding.largest:
        return False
    if not all(isinstance(each, bool | None) or each.is_finite() for each in inputs):
        return False
    if value.is_finite():
        return True
    middles = [each.mid() if isinstance(each, arb) else each for each in inputs]
    if operation.name in ("number", KERNEL):
        return True
    return not abs(row_on_balls(operation.name)(*middles)) < rounding.largest


def _vanishes(operation: Operation, value: arb, inputs: list[Any], rounding: Rounding) -> bool:
    """It is not zero, and rounds to zero."""
    if not value.is_finite() or not abs(value) < 4 * rounding.tiny or operation.name in _EXACT_AT_ZERO:
        return False
    exact = _step(operation, inputs, None)
    return bool(exact.is_finite() and not exact.contains(0) and abs(exact) < 2 * rounding.tiny)


_EXACT_AT_ZERO = frozenset({"add", "sub", "neg", "abs", "max", "min", "select", "relu", "number"})
"""Operations whose result is a number of the dtype whenever it is small: they do not underflow."""
