"""Special places on an axis: each marked once, as what the oracle says it is, and told where one may lack."""

import pytest

from diffcheck.portraits import marks
from tests.portraits import portrait_of, verified

MARKED = [
    ("abs(3*x - 1)", [(1 / 3, "kink")]),
    ("floor(x)*x", [(-1.0, "jump"), (0.0, "kink"), (1.0, "jump")]),
    ("1/(x - 1)", [(1.0, "pole")]),
    ("log(x + 1)", [(-1.0, "pole")]),
    ("sin(x)/x", [(0.0, "0/0")]),
    ("x**3", []),
]


@pytest.mark.parametrize(("formula", "places"), MARKED, ids=[formula for formula, _ in MARKED])
def test_special_places_are_marked(formula: str, places: list[tuple[float, str]]) -> None:
    drawn = portrait_of(verified(formula, at=[{"x": -1.25}, {"x": 1.25}, {"x": 0.3}])).slice
    assert drawn is not None
    assert [(each.place, each.kind) for each in drawn.marks] == places
    assert drawn.unmarked == ""

KINDS: list[tuple[str, tuple[float, float], list[str]]] = [
    ("max(x**3, 0)", (-3, 3), []),
    ("abs(x)**3", (-3, 3), []),
    ("relu(x)**2", (-1, 1), []),
    ("x*abs(x)", (-3, 3), []),
    ("relu(x) - relu(-x)", (-3, 3), []),
    ("abs(x)*0", (-3, 3), []),
    ("sign(x)*x**2", (-3, 3), []),
    ("abs(3*x - 1)*(3*x - 1)", (-1, 1), []),
    ("log(abs(x))", (-3, 3), ["pole"]),
    ("1/abs(x)", (-3, 3), ["pole"]),
    ("log(abs(3*x - 1))", (-3, 3), ["pole"]),
    ("abs(x)/x", (-3, 3), ["jump"]),
    ("sqrt(abs(x) - 1)", (-3, 3), ["border"] * 2),
    ("sqrt(3*x - 1)", (-3, 3), ["border"]),
    ("log(3*x - 1)", (-3, 3), ["pole"]),
    ("sqrt(abs(3*x - 1))", (-3, 3), ["kink"]),
    ("abs(x - 1e-9) + abs(x + 1e-9)", (-3, 3), ["kink"]),
    ("sin(3*x - 1)/(3*x - 1)", (-3, 3), ["0/0"]),
    ("Mod(x, 1)", (0.5, 30.5), ["jump"] * 30),
    ("round(x)", (-20.25, 20.25), ["jump"] * 40),
    ("tan(x)", (-50, 50), ["pole"] * 32),
    ("1/sin(x)", (-30, 30), ["pole"] * 19),
    ("floor(3*x)", (-0.9, 0.9), ["jump"] * 5),
]


@pytest.mark.parametrize(("formula", "ends", "kinds"), KINDS, ids=[formula for formula, _, _ in KINDS])
def test_each_place_is_marked_once_as_what_it_is(formula: str, ends: tuple[float, float], kinds: list[str]) -> None:
    drawn = portrait_of(verified(formula, at=[{"x": ends[0]}, {"x": 0.31}, {"x": ends[1]}])).slice
    assert drawn is not None
    assert [each.kind for each in drawn.marks] == kinds


def test_a_bend_of_the_first_derivative_is_marked_where_the_second_is_drawn() -> None:
    drawn = portrait_of(verified("x*abs(x)", sample={"x": [-1, 1]}, order=2)).slice
    assert drawn is not None
    assert [(each.place, each.kind) for each in drawn.marks] == [(0.0, "kink")]

UNMARKED = [("floor(1/x)", 3, "was cut"), ("floor(x)", 1000, "too many"), ("abs(sin(40*x))", 3, "too many")]


@pytest.mark.parametrize(("formula", "end", "words"), UNMARKED)
def test_places_that_may_lack_a_mark_are_told(formula: str, end: float, words: str) -> None:
    drawn = portrait_of(verified(formula, at=[{"x": -end}, {"x": end}])).slice
    assert drawn is not None
    assert words in drawn.unmarked
    assert len(drawn.marks) <= marks.MOST
    assert (drawn.marks == ()) is (words == "too many")


def test_a_large_formula_is_told_to_be_without_marks() -> None:
    formula = " + ".join(f"abs(x - {number})" for number in range(marks.LARGEST))
    drawn = portrait_of(verified(formula, at={"x": 0.5})).slice
    assert drawn is not None
    assert drawn.marks == ()
    assert "not sought" in drawn.unmarked
