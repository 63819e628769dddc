"""A list of operations as a Python function, through ``sympy.lambdify`` and a printer driven by the table."""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import sympy
from sympy.printing.str import StrPrinter

from diffcheck.errors import UnsupportedError
from diffcheck.formula.operations import Operation, Tape, postorder_needed

_PARAMETER = re.compile(r"\b[xyz]\b")


class TablePrinter(StrPrinter):  # type: ignore[misc]
    """Prints one operation a time: the row's cell with the arguments in the parameters' places."""

    def __init__(self, column: str, number: Callable[[Operation], str], wrap: Callable[[str], str] | None = None) -> None:
        super().__init__()
        self.column = column
        self.number = number
        self.wrap = wrap

    def _print_Applied(self, node: Any) -> str:
        operation: Operation = node.operation
        if operation.name == "number":
            return self.wrap(self.number(operation)) if self.wrap is not None else self.number(operation)
        row = operation.row
        text = getattr(row, self.column)
        if not text:
            raise UnsupportedError(f"{self.column} has no {row.name}")
        scalars = row.scalars if all(isinstance(node.args["xyz".index(each)], Applied) for each in row.scalars) else ""
        bare = "xyz" if row.takes_numbers else row.numbers + scalars
        wraps = [None if parameter in bare else self.wrap for parameter in "xyz"]
        arguments = [self._argument(argument, wrap) for argument, wrap in zip(node.args, wraps, strict=False)]
        return _PARAMETER.sub(lambda match: arguments["xyz".index(match[0])], text)

    def _argument(self, argument: Any, wrap: Callable[[str], str] | None) -> str:
        if isinstance(argument, sympy.Symbol):
            return str(argument.name)
        text = self.number(argument.operation)
        return wrap(text) if wrap is not None else text


class Applied(sympy.Basic):  # type: ignore[misc]
    """One operation applied to names: an atom of lambdify's code that sympy's mathematics never sees."""

    operation: Operation

    @classmethod
    def of(cls, operation: Operation, arguments: list[Any]) -> Any:
        """``operation`` at ``arguments``, which are names or constants."""
        node = cls(*arguments)
        node.operation = operation
        return node


def compile_tape(
    tape: Tape,
    column: str,
    namespace: Mapping[str, Any],
    number: Callable[[Operation], str],
    wrap: Callable[[str], str] | None = None,
) -> Callable[..., Any]:
    """A function of the tape's variables that returns its outputs, a tuple where there are several.

    ``column`` names the table's column to print, ``number`` prints a constant, ``wrap`` goes around a constant
    that stands where the row wants the column's own kind of value. One line an operation, so that neither the
    length nor the depth of a formula meets a limit of Python's compiler.

    Raises UnsupportedError for a row whose cell is empty.
    """
    symbols = [sympy.Symbol(f"v{index}") for index in range(len(tape.variables))]
    names, lines = _lines(tape, symbols, "t")
    printer = TablePrinter(column, number, wrap)
    results = [names[place] if place >= 0 else sympy.S.Zero for place in tape.outputs]
    return sympy.lambdify(  # type: ignore[no-any-return]
        symbols,
        results[0] if len(results) == 1 else results,
        modules=[dict(namespace)],
        printer=printer,
        cse=lambda expression: (lines, expression),
    )


def _lines(tape: Tape, symbols: list[Any], prefix: str) -> tuple[list[Any], list[tuple[Any, Any]]]:
    """What stands for each place, and a line for each operation that the outputs depend on: its name and itself."""
    names = list(symbols)
    lines: list[tuple[Any, Any]] = []
    needed = set(postorder_needed(tape))
    for place, operation in enumerate(tape.operations):
        if place < len(tape.variables):
            continue
        if place not in needed:
            names.append(None)
        elif operation.name == "number":
            names.append(Applied.of(operation, []))
        else:
            names.append(sympy.Symbol(f"{prefix}{len(lines) + 1}"))
            lines.append((names[-1], Applied.of(operation, [names[argument] for argument in operation.arguments])))
    return names, lines


def statements(tape: Tape, printer: TablePrinter) -> list[str]:
    """The body of a function of the tape's variables, to be read by people: a line an operation, the last returns.

    The variables are called as in the tape. Raises UnsupportedError for a row whose cell is empty.
    """
    prefix = "t" if not any(re.fullmatch(r"t\d+", name) for name in tape.variables) else "step_"
    names, lines = _lines(tape, [sympy.Symbol(name) for name in tape.variables], prefix)
    result = names[tape.outputs[0]]
    written = [(name.name, printer.doprint(applied)) for name, applied in lines]
    if written and lines[-1][0] is result:
        return [*(f"{name} = {text}" for name, text in written[:-1]), f"return {written[-1][1]}"]
    return [*(f"{name} = {text}" for name, text in written), f"return {printer.doprint(result)}"]


def python_number(value: Fraction | str | bool | None) -> str:
    """A constant as Python writes it: whole numbers stay whole, other rationals are the nearest double."""
    if isinstance(value, bool):
        return str(value)
    if not isinstance(value, Fraction):
        return {"pi": "math.pi", "E": "math.e", "-inf": "(-math.inf)"}.get(str(value), f"math.{value}")
    if value.denominator == 1 and abs(value) < 2**53:
        return str(value.numerator) if value >= 0 else f"({value.numerator})"
    try:
        nearest = float(value)
    except OverflowError:
        return "math.inf" if value > 0 else "(-math.inf)"
    return repr(nearest) if nearest >= 0 else f"({nearest!r})"

