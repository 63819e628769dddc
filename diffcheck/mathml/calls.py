"""Functions applied: each row of the table of functions as mathematics has it."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import sympy

from diffcheck.mathml.marks import APPLIED, MINUS, constant, element, fenced, identifier, listed, number, operator, row, subscript
from diffcheck.mathml.names import Names
from diffcheck.mathml.part import (
    ATOM,
    BAR,
    CALL,
    INFIXED,
    JOINED,
    NAME,
    NUMBER,
    POWER,
    ROOT,
    SUM,
    WORD,
    Part,
    bracketed,
    chained,
    fraction,
    raised,
    single,
)
from diffcheck.mathml.products import multiplied
from diffcheck.mathml.ranks import row_of
from diffcheck.mathml.signs import FENCES, INFIX, LARGE, LETTERS, ORDERED

LONG_EXPONENT = 14
"""A function ``exp`` of more parts than this is set by its name, not as a power of e."""


class Sets(Protocol):
    """Sets the arguments of a function."""

    names: Names
    """How variables are set."""

    def part(self, expression: Any) -> Part:
        """``expression``, set."""

    def rank(self, expression: Any) -> int:
        """How many dimensions its value has."""

    def cases(self, pairs: Sequence[tuple[Any, Any]]) -> Part:
        """Values, each with the condition under which it is meant."""


Arguments = Sequence[Any]


def name_of(row_name: str) -> str:
    """What stands for a function's name, set."""
    return LETTERS.get(row_name) or identifier(row_name)


def applied(printer: Sets, name: str, arguments: Arguments) -> Part:
    """A name, set, with the arguments in brackets behind it."""
    # Beside a comma, what has no end of its own is in brackets.
    parts = [printer.part(each).within(SUM if len(arguments) > 1 else 0) for each in arguments]
    return single(row(name, operator(APPLIED), fenced(listed([each.markup for each in parts]))), CALL, POWER)


def call(printer: Sets, name: str, arguments: Arguments) -> Part:
    """Row ``name`` of the table of functions at ``arguments``."""
    if name in _WAYS:
        return _WAYS[name](printer, arguments)
    # Bars around a matrix would be its determinant.
    if name in FENCES and len(arguments) == 1 and not (name == "abs" and printer.rank(arguments[0]) > 1):
        return _enclosed(printer.part(arguments[0]), *FENCES[name])
    if name in LARGE:
        return chained(JOINED, operator(LARGE[name]), printer.part(arguments[0]).within(POWER))
    if name in INFIX:
        left, right = (printer.part(each).within(POWER) for each in arguments)
        return chained(INFIXED, left, operator(INFIX[name], lspace="0.3em", rspace="0.3em"), right)
    if name in ORDERED:
        return applied(printer, subscript(constant(ORDERED[name]), printer.part(arguments[0]).markup), arguments[1:])
    return applied(printer, name_of(name), arguments)


def _enclosed(part: Part, left: str, right: str, foot: str) -> Part:
    """``part`` between fences; bars within bars are kept apart by brackets."""
    bars = left == right
    markup = fenced((bracketed(part) if bars and part.barred else part).markup, left, right)
    end = BAR if bars else ""
    return Part(subscript(markup, identifier(foot)) if foot else markup, ATOM, end, end, barred=bars)


def _exponential(printer: Sets, arguments: Arguments) -> Part:
    """A power of e; of a long exponent or an array, or where a variable is called e, exp by its name."""
    named = printer.names.has("e") or printer.rank(arguments[0]) > 0
    if named or sum(1 for _ in sympy.preorder_traversal(arguments[0])) > LONG_EXPONENT:
        return applied(printer, identifier("exp"), arguments)
    return raised(single(constant("e"), NAME), printer.part(arguments[0]).markup)


def _power_of_two(printer: Sets, arguments: Arguments) -> Part:
    if printer.rank(arguments[0]):
        return applied(printer, identifier("exp2"), arguments)
    return raised(single(number("2"), NUMBER), printer.part(arguments[0]).markup)


def _marked(mark: str) -> "Way":
    """An array with a mark above."""
    return lambda printer, arguments: raised(printer.part(arguments[0]), mark)


def _dot(printer: Sets, arguments: Arguments) -> Part:
    left, right = (printer.part(each).within(POWER) for each in arguments)
    return chained(JOINED, left, operator("·"), right)


def _entry(printer: Sets, arguments: Arguments) -> Part:
    array, *places = (printer.part(each) for each in arguments)
    inside = listed([each.markup for each in places])
    if printer.names.is_told(str(arguments[0])):
        return single(row(array.markup, fenced(inside, "[", "]")), WORD)
    base = array.within(ATOM)
    return Part(subscript(base.markup, inside), ATOM, base.first, base.last, base.barred)


def _side_by_side(printer: Sets, arguments: Arguments) -> Part:
    left, right = (printer.part(each) for each in arguments)
    # A product of matrices is the same wherever brackets stand.
    return multiplied(left.within(JOINED if row_of(arguments[0]) in ("matmul", "solve") else POWER), right)


def _solution(printer: Sets, arguments: Arguments) -> Part:
    return multiplied(_marked(_INVERTED)(printer, arguments[:1]), printer.part(arguments[1]))


def _logarithm_of_gamma(printer: Sets, arguments: Arguments) -> Part:
    size = fenced(applied(printer, LETTERS["gamma"], arguments).markup, "|", "|")
    return single(row(identifier("log"), operator(APPLIED), fenced(size)), CALL, POWER)


def _derivative_of_digamma(printer: Sets, arguments: Arguments) -> Part:
    return applied(printer, element("msup", LETTERS["digamma"], fenced(printer.part(arguments[0]).markup)), arguments[1:])


def root(part: Part) -> Part:
    """The square root of ``part``."""
    return Part(element("msqrt", part.markup), POWER)


def _cube_root(printer: Sets, arguments: Arguments) -> Part:
    return Part(element("mroot", printer.part(arguments[0]).markup, number("3")), POWER, first=ROOT)


_INVERTED = row(operator(MINUS), number("1"))

Way = Callable[[Sets, Arguments], Part]

_WAYS: dict[str, Way] = {
    "exp": _exponential,
    "exp2": _power_of_two,
    "sqrt": lambda printer, arguments: root(printer.part(arguments[0])),
    "rsqrt": lambda printer, arguments: fraction(single(number("1"), NUMBER), root(printer.part(arguments[0]))),
    "cbrt": _cube_root,
    "dot": _dot,
    "select": lambda printer, arguments: printer.cases([(arguments[1], arguments[0]), (arguments[2], sympy.true)]),
    "item": _entry,
    "item2": _entry,
    "matmul": _side_by_side,
    "transpose": _marked(identifier("⊤")),
    "inv": _marked(_INVERTED),
    "solve": _solution,
    "lgamma": _logarithm_of_gamma,
    "polygamma": _derivative_of_digamma,
}
"""Functions that are set in a way of their own."""
