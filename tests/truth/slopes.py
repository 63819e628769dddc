"""A row's enclosure, its cells and its slopes at the points of the grid."""

from functools import cache
from typing import Any

from flint import arb
from mpmath import mp

from diffcheck.formula.cells import cell
from diffcheck.formula.chain import CONDITIONS
from diffcheck.formula.functions import ROWS
from diffcheck.formula.operations import Tape
from diffcheck.truth.balls import compile_balls, precision
from tests.truth.grid import Spot, row_tape

BITS, FINE_BITS = 400, 900
STEP = arb(2) ** -250


_compiled = cache(compile_balls)


def balls(tape: Tape, *arguments: Any) -> Any:
    with precision(BITS):
        return _compiled(tape)(*(each if isinstance(each, bool | arb) else arb(each) for each in arguments))


def _ball(number: Any) -> arb:
    return arb(mp.nstr(number, 60, strip_zeros=False, min_fixed=1, max_fixed=0))


def near(ball: arb, number: Any, digits: int) -> bool:
    with precision(BITS):
        known = _ball(number)
        return bool(ball.is_finite() and abs(ball - known) <= (abs(known) + arb(2) ** -60) * arb(10) ** -digits)


def cell_at(text: str, spot: Spot, result: Any = 0) -> Any:
    """A cell of the table at a row's arguments and its result."""
    padded = [*spot.arguments, *[spot.arguments[0]] * (3 - len(spot.arguments))]
    return balls(cell(text), *padded, result)


def value_at(name: str, spot: Spot) -> Any:
    return balls(row_tape(ROWS[name]), *spot.arguments)


def has_partials(name: str, spot: Spot) -> bool:
    texts = [text for text in ROWS[name].partials if text is not None]
    return all(cell_at(text, spot, value_at(name, spot)).is_finite() for text in texts)


def bends(name: str, spot: Spot) -> bool:
    """The value jumps, or its slope does, along an argument."""
    axes = [index for index in range(ROWS[name].arity) if name in CONDITIONS or ROWS[name].partials[index] is not None]
    return any(_bends_along(index, name, spot) for index in axes)


def _bends_along(index: int, name: str, spot: Spot) -> bool:
    left, middle, right = (_moved(name, spot, index, times) for times in (-1, 0, 1))
    if name in CONDITIONS:
        return (left, right) != (middle, middle)
    if not left.is_finite() or not right.is_finite():
        return False
    with precision(FINE_BITS):
        before, after = (middle - left) / STEP, (right - middle) / STEP
        kink, jump = abs(after - before) > (abs(before) + abs(after) + 1) * 1e-8, abs(before) > (1 + abs(middle)) * 1e30
        return bool(kink or jump)


def _moved(name: str, spot: Spot, index: int, times: int) -> Any:
    with precision(FINE_BITS):
        arguments = [each if isinstance(each, bool) else arb(each) for each in spot.arguments]
        arguments[index] += times * STEP
        return _compiled(row_tape(ROWS[name]))(*arguments)


def slope_at(name: str, spot: Spot, index: int) -> arb:
    """The central difference of the row's enclosure, which is mpmath's function by the test above."""
    with precision(FINE_BITS):
        slope: arb = (_moved(name, spot, index, 1) - _moved(name, spot, index, -1)) / (2 * STEP)
        return slope
