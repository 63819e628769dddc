"""What is sought along a line: the functions whose roots are a formula's hard places, each with its words."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from diffcheck.errors import UndecidedError
from diffcheck.formula.cells import cell, filled
from diffcheck.formula.chain import CONDITIONS
from diffcheck.formula.formula import Formula
from diffcheck.formula.operations import Operation, Role, Tape, TapeBuilder
from diffcheck.formula.sweeps import swept
from diffcheck.truth.derivative import derive
from diffcheck.truth.lines import POWERS, Lines, domain, tied


class Kind(Enum):
    """What is special about a root; the words before what makes it so."""

    KINK = "kink of"
    JUMP = "jump of"
    TIE = "tie of"
    BORDER = "border of"
    POLE = "pole of"
    REMOVABLE = "0/0 in"
    CHOICE = "removable singularity in the derivative of"
    SINGULAR = "singular place of the derivative of"
    ZERO = "zero of"
    CANCELLATION = "cancellation in"


@dataclass(frozen=True, eq=False)
class Meaning:
    """What the roots of a function are."""

    kind: Kind
    subject: str
    """An operation of the formula in words, or ``d/dx``."""
    term: Lines | None = None
    """Of a quotient the numerator, of a sum the first term: where it is zero too, the root is another kind, or none."""

    @property
    def words(self) -> str:
        """``kink of abs(3*x - 1)``."""
        return f"{self.kind.value} {self.subject}"


@dataclass(frozen=True, eq=False)
class Sought:
    """One function whose roots are sought."""

    lines: Lines
    meanings: tuple[Meaning, ...]
    """What its roots are; the first is told."""
    ratio: Lines | None = None
    """Of a sum, the sum over its first term."""


@dataclass(frozen=True, eq=False)
class Valued:
    """One operation of the formula that may leave a dtype's range, or saturate."""

    lines: Lines
    name: str
    """Its row."""
    text: str


JUMPS = frozenset({"sign", "floor", "ceil", "round", "trunc", "frac", "Mod", "Heaviside"})
"""Rows that jump where they are tied."""

SINGULAR = {"div": 1, "reciprocal": 0}
"""Operations inside a kernel's partial that are singular where one argument is zero, with that argument's number."""


@lru_cache(maxsize=64)
def sought_in(formula: Formula) -> tuple[Sought, ...]:
    """Every function whose roots along a coordinate are hard places of ``formula``, no two alike."""
    gathered = _Gathered(formula)
    return (*gathered.sought(), *_slopes(formula))


@lru_cache(maxsize=64)
def valued_in(formula: Formula) -> tuple[Valued, ...]:
    """The operations of ``formula`` that round; what only chooses or negates leaves no range by itself."""
    tape, shared = formula.meaning, _Gathered(formula)
    rounding = {
        shared.places[place]: Valued(Lines(shared.builder.tape(shared.places[place])), operation.name, tape.text(place))
        for place, operation in enumerate(tape.operations)
        if operation.name not in ("variable", "number") and not operation.constant and operation.row.slack > 0
    }
    return tuple(rounding.values())


class _Gathered:
    """The formula and its way back as operations of which no two are alike, and what is sought among them."""

    def __init__(self, formula: Formula) -> None:
        self.formula = formula
        self.swept = swept(formula.meaning, ("reverse",), range(len(formula.variables)))
        self.builder = TapeBuilder(formula.variables, shared=True)
        self.places = self.builder.inline(self.swept, range(len(formula.variables)))

    def sought(self) -> list[Sought]:
        """One for each function, in the order of the formula."""
        found: dict[int, dict[str, Meaning]] = {}
        for place, kind, subject, term in self._wanted():
            function = self._bare(place)
            if function in _moving(self.builder.tape()):
                meanings = found.setdefault(function, {})
                meanings.setdefault(subject, Meaning(kind, subject, None if term < 0 else self._lines(term)))
        return [self._sought(place, tuple(meanings.values())) for place, meanings in found.items()]

    def _sought(self, place: int, meanings: tuple[Meaning, ...]) -> Sought:
        cancels = meanings[0].kind is Kind.CANCELLATION
        first = self.builder.operations[place].arguments[:1]
        ratio = self._lines(self.builder.apply("div", place, *first)) if cancels else None
        return Sought(self._lines(place), meanings, ratio)

    def _lines(self, place: int) -> Lines:
        return Lines(self.builder.tape(place))

    def _bare(self, place: int) -> int:
        """A difference from zero is what it is taken from."""
        operation = self.builder.operations[place]
        is_bare = operation.name == "sub" and self.builder.operations[operation.arguments[1]].exact == 0
        return operation.arguments[0] if is_bare else place

    def _wanted(self) -> Iterator[tuple[int, Kind, str, int]]:
        """Functions by their place, with what their roots are, whose, and the place of the term that may be zero too."""
        text = self.formula.meaning.text
        sums = []
        for place, operation in enumerate(self.swept.operations):
            if operation.name in ("variable", "number") or operation.constant:
                continue
            if operation.role is Role.FORMULA:
                yield from ((*each, text(place), self._numerator(operation)) for each in self._cells_of(operation, place))
                sums += [place] if operation.name in ("add", "sub") else []
            elif operation.role in (Role.KERNEL, Role.PARTIAL):
                yield from ((*each, text(operation.origin), -1) for each in self._inside(operation))
        for place in sums:
            yield self.places[place], Kind.CANCELLATION, text(place), self.places[self.swept.operations[place].arguments[0]]

    def _numerator(self, operation: Operation) -> int:
        return self.places[operation.arguments[0]] if operation.name == "div" else -1

    def _cells_of(self, operation: Operation, place: int) -> Iterator[tuple[int, Kind]]:
        """The roots of a row's cells: where it bends or jumps, where its domain ends."""
        row = operation.row
        arguments = filled([self.places[each] for each in operation.arguments], self.places[place])
        kind = Kind.JUMP if row.name in JUMPS else Kind.TIE if row.name in CONDITIONS else Kind.KINK
        cells = [(each, kind) for each in tied(row)]
        cells += self._power(operation) if row.name in POWERS else _ends(operation)
        for tape, what in cells:
            yield self.builder.inline(tape, arguments)[tape.outputs[0]], what

    def _power(self, operation: Operation) -> list[tuple[Tape, Kind]]:
        """A whole power has a pole or nothing at zero; any other ends there."""
        base, exponent = POWERS[operation.name]
        exact = self.swept.operations[operation.arguments[exponent]].exact
        if exact is not None and exact.denominator == 1:
            return [(cell(base), Kind.POLE)] if exact < 0 and operation.name == "pow" else []
        return [(cell(base), Kind.BORDER)]

    def _inside(self, operation: Operation) -> Iterator[tuple[int, Kind]]:
        """Where a kernel's own partial divides by zero, or chooses at one point."""
        arguments = [self.places[each] for each in operation.arguments]
        if operation.name in ("eq", "ne"):
            yield self.builder.apply("sub", *arguments), Kind.CHOICE
        elif operation.name in SINGULAR and not self.formula.meaning.operations[operation.origin].row.domain:
            yield arguments[SINGULAR[operation.name]], Kind.SINGULAR


def _ends(operation: Operation) -> list[tuple[Tape, Kind]]:
    return [(tape, Kind.POLE if sign == "!=" else Kind.BORDER) for tape, sign in domain(operation.row)]


def _moving(tape: Tape) -> set[int]:
    """The operations that are not constant between jumps."""
    moving: set[int] = set()
    for place, operation in enumerate(tape.operations):
        if operation.name == "variable":
            moving.add(place)
        elif operation.name != "number" and operation.name not in CONDITIONS:
            arguments = zip(operation.arguments, operation.row.partials, strict=True)
            if any(argument in moving and text != "0" for argument, text in arguments):
                moving.add(place)
    return moving


def _slopes(formula: Formula) -> list[Sought]:
    """Each partial, whose roots are zeros of the derivative; none where there is no derivative to be had."""
    try:
        derivative = derive(formula)
    except UndecidedError:
        return []
    found = []
    for target, output in derivative.places.items():
        tape = derivative.tape.only(output)
        if target.order == 1 and not tape.operations[tape.outputs[0]].constant:
            found.append(Sought(Lines(tape), (Meaning(Kind.ZERO, f"d/d{formula.variables[target.columns[0]]}"),)))
    return found
