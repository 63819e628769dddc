"""Roots: all of them, none invented, and what the budget leaves open is told."""

from collections.abc import Callable
from fractions import Fraction
from math import pi

import pytest
from flint import arb, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from diffcheck.truth.roots import MAX_ROOTS, Function, Root, Roots, find_roots


def _polynomial(coefficients: list[Fraction]) -> Function:
    """By Horner's rule, the highest power first, with its slope."""

    def function(x: arb) -> tuple[arb, arb]:
        value, slope = arb(0), arb(0)
        for each in coefficients:
            slope = slope * x + value
            value = value * x + arb(fmpq(each.numerator, each.denominator))
        return value, slope

    return function


def _product(roots: list[Fraction]) -> list[Fraction]:
    """The coefficients of the polynomial with these roots."""
    coefficients = [Fraction(1)]
    for root in roots:
        shifted = [*coefficients, Fraction(0)]
        coefficients = [a - root * b for a, b in zip(shifted, [Fraction(0), *coefficients], strict=True)]
    return coefficients


def _named(value: Callable[[arb], arb], slope: Callable[[arb], arb]) -> Function:
    return lambda x: (value(x), slope(x))


def _holds(root: Root, place: Fraction | float) -> bool:
    return root.low <= place <= root.high or root.exact == place


SIN = _named(arb.sin, arb.cos)
COS = _named(arb.cos, lambda x: -x.sin())
TAN = _named(arb.tan, lambda x: 1 + x.tan() ** 2)

rationals = st.builds(Fraction, st.integers(-40, 40), st.integers(1, 9))


@given(st.lists(rationals, min_size=1, max_size=5, unique=True))
@settings(max_examples=60, deadline=None)
def test_a_polynomials_rational_roots_are_all_found_exactly_and_no_others(places: list[Fraction]) -> None:
    found = find_roots(_polynomial(_product(places)), -50.0, 50.0)
    assert [root.exact for root in found.found] == sorted(places)
    assert all(root.proved for root in found.found)
    assert found.unsettled == ()


@given(rationals, rationals.filter(lambda each: each > 0))
@settings(max_examples=60, deadline=None)
def test_where_there_is_no_root_none_is_invented(place: Fraction, above: Fraction) -> None:
    lifted = _product([place, place])
    lifted[-1] += above
    assert find_roots(_polynomial(lifted), -50.0, 50.0) == Roots(())


@given(rationals)
@settings(max_examples=30, deadline=None)
def test_a_double_root_is_found_by_its_exact_place(place: Fraction) -> None:
    found = find_roots(_polynomial(_product([place, place])), -50.0, 50.0)
    assert [root.exact for root in found.found] == [place]


def test_a_triple_root_is_found_and_what_its_neighbourhood_leaves_open_is_told() -> None:
    found = find_roots(_polynomial(_product([Fraction(1)] * 3)), -5.0, 5.0)
    assert [root.exact for root in found.found] == [1]
    assert found.unsettled
    assert all(0.99 < low <= high < 1.01 for low, high in found.unsettled)


def test_an_irrational_root_lies_between_neighbouring_doubles() -> None:
    (below, above) = find_roots(_polynomial([Fraction(1), Fraction(0), Fraction(-2)]), -1e300, 1e300).found
    assert (above.low, above.high) == (1.414213562373095, 1.4142135623730951)
    assert (below.low, below.high, below.exact) == (-1.4142135623730951, -1.414213562373095, None)


def test_every_root_of_a_wave_is_found() -> None:
    found = find_roots(SIN, -100.0, 100.0)
    assert len(found.found) == 63
    assert all(_near(root, number * pi) for number, root in enumerate(found.found, -31))


def _near(root: Root, place: float) -> bool:
    return abs(root.nearest - place) <= 4e-16 * abs(place)


def test_a_tangents_roots_are_found_between_its_poles() -> None:
    found = find_roots(TAN, -20.0, 20.0)
    assert len(found.found) == 13
    assert found.unsettled == ()


@pytest.mark.parametrize(("low", "high", "places"), [(-1.0, 1.0, [-1, 1]), (1.0, 1.0, [1]), (1.0, 2.0, [1]), (0.5, 0.9, [])])
def test_roots_at_the_ends_of_the_range_are_found(low: float, high: float, places: list[int]) -> None:
    found = find_roots(_polynomial([Fraction(1), Fraction(0), Fraction(-1)]), low, high)
    assert [root.exact for root in found.found] == places


@pytest.mark.parametrize("value", [arb(1), arb(0)], ids=["a constant", "zero everywhere"])
def test_a_function_that_does_not_move_has_no_root(value: arb) -> None:
    assert find_roots(lambda x: (value, arb(0)), -5.0, 5.0) == Roots(())


def test_a_root_on_a_border_is_found_where_the_slope_is_infinite() -> None:
    found = find_roots(_named(arb.sqrt, lambda x: 1 / (2 * x.sqrt())), 0.0, 5.0)
    assert [root.exact for root in found.found] == [0]


def test_a_pole_is_no_root() -> None:
    assert find_roots(_named(lambda x: 1 / (x - 1), lambda x: -1 / (x - 1) ** 2), -3.0, 3.0).found == ()


def test_a_place_that_no_ball_excludes_is_not_called_proved() -> None:
    touching = _named(lambda x: (x * x - 2) ** 2, lambda x: 4 * x * (x * x - 2))
    found = find_roots(touching, 0.0, 5.0)
    assert [(root.proved, _holds(root, 1.414213562373095)) for root in found.found] == [(False, True)]


def test_a_root_of_a_function_without_a_slope_is_found_where_it_changes_sign() -> None:
    (root,) = find_roots(_named(lambda x: x - 3, lambda x: arb.nan()), -5.0, 5.0).found
    assert (root.exact, root.proved) == (3, True)


def test_where_the_budget_runs_out_the_rest_is_told_and_sign_changes_are_still_followed() -> None:
    nothing = find_roots(COS, -1000.0, 1000.0, budget=1)
    assert nothing.unsettled == ((-1000.0, 1000.0),)
    slow = _named(lambda x: (x - 3).union(x - arb("3.0000001")) if x.rad() > 0 else x - 3, lambda x: arb.nan())
    assert [root.nearest for root in find_roots(slow, 1.0, 9.0, budget=40).found] == [pytest.approx(3.0)]


def test_a_thousand_roots_are_enough() -> None:
    found = find_roots(SIN, -4e3, 4e3)
    assert len(found.found) >= MAX_ROOTS - 1
    assert found.unsettled


def test_outside_the_domain_nothing_is_sought() -> None:
    calls = []

    def logarithm(x: arb) -> tuple[arb | None, arb]:
        calls.append(x)
        return (None, arb.nan()) if x < 0 else (x.log(), 1 / x)

    found = find_roots(logarithm, -1e9, 10.0)
    assert [root.exact for root in found.found] == [1]
    assert len(calls) < 500
