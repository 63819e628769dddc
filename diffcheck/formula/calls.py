"""Calls in a formula: the functions of the table, and the spellings that are a way to write something else."""

from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from typing import Any

import sympy

from diffcheck.errors import suggestion
from diffcheck.formula.array_functions import ARRAY_SPELLINGS, OPTIONS, WHOLE
from diffcheck.formula.building import RELATIONS, Builder, Refusal, number
from diffcheck.formula.complaints import MAX_DEPTH, MAX_NAME, refusal_of_name
from diffcheck.formula.functions import ORDERS, ROWS, SPELLINGS
from diffcheck.formula.row import Function


def call(builder: Builder, word: str, arguments: list[Any]) -> sympy.Basic:
    """``word(arguments)``."""
    if word == "Piecewise":
        if not arguments or not all(isinstance(pair, tuple) and len(pair) == 2 for pair in arguments):
            raise Refusal("`Piecewise` takes pairs: Piecewise((value, condition), ..., (value, True))")
        return builder.choice(arguments)
    if word in _WAYS:
        return _WAYS[word](builder, word, arguments)
    if word in WHOLE and len(arguments) == 1:
        return builder.function(WHOLE[word], [number(arguments[0])])
    if word in ARRAY_SPELLINGS:
        return _of_arrays(builder, word, arguments)
    row = SPELLINGS.get(word) or (ROWS.get(word) if builder.internal else None)
    if row is None:
        too_long = refusal_of_name(word) if len(word) > MAX_NAME else ""
        raise Refusal(too_long or f"unknown function `{word}`{suggestion(word, known_names())}")
    arguments = _filled(builder, row, [number(argument) for argument in arguments])
    if row.name in ("max", "min") and len(arguments) > 2:
        _count(word, len(arguments), range(2, MAX_DEPTH + 1))
        return reduce(lambda left, right: builder.function(row.name, [left, right]), arguments)
    _count(word, len(arguments), range(row.arity - len(row.defaults), row.arity + 1))
    order = (row.name, arguments[0] if arguments else None)
    return builder.function(ORDERS[order], arguments[1:]) if order in ORDERS else builder.function(row.name, arguments)


def option_words(word: str, arguments: list[Any]) -> list[str]:
    """Those of ``arguments`` that are no variables but words of a function's option: ``norm(x, inf)``."""
    second = arguments[1] if len(arguments) == 2 else None
    return [second.name] if isinstance(second, sympy.Symbol) and (word, second.name) in OPTIONS else []


def _of_arrays(builder: Builder, word: str, arguments: list[Any]) -> sympy.Basic:
    """A function of arrays, with its option where it has one."""
    row = ARRAY_SPELLINGS[word]
    options = [option for name, option in OPTIONS if name == word]
    _count(word, len(arguments), range(row.arity, row.arity + 1 + bool(options)))
    if len(arguments) > row.arity:
        option = str(number(arguments[-1]))
        if (word, option) not in OPTIONS:
            raise Refusal(f"the second argument of `{word}` is one of {', '.join(options)}")
        row = ROWS[OPTIONS[word, option]]
    return builder.function(row.name, [number(argument) for argument in arguments[: row.arity]])


def _filled(builder: Builder, row: Function, arguments: list[Any]) -> list[Any]:
    """``arguments`` with those that the row fills in."""
    missing = row.arity - len(arguments)
    if 0 < missing <= len(row.defaults):
        return [*arguments, *map(sympy.Rational, row.defaults[-missing:])]
    if row.name == "Heaviside" and len(arguments) == 2 and builder.exact(arguments[1]) == Fraction(1, 2):
        return arguments[:1]
    return arguments


def known_names() -> list[str]:
    """Every name that a formula may call."""
    return [*SPELLINGS, *ARRAY_SPELLINGS, *_WAYS, "Piecewise"]


def _count(word: str, given: int, wanted: range) -> None:
    """Refuse a call with the wrong number of arguments."""
    if given in wanted:
        return
    least, most = wanted[0], wanted[-1]
    words = f"{least}" if least == most else f"{least} or {most}" if most == least + 1 else f"{least} to {most:,}"
    raise Refusal(f"`{word}` takes {words} argument{'' if most == 1 else 's'}, not {given:,}")


def _choose(builder: Builder, word: str, arguments: list[Any]) -> sympy.Basic:
    _count(word, len(arguments), range(3, 4))
    return builder.choice([(arguments[1], builder.condition(arguments[0])), (number(arguments[2]), sympy.true)])


def _ratio(builder: Builder, word: str, arguments: list[Any]) -> sympy.Rational:
    values = [builder.exact(argument) for argument in arguments if isinstance(argument, sympy.Rational)]
    if len(values) != len(arguments) or len(values) not in (1, 2) or values[1:] == [0]:
        raise Refusal(f"`{word}` takes {'a whole number' if word == 'Integer' else 'two whole numbers'}")
    return builder.literal(values[0] / values[1] if len(values) == 2 else values[0])  # type: ignore[operator, arg-type]


def _relation(builder: Builder, word: str, arguments: list[Any]) -> sympy.Basic:
    _count(word, len(arguments), range(2, 3))
    return builder.chain([number(argument) for argument in arguments], [word])


def _join(kind: type) -> Callable[[Builder, str, list[Any]], sympy.Basic]:
    def build(builder: Builder, word: str, arguments: list[Any]) -> sympy.Basic:
        if not arguments:
            raise Refusal(f"`{word}` takes conditions")
        return builder.junction(kind, [builder.condition(argument) for argument in arguments])

    return build


def _negate(builder: Builder, word: str, arguments: list[Any]) -> sympy.Basic:
    if len(arguments) != 1:
        raise Refusal(f"`{word}` takes 1 condition")
    return builder.opposite(builder.condition(arguments[0]))


def _raise_power(builder: Builder, word: str, arguments: list[Any]) -> sympy.Expr:
    _count(word, len(arguments), range(2, 3))
    return builder.power(number(arguments[0]), number(arguments[1]))


def _logarithm(builder: Builder, word: str, arguments: list[Any]) -> sympy.Expr:
    _count(word, len(arguments), range(1, 3))
    logs = [builder.function("log", [number(argument)]) for argument in arguments]
    return builder.product(logs, ["/"] * (len(logs) - 1))


_WAYS: dict[str, Callable[[Builder, str, list[Any]], sympy.Basic]] = {
    "where": _choose,
    "Rational": _ratio,
    "Integer": _ratio,
    "Pow": _raise_power,
    "log": _logarithm,
    "ln": _logarithm,
    "And": _join(sympy.And),
    "Or": _join(sympy.Or),
    "Not": _negate,
    **{word: _relation for word in RELATIONS if word.isalpha()},
}
"""The spellings that are no function of the table but a way to write one."""
