"""A sympy expression as a list of operations, in the order in which Python would run its text."""

from collections.abc import Callable
from fractions import Fraction
from functools import reduce

import sympy
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from diffcheck.errors import UnsupportedError
from diffcheck.formula.functions import ORDERS, ROWS, SPELLINGS
from diffcheck.formula.operations import Tape, TapeBuilder

KEPT_EXPONENTS = (sympy.S.NegativeOne, sympy.S.Half, -sympy.S.Half)
"""Exponents that sympy also writes for a division or a root; a written one is kept apart as ``1*exponent``."""


def written_power(base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
    """``base**exponent`` as written: never mistaken for ``1/base`` or ``sqrt(base)``."""
    if exponent in KEPT_EXPONENTS:
        exponent = sympy.Mul(sympy.S.One, exponent, evaluate=False)
    return sympy.Pow(base, exponent, evaluate=False)


def emit(builder: TapeBuilder, expression: sympy.Basic, known: dict[sympy.Basic, int]) -> int:
    """The place of ``expression``; ``known`` holds the places of its symbols.

    Walks with a stack of its own, so that depth is no limit.
    Raises UnsupportedError for a sympy function that the table does not have.
    """
    pending: list[tuple[sympy.Basic, bool]] = [(expression, False)]
    done: list[int] = []
    while pending:
        node, visited = pending.pop()
        if not visited and node in known:
            done.append(known[node])
            continue
        parts, combine = _split(node)
        if not parts:
            done.append(combine(builder, []))
        elif visited:
            places = done[-len(parts) :]
            del done[-len(parts) :]
            done.append(combine(builder, places))
        else:
            pending.append((node, True))
            pending.extend((part, False) for part in reversed(parts))
    return done[0]


def tape_of(expression: sympy.Basic, variables: tuple[str, ...], symbols: tuple[sympy.Symbol, ...]) -> Tape:
    """``expression`` as a tape, nothing shared: each operation as often as it is written."""
    builder = TapeBuilder(variables)
    place = emit(builder, expression, {symbol: index for index, symbol in enumerate(symbols)})
    return builder.tape(place)


Combine = Callable[[TapeBuilder, list[int]], int]


def _split(node: sympy.Basic) -> tuple[list[sympy.Basic], Combine]:
    """What must be there before ``node``, and how ``node`` is made of it."""
    for kind, split in _SPLITS:
        if isinstance(node, kind):
            return split(node)
    return _split_function(node)


def _split_number(node: sympy.Basic) -> tuple[list[sympy.Basic], Combine]:
    if isinstance(node, sympy.Rational):
        value: Fraction | str = Fraction(int(node.p), int(node.q))
    elif isinstance(node, sympy.Float):
        value = Fraction(*map(int, sympy.Rational(node).as_numer_denom()))
    else:
        # What is infinite or not real has no ball that is finite, and no real value.
        value = {sympy.pi: "pi", sympy.E: "E", sympy.oo: "inf"}.get(node, "nan")
    return [], lambda builder, _: builder.number(value)


def _split_truth(node: sympy.Basic) -> tuple[list[sympy.Basic], Combine]:
    return [], lambda builder, _: builder.number(bool(node))


def _split_sum(node: sympy.Basic) -> tuple[list[sympy.Basic], Combine]:
    terms = [_signed(argument) for argument in node.args]
    signs = [negative for negative, _ in terms]

    def combine(builder: TapeBuilder, places: list[int]) -> int:
        total = builder.apply("neg", places[0]) if signs[0] else places[0]
        for negative, place in zip(signs[1:], places[1:], strict=True):
            total = builder.apply("sub" if negative else "add", total, place)
        return total

    return [term for _, term in terms], combine


def _signed(term: sympy.Basic) -> tuple[bool, sympy.Basic]:
    """Whether ``term`` is subtracted, and what is."""
    if isinstance(term, sympy.Mul) and term.args[0] is sympy.S.NegativeOne:
        rest = term.args[1:]
        return True, rest[0] if len(rest) == 1 else sympy.Mul(*rest, evaluate=False)
    return False, term


def _split_product(node: sympy.Basic) -> tuple[list[sympy.Basic], Combine]:
    factors = list(node.args)
    negative = factors[0] is sympy.S.NegativeOne
    factors = factors[1:] if negative else factors
    divides = [isinstance(factor, sympy.Pow) and factor.exp is sympy.S.NegativeOne for factor in factors]
    parts = [factor.base if divide else factor for factor, divide in zip(factors, divides, strict=True)]

    def combine(builder: TapeBuilder, places: list[int]) -> int:
        product = _divide(builder, builder.number(Fraction(1)), places[0]) if divides[0] else places[0]
        for divide, place in zip(divides[1:], places[1:], strict=True):
            product = _divide(builder, product, place) if divide else builder.apply("mul", product, place)
        return builder.apply("neg", product) if negative else product

    return parts, combine


def _divide(builder: TapeBuilder, numerator: int, denominator: int) -> int:
    """A quotient as torch runs it: of a Python number and a tensor it takes the reciprocal, then multiplies."""
    operations = builder.operations
    if builder.shares or not operations[numerator].constant or operations[denominator].constant:
        return builder.apply("div", numerator, denominator)
    reciprocal = builder.apply("reciprocal", denominator)
    return reciprocal if operations[numerator].value == 1 else builder.apply("mul", reciprocal, numerator)


def _split_power(node: sympy.Basic) -> tuple[list[sympy.Basic], Combine]:
    base, exponent = node.args
    if exponent is sympy.S.NegativeOne:
        return [base], lambda builder, places: _divide(builder, builder.number(Fraction(1)), places[0])
    if exponent is sympy.S.Half:
        return [base], lambda builder, places: builder.apply("sqrt", places[0])
    if exponent == -sympy.S.Half:
        return [base], lambda builder, places: _divide(
            builder, builder.number(Fraction(1)), builder.apply("sqrt", places[0])
        )
    if isinstance(exponent, sympy.Mul) and exponent.args[0] is sympy.S.One and exponent.args[1] in KEPT_EXPONENTS:
        exponent = exponent.args[1]
    return [base, exponent], lambda builder, places: builder.apply("pow", *places)


def _split_choice(node: sympy.Basic) -> tuple[list[sympy.Basic], Combine]:
    parts: list[sympy.Basic] = []
    for value, condition in node.args:
        if isinstance(condition, BooleanTrue):
            parts.append(value)
            break
        parts += [condition, value]

    def combine(builder: TapeBuilder, places: list[int]) -> int:
        rest = places[-1] if len(places) % 2 else builder.number("nan")
        pairs = places[:-1] if len(places) % 2 else places
        for index in range(len(pairs) - 2, -1, -2):
            rest = builder.apply("select", pairs[index], pairs[index + 1], rest)
        return rest

    return parts, combine


def _split_function(node: sympy.Basic) -> tuple[list[sympy.Basic], Combine]:
    name = getattr(node, "diffcheck_row", None) or type(node).__name__
    row = ROWS.get(name) or SPELLINGS.get(name)
    arguments = list(node.args)
    if row is None:
        raise UnsupportedError(f"there is no row for sympy's {type(node).__name__}")
    if row.name == "Heaviside":
        arguments = arguments[:1]
    if len(arguments) < row.arity and row.defaults:
        arguments += map(sympy.Rational, row.defaults[len(arguments) - row.arity :])
    if arguments and (row.name, arguments[0]) in ORDERS:
        row, arguments = ROWS[ORDERS[row.name, arguments[0]]], arguments[1:]
    if row.arity == 2 and len(arguments) != 2:
        return arguments, lambda builder, places: reduce(lambda left, right: builder.apply(row.name, left, right), places)
    return arguments, lambda builder, places: builder.apply(row.name, *places)


_SPLITS: tuple[tuple[type | tuple[type, ...], Callable[[sympy.Basic], tuple[list[sympy.Basic], Combine]]], ...] = (
    ((sympy.Number, sympy.NumberSymbol, type(sympy.zoo), type(sympy.I)), _split_number),
    ((BooleanTrue, BooleanFalse), _split_truth),
    (sympy.Add, _split_sum),
    (sympy.Mul, _split_product),
    (sympy.Pow, _split_power),
    (sympy.Piecewise, _split_choice),
)
