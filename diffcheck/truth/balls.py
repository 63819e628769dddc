"""Operations compiled to straight-line code of balls, through the table's arb column."""

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from flint import arb, fmpq

from diffcheck.formula.functions import ROWS
from diffcheck.formula.operations import Operation, Tape
from diffcheck.formula.printing import compile_tape
from diffcheck.truth.arithmetic import NAN, SIGNS, ZERO, as_ball, precision
from diffcheck.truth.special import NAMESPACE

__all__ = ["NAMESPACE", "NAN", "SIGNS", "ZERO", "as_ball", "ball_number", "compile_balls", "fold_exact", "precision",
           "row_on_balls"]  # fmt: skip


def ball_number(value: Fraction | str | bool | None) -> Any:
    """A constant as a ball at the current precision; truths stay truths."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Fraction):
        return arb(fmpq(value.numerator, value.denominator))
    return {"pi": arb.pi, "E": arb.const_e}.get(str(value), arb.nan)()


def compile_balls(tape: Tape) -> Callable[..., Any]:
    """A function of balls that encloses the tape's outputs, straight-line code from the table's arb column."""
    tape = fold_exact(tape)
    values = {operation.value for operation in tape.operations if isinstance(operation.value, Fraction)}
    names = {value: f"q{index}" for index, value in enumerate(sorted(values))}
    bound = {name: _bound_number(value) for value, name in names.items()}

    def number(operation: Operation) -> str:
        value = operation.value
        if isinstance(value, Fraction):
            return names[value]
        return str(value) if isinstance(value, bool) else {"pi": "arb.pi()", "E": "arb.const_e()"}.get(str(value), "arb.nan()")

    return compile_tape(tape, "arb", {**NAMESPACE, **bound}, number, wrap=_wrapped)


@lru_cache(maxsize=512)
def row_on_balls(name: str) -> Callable[..., Any]:
    """A row's enclosure as a function of balls."""
    row = ROWS[name]
    variables = tuple("xyz"[: row.arity])
    operations = [Operation("variable", value=each) for each in variables]
    operations.append(Operation(name, tuple(range(row.arity))))
    return compile_balls(Tape(variables, tuple(operations), (row.arity,)))


def _wrapped(text: str) -> str:
    return text if text in ("True", "False") else f"arb({text})"


def fold_exact(tape: Tape) -> Tape:
    """Rational constants as numbers, so that no two Python numbers ever meet."""
    operations = tuple(
        Operation("number", (), value, True, operation.exact, operation.role, operation.origin)
        if (value := _exactly(operation, tape)) is not None
        else operation
        for operation in tape.operations
    )
    return Tape(tape.variables, operations, tape.outputs)


def _exactly(operation: Operation, tape: Tape) -> Fraction | bool | None:
    """A constant's exact value, that of a comparison of two too; None where it has none that is rational."""
    if operation.exact is not None or operation.name not in _COMPARED or not operation.constant:
        return operation.exact
    left, right = (tape.operations[argument].exact for argument in operation.arguments)
    return None if left is None or right is None else _COMPARED[operation.name](left, right)


_COMPARED: dict[str, Callable[[Fraction, Fraction], bool]] = {"lt": lt, "le": le, "gt": gt, "ge": ge, "eq": eq, "ne": ne}


def _bound_number(value: Fraction) -> Any:
    """A rational number, converted once where a ball holds it exactly at any precision."""
    if value.denominator & (value.denominator - 1) == 0 and max(abs(value.numerator), value.denominator) < 2**63:
        with precision(256):
            return arb(fmpq(value.numerator, value.denominator))
    return fmpq(value.numerator, value.denominator)
