"""The witness: right within its own error estimate, or silent."""

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.differentiate import derivative

from diffcheck.dtypes import FORMATS
from diffcheck.formula.formula import read_formula
from diffcheck.program.gradient import Place, evaluate
from diffcheck.program.program import lower
from diffcheck.truth.derivative import derive
from diffcheck.truth.differences import Estimate, differences
from diffcheck.truth.enclosure import enclose
from tests.planted import FORMULAS

Array = NDArray[np.float64]
POINTS = 200


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """In one process of some fifteen, torch 2.13's first parallel ``sin`` is right to 25 bits only in its second thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@cache
def _points(text: str) -> Array:
    low, high = FORMULAS[text]
    drawn: Array = np.random.default_rng(11).uniform(low, high, (POINTS, len(read_formula(text).variables)))
    return drawn


def _program(text: str) -> Callable[[Array], Array]:
    program = lower(read_formula(text))

    def values(points: Array) -> Array:
        found: Array = evaluate(program, points, Place(0, "float64")).numbers[:, 0]
        return found

    return values


def _estimate(text: str, variable: int) -> Estimate:
    return differences(_program(text), _points(text), variable)


def _exact(text: str) -> Array:
    found: Array = enclose(derive(read_formula(text)).tape, _points(text), FORMATS["float64"]).high
    return found


COLUMNS = [(text, variable) for text in FORMULAS for variable in range(len(read_formula(text).variables))]


@pytest.mark.parametrize(("text", "variable"), COLUMNS)
def test_the_error_estimate_covers_the_true_error(text: str, variable: int) -> None:
    found, exact = _estimate(text, variable), _exact(text)[:, variable + 1]
    assert np.isfinite(found.value).mean() >= 0.95
    # Where a formula is linear in a variable, the rounding of its coefficient is the same at every step: none can see it.
    assert _covered(found, exact).mean() >= 0.97


def test_the_error_estimate_covers_the_true_error_at_99_of_100_points() -> None:
    covered = [_covered(_estimate(text, variable), _exact(text)[:, variable + 1]) for text, variable in COLUMNS]
    assert np.concatenate(covered).mean() >= 0.99


def _covered(found: Estimate, exact: Array) -> NDArray[np.bool_]:
    """By point where the witness speaks: it is right within its own estimate."""
    speaks = np.isfinite(found.value)
    covered: NDArray[np.bool_] = abs(found.value - exact)[speaks] <= found.error[speaks]
    return covered


@pytest.mark.parametrize(("text", "variable"), COLUMNS)
def test_the_error_estimate_is_not_idle(text: str, variable: int) -> None:
    """Half of the estimates at least are right to seven digits and say so."""
    found, exact = _estimate(text, variable), _exact(text)[:, variable + 1]
    size = np.maximum(abs(exact), abs(_exact(text)[:, 0]))
    assert np.nanmedian(found.error / size) < 1e-7


@pytest.mark.parametrize("text", list(FORMULAS)[:30])
def test_scipy_says_the_same(text: str) -> None:
    program, points = _program(text), _points(text)[:40]
    ours = differences(program, points, 0)

    def along(x: Array, *others: Array) -> Array:
        columns = np.broadcast_arrays(x, *others)
        return program(np.stack([each.ravel() for each in columns], axis=1)).reshape(columns[0].shape)

    theirs = derivative(along, points[:, 0], args=tuple(points[:, 1:].T), initial_step=1e-2)
    settled = theirs.success & np.isfinite(ours.value)
    assert settled.mean() > 0.5
    doubt = ours.error + 10 * theirs.error + 1e-9 * abs(theirs.df)
    assert (abs(ours.value - theirs.df) <= doubt)[settled].mean() >= 0.99


#   what it is                    the function                                                         the point
SILENT = {
    "a kink":                     (lambda x: abs(x),                                                   0.0),
    "a kink away from 0":         (lambda x: abs(x - 1) + x,                                           1.0),
    "a bend of relu":             (lambda x: np.maximum(x, 0),                                         0.0),
    "a kink on a curve":          (lambda x: np.exp(x)*abs(x - 0.5),                                   0.5),
    "a kink beside a slope":      (lambda x: 5*x + np.maximum(x, 2),                                   2.0),
    "a jump":                     (lambda x: np.sign(x),                                               0.0),
    "a step":                     (lambda x: np.floor(x),                                              2.0),
    "a jump on a slope":          (lambda x: x + np.floor(x),                                          2.0),
    "a border":                   (lambda x: np.sqrt(x),                                               0.0),
    "a pole":                     (lambda x: 1/x,                                                      0.0),
    "no value":                   (lambda x: np.log(x),                                                -1.0),
    "an infinite slope":          (lambda x: np.cbrt(x),                                               0.0),
    "an oscillation":             (lambda x: np.where(x == 0, 0, x*np.sin(1/x)),                       0.0),
    "noise":                      (lambda x: x + 1e-3*np.sin(1e15*x),                                  0.3),
    "nothing but noise":          (lambda x: np.sin(1e16*x),                                           0.7),
    "a staircase":                (lambda x: np.round(x*1e3)/1e3,                                      0.7),
    "all bits cancelled":         (lambda x: ((1 + x) - 1)/x,                                          1e-13),
    "NaN everywhere":             (lambda x: x*np.nan,                                                 1.0),
    "infinite everywhere":        (lambda x: x*np.inf,                                                 1.0),
}  # fmt: skip


@pytest.mark.parametrize(("function", "x"), SILENT.values(), ids=SILENT)
def test_the_witness_abstains(function: Callable[[Array], Array], x: float) -> None:
    with np.errstate(all="ignore"):
        found = differences(lambda points: function(points[:, 0]), np.array([[x]]), 0)
    assert np.isnan(found.value[0])
    assert found.error[0] == np.inf


#   what it is                    the function                           the point    its derivative
SPEAKS = {
    "a constant":                 (lambda x: 0*x + 3,                    0.7,         0.0),
    "a branch that is not taken": (lambda x: np.maximum(x, 5),           0.7,         0.0),
    "a line":                     (lambda x: 3*x - 1,                    0.7,         3.0),
    "an extremum":                (lambda x: np.cos(x),                  0.0,         0.0),
    "a sharp bell":               (lambda x: np.exp(-1e4*x*x),           0.01,        -200*np.exp(-1)),
    "far from zero":              (lambda x: np.sqrt(x),                 1e100,       0.5e-50),
    "near zero":                  (lambda x: x*x,                        1e-5,        2e-5),
    "near a border":              (lambda x: np.sqrt(x),                 1e-4,        50.0),
    "near a kink":                (lambda x: abs(x - 1),                 1.001,       1.0),
    "cancellation":               (lambda x: np.sqrt(x + 1) - np.sqrt(x), 1e4,        0.5/np.sqrt(1e4 + 1) - 0.5/np.sqrt(1e4)),
}  # fmt: skip


@pytest.mark.parametrize(("function", "x", "exact"), SPEAKS.values(), ids=SPEAKS)
def test_the_witness_speaks_where_there_is_a_derivative(function: Callable[[Array], Array], x: float, exact: float) -> None:
    found = differences(lambda points: function(points[:, 0]), np.array([[x]]), 0)
    assert abs(found.value[0] - exact) <= found.error[0]
    assert np.isfinite(found.value[0])


def test_all_points_are_asked_for_at_once() -> None:
    asked: list[int] = []

    def program(points: Array) -> Array:
        asked.append(len(points))
        product: Array = points[:, 0] ** 2 * points[:, 1]
        return product

    points = np.array([[1.0, 2.0], [3.0, 4.0], [-1.5, 0.5]])
    found = differences(program, points, 1)
    assert len(asked) <= 3
    assert found.value.shape == found.error.shape == (3,)
    assert np.all(abs(found.value - points[:, 0] ** 2) <= found.error)
    alone = [differences(program, points[index : index + 1], 1).value[0] for index in range(3)]
    assert found.value.tolist() == alone
