"""Torch's own arithmetic stays inside the allowance, and the quick radii are about those of the walk in balls."""

from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
import torch
from flint import arb
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from diffcheck.dtypes import FORMATS
from diffcheck.errors import UndecidedError, UnsupportedError
from diffcheck.formula.chain import CONDITIONS
from diffcheck.formula.formula import Formula, read_formula
from diffcheck.formula.functions import ROWS, TABLE
from diffcheck.formula.sweeps import swept
from diffcheck.program.gradient import rounded_to
from diffcheck.program.program import lower, lower_tape
from diffcheck.strategies.formulas import CALLABLE, formulas
from diffcheck.truth.allowance import walk
from diffcheck.truth.derivative import derive
from diffcheck.truth.domain import Standing, locate
from diffcheck.truth.margins import Margins
from diffcheck.truth.quick import quick_allowance
from tests.margins import margins_of, partial
from tests.truth.grid import row_tape
from tests.truth.strategies import short

POOR = {"softplus", "polygamma", "zeta", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "airyai"}
"""Rows whose kernels torch computes worse than their slack allows; they are findings, not sound programs."""
SOUND = [name for name in CALLABLE if name not in POOR]
DTYPES = {name: getattr(torch, name) for name in FORMATS}
SMOOTH = ("exp", "log", "sin", "cos", "tanh", "atan", "sqrt", "log1p", "expm1", "sigmoid", "erf", "asinh", "hypot", "abs", "max")


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(formulas("x y", SOUND), st.lists(short, min_size=2, max_size=2), st.sampled_from(sorted(FORMATS)))
def test_torch_s_value_is_inside_the_ball_of_the_walk(text: str, point: list[float], dtype: str) -> None:
    formula = read_formula(text)
    try:
        program = lower(formula)
    except UnsupportedError:
        assume(False)
    inputs = [torch.tensor(each, dtype=DTYPES[dtype]) for each in point[: len(formula.variables)]]
    try:
        found = float(program.call(*inputs))
    except (RuntimeError, NotImplementedError):  # no kernel in this dtype
        assume(False)
    numbers = [float(each) for each in inputs]
    ball = walk(formula.tape, numbers, FORMATS[dtype], keeps_exact=True).values[formula.tape.outputs[0]]
    assert not ball.is_finite() or ball.contains(arb(found)), (text, numbers, found, ball)


UNARY = [row.name for row in TABLE if row.arity == 1 and row.torch and row.name not in CONDITIONS | POOR]


@pytest.mark.parametrize("dtype", sorted(FORMATS))
@pytest.mark.parametrize("name", UNARY)
def test_a_kernel_keeps_the_slack_of_its_row_for_vectors_and_scalars(name: str, dtype: str) -> None:
    tape, form = row_tape(ROWS[name]), FORMATS[dtype]
    inputs = torch.arange(-80, 81).to(DTYPES[dtype]) / 8
    kernel = lower_tape(tape)
    try:
        vector, scalars = kernel(inputs), [kernel(each) for each in inputs]
    except NotImplementedError as error:
        pytest.skip(str(error))
    for x, *both in zip(inputs.tolist(), vector.tolist(), scalars, strict=True):
        place = locate(tape, [x])
        if place.standing is Standing.INSIDE and not place.tied:
            reached = walk(tape, [x], form).values[-1]
            assert all(reached.contains(arb(float(found))) for found in both), (x, both, reached)


TEXTS = (
    "x*y + sin(x)", "exp(x)*log(y)", "sqrt(x + y) - sqrt(x)", "(x - y)/(x + y)", "tanh(x*y) + x**3", "atan(x/y) - x", "x**2.5*y",
    "log(1 + x**2)/y", "sigmoid(x)*erf(y)", "hypot(x, y)", "expm1(x)*log1p(y)", "abs(x - 3)*y", "max(x, 2*y)*x", "1/(x*y + 1)",
    "logaddexp(x, y)", "log_ndtr(-x)*y", "gelu(x) - y", "where(x < y, x**2, y**3)", "sinc(x)*y", "asinh(x)*cosh(y)",
)  # fmt: skip


def _points(formula: Formula, dtype: str, low: float, high: float) -> np.ndarray:
    drawn = np.random.default_rng(3).uniform(low, high, (40, len(formula.variables)))
    return rounded_to(drawn, dtype)


@cache
def _margins(text: str, dtype: str) -> Margins:
    formula = read_formula(text)
    points = _points(formula, dtype, 0.3, 2.5)
    return margins_of(formula, points, dtype)


@pytest.mark.parametrize("dtype", sorted(FORMATS))
@pytest.mark.parametrize("text", TEXTS)
def test_torch_s_gradient_is_inside_the_allowance(text: str, dtype: str) -> None:
    margins = _margins(text, dtype)
    oracle = margins.oracle
    for index, point in enumerate(oracle.points.tolist()):
        inputs = [torch.tensor(each, dtype=DTYPES[dtype], requires_grad=True) for each in point]
        try:
            gradient = torch.autograd.grad(lower(oracle.derivative.formula).call(*inputs), inputs)
        except NotImplementedError as error:  # such as log_ndtr in half precision
            pytest.skip(str(error))
        for variable, found in enumerate(gradient):
            allowed = margins.allowance(index, partial(variable))
            off = abs(arb(float(found)) - oracle.enclosures.balls[index][variable + 1])
            assert allowed.radius is None or not off > allowed.radius, (point, variable, float(found))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("text", TEXTS)
def test_quick_radii_are_about_those_of_the_walk(text: str, dtype: str) -> None:
    shares = list(_shares(_margins(text, dtype)))
    assert len(shares) > 20
    # A kernel that is computed by cases, as erfcx is, widens the walk's balls more than the quick radii.
    assert min(shares) > (0.25 if "ndtr" in text else 0.5), min(shares)
    assert max(shares) < 3, max(shares)


def _shares(margins: Margins) -> Iterator[float]:
    """The quick radius as a share of the exact walk's, wherever the quick test has a say."""
    for index in np.flatnonzero(margins.quick.clear).tolist():
        for target, output in margins.outputs.items():
            radius = margins.allowance(index, target).radius
            if radius is not None and float(radius) > 4 * margins.form.tiny * margins.permission.factor:
                yield margins.quick.radii[index, output] / float(radius)


#   formula                                   a point that nothing is cleared at
SPECIAL = {
    "abs(x)": 0.0, "relu(x)": 0.0, "max(x, 1)": 1.0, "floor(x)": 2.0, "sign(x)": 0.0, "where(x < 1, x, x**2)": 1.0,
    "abs(x - 0.3)": 0.1 + 0.2, "clamp(x, -1, 1)": 1.0, "round(x)": 0.5, "Mod(x, 2)": 4.0, "frac(x)": 3.0, "hardtanh(x)": -1.0,
    "sqrt(x)": 0.0, "log(x)": 0.0, "log(x)*x": -1.0, "1/x": 0.0, "x**0.5": 0.0, "asin(x)": 1.0, "acosh(x)": 1.0, "x**(-1)": 0.0,
    "atanh(x)": 1.0, "lgamma(x)": -2.0, "digamma(x)": 0.0, "entr(x)": 0.0, "logit(x)": 1.0, "asin(1 + x)": 1e-30,
    "exp(x)": 710.0, "x**2": 1e200, "exp(x)/exp(x)": 800.0, "x*1e300*1e300": 1.0, "exp(-x)": 800.0, "x**2*1e300": 1e-200,
    "sqrt(x**2)": 1e-200, "sqrt(x**2)*1": 1e200, "log(x + sqrt(x**2 + 1))": -1e9, "where(Not(x < 1), x, x**2)": 1.0,
}  # fmt: skip


@pytest.mark.parametrize(("text", "x"), SPECIAL.items())
def test_the_quick_test_clears_no_point_that_is_special(text: str, x: float) -> None:
    formula = read_formula(text)
    found = quick_allowance(swept(formula.tape, ("reverse",), (0,)), np.array([[x], [0.7]]), FORMATS["float64"])
    assert not found.clear[0]


@pytest.mark.parametrize("text", ["abs(x)", "relu(x)*2", "floor(x)", "sqrt(x)", "1/x", "exp(x)", "where(x < 1, x, x**2)"])
def test_the_quick_test_clears_an_ordinary_point(text: str) -> None:
    formula = read_formula(text)
    assert quick_allowance(swept(formula.tape, ("reverse",), (0,)), np.array([[0.7]]), FORMATS["float64"]).clear[0]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(formulas("x y", list(SMOOTH)), st.lists(short, min_size=2, max_size=2))
def test_quick_radii_are_not_far_wider_than_the_walk_s_wherever_they_have_a_say(text: str, point: list[float]) -> None:
    formula = read_formula(text)
    try:
        derive(formula)
    except UndecidedError:
        assume(False)
    # As a program's that is not the formula's own: of the formula's, the walk in balls knows what does not round at all.
    margins = margins_of(formula, np.array([point[: len(formula.variables)]]), "float64", factor=16.0)
    assume(margins.quick.clear[0])
    assert all(share < 3 for share in _shares(margins)), (text, point)
