"""A program: what torch runs, made from the formula or brought by the user."""

import importlib
import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

import torch

from diffcheck.errors import SettingError, UnsupportedError, suggestion
from diffcheck.formula.formula import Formula
from diffcheck.formula.operations import Operation, Tape
from diffcheck.formula.printing import compile_tape, python_number


@dataclass(frozen=True)
class Program:
    """A callable of tensors, its arguments in the order of the formula's inputs."""

    call: Callable[..., Any]
    lowered: bool
    """It is the formula's own lowering, so it rounds where the formula does."""
    batched: bool
    """It takes 1-d tensors of points and treats each point by itself."""
    shapes: tuple[tuple[int, ...], ...]
    """The shapes of its arguments at one point."""
    entries: int
    """How many numbers it returns at one point."""
    note: str = ""
    """How it is called, where a reader may have meant another order."""


@lru_cache(maxsize=256)
def lower(formula: Formula) -> Program:
    """The formula as torch code, its structure as written.

    Raises UnsupportedError for a function that torch has no kernel for.
    """
    call = lower_tape(formula.written)
    if formula.written.operations[formula.written.outputs[0]].constant:
        call = _constant_program(call, formula)
    return Program(call, True, formula.is_scalar, *_shape(formula))


def _shape(formula: Formula) -> tuple[tuple[tuple[int, ...], ...], int]:
    return tuple(each.shape for each in formula.inputs), len(formula.tape.outputs)


def lower_tape(tape: Tape) -> Callable[..., Any]:
    """A list of operations as a function of tensors; raises UnsupportedError as ``lower`` does."""
    tape = fold_constants(tape)
    _require_kernels(tape)
    first = "v0"
    return compile_tape(
        tape,
        "torch",
        {"torch": torch, "math": math, "tensor_like": tensor_like},
        number=lambda operation: python_number(operation.value),
        wrap=lambda text: f"tensor_like({text}, {first})",
    )


def tensor_like(number: complex, like: torch.Tensor) -> torch.Tensor:
    """A Python number as a 0-d tensor of ``like``'s dtype and device; a truth stays a truth."""
    dtype = torch.bool if isinstance(number, bool) else like.dtype
    return torch.as_tensor(number, dtype=dtype, device=like.device)


def _constant_program(call: Callable[..., Any], formula: Formula) -> Callable[..., Any]:
    def program(*inputs: torch.Tensor) -> torch.Tensor:
        return call(*inputs).expand(inputs[0].shape if formula.is_scalar else formula.shape)  # type: ignore[no-any-return]

    return program


def _require_kernels(tape: Tape) -> None:
    for operation in tape.operations[len(tape.variables) :]:
        if operation.name == "number":
            continue
        if not operation.row.torch:
            raise UnsupportedError(f"torch has no {operation.name}")
        for parameter in operation.row.numbers:
            if not tape.operations[operation.arguments["xyz".index(parameter)]].constant:
                raise UnsupportedError(f"torch's {operation.name} takes a number, not a tensor, for {parameter}")


def fold_constants(tape: Tape) -> Tape:
    """Sub-expressions without a variable, worked out once in float64, as Python would before torch is asked."""
    operations: list[Operation] = []
    for operation in tape.operations:
        if operation.constant and operation.name != "number":
            arguments = [_python_value(operations[argument]) for argument in operation.arguments]
            operation = replace(operation, name="number", arguments=(), value=_as_value(_apply(operation, arguments)))
        operations.append(operation)
    return replace(tape, operations=tuple(operations))


def _python_value(operation: Operation) -> Any:
    return eval(python_number(operation.value), {"math": math})  # noqa: S307 - a number that we printed ourselves


def _as_value(number: Any) -> Fraction | str | bool:
    if isinstance(number, bool):
        return number
    if isinstance(number, complex) or math.isnan(number):
        return "nan"
    if math.isinf(number):
        return "inf" if number > 0 else "-inf"
    return Fraction(number)


def _apply(operation: Operation, arguments: list[Any]) -> Any:
    """A row at Python numbers: operators by Python, functions by torch's float64 kernel.

    Raises UnsupportedError for a row that torch has no kernel for.
    """
    cell = operation.row.torch
    if not cell:
        raise UnsupportedError(f"torch has no {operation.name}")
    tensors = [torch.tensor(argument, dtype=None if isinstance(argument, bool) else torch.float64) for argument in arguments]
    for attempt in (arguments, [arguments[0], *tensors[1:]], tensors):
        try:
            result = eval(cell, {"torch": torch}, dict(zip("xyz", attempt, strict=False)))  # noqa: S307 - the table's own cell
        except (TypeError, AttributeError):  # a kernel that takes no Python number, or none for this argument
            continue
        except (ZeroDivisionError, OverflowError):
            return math.nan
        return result.item() if isinstance(result, torch.Tensor) else result
    return math.nan


def load_program(target: str | Callable[..., Any], *, allow_import: bool) -> Callable[..., Any]:
    """The function that ``target`` is, or that it names as ``package.module:attribute``.

    Names under torch are free; any other module runs somebody's code on import and needs ``allow_import``.
    Raises SettingError when it may not, cannot or does not lead to a function.
    """
    found = _imported(target, allow_import) if isinstance(target, str) else target
    if isinstance(found, type) and issubclass(found, torch.autograd.Function):
        return found.apply
    if isinstance(found, type) and issubclass(found, torch.nn.Module):
        try:
            return found()
        except TypeError as error:
            raise SettingError(f"`{target}` cannot be made without arguments: {error}", "program") from None
    if not callable(found):
        raise SettingError(f"`{target}` is no function", "program")
    return found


def _imported(target: str, allow_import: bool) -> Any:
    module_name, _, attribute = target.partition(":")
    if not attribute:
        raise SettingError(f"`{target}` names no function; write it as `package.module:function`", "program")
    if module_name.split(".")[0] != "torch" and not allow_import:
        raise SettingError(f"`{target}` would import code from outside torch; allow it with --allow-import", "program")
    try:
        found: Any = importlib.import_module(module_name)
        for part in attribute.split("."):
            if not hasattr(found, part):
                near = suggestion(part, dir(found))
                raise SettingError(f"`{target}` cannot be imported: there is no `{part}` in it{near}", "program")
            found = getattr(found, part)
    except SettingError:
        raise
    except (Exception, SystemExit) as error:  # whatever somebody's module raises on import
        raise SettingError(f"`{target}` cannot be imported: {error}", "program") from None
    return found


def bring(code: Callable[..., Any], formula: Formula, arguments: Sequence[str], *, batched: bool) -> Program:
    """Somebody's code as a program of the formula's variables.

    Its parameters are matched by name where they have the variables' names, else by position in the order of
    ``arguments``, or of the variables' first appearance where that is empty.
    """
    variables = tuple(each.name for each in formula.inputs)
    order = list(arguments or variables)
    if not arguments and set(variables) <= _parameters(code):

        def by_name(*inputs: torch.Tensor) -> Any:
            return code(**dict(zip(variables, inputs, strict=True)))

        return Program(by_name, False, batched, *_shape(formula))
    places = [variables.index(each) for each in order]

    def by_position(*inputs: torch.Tensor) -> Any:
        return code(*(inputs[place] for place in places))

    name = getattr(code, "__name__", type(code).__name__)
    note = f"called by position as {name}({', '.join(order)})" if len(order) > 1 and not arguments else ""
    return Program(by_position, False, batched, *_shape(formula), note)


def _parameters(code: Callable[..., Any]) -> set[str]:
    """The names of what ``code`` takes by name; none where Python cannot tell."""
    try:
        parameters = inspect.signature(code).parameters.values()
    except (TypeError, ValueError):
        return set()
    return {each.name for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)}
