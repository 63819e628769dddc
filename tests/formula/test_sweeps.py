"""Sweeps, however nested, are the derivative: walked exactly, their balls meet the symbolic partials'."""

from itertools import product

import numpy as np
import pytest
from flint import arb
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from diffcheck.dtypes import FORMATS
from diffcheck.errors import UndecidedError
from diffcheck.formula.formula import Formula, read_formula
from diffcheck.formula.operations import Role
from diffcheck.formula.sweeps import SWEEPS, swept
from diffcheck.formula.targets import Target, partials_of
from diffcheck.strategies.formulas import CALLABLE, formulas
from diffcheck.truth.allowance import walk
from diffcheck.truth.derivative import PIECE_DEPTH, PIECE_OPERATIONS, derive
from diffcheck.truth.enclosure import enclose
from tests.truth.strategies import short

NESTINGS = [nesting for order in (1, 2, 3) for nesting in product(SWEEPS, repeat=order)]
BITS = 256


def partials_by_sweeps(formula: Formula, nesting: tuple[str, ...], point: list[float]) -> dict[Target, arb]:
    columns = range(len(formula.variables))
    tape = swept(formula.tape, nesting, columns)
    values = walk(tape, point, None, BITS).values
    listed = partials_of(1, columns, len(nesting))
    return {
        target: values[place] if place >= 0 else arb(0) for target, place in zip(listed, tape.outputs[1:], strict=True)
    }


def partials_by_sympy(formula: Formula, order: int, point: list[float]) -> dict[Target, arb]:
    derivative = derive(formula, order)
    balls = enclose(derivative.tape, np.array([point]), FORMATS["float64"]).balls[0]
    listed = partials_of(1, range(len(point)), order)
    return {target: arb.nan() if target in derivative.unknown else balls[derivative.places[target]] for target in listed}


def compared(formula: Formula, nesting: tuple[str, ...], point: list[float]) -> int:
    """How many partials both have a number for; asserts that those are one number."""
    exact = partials_by_sympy(formula, len(nesting), point)
    found = partials_by_sweeps(formula, nesting, point)
    assert set(exact) == set(found)
    both = [target for target in exact if exact[target].is_finite() and found[target].is_finite()]
    for target in both:
        assert found[target].overlaps(exact[target]), (formula.text, nesting, point, target, found[target], exact[target])
    return len(both)


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(formulas("x y", CALLABLE, leaves=4), st.lists(short, min_size=2, max_size=2), st.sampled_from(NESTINGS))
def test_every_nesting_of_sweeps_meets_the_symbolic_partials(text: str, point: list[float], nesting: tuple[str, ...]) -> None:
    formula = read_formula(text)
    try:
        assume(compared(formula, nesting, point[: len(formula.variables)]) > 0)
    except UndecidedError:
        assume(False)


#      formula                          point
SMOOTH = {
    "x**3*y**2":                        [0.5, -1.25],
    "sin(x*y)/(x + y)":                 [1.5, 0.75],
    "exp(x/y)*log(x)":                  [0.5, 2.5],
    "where(x < y, x**2*y, y**4)":       [1.5, 0.5],
    "tanh(x)*sigmoid(y) + atan2(x, y)": [-0.5, 1.25],
    "x**y":                             [1.5, 2.25],
    "3*x - 2*y":                        [1.5, 2.25],
    "relu(x*y)*gelu(y)":                [1.5, 0.75],
}  # fmt: skip


@pytest.mark.parametrize("nesting", NESTINGS, ids="-".join)
@pytest.mark.parametrize("text", SMOOTH)
def test_at_a_smooth_point_every_partial_of_every_nesting_is_met(text: str, nesting: tuple[str, ...]) -> None:
    assert compared(read_formula(text), nesting, SMOOTH[text]) == 2 ** len(nesting)


def test_a_sweep_that_is_spoilt_is_noticed() -> None:
    formula = read_formula("x**3*y**2")
    found = partials_by_sweeps(formula, ("reverse", "dense"), [0.5, -1.25])
    exact = partials_by_sympy(formula, 2, [0.5, -1.25])
    spoilt = {target: ball * (1 + 2.0**-45) for target, ball in found.items()}
    assert all(found[target].overlaps(exact[target]) for target in exact)
    assert not any(spoilt[target].overlaps(exact[target]) for target in exact)


DEEP = "sin(" * (2 * PIECE_DEPTH) + "x*y" + ")" * (2 * PIECE_DEPTH)
WIDE = " + ".join(f"x**{k % 3 + 1}*cos(y/{k})" for k in range(1, PIECE_OPERATIONS // 4))


@pytest.mark.parametrize("text", [DEEP, WIDE], ids=["deep", "wide"])
@pytest.mark.parametrize("nesting", [each for each in NESTINGS if len(each) == 2], ids="-".join)
def test_a_formula_cut_into_pieces_has_the_sweeps_partials_too(text: str, nesting: tuple[str, ...]) -> None:
    formula = read_formula(text)
    assert Target(0, (0,)) not in derive(formula, 1).expressions  # it was cut
    assert compared(formula, nesting, [0.75, 1.25]) == 4


def test_partials_that_nothing_reaches_have_no_place() -> None:
    formula = read_formula("x**2 + y")
    for nesting in (("reverse", "reverse"), ("forward", "forward"), ("reverse", "forward")):
        tape = swept(formula.tape, nesting, (0, 1))
        assert [place >= 0 for place in tape.outputs[1:]] == [True, False, False, False], nesting


def test_the_sweeps_stand_behind_the_formula_s_own_operations_and_say_whose_they_are() -> None:
    formula = read_formula("exp(x)*y")
    tape = swept(formula.tape, ("reverse", "dense"), (0, 1))
    length = len(formula.tape.operations)
    assert tape.operations[:length] == formula.tape.operations
    behind = tape.operations[length:]
    assert {each.role for each in behind} <= {Role.KERNEL, Role.PARTIAL, Role.COTANGENT, Role.TANGENT}
    assert {each.role for each in behind} >= {Role.COTANGENT, Role.TANGENT}
    assert all(each.origin < length for each in behind)


def test_only_the_columns_sought_are_swept() -> None:
    formula = read_formula("x*y*z")
    tape = swept(formula.tape, ("forward",), (2,))
    assert len(tape.outputs) == 2
    assert walk(tape, [2.0, 3.0, 5.0], None).values[tape.outputs[1]] == 6


@pytest.mark.parametrize("entries", [1, 2])
def test_targets_are_listed_entries_first_and_mixed_ones_in_both_orders(entries: int) -> None:
    listed = partials_of(entries, (0, 2), 2)
    assert listed[:4] == tuple(Target(0, by) for by in ((0, 0), (0, 2), (2, 0), (2, 2)))
    assert len(listed) == 4 * entries
    assert (listed[1].order, listed[1].inner, listed[1].inner.inner) == (2, Target(0, (0,)), Target(0))
