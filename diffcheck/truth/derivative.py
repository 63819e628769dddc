"""The symbolic derivative, once per formula: sympy's, over pieces small enough for it."""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import sympy

from diffcheck.errors import UndecidedError, UnsupportedError
from diffcheck.formula.adjoint import CONDITIONS
from diffcheck.formula.classes import symbol
from diffcheck.formula.formula import Formula
from diffcheck.formula.mathematics import Select, UnknownPartial, rebuild
from diffcheck.formula.operations import Operation, Tape, TapeBuilder
from diffcheck.formula.structure import emit

PIECE_OPERATIONS = 150
PIECE_DEPTH = 20
"""Sympy's diff takes 79 s on 500 nested sines and 0.03 s on 20: deeper formulas are cut, named and chained."""


@dataclass(frozen=True, eq=False)
class Derivative:
    """The formula's value and its partials, as operations that the oracle can enclose."""

    formula: Formula
    tape: Tape
    """Its outputs: the value as written, then the partial by each variable."""
    partials: tuple[sympy.Expr, ...]
    """The partial by each variable in sympy's mathematics; empty where the formula was cut into pieces."""


    unknown: frozenset[int] = frozenset()
    """Variables, by number, that a function without a known derivative stands in the way of."""


@lru_cache(maxsize=256)
def derive(formula: Formula) -> Derivative:
    """Every partial of ``formula``, differentiated and simplified by sympy.

    A formula of more than PIECE_OPERATIONS operations, or deeper than PIECE_DEPTH, is cut into pieces; sympy
    differentiates each, and the chain rule joins them. Raises UndecidedError where sympy's derivative has a function
    that the table does not have.
    """
    pieces = _cut(formula.tape)
    chain = _Chain(formula, pieces)
    try:
        partials = [chain.add(piece) for piece in pieces]
    except UnsupportedError as error:
        raise UndecidedError(str(error)) from None
    except _SYMPY_RAISES as error:
        raise UndecidedError(f"sympy cannot differentiate the formula: {error}") from None
    whole: tuple[sympy.Expr, ...] = ()
    if len(pieces) == 1:
        by_place = dict(zip(pieces[0].inputs, partials[0], strict=True))
        whole = tuple(by_place.get(column, sympy.S.Zero) for column in range(len(formula.variables)))
    return Derivative(formula, chain.tape(pieces[-1].place), whole, frozenset(chain.unknown[pieces[-1].place]))


_SYMPY_RAISES = (TypeError, ValueError, AttributeError, NotImplementedError, RecursionError)
"""What sympy's assumptions raise on degenerate mathematics, such as a constant part that has no real value."""


class _Chain:
    """The chain rule over a formula's pieces, collecting value and partials as operations."""

    def __init__(self, formula: Formula, pieces: "list[_Piece]") -> None:
        width = len(formula.variables)
        self.formula = formula
        self.builder = TapeBuilder(formula.variables, shared=True)
        self.symbols = {place: symbol(name) for place, name in enumerate(formula.variables)}
        self.symbols |= {piece.place: sympy.Dummy(f"piece{piece.place}", real=True) for piece in pieces}
        self.values = self.builder.inline(formula.tape, range(width))
        one = self.builder.number(Fraction(1))
        self.totals: dict[int, list[int | None]] = {
            place: [one if place == column else None for column in range(width)] for place in range(width)
        }
        """By piece: the place of its partial by each variable; None where it does not depend on one."""
        self.unknown: dict[int, set[int]] = {place: set() for place in range(width)}

    def add(self, piece: "_Piece") -> list[sympy.Expr]:
        """Differentiate one piece, whose inputs were added before; its own partials by its inputs."""
        expression = rebuild(piece.tape, [self.symbols[place] for place in piece.inputs])
        partials = [_partial(expression, self.symbols[place]) for place in piece.inputs]
        shown = [sympy.nan if partial is None else partial for partial in partials]
        known = {name: self.values[place] for place, name in self.symbols.items()}
        local = [emit(self.builder, partial, known) for partial in shown]
        columns = range(len(self.formula.variables))
        self.totals[piece.place] = [_chain(self.builder, piece, local, self.totals, column) for column in columns]
        unknown = self.unknown.setdefault(piece.place, set())
        for source, partial in zip(piece.inputs, partials, strict=True):
            unknown |= self.unknown[source]
            if partial is None:
                unknown |= {column for column in columns if self.totals[source][column] is not None}
        return shown

    def tape(self, last: int) -> Tape:
        """What was collected: the value, then the partials of piece ``last``."""
        zero = self.builder.number(Fraction(0))
        partials = [zero if place is None else place for place in self.totals[last]]
        return self.builder.tape(self.values[self.formula.tape.outputs[0]], *partials)


PROVABLE_OPERATIONS = 60
PROVABLE_SYMBOLS = 4
"""Claims beyond these are not handed to sympy's simplification, which may take minutes."""


def proved_equal(derivative: Derivative, variable: int, claim: Tape) -> bool:
    """Sympy can prove ``claim``, over the formula's variables, equal to the partial by variable number ``variable``."""
    if not derivative.partials or len(claim) > PROVABLE_OPERATIONS:
        return False
    partial = derivative.partials[variable]
    if partial is sympy.S.NaN:
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
    for place in range(width, len(tape)):
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
    needed, inputs, pending = set(), set(), [place]
    while pending:
        current = pending.pop()
        if current in cuts and (current != place or current < len(tape.variables)):
            inputs.add(current)
        elif current not in needed:
            needed.add(current)
            pending.extend(tape.operations[current].arguments)
    ordered = sorted(inputs)
    new_places = {old: new for new, old in enumerate([*ordered, *sorted(needed)])}
    operations = [Operation("variable", value=str(old)) for old in ordered]
    for old in sorted(needed):
        operation = tape.operations[old]
        moved = tuple(new_places[argument] for argument in operation.arguments)
        operations.append(Operation(operation.name, moved, operation.value, operation.constant, operation.exact))
    return _Piece(place, Tape(tuple(map(str, ordered)), tuple(operations), (new_places[place],)), tuple(ordered))


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
