"""The list of operations: a formula as the straight-line program that torch runs, one operation a line."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction

from diffcheck.formula.functions import ROWS
from diffcheck.formula.row import Function


class Role(Enum):
    """Why an operation is there; it decides which rounding the allowance excuses."""

    FORMULA = "the formula's own"
    KERNEL = "inside a kernel of torch"
    PARTIAL = "the partial that a kernel ends in"
    COTANGENT = "carries the cotangent back"
    TANGENT = "carries the tangent forwards"


CARRIERS = (Role.COTANGENT, Role.TANGENT)
KERNEL = "kernel"
"""The operation that one kernel of torch is, which takes many numbers: its arguments are the place of its value, the
place of a size that bounds, in units of roundoff, what the kernel's own order of work may do, then pairs: a number
that it takes, and the kernel's partial by it."""


@dataclass(frozen=True)
class Operation:
    """One operation: a row of the table of functions, ``variable`` or ``number``, applied to earlier ones."""

    name: str
    arguments: tuple[int, ...] = ()
    """The places of its arguments in the tape, all before its own."""
    value: Fraction | str | bool | None = None
    """A variable's name; a number (``pi``, ``E``, ``inf`` and ``nan`` by name); None for a function."""
    constant: bool = False
    """No variable reaches it."""
    exact: Fraction | None = None
    """Its exact value, where it is a rational constant."""
    role: Role = Role.FORMULA
    origin: int = -1
    """The place of the formula's operation that a derivative's operation belongs to."""

    @property
    def is_python(self) -> bool:
        """It is worked out in Python's float64 before torch is asked; what carries the cotangent never is."""
        return self.constant and (self.name == "number" or self.role in (Role.FORMULA, Role.KERNEL))

    @property
    def row(self) -> Function:
        """Its row in the table of functions."""
        return ROWS[self.name]


@dataclass(frozen=True)
class Tape:
    """Operations in an order that can be run; the first ones are the variables, in order."""

    variables: tuple[str, ...]
    operations: tuple[Operation, ...]
    outputs: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.operations)

    def only(self, output: int) -> "Tape":
        """The same operations with the one output number ``output``."""
        return self if len(self.outputs) == 1 and output == 0 else replace(self, outputs=(self.outputs[output],))

    def text(self, place: int, limit: int = 60) -> str:
        """The operation at ``place`` as a formula, at most about ``limit`` characters."""
        words = _Words(self.operations)
        shown = words.of(place, depth=12)
        return shown if len(shown) <= limit else shown[: limit - 3] + "..."


class TapeBuilder:
    """Collects operations; with ``shared`` an operation met twice is emitted once."""

    def __init__(self, variables: Sequence[str], *, shared: bool = False) -> None:
        self.variables = tuple(variables)
        self.operations: list[Operation] = [Operation("variable", value=name) for name in self.variables]
        self._known: dict[tuple[object, ...], int] | None = {} if shared else None
        self.role = Role.FORMULA
        self.origin = -1

    @property
    def shares(self) -> bool:
        """Operations met twice are emitted once."""
        return self._known is not None

    def number(self, value: Fraction | str | bool) -> int:
        """The place of a constant."""
        exact = value if isinstance(value, Fraction) else None
        return self._emit(Operation("number", (), value, True, exact, self.role, self.origin))

    def apply(self, name: str, *arguments: int) -> int:
        """The place of row ``name`` applied to the operations at ``arguments``."""
        inputs = [self.operations[argument] for argument in arguments]
        constant = all(operation.constant for operation in inputs)
        exact = exact_value(name, [operation.exact for operation in inputs]) if constant else None
        return self._emit(Operation(name, arguments, None, constant, exact, self.role, self.origin))

    def inline(self, tape: Tape, arguments: Sequence[int], apply: Callable[..., int] | None = None) -> list[int]:
        """The places of ``tape``'s operations, its variables standing at ``arguments``, by ``apply`` or as they are."""
        places = list(arguments[: len(tape.variables)])
        for operation in tape.operations[len(tape.variables) :]:
            if operation.name == "number":
                assert operation.value is not None
                places.append(self.number(operation.value))
            else:
                places.append((apply or self.apply)(operation.name, *(places[argument] for argument in operation.arguments)))
        return places

    def any_order_sum(self, terms: Sequence[int], text: str = "sum") -> int:
        """The place of a sum that may be added in any order.

        Source: Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 4.2: off by at most
        (n - 1) units of roundoff of the sum of the terms' sizes.
        """
        role, self.role = self.role, Role.KERNEL
        total, size = terms[0], self.apply("abs", terms[0])
        for term in terms[1:]:
            total, size = self.apply("add", total, term), self.apply("add", size, self.apply("abs", term))
        spread = self.apply("mul", self.number(Fraction(len(terms) - 1)), size)
        one = self.number(Fraction(1))
        self.role = role
        return self.kernel(total, spread, [(term, one) for term in terms], text)

    def kernel(self, value: int, spread: int, partials: Sequence[tuple[int, int]], text: str) -> int:
        """The place of one kernel of torch; ``partials`` are its numbers, each with its partial's place."""
        arguments = (value, spread, *(place for pair in partials for place in pair))
        constant = all(self.operations[each].constant for each in arguments)
        return self._emit(Operation(KERNEL, arguments, text, constant, None, self.role, self.origin))

    def mark(self, place: int, role: Role) -> None:
        """Give the operation at ``place`` another role, unless it is the formula's own."""
        if self.operations[place].role is not Role.FORMULA:
            self.operations[place] = replace(self.operations[place], role=role)

    def tape(self, *outputs: int) -> Tape:
        """What was collected."""
        return Tape(self.variables, tuple(self.operations), outputs)

    def extend(self, tape: Tape) -> None:
        """Start from the operations of ``tape``, places kept."""
        self.operations = list(tape.operations)

    def _emit(self, operation: Operation) -> int:
        if self._known is None:
            self.operations.append(operation)
            return len(self.operations) - 1
        key = (operation.name, operation.arguments, type(operation.value), operation.value)
        if key not in self._known:
            self.operations.append(operation)
            self._known[key] = len(self.operations) - 1
        return self._known[key]


MAX_EXACT_BITS = 14_000
"""The longest rational number that is kept exactly; Python prints whole numbers of up to 4,300 digits."""
MAX_EXPONENT = 1_000_000
"""The largest power of a number that is worked out exactly."""


def exact_value(name: str, values: Sequence[Fraction | None]) -> Fraction | None:
    """Row ``name`` at rational ``values``, where the result is rational and easily had; else None."""
    if any(value is None for value in values) or name not in _EXACT:
        return None
    try:
        found: Fraction | None = _EXACT[name](*values)
        size = 0 if found is None else max(found.numerator.bit_length(), found.denominator.bit_length())
        return found if size <= 4 * MAX_EXACT_BITS else None
    except (ZeroDivisionError, OverflowError):
        return None


def _exact_power(base: Fraction, exponent: Fraction) -> Fraction | None:
    if exponent.denominator != 1:
        return None
    size = abs(exponent.numerator) * max(base.numerator.bit_length(), base.denominator.bit_length())
    if abs(base) not in (0, 1) and size > 2 * MAX_EXACT_BITS:
        return None
    return base**exponent.numerator


_EXACT: dict[str, Callable[..., Fraction | None]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "reciprocal": lambda x: 1 / x,
    "neg": lambda x: -x,
    "pow": _exact_power,
    "abs": abs,
    "max": max,
    "min": min,
    "sign": lambda x: Fraction((x > 0) - (x < 0)),
    "relu": lambda x: max(x, Fraction(0)),
    "clamp": lambda x, y, z: min(max(x, y), z),
    "floor": lambda x: Fraction(x.__floor__()),
    "ceil": lambda x: Fraction(x.__ceil__()),
    "round": lambda x: Fraction(round(x)),
    "trunc": lambda x: Fraction(x.__trunc__()),
    "frac": lambda x: x - x.__trunc__(),
}


def postorder_needed(tape: Tape, through: Callable[[int], Iterable[int]] | None = None) -> list[int]:
    """The places that the outputs depend on, in order.

    ``through`` tells what a place depends on; its operation's arguments where it is not given.
    """
    through = through or (lambda place: tape.operations[place].arguments)
    needed: set[int] = set()
    pending = list(tape.outputs)
    while pending:
        place = pending.pop()
        if place not in needed:
            needed.add(place)
            pending.extend(through(place) if place >= 0 else ())
    return sorted(needed)


_WORDS = {"select": "where", "both": "And", "either": "Or", "opposite": "Not", "largest": "max", "smallest": "min"}
"""How rows are called in formulas, where it is not by their own names."""
_INFIX = {"add": (" + ", 1), "sub": (" - ", 1), "mul": ("*", 2), "matmul": (" @ ", 2), "div": ("/", 2), "pow": ("**", 4),
          "lt": (" < ", 0), "le": (" <= ", 0), "gt": (" > ", 0), "ge": (" >= ", 0), "eq": (" == ", 0),
          "ne": (" != ", 0)}  # fmt: skip


class _Words:
    """Operations back to the text of a formula."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations

    def of(self, place: int, depth: int) -> str:
        return self._spell(place, depth)[0]

    def _spell(self, place: int, depth: int) -> tuple[str, int]:
        operation = self.operations[place]
        if operation.name == "variable":
            return str(operation.value), 9
        if operation.name == KERNEL:
            return str(operation.value), 9
        if operation.name == "number":
            return self._number(operation), 9 if operation.exact is None or operation.exact >= 0 else 1
        if depth == 0:
            return "...", 9
        parts = [self._spell(argument, depth - 1) for argument in operation.arguments]
        if operation.name == "reciprocal":
            return self._quotient("1", parts[0]), 2
        if operation.name == "mul" and self._divides(operation):
            return self._quotient(parts[1][0], self._spell(self.operations[operation.arguments[0]].arguments[0], depth - 1)), 2
        if operation.name in _INFIX:
            sign, rank = _INFIX[operation.name]
            left, right = parts[0], parts[1]
            left_text = f"({left[0]})" if left[1] < rank or (rank == 4 and left[1] == 4) else left[0]
            right_text = f"({right[0]})" if (right[1] <= rank and rank != 4) or right[1] < rank else right[0]
            return f"{left_text}{sign}{right_text}", rank
        if operation.name == "neg":
            return f"-({parts[0][0]})" if parts[0][1] <= 1 else f"-{parts[0][0]}", 1
        if operation.name in ("item", "item2"):
            return f"{parts[0][0] if parts[0][1] == 9 else f'({parts[0][0]})'}[{', '.join(text for text, _ in parts[1:])}]", 9
        name = _WORDS.get(operation.name, operation.name)
        return f"{name}({', '.join(text for text, _ in parts)})", 9

    def _divides(self, operation: Operation) -> bool:
        """It is a number over a tensor, which torch runs as a reciprocal and a product."""
        first, second = (self.operations[argument] for argument in operation.arguments)
        return first.name == "reciprocal" and second.constant

    def _quotient(self, numerator: str, denominator: tuple[str, int]) -> str:
        text, rank = denominator
        return f"{numerator}/({text})" if rank <= 2 else f"{numerator}/{text}"

    def _number(self, operation: Operation) -> str:
        value = operation.value
        if not isinstance(value, Fraction):
            return str(value)
        if value.denominator == 1 and abs(value) < 10**16:
            return str(value.numerator)
        try:
            return repr(float(value))
        except OverflowError:  # beyond every double
            return f"{'-' if value < 0 else ''}1e+{len(str(abs(int(value)))) - 1}"
