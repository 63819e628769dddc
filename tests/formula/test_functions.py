"""Every row and every cell of the table of functions; a new row is tested the moment it is added."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
import torch
from flint import arb

from diffcheck.dtypes import FORMATS
from diffcheck.errors import FormulaError, UnsupportedError
from diffcheck.formula.cells import conditions, ties
from diffcheck.formula.chain import CONDITIONS
from diffcheck.formula.formula import read_formula
from diffcheck.formula.functions import INTERNAL, ORDERS, ROWS, SPELLINGS, TABLE
from diffcheck.formula.operations import Operation, Tape
from diffcheck.program.program import lower, lower_tape
from diffcheck.truth.allowance import walk
from diffcheck.truth.arrays import row_on_arrays
from diffcheck.truth.derivative import derive
from diffcheck.truth.domain import Standing
from tests.truth.grid import TRUTHS, Spot, parameters, row_tape, smooth_spots, spots
from tests.truth.references import REFERENCES
from tests.truth.slopes import balls, bends, cell_at, has_partials, near, slope_at, value_at

NAMES = [row.name for row in TABLE]

#     row       what the row, as torch and the mathematics of diffcheck have it, leaves out of mpmath's domain
LEFT_OUT = {
    "acot":    "mpmath gives pi/2 at 0, where atan(1/x) jumps",
    "beta":    "mpmath takes the limit where two poles of gamma cancel",
    "bessely": "mpmath takes the limit at 0, for orders that are halves of odd numbers",
}  # fmt: skip
BENDS_SOFTLY = {
    "softsign": "bends at 0 in its second derivative only", "i1e": "likewise", "celu": "likewise",
}  # fmt: skip
SINGULAR = {
    ("pow", "partials"): "0**0 has a value, and no partial in this form",
    ("cbrt", "partials"): "its slope at 0 is infinite",
    ("hypot", "partials"): "a cone's tip at (0, 0)",
    ("xlogy", "partials"): "0 at x = 0 by definition, also where log(y) is not real",
    ("beta", "partials"): "zero where x + y is a pole of gamma: its partials are a product of zero and a pole",
    ("beta", "form"): "likewise",
    ("zeta", "partials"): "-x*zeta(x + 1, y) is removable at x = 0",
}
"""The cells that are not finite somewhere inside the domain, where no tie is."""
POOR = {
    "softplus": "the identity from 20 on", "polygamma": "NaN for negative arguments", "zeta": "NaN for x < 1",
    "bessel_j0": "the absolute error grows with x", "bessel_j1": "likewise", "bessel_y0": "likewise", "bessel_y1": "likewise",
    "airyai": "right to nine digits only for negative arguments",
}
HELPERS = {"power_domain", "power_pole", "gammapole", "gammasign"}
"""Rows that only decide a sign in other rows' cells: what they are between does not matter."""
WITHOUT_PARTIAL = {
    ("select", 0), ("gammapole", 0),                                     # truths, and what only decides a sign
    ("elu", 1), ("celu", 1), ("leaky_relu", 1),                          # torch takes numbers only
    ("polygamma", 0), ("zeta", 0),                                       # no closed form is known, by their orders
    ("besselj", 0), ("bessely", 0), ("besseli", 0), ("besselk", 0),
}  # fmt: skip
"""The partials that the table does not know, by row and argument; conditions aside."""

DIFFERENTIATED = [name for name in NAMES if name not in CONDITIONS | HELPERS]


def test_names_are_unique() -> None:
    spelled = Counter(spelling for row in TABLE for spelling in row.names)
    assert [spelling for spelling, times in spelled.items() if times > 1] == []


def test_every_row_has_a_reference_and_no_reference_is_left_over() -> None:
    assert set(REFERENCES) ^ set(NAMES) == set()


@pytest.mark.parametrize("name", NAMES)
def test_the_enclosure_is_the_function(name: str) -> None:
    known = [spot for spot in spots(name) if spot.value is not None and not _is_left_out(name, spot)]
    assert len(known) >= 2
    for spot in known:
        found = value_at(name, spot)
        assert found is spot.value if isinstance(spot.value, bool) else near(found, spot.value, 30), (spot, found)


@pytest.mark.parametrize("name", NAMES)
def test_the_domain_is_where_the_function_has_a_value(name: str) -> None:
    for spot in spots(name):
        if spot.place is not None and not _is_left_out(name, spot):
            inside = spot.place.standing in (Standing.INSIDE, Standing.BORDER)
            assert inside == (spot.value is not None), spot


def _is_left_out(name: str, spot: Spot) -> bool:
    return name in LEFT_OUT and spot.place is not None and spot.place.standing is Standing.POLE


@pytest.mark.parametrize("name", [row.name for row in TABLE if row.domain])
def test_the_domain_leaves_something_out(name: str) -> None:
    assert any(spot.place is not None and spot.place.standing is not Standing.INSIDE for spot in spots(name))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in HELPERS])
def test_the_function_bends_at_its_ties_and_nowhere_else_where_its_partials_are_finite(name: str) -> None:
    bent = [spot for spot in spots(name) if spot.value is not None and spot.place is not None and bends(name, spot)]
    for spot in bent:
        assert not spot.smooth or not has_partials(name, spot), spot
    at_ties = any(spot.place.tied for spot in bent if spot.place is not None)
    assert at_ties == (bool(ROWS[name].ties) and name not in BENDS_SOFTLY)


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_each_partial_is_the_derivative(name: str) -> None:
    for index, text in enumerate(ROWS[name].partials):
        if text is None:
            continue
        found = [(spot, cell_at(text, spot, value_at(name, spot)), slope_at(name, spot, index)) for spot in smooth_spots(name)]
        finite = [each for each in found if each[1].is_finite()]
        assert len(finite) >= 2
        assert len(finite) == len(found) or (name, "partials") in SINGULAR
        for spot, ball, slope in finite:
            assert slope.is_finite(), spot
            assert abs(ball - slope) < (abs(slope) + arb(2) ** -60) * arb(10) ** -30, (spot, text, ball, slope)


def test_the_partials_that_the_table_does_not_know_are_declared() -> None:
    empty = {(row.name, index) for row in TABLE for index, text in enumerate(row.partials) if text is None}
    assert {(name, index) for name, index in empty if name not in CONDITIONS} == WITHOUT_PARTIAL


@pytest.mark.parametrize("name", [row.name for row in TABLE if row.form])
def test_the_form_is_the_same_function(name: str) -> None:
    found = [(spot, cell_at(ROWS[name].form, spot), value_at(name, spot)) for spot in smooth_spots(name)]
    finite = [each for each in found if each[1].is_finite()]
    assert len(finite) >= 2
    assert (len(finite) == len(found)) == ((name, "form") not in SINGULAR)
    for spot, ball, value in finite:
        assert abs(ball - value) < (abs(value) + arb(2) ** -60) * arb(10) ** -30, (spot, ball, value)


@pytest.mark.parametrize("name", NAMES)
def test_the_quick_value_is_the_function(name: str) -> None:
    for spot in smooth_spots(name):
        with np.errstate(all="ignore"):
            found = row_on_arrays(name)(*(np.array([each]) for each in spot.arguments))
        value, known = float(np.broadcast_to(found, 1)[0]), float(spot.value)
        assert abs(value - known) <= 2.0**-30 * abs(known) or (known == 0 and abs(value) < 2.0**-52), (spot, value)


@pytest.mark.parametrize("name", [row.name for row in TABLE if row.torch])
def test_torch_computes_the_function_within_the_slack_of_its_row(name: str) -> None:
    within = []
    for spot in smooth_spots(name):
        tape = _with_numbers(name, spot)
        found = lower_tape(tape)(*(torch.tensor(each, dtype=_dtype(each)) for each in spot.arguments))
        if isinstance(spot.value, bool):
            within.append(bool(found) is spot.value)
        else:
            reached = value_at(name, spot) if name in TRUTHS else walk(tape, spot.arguments, FORMATS["float64"]).values[-1]
            within.append(reached.contains(arb(float(found))))
            assert within[-1] or name in POOR, (spot, float(found), reached)
    assert sum(within) >= 2
    assert all(within) == (name not in POOR)


def _dtype(number: float | bool) -> torch.dtype:
    return torch.bool if isinstance(number, bool) else torch.float64


def _with_numbers(name: str, spot: Spot) -> Tape:
    """The row's tape with numbers where torch's kernel takes nothing else."""
    tape = row_tape(ROWS[name])
    *operations, applied = tape.operations
    arguments = list(applied.arguments)
    for index in map("xyz".index, ROWS[name].numbers):
        number = Fraction(spot.arguments[index])
        arguments[index] = len(operations)
        operations.append(Operation("number", (), number, True, number))
    return Tape(tape.variables, (*operations, Operation(name, tuple(arguments))), (len(operations),))


def _call(name: str) -> str:
    """A call by ``name``, with numbers where the row, or torch's kernel, takes numbers only."""
    row = SPELLINGS[name]
    numbers = {*row.numbers, *(parameter for parameter, text in zip("xyz", row.partials, strict=False) if text is None)}
    arguments = ["2" if parameter in numbers else parameter for parameter in parameters(row)]
    return f"{name}({', '.join(arguments)})"


@pytest.mark.parametrize("name", [name for name, row in SPELLINGS.items() if row.name not in CONDITIONS])
def test_every_name_can_be_called_and_differentiated(name: str) -> None:
    formula = read_formula(_call(name))
    assert derive(formula).unknown == frozenset()
    row = SPELLINGS[name]
    if row.torch or row.form:
        assert lower(formula).lowered
    else:
        with pytest.raises(UnsupportedError, match=f"torch has no {row.name}"):
            lower(formula)


@pytest.mark.parametrize("name", [name for row in TABLE if row.name in INTERNAL for name in row.names if name not in SPELLINGS])
def test_a_row_that_is_not_to_be_called_is_unknown_to_formulas(name: str) -> None:
    with pytest.raises(FormulaError):
        read_formula(f"{name}(x)")


def test_the_orders_that_torch_has_lead_to_rows_of_the_table() -> None:
    for (general, order), name in ORDERS.items():
        read = read_formula(f"{general}({order}, x)").tape.operations[-1]
        assert read.name == name
        known = balls(row_tape(ROWS[general]), float(order), 0.75)
        assert balls(row_tape(ROWS[name]), 0.75).overlaps(known)


@pytest.mark.parametrize("name", NAMES)
def test_domain_and_ties_parse(name: str) -> None:
    assert {sign for _, sign in conditions(ROWS[name].domain)} <= {">", ">=", "!="}
    assert all(tape.outputs for tape in ties(ROWS[name].ties))
