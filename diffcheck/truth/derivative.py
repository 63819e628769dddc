"""The symbolic derivative, once per formula: sympy's, over pieces small enough for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

import sympy

from diffcheck.errors import UndecidedError, UnsupportedError
from diffcheck.formula.chain import CONDITIONS
from diffcheck.formula.classes import symbol
from diffcheck.formula.excerpt import excerpt
from diffcheck.formula.formula import Formula
from diffcheck.formula.mathematics import Select, UnknownPartial, rebuild
from diffcheck.formula.operations import Tape, TapeBuilder, postorder_needed
from diffcheck.formula.structure import emit
from diffcheck.formula.targets import Target

PIECE_OPERATIONS = 150
PIECE_DEPTH = 20
"""Sympy's diff takes 79 s on 500 nested sines and 0.03 s on 20: deeper formulas are cut, named and chained."""


@dataclass(frozen=True, eq=False)
class Derivative:
    """The formula's value and its partials up to one order, as operations that the oracle can enclose."""

    formula: Formula
    tape: Tape
    """Its outputs: every target's number, the values first."""
    places: Mapping[Target, int]
    """Which of the tape's outputs a target is."""
    expressions: Mapping[Target, sympy.Expr]
    """Partials in sympy's mathematics, where the formula was not cut into pieces."""
    unknown: frozenset[Target] = frozenset()
    """Partials that a function without a known derivative stands in the way of."""

    @property
    def order(self) -> int:
        """The highest order."""
        return max(target.order for target in self.places)


@lru_cache(maxsize=256)
def derive(formula: Formula, order: int = 1, columns: tuple[int, ...] = ()) -> Derivative:
    """Every partial of ``formula`` by ``columns`` (all of them where empty) up to ``order``, by sympy.

    A formula of more than PIECE_OPERATIONS operations, or deeper than PIECE_DEPTH, is cut into pieces; sympy
    differentiates each, and the chain rule joins them. Partials that differ only in the sequence of their variables
    are one. Raises UndecidedError where sympy's derivative has a function that the table does not have.
    """
    work = _Work(formula, columns or tuple(range(len(formula.variables))))
    try:
        for _ in range(order):
            work.differentiate()
    except UnsupportedError as error:
        raise UndecidedError(str(error)) from None
    except _SYMPY_RAISES as error:
        raise UndecidedError(f"sympy cannot differentiate the formula: {error}") from None
    return work.derivative()


_SYMPY_RAISES = (TypeError, ValueError, AttributeError, NotImplementedError, RecursionError)
"""What sympy's assumptions raise on degenerate mathematics, such as a constant part that has no real value."""


class _Work:
    """Collects the formula's value and its partials, order by order, as shared operations."""

    def __init__(self, formula: Formula, columns: tuple[int, ...]) -> None:
        self.formula = formula
        self.columns = columns
        self.builder = TapeBuilder(formula.variables, shared=True)
        values = self.builder.inline(formula.meaning, range(len(formula.variables)))
        self.known = {Target(entry): values[place] for entry, place in enumerate(formula.meaning.outputs)}
        self.latest = tuple(self.known)
        self.expressions: dict[Target, sympy.Expr] = {}
        self.unknown: set[Target] = set()

    def differentiate(self) -> None:
        """Add every partial of the latest order's numbers."""
        latest: list[Target] = []
        for target in self.latest:
            by_column = self._partials(target)
            for column in self.columns:
                made = Target(target.entry, (*target.columns, column))
                twin = Target(target.entry, tuple(sorted(made.columns)))
                if twin in self.known:
                    self.known[made] = self.known[twin]
                    self.unknown |= {made} if twin in self.unknown else set()
                else:
                    self.known[made] = by_column(made)
                latest.append(made)
        self.latest = tuple(latest)

    def _partials(self, target: Target) -> Callable[[Target], int]:
        """The numbers that stand for the partials of ``target``, worked out when the first one is asked for."""
        found: list[_Chain] = []

        def place(made: Target) -> int:
            if not found:
                found.append(_Chain(self.builder, self.known[target]))
            chain, column = found[0], made.columns[-1]
            if target in self.unknown or chain.is_unknown(column):
                self.unknown.add(made)
            if chain.whole is not None:
                self.expressions[made] = chain.whole.get(column, sympy.S.Zero)
            return chain.partial(column)

        return place

    def derivative(self) -> Derivative:
        """What was collected."""
        tape = self.builder.tape(*self.known.values())
        places = {target: index for index, target in enumerate(self.known)}
        return Derivative(self.formula, tape, places, self.expressions, frozenset(self.unknown))


class _Chain:
    """The partials of the number at one place of a builder, the chain rule joining its pieces."""

    def __init__(self, builder: TapeBuilder, output: int) -> None:
        width = len(builder.variables)
        self.builder = builder
        tape = builder.tape(output)
        pieces = _cut(tape)
        self.symbols = {place: symbol(name) for place, name in enumerate(builder.variables)}
        named = (piece.place for piece in pieces if piece.place >= width)
        self.symbols |= {place: sympy.Dummy(f"piece{place}", real=True) for place in named}
        one = builder.number(Fraction(1))
        self.totals: dict[int, list[int | None]] = {
            place: [one if place == column else None for column in range(width)] for place in range(width)
        }
        """By piece: the place of its partial by each variable; None where it does not depend on one."""
        self.unknown: dict[int, set[int]] = {place: set() for place in range(width)}
        self.output = output
        partials = [self._add(piece) for piece in pieces]
        self.whole = dict(zip(pieces[0].inputs, partials[0], strict=True)) if len(pieces) == 1 else None
        """The partials in sympy's mathematics by variable; None where there are several pieces."""

    def partial(self, column: int) -> int:
        """The place of the partial by variable ``column``."""
        place = self.totals[self.output][column]
        return self.builder.number(Fraction(0)) if place is None else place

    def is_unknown(self, column: int) -> bool:
        """A function without a known derivative stands in the way."""
        return column in self.unknown[self.output]

    def _add(self, piece: "_Piece") -> list[sympy.Expr]:
        """Differentiate one piece, whose inputs were added before; its own partials by its inputs."""
        if piece.place in self.totals:  # a variable by itself
            return [sympy.S.One]
        expression = rebuild(piece.tape, [self.symbols[place] for place in piece.inputs])
        partials = [_partial(expression, self.symbols[place]) for place in piece.inputs]
        shown = [sympy.nan if partial is None else partial for partial in partials]
        known = {name: place for place, name in self.symbols.items()}
        local = [emit(self.builder, partial, known) for partial in shown]
        columns = range(len(self.builder.variables))
        self.totals[piece.place] = [_chain(self.builder, piece, local, self.totals, column) for column in columns]
        unknown = self.unknown.setdefault(piece.place, set())
        for source, partial in zip(piece.inputs, partials, strict=True):
            unknown |= self.unknown[source]
            if partial is None:
                unknown |= {column for column in columns if self.totals[source][column] is not None}
        return shown


PROVABLE_OPERATIONS = 60
PROVABLE_SYMBOLS = 4
"""Claims beyond these are not handed to sympy's simplification, which may take minutes."""


def proved_equal(derivative: Derivative, target: Target, claim: Tape) -> bool:
    """Sympy can prove ``claim``, over the formula's variables, equal to the partial that ``target`` is."""
    partial = derivative.expressions.get(target)
    if partial is None or len(claim) > PROVABLE_OPERATIONS or partial is sympy.S.NaN:
        return False
    claimed = rebuild(claim, [symbol(name) for name in claim.variables])
    if partial.has(Select) or claimed.has(Select) or partial.count_ops() > PROVABLE_OPERATIONS:
        return bool(partial == claimed)
    difference = sympy.expand(partial - claimed)
    if difference == 0 or len(difference.free_symbols) > PROVABLE_SYMBOLS or difference.count_ops() > PROVABLE_OPERATIONS:
        return bool(difference == 0)
    return bool(sympy.cancel(sympy.together(difference)) == 0)


def _partial(expression: sympy.Expr, variable: sympy.Symbol) -> sympy.Expr | None:
    """Sympy's derivative; None where the table has none."""
    try:
        return expression.diff(variable)
    except UnknownPartial:
        return None


@dataclass(frozen=True)
class _Piece:
    """A part of the formula that sympy differentiates at once."""

    place: int
    """Where its value stands in the formula's tape."""
    tape: Tape
    inputs: tuple[int, ...]
    """Variables and earlier pieces, by place; the piece's variables in order."""


def _cut(tape: Tape) -> list[_Piece]:
    """Pieces in an order in which each needs only earlier ones; the last is the formula's value."""
    width, output = len(tape.variables), tape.outputs[0]
    sizes, depths, cuts = [1] * len(tape), [0] * len(tape), list(range(width))
    for place in postorder_needed(tape):
        if place < width:
            continue
        operation = tape.operations[place]
        sizes[place] = 1 + sum(sizes[argument] for argument in operation.arguments)
        depths[place] = 1 + max((depths[argument] for argument in operation.arguments), default=0)
        too_large = sizes[place] > PIECE_OPERATIONS or depths[place] > PIECE_DEPTH
        if place == output or (too_large and not operation.constant and operation.name not in CONDITIONS):
            cuts.append(place)
            sizes[place], depths[place] = 1, 0
    known = set(cuts)
    return [_piece(tape, place, known) for place in cuts[width:]] or [_piece(tape, output, known)]


def _piece(tape: Tape, place: int, cuts: set[int]) -> _Piece:
    """The operations between ``place`` and the nearest cuts below it."""

    def ends(each: int) -> bool:
        return each in cuts and (each != place or each < len(tape.variables))

    below = replace(tape, outputs=(place,))
    reached = postorder_needed(below, lambda each: () if ends(each) else tape.operations[each].arguments)
    inputs = tuple(filter(ends, reached))
    return _Piece(place, excerpt(tape, place, inputs), inputs)


def _chain(
    builder: TapeBuilder, piece: _Piece, local: list[int], totals: dict[int, list[int | None]], column: int
) -> int | None:
    """The chain rule: the sum over a piece's inputs of local partial times the input's own partial."""
    total: int | None = None
    for partial, source in zip(local, piece.inputs, strict=True):
        inner = totals[source][column]
        if inner is None:
            continue
        term = partial if builder.operations[inner].exact == 1 else builder.apply("mul", partial, inner)
        total = term if total is None else builder.apply("add", total, term)
    return total
