"""Points at which every row of the table of functions is tested: short binary numbers, borders and kinks among them."""

from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from mpmath import mpf

from diffcheck.errors import UndecidedError
from diffcheck.formula.functions import ROWS, Function
from diffcheck.formula.operations import Operation, Tape
from diffcheck.truth.domain import Place, Standing, locate
from tests.truth.references import REFERENCES, in_digits

Number = float | bool

NUMBERS = {
    1: (-20.25, -7.5, -3.0, -2.5, -1.25, -1.0, -0.75, -0.5, -0.25, -(2.0**-30), 0.0,
        2.0**-30, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 6.0, 7.5, 20.25),
    2: (-2.5, -1.0, -0.25, 0.0, 0.25, 0.75, 1.0, 2.5, 3.0),
    3: (-1.0, -0.25, 0.75, 2.5),
}  # fmt: skip
"""What an argument may be, by how many there are."""
TRUTHS = {"select": "x", "both": "xy", "either": "xy", "opposite": "x"}
"""The arguments that are truths, by row."""
ORDERS = {"polygamma": "x"}
"""The arguments that are whole numbers from 0, by row."""


@dataclass(frozen=True)
class Spot:
    """One point of a row, and what is known of it."""

    arguments: tuple[Number, ...]
    value: Any
    """Mpmath's value; None where there is none."""
    place: Place | None
    """How it stands to the row's domain and ties; None where an argument is a truth, or where it is undecided."""

    @property
    def smooth(self) -> bool:
        """There is a value, inside the domain and at no tie."""
        inside = self.place is None or (self.place.standing is Standing.INSIDE and not self.place.tied)
        return self.value is not None and inside


def parameters(row: Function) -> str:
    return "xyz"[: row.arity]


def row_tape(row: Function) -> Tape:
    """The row alone, applied to as many variables."""
    variables = [Operation("variable", value=name) for name in parameters(row)]
    return Tape(tuple(parameters(row)), (*variables, Operation(row.name, tuple(range(row.arity)))), (row.arity,))


@cache
def spots(name: str) -> tuple[Spot, ...]:
    """Every point at which row ``name`` is tested."""
    row = ROWS[name]
    axes = [_axis(row, parameter) for parameter in parameters(row)]
    return tuple(_spot(row, arguments) for arguments in product(*axes))


def smooth_spots(name: str) -> list[Spot]:
    """Those of them where the row has a derivative."""
    return [spot for spot in spots(name) if spot.smooth]


def exact(arguments: tuple[Number, ...]) -> list[Any]:
    """The arguments as mpmath's numbers; truths stay truths."""
    return [each if isinstance(each, bool) else mpf(each) for each in arguments]


def _axis(row: Function, parameter: str) -> tuple[Number, ...]:
    if parameter in TRUTHS.get(row.name, ""):
        return (False, True)
    return (0.0, 1.0, 2.0, 3.0) if parameter in ORDERS.get(row.name, "") else NUMBERS[row.arity]


def _spot(row: Function, arguments: tuple[Number, ...]) -> Spot:
    value = in_digits(REFERENCES[row.name], *exact(arguments))
    if row.name in TRUTHS:
        return Spot(arguments, value, None)
    try:
        return Spot(arguments, value, locate(row_tape(row), [float(each) for each in arguments]))
    except UndecidedError:
        return Spot(arguments, value, None)
