"""Functions applied: each row of the table of functions as mathematics has it."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import sympy

from diffcheck.formula.functions import ROWS, SPELLINGS
from diffcheck.mathml.marks import APPLIED, MINUS, TIMES, element, fenced, identifier, listed, number, operator, row, subscript
from diffcheck.mathml.part import ATOM, POWER, PRODUCT, Part
from diffcheck.mathml.signs import FENCES, INFIX, LARGE, LETTERS, ORDERED

LONG_EXPONENT = 14
"""A function ``exp`` of more parts than this is set by its name, not as a power of e."""


class Sets(Protocol):
    """Sets the arguments of a function."""

    def part(self, expression: Any) -> Part:
        """``expression``, set."""

    def cases(self, pairs: Sequence[tuple[Any, Any]]) -> Part:
        """Values, each with the condition under which it is meant."""


Arguments = Sequence[Any]


def row_of(node: Any) -> str:
    """The row of the table of functions that ``node`` is an application of; its class's own name where there is none."""
    name = getattr(node, "diffcheck_row", None) or type(node).__name__
    known = ROWS.get(name) or SPELLINGS.get(name)
    return known.name if known is not None else str(name)


def name_of(row_name: str) -> str:
    """What stands for a function's name, set."""
    return LETTERS.get(row_name) or identifier(row_name)


def applied(printer: Sets, name: str, arguments: Arguments) -> Part:
    """A name, set, with the arguments in brackets behind it."""
    inside = listed([printer.part(each).markup for each in arguments])
    return Part(row(name, operator(APPLIED), fenced(inside)), kind="call")


def call(printer: Sets, name: str, arguments: Arguments) -> Part:
    """Row ``name`` of the table of functions at ``arguments``."""
    if name in _WAYS:
        return _WAYS[name](printer, arguments)
    if name in FENCES and len(arguments) == 1:
        left, right, foot = FENCES[name]
        markup = fenced(printer.part(arguments[0]).markup, left, right)
        return Part(subscript(markup, identifier(foot)) if foot else markup)
    if name in LARGE:
        return Part(row(operator(LARGE[name]), printer.part(arguments[0]).within(POWER)), PRODUCT)
    if name in INFIX:
        left, right = (printer.part(each).within(POWER) for each in arguments)
        return Part(row(left, operator(INFIX[name], lspace="0.3em", rspace="0.3em"), right), PRODUCT)
    if name in ORDERED:
        return applied(printer, subscript(identifier(ORDERED[name]), printer.part(arguments[0]).markup), arguments[1:])
    return applied(printer, name_of(name), arguments)


def _exponential(printer: Sets, arguments: Arguments) -> Part:
    """A power of e; of a long exponent, exp by its name."""
    if sum(1 for _ in sympy.preorder_traversal(arguments[0])) > LONG_EXPONENT:
        return applied(printer, identifier("exp"), arguments)
    return _power(identifier("e"), printer.part(arguments[0]).markup)


def _power(base: str, above: str) -> Part:
    return Part(element("msup", base, above), POWER)


def _marked(mark: str) -> "Way":
    """An array with a mark above."""
    return lambda printer, arguments: _power(printer.part(arguments[0]).within(ATOM), mark)


def _entry(printer: Sets, arguments: Arguments) -> Part:
    array, *places = (printer.part(each) for each in arguments)
    return Part(subscript(array.within(ATOM), listed([each.markup for each in places])))


def _side_by_side(printer: Sets, arguments: Arguments) -> Part:
    left, right = (printer.part(each) for each in arguments)
    return Part(row(left.within(PRODUCT), operator(TIMES), right.within(POWER)), PRODUCT)


def _solution(printer: Sets, arguments: Arguments) -> Part:
    matrix, right = _marked(_INVERTED)(printer, arguments[:1]), printer.part(arguments[1])
    return Part(row(matrix.markup, operator(TIMES), right.within(POWER)), PRODUCT)


def _logarithm_of_gamma(printer: Sets, arguments: Arguments) -> Part:
    size = fenced(applied(printer, LETTERS["gamma"], arguments).markup, "|", "|")
    return Part(row(identifier("log"), operator(APPLIED), size), kind="call")


def _derivative_of_digamma(printer: Sets, arguments: Arguments) -> Part:
    return applied(printer, element("msup", LETTERS["digamma"], fenced(printer.part(arguments[0]).markup)), arguments[1:])


def _root(printer: Sets, arguments: Arguments) -> Part:
    return Part(element("msqrt", printer.part(arguments[0]).markup), POWER)


def _cube_root(printer: Sets, arguments: Arguments) -> Part:
    return Part(element("mroot", printer.part(arguments[0]).markup, number("3")), POWER)


_INVERTED = row(operator(MINUS), number("1"))

Way = Callable[[Sets, Arguments], Part]

_WAYS: dict[str, Way] = {
    "exp": _exponential,
    "exp2": lambda printer, arguments: _power(number("2"), printer.part(arguments[0]).markup),
    "sqrt": _root,
    "rsqrt": lambda printer, arguments: Part(element("mfrac", number("1"), _root(printer, arguments).markup), PRODUCT),
    "cbrt": _cube_root,
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
