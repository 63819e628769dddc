"""The V-curve: finite differences by their step, torch's own error, and the word of gradcheck itself."""

from math import nan
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from diffcheck.formula.formula import read_formula
from diffcheck.program.program import lower
from tests.portraits import portrait_of, steps_of, verified, with_gradient

SMOOTH = {
    "x*sin(x)": lambda x: x * torch.sin(x),
    "exp(-x**2)": lambda x: torch.exp(-(x**2)),
    "x**3/1000": lambda x: x**3 / 1000,
    "log(1 + x**2)": lambda x: torch.log(1 + x**2),
    "atan(x)": torch.atan,
    "1e9*tanh(x)": lambda x: 1e9 * torch.tanh(x),
    "sqrt(x**2 + 1) - 1": lambda x: torch.sqrt(x**2 + 1) - 1,
}
FACTORS = (1.0, -1.0, 0.0, 1.0005, 1.002)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(SMOOTH)), st.sampled_from(FACTORS), st.floats(-30, 30))
def test_the_word_of_gradcheck_is_its_own(formula: str, factor: float, x: float) -> None:
    value = SMOOTH[formula]

    def gradient(point: torch.Tensor) -> torch.Tensor:
        with torch.enable_grad():
            leaf = point.detach().requires_grad_()
            return factor * torch.autograd.grad(value(leaf).sum(), leaf)[0]

    program = with_gradient(value, gradient)
    steps = steps_of(verified(formula, program=program, at={"x": x}))
    leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    assert steps.gradcheck_passes is torch.autograd.gradcheck(program, (leaf,), raise_exception=False)


def test_gradcheck_is_told_to_pass_a_wrong_sign_where_it_does() -> None:
    program = with_gradient(lambda x: torch.exp(-(x**2)), lambda x: 2 * x * torch.exp(-(x**2)))
    steps = steps_of(verified("exp(-x**2)", program=program, at={"x": 4.0}))
    assert steps.gradcheck_passes
    assert steps.torch_error == pytest.approx(2 * abs(steps.exact))

DETACHED = {"wholly": lambda x: x.detach() ** 2, "tiny": lambda x: 1e-9 * x.detach() ** 2}


@pytest.mark.parametrize("program", DETACHED.values(), ids=DETACHED)
def test_what_no_gradient_leads_to_fails_gradcheck(program: Any) -> None:
    formula = "1e-9*x**2" if program is DETACHED["tiny"] else "x**2"
    steps = steps_of(verified(formula, program=program, at={"x": 1.5}))
    leaf = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    assert steps.gradcheck_passes is torch.autograd.gradcheck(program, (leaf,), raise_exception=False) is False
    assert steps.torch_error is None


def test_the_curve_is_a_v() -> None:
    steps = steps_of(verified("x*sin(x)", at={"x": 2.0}))
    errors = [each for each in steps.errors if each is not None]
    least = min(errors)
    assert len(errors) == len(steps.steps)
    assert errors[0] > 1e3 * least < errors[-1]
    assert steps.torch_error is not None
    assert steps.torch_error < least

WITHOUT_STEPS = [
    ("abs(x)", {"at": {"x": 0.0}}),
    ("x**3", {"at": {"x": 2.0}, "order": 2}),
    ("sqrt(x)", {"at": {"x": -1.0}}),
]


@pytest.mark.parametrize(("formula", "keys"), WITHOUT_STEPS, ids=["a kink", "a second order", "no value"])
def test_where_there_is_no_first_derivative_there_is_no_curve(formula: str, keys: dict[str, Any]) -> None:
    case = verified(formula, **keys)
    assert portrait_of(case).steps is None
    assert portrait_of(case).errors.of == 1


def _raises(x: torch.Tensor) -> torch.Tensor:
    if x.requires_grad:
        raise ZeroDivisionError
    return x**2


class _TwoPartials(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, x: torch.Tensor, y: torch.Tensor) -> Any:
        context.save_for_backward(x, y)
        return 1e-7 * x + y * y

    @staticmethod
    def backward(context: Any, cotangent: torch.Tensor) -> Any:  # type: ignore[override]
        _, y = context.saved_tensors
        return -1e-7 * cotangent, 2.02 * y * cotangent


class _NoUndefined(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, x: torch.Tensor) -> Any:
        context.save_for_backward(x)
        context.set_materialize_grads(False)
        return x * x

    @staticmethod
    def backward(context: Any, cotangent: torch.Tensor) -> Any:  # type: ignore[override]
        (x,) = context.saved_tensors
        return cotangent * 2 * x

ASKED: dict[str, tuple[str, Any, dict[str, float], str]] = {
    "another partial is wrong": ("1e-7*x + y**2", lambda x, y: _TwoPartials.apply(x, y), {"x": 1.0, "y": 1.0}, "fails"),  # type: ignore[no-untyped-call]
    "chance": ("x**2", with_gradient(lambda x: x * x, lambda x: 2 * x * (1 + 1e-6 * torch.rand_like(x))), {"x": 1.0}, "fails"),
    "undefined gradients": ("x**2", lambda x: _NoUndefined.apply(x), {"x": 1.0}, "raised TypeError"),  # type: ignore[no-untyped-call]
    "raises": ("x**2", _raises, {"x": 1.0}, "raised ZeroDivisionError"),
    "one partial detached": ("x**2 + y", lambda x, y: x.detach() ** 2 + y, {"x": 1.0, "y": 1.0}, "fails"),
    "sound": ("x**2 + y", lambda x, y: x**2 + y, {"x": 1.0, "y": 1.0}, "passes"),
}


def _gradcheck(program: Any, point: dict[str, float]) -> str:
    leaves = tuple(torch.tensor(each, dtype=torch.float64, requires_grad=True) for each in point.values())
    try:
        return "passes" if torch.autograd.gradcheck(program, leaves, raise_exception=False) else "fails"
    except Exception as error:
        return f"raised {type(error).__name__}"


@pytest.mark.parametrize(("formula", "program", "point", "word"), ASKED.values(), ids=ASKED)
def test_gradcheck_itself_is_asked(formula: str, program: Any, point: dict[str, float], word: str) -> None:
    steps = steps_of(verified(formula, program=program, at=point))
    assert steps.gradcheck == word == _gradcheck(program, point)

TORCHS_OWN = [
    ("((y)**1.5 - 0.5**1.5)*asec(acot(x))", {"x": 2.8e-76, "y": 0.5577}),
    ("beta(x, (0.1/0.1)**0.5)*y", {"x": 1.3, "y": 0.7}),
]


@pytest.mark.parametrize(("formula", "point"), TORCHS_OWN, ids=["near a pole", "without a partial"])
def test_of_torch_s_own_program_gradcheck_is_asked_too(formula: str, point: dict[str, float]) -> None:
    case = verified(formula, at=point)
    program = lower(read_formula(formula))
    words = {each.steps.gradcheck for each in case.portraits if each.steps is not None}
    assert words == {_gradcheck(program.call, {name: point[name] for name in read_formula(formula).variables})}


def test_why_torch_has_no_gradient_is_told() -> None:
    assert steps_of(verified("x**2 + y", program=ASKED["one partial detached"][1], at={"x": 1.0, "y": 1.0})).torch_without \
        == "returns no gradient"  # fmt: skip
    assert steps_of(verified("x**2", program=_raises, at={"x": 1.0})).torch_without == "raised ZeroDivisionError"
    nothing = with_gradient(lambda x: x * x, lambda x: x * nan)
    assert steps_of(verified("x**2", program=nothing, at={"x": 1.0})).torch_without == "returns NaN"


@pytest.mark.parametrize("together", [False, True])
def test_a_point_that_ran_with_others_is_told_to_run_alone(*, together: bool) -> None:
    keys: dict[str, Any] = {"sample": {"x": [1, 2]}} if together else {"at": {"x": 1.5}}
    assert steps_of(verified("x**2", **keys)).alone is together


def test_what_is_below_every_double_is_not_told_to_be_exact() -> None:
    steps = steps_of(verified("exp(-x)", at={"x": 770.5}))
    assert steps.exact == -5e-324
    assert steps.torch_error == 5e-324
