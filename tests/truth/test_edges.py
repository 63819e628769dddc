"""Edges: each kind of hard place is found, with its words, as numbers of the dtype."""

from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffcheck.dtypes import FORMATS
from diffcheck.formula.chain import CONDITIONS
from diffcheck.formula.formula import read_formula
from diffcheck.formula.functions import INTERNAL, ROWS, TABLE
from diffcheck.truth.edges import LIMIT, Edges, find_edges
from diffcheck.truth.events import LIMITS
from diffcheck.truth.lines import DOMAINS, POWERS, PRICES, SMOOTH_TIES
from diffcheck.truth.neighbours import nearest
from diffcheck.truth.sought import JUMPS, SINGULAR

FLOAT32 = FORMATS["float32"]


def _edges(text: str, low: float = -5.0, high: float = 5.0, dtype: str = "float32") -> Edges:
    return find_edges(read_formula(text), [(low, high)], [], FORMATS[dtype])


def _origins(found: Edges) -> dict[str, float]:
    """The first coordinate by the words."""
    return {edge.origin: edge.point[0] for edge in found.edges}


KINDS = [
    ("abs(3*x - 1)", (-5, 5), "kink of abs(3*x - 1) at x = 1/3", 0.3333333432674408),
    ("relu(x) + x", (-5, 5), "kink of relu(x) at x = 0", 0.0),
    ("max(x, 2*x - 1)", (-5, 5), "kink of max(x, 2*x - 1) at x = 1", 1.0),
    ("floor(x)*x", (-5, 5), "jump of floor(x) at x = -3", -3.0),
    ("round(x)", (-2, 2), "jump of round(x) at x = 3/2", 1.5),
    ("Mod(x, 0.75)", (0, 2), "jump of Mod(x, 0.75) at x = 3/2", 1.5),
    ("where(x > 2, x, 4 - x)", (-5, 5), "tie of x > 2 at x = 2", 2.0),
    ("log(x)", (-5, 5), "border of log(x) at x = 0", 0.0),
    ("sqrt(2*x - 1)", (-5, 5), "border of sqrt(2*x - 1) at x = 1/2", 0.5),
    ("asin(x)", (-5, 5), "border of asin(x) at x = -1", -1.0),
    ("x**1.5", (-5, 5), "border of x**1.5 at x = 0", 0.0),
    ("1/x", (-5, 5), "pole of 1/x at x = 0", 0.0),
    ("(x - 1)**(-2)", (-5, 5), "pole of (x - 1)**(-2) at x = 1", 1.0),
    ("tan(x)", (0, 2), "pole of tan(x) at x = 1.57079633", 1.5707963705062866),
    ("lgamma(x)", (-2.5, 2), "pole of lgamma(x) at x = -2", -2.0),
    ("sin(x)/x", (-5, 5), "0/0 in sin(x)/x at x = 0", 0.0),
    ("sincpi(x)", (-0.5, 0.5), "removable singularity in the derivative of sincpi(x) at x = 0", 0.0),
    ("x**2 - x", (-5, 5), "zero of d/dx at x = 1/2", 0.5),
    ("exp(x) - 2*x", (-5, 5), "zero of d/dx at x = 0.693147181", 0.6931471824645996),
    ("x*x - 2", (0, 5), "cancellation in x*x - 2 at x = 1.41421356", 1.4142135381698608),
    ("sqrt(x + 1) - sqrt(x)", (0, 1e9),
     "cancellation in sqrt(x + 1) - sqrt(x), to the last bit of float32, at x = 8388607.25", 8388607.5),
    ("exp(x)", (-1000, 1000), "exp(x) overflows in float32 at x = 88.7228391", 88.72283935546875),
    ("exp(x)", (-1000, 1000), "exp(x) underflows in float32 at x = -103.972077", -103.97207641601562),
    ("x*x", (0, 1e30), "x*x overflows in float32 at x = 1.84467435e+19", 1.8446742974197924e19),
    ("tanh(x)", (-50, 50), "tanh(x) saturates in float32 at x = 9.01091334", 9.010912895202637),
    ("sigmoid(x)", (-50, 50), "sigmoid(x) saturates in float32 at x = 17.3286795", 17.32868003845215),
]  # fmt: skip


@pytest.mark.parametrize(("text", "bounds", "origin", "place"), KINDS, ids=[row[2] for row in KINDS])
def test_each_kind_of_hard_place_is_found_with_its_words(
    text: str, bounds: tuple[float, float], origin: str, place: float
) -> None:
    found = _origins(_edges(text, *bounds))
    assert found[origin] == place


@pytest.mark.parametrize(("text", "bounds", "origin", "place"), KINDS, ids=[row[2] for row in KINDS])
def test_a_hard_place_brings_its_neighbours(text: str, bounds: tuple[float, float], origin: str, place: float) -> None:
    points = {edge.point[0] for edge in _edges(text, *bounds).edges}
    gap = max(abs(place) * 2.0**-23, 2.0**-149)
    within = [each for each in (place - gap, place + gap) if bounds[0] <= each <= bounds[1]]
    assert within
    assert all(any(abs(point - each) <= gap / 2 for point in points) for each in within)


@pytest.mark.parametrize("dtype", sorted(FORMATS))
def test_a_dtypes_own_numbers_are_edges_as_far_as_they_lie_in_the_range(dtype: str) -> None:
    form = FORMATS[dtype]
    found = _origins(_edges("x", -form.largest, form.largest, dtype))
    assert found["zero"] == 0
    assert found["negative zero"].hex() == "-0x0.0p+0"
    assert found["one"] == 1
    assert found[f"largest {dtype}"] == form.largest
    assert found[f"minus the largest {dtype}"] == -form.largest
    assert found[f"smallest normal {dtype}"] == form.smallest_normal
    assert form.tiny in found.values()
    assert all(-2 <= each <= 2 for each in _origins(_edges("x", -2.0, 2.0, dtype)).values())


@pytest.mark.parametrize("dtype", sorted(FORMATS))
def test_every_edge_is_a_number_of_the_dtype_in_the_range_and_no_two_are_alike(dtype: str) -> None:
    found = _edges("tan(x) + abs(x - 0.1)*floor(x) + sqrt(x)", -30.0, 30.0, dtype)
    points = [edge.point[0] for edge in found.edges]
    assert all(nearest(each, FORMATS[dtype]) == each and -30 <= each <= 30 for each in points)
    assert len({each.hex() for each in points}) == len(points) <= LIMIT


def test_edges_beyond_the_limit_are_left_out_and_told() -> None:
    found = find_edges(read_formula("floor(x)"), [(-9.0, 9.0)], [], FLOAT32, limit=10)
    assert len(found.edges) == 10
    assert any(remark.endswith("edge points beyond 10 are left out") for remark in found.remarks)


def test_a_complete_search_has_nothing_to_remark_and_one_that_is_not_says_for_what() -> None:
    assert _edges("abs(3*x - 1)").remarks == ()
    assert _edges("sqrt(x + 1) - sqrt(x)", 0.0, 1e9).remarks[0].startswith("the search was not completed for ")
    assert "jump of floor(x): 24 of 41 places are taken" in _edges("floor(x)", -20.0, 20.0).remarks


@pytest.mark.parametrize("text", ["where(x > 7, log(x), x)", "abs(x + 6)", "x*x + 1 - x", "exp(x) + 9", "x + x"])
def test_no_hard_place_is_invented(text: str) -> None:
    words = ("kink", "jump", "tie", "pole", "0/0", "cancellation", "perhaps", "overflows")
    origins = [edge.origin for edge in _edges(text, -1.0, 5.0).edges]
    assert [each for each in origins if any(word in each for word in words)] == []


def test_with_several_variables_the_lines_go_through_the_bases() -> None:
    found = find_edges(read_formula("max(x, y)*x"), [(-5, 5), (-5, 5)], [(2.0, 0.5)], FLOAT32)
    origins = {edge.origin: edge.point for edge in found.edges}
    assert origins["kink of max(x, y) at x = 1/2"] == (0.5, 0.5)
    assert origins["kink of max(x, y) at y = 2"] == (2.0, 2.0)
    assert origins["one as y"] == (2.0, 1.0)


def test_a_kink_where_two_variables_vanish_is_found_on_a_line_through_zero() -> None:
    found = find_edges(read_formula("hypot(x, y)"), [(-5, 5), (-5, 5)], [(0.0, 0.0)], FLOAT32)
    assert "kink of hypot(x, y) at x = 0" in {edge.origin for edge in found.edges}


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=4, unique=True), st.integers(1, 7))
@settings(max_examples=25, deadline=None)
def test_every_kink_of_a_sum_of_bends_is_found(places: list[int], scale: int) -> None:
    text = " + ".join(f"abs({scale}*x - ({place}))" for place in places)
    points = {edge.point[0] for edge in _edges(text, -10.0, 10.0).edges}
    assert {nearest(place / scale, FLOAT32) for place in places} <= points


FUNCTIONS = [row for row in TABLE if row.name not in INTERNAL | CONDITIONS]


@pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.name)
def test_every_function_of_the_table_can_be_searched(row) -> None:  # type: ignore[no-untyped-def]
    texts = zip("xyz", ("x", "2*x + 1", "x + 3"), strict=True)
    arguments = ["2" if parameter in row.numbers else text for parameter, text in texts]
    found = _edges(f"{row.name}({', '.join(arguments[: row.arity])})", -3.0, 3.0)
    assert all(-3 <= edge.point[0] <= 3 for edge in found.edges)
    if row.domain and row.arity == 1 and row.name not in ("acosh", "asech"):
        assert any(word in edge.origin for edge in found.edges for word in ("border", "pole", "tie"))


def test_every_table_of_the_search_names_rows_that_there_are() -> None:
    names = {*SMOOTH_TIES, *DOMAINS, *POWERS, *PRICES, *LIMITS, *JUMPS, *SINGULAR}
    assert names <= set(ROWS)


def test_a_formula_of_twelve_operations_is_searched_in_less_than_a_second() -> None:
    text = "log(1 + exp(-x**2))*sin(3*x) + sqrt(abs(x - 0.1))"
    started = perf_counter()
    _edges(text, -50.0, 50.0, "float64")
    assert perf_counter() - started < 1.0


def test_a_formula_too_long_to_search_still_gets_the_dtypes_numbers() -> None:
    found = _edges(" + ".join(["x*x"] * 200))
    assert "one" in _origins(found)
    assert found.remarks == ("a formula of more than 300 operations is not searched for roots",)
