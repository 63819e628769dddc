"""The symbolic derivative, once per formula: sympy's, over pieces small enough for it."""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import sympy

from diffcheck.errors import UndecidedError, UnsupportedError
from diffcheck.formula.adjoint import CONDITIONS
from diffcheck.formula.classes import Select, UnknownPartial, symbol
from diffcheck.formula.formula import Formula
from diffcheck.formula.mathematics import rebuild
from diffcheck.formula.operations import Operation, Tape, TapeBuilder
from diffcheck.formula.structure import emit

PIECE_OPERATIONS = 150
PIECE_DEPTH = 20
"""Sympy's diff takes 79 s on 500 nested sines and 0.03 s on 20: deeper formulas are cut, named and chained."""


@dataclass(frozen=True)
class Derivative:
    """The formula's value and its partials, as operations that the oracle can enclose."""

    formula: Formula
    tape: Tape
    """Its outputs: the value as written, then the partial by each variable."""
    partials: tuple[sympy.Expr, ...]
    """The partial by each variable in sympy's mathematics; empty where the formula was cut into pieces."""


@lru_cache(maxsize=256)
def derive(formula: Formula) -> Derivative:
    """Every partial of ``formula``, differentiated and simplified by sympy.

    A formula of more than PIECE_OPERATIONS operations, or deeper than PIECE_DEPTH, is cut into pieces; sympy
    differentiates each, and the chain rule joins them. Raises UndecidedError where the table has no derivative.
    """
    pieces = _cut(formula.tape)
    builder = TapeBuilder(formula.variables, shared=True)
    width = len(formula.variables)
    symbols = {place: symbol(name) for place, name in enumerate(formula.variables)}
    symbols |= {piece.place: sympy.Dummy(f"piece{piece.place}", real=True) for piece in pieces}
    values = _emit_value(builder, formula.tape)
    known = {name: values[place] for place, name in symbols.items()}
    whole: tuple[sympy.Expr, ...] = ()
    totals: dict[int, list[int | None]] = {
        place: [builder.number(Fraction(1)) if place == column else None for column in range(width)]
        for place in range(width)
    }
    try:
        for piece in pieces:
            expression = rebuild(piece.tape, [symbols[place] for place in piece.inputs])
            partials = [expression.diff(symbols[place]) for place in piece.inputs]
            if len(pieces) == 1:
                by_place = dict(zip(piece.inputs, partials, strict=True))
                whole = tuple(by_place.get(column, sympy.S.Zero) for column in range(width))
            local = [emit(builder, partial, known) for partial in partials]
            totals[piece.place] = [_chain(builder, piece, local, totals, column) for column in range(width)]
    except (UnknownPartial, UnsupportedError) as error:
        raise UndecidedError(str(error)) from None
    outputs = [place if place is not None else builder.number(Fraction(0)) for place in totals[pieces[-1].place]]
    return Derivative(formula, builder.tape(values[formula.tape.outputs[0]], *outputs), whole)


PROVABLE_OPERATIONS = 200
"""Claims larger than this are not handed to sympy's simplification, which may take minutes."""


def proved_equal(derivative: Derivative, variable: int, claim: Tape) -> bool:
    """Sympy can prove ``claim``, over the formula's variables, equal to the partial by variable number ``variable``."""
    if not derivative.partials or len(claim) > PROVABLE_OPERATIONS:
        return False
    partial = derivative.partials[variable]
    claimed = rebuild(claim, [symbol(name) for name in claim.variables])
    if partial.has(Select) or claimed.has(Select) or partial.count_ops() > PROVABLE_OPERATIONS:
        return bool(partial == claimed)
    difference = sympy.expand(partial - claimed)
    return bool(difference == 0 or sympy.cancel(sympy.together(difference)) == 0)


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


def _emit_value(builder: TapeBuilder, tape: Tape) -> list[int]:
    """The formula as written, in the shared tape: where each of its operations stands there."""
    places = list(range(len(tape.variables)))
    for operation in tape.operations[len(tape.variables) :]:
        if operation.name == "number":
            assert operation.value is not None
            places.append(builder.number(operation.value))
        else:
            places.append(builder.apply(operation.name, *(places[argument] for argument in operation.arguments)))
    return places


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
