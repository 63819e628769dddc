"""Partials of orders above the first where a formula bends, jumps, ends or seems to: derived by hand."""

import numpy as np
import pytest
from flint import arb

from diffcheck.formula.formula import read_formula
from diffcheck.truth.local import Truth
from tests.margins import margins_of, partial

INF = float("inf")
#   formula                       order   from the left      from the right      (at x = 0)
AT_ZERO = [
    ("x**2",                      1,      0,                 0),
    ("x**2",                      2,      2,                 2),
    ("x**2",                      3,      0,                 0),
    ("x**3",                      2,      0,                 0),
    ("x**3",                      3,      6,                 6),
    ("exp(x)*x",                  3,      3,                 3),
    ("abs(x)**3",                 2,      0,                 0),
    ("abs(x)**3",                 3,      -6,                6),
    ("x*abs(x)",                  1,      0,                 0),
    ("x*abs(x)",                  2,      -2,                2),
    ("relu(x)**2",                1,      0,                 0),
    ("relu(x)**2",                2,      0,                 2),
    ("relu(x)**3",                2,      0,                 0),
    ("relu(x)**3",                3,      0,                 6),
    ("where(x > 0, x**2, x)",     1,      1,                 0),
    ("where(x > 0, x**2, x)",     2,      0,                 2),
    ("where(x > 0, x**3, -x**3)", 2,      0,                 0),
    ("where(x > 0, x**3, -x**3)", 3,      -6,                6),
    ("sqrt(x)",                   1,      None,              INF),
    ("sqrt(x)",                   2,      None,              -INF),
    ("x**1.5",                    1,      None,              0),
    ("x**1.5",                    2,      None,              INF),
    ("x*sqrt(x)",                 2,      None,              INF),
]  # fmt: skip


def truth_at_zero(text: str, order: int, point: tuple[float, ...] = (0.0,), by: tuple[int, ...] = ()) -> Truth:
    margins = margins_of(read_formula(text), np.array([point]), "float64", ("reverse",) * order)
    return margins.oracle.truth(0, partial(*(by or (0,) * order)))


@pytest.mark.parametrize(("text", "order", "left", "right"), AT_ZERO, ids=[f"{row[0]}, order {row[1]}" for row in AT_ZERO])
def test_the_sides_of_a_higher_derivative_are_those_worked_out_by_hand(
    text: str, order: int, left: float | None, right: float | None
) -> None:
    truth = truth_at_zero(text, order)
    assert truth.has_value
    if truth.ball is not None:
        assert left in (None, right)  # on a border, the side that is there is the derivative
        assert truth.ball.contains(right)
        assert truth.ball.rad() < 1e-12
        return
    for side, known in ((truth.left, left), (truth.right, right)):
        if known is None:
            assert side is None or not side.exists
        elif abs(known) == INF:
            assert side is not None
            assert side.infinite == (1 if known > 0 else -1)
        else:
            assert side is not None
            assert side.ball is not None
            assert side.ball.contains(known)
            assert side.ball.rad() < 1e-12


@pytest.mark.parametrize("text", ["x**2*y**3", "y**3*x**2"])
def test_mixed_partials_are_the_same_in_both_orders(text: str) -> None:
    formula = read_formula(text)
    x, y = formula.variables.index("x"), formula.variables.index("y")
    point = (2.0, 3.0) if x == 0 else (3.0, 2.0)
    second = {(x, y): 108, (y, x): 108, (x, x): 54, (y, y): 72}
    third = {(x, y, y): 72, (y, x, y): 72, (y, y, x): 72}
    for by, known in (second | third).items():
        ball = truth_at_zero(text, len(by), point, by).ball
        assert ball is not None
        assert ball == arb(known)


def test_a_partial_by_one_variable_bends_where_the_other_makes_it() -> None:
    # f = max(x, y)**2 bends at x = y only once: 2 max is continuous there, its own derivative is not.
    first = truth_at_zero("max(x, y)**2", 1, (1.0, 1.0))
    assert first.left is not None
    assert first.right is not None
    assert first.left.ball is not None
    assert first.right.ball is not None
    assert first.left.ball.contains(0)
    assert first.right.ball.contains(2)
    second = truth_at_zero("relu(x - y)**2", 2, (1.0, 1.0), (0, 1))
    assert second.left is not None
    assert second.right is not None
    # by y last: from the left of y, x - y is positive.
    assert second.left.ball is not None
    assert second.right.ball is not None
    assert second.left.ball.contains(-2)
    assert second.right.ball.contains(0)


# sin(x)/x = 1 - x**2/6 + ..., sin(pi*x)/(pi*x) = 1 - (pi*x)**2/6 + ...
SINC = [("sinc(x)", -1 / 3), ("sincpi(x)", -np.pi**2 / 3)]


@pytest.mark.parametrize(("text", "second"), SINC)
def test_the_second_derivative_of_sinc_at_zero(text: str, second: float) -> None:
    truth = truth_at_zero(text, 2)
    ball = truth.ball
    assert ball is not None
    assert abs(ball - second) < 1e-14
