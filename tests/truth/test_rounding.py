"""What the dtype holds exactly does not round, so that a kink's branches are no matter of rounding."""

from typing import Any

import pytest
import torch
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from diffcheck import check
from diffcheck.dtypes import FORMATS
from diffcheck.formula.formula import read_formula
from diffcheck.program.program import lower
from diffcheck.truth.allowance import walk
from diffcheck.truth.rounding import rounding_of

#    formula          at            dtype       whether its last operation is exact there
EXACT = [
    ("3*x",           0.0,          "float16",  True),
    ("3*x",           0.25,         "bfloat16", True),
    ("x*x",           1 + 2.0**-7,  "bfloat16", False),
    ("x*x",           1 + 2.0**-7,  "float32",  True),
    ("x*x",           3 * 2.0**-75, "float32",  False),
    ("x**2",          1.5,          "float16",  True),
    ("x**2.5",        1.0,          "float16",  False),
    ("x + 256",       1.0,          "bfloat16", False),
    ("x - 1/3",       1.0,          "float64",  False),
    ("x/4",           0.0,          "float64",  True),
    ("x/4",           1.0,          "float64",  False),
    ("sin(x)",        0.0,          "float32",  True),
    ("exp(x)",        0.0,          "float32",  False),
    ("gelu(x)",       0.0,          "float32",  False),
]  # fmt: skip


@pytest.mark.parametrize(("text", "point", "dtype", "exact"), EXACT)
def test_what_every_sound_kernel_returns_does_not_round(text: str, point: float, dtype: str, exact: bool) -> None:
    tape = read_formula(text).tape
    kept, widened = (walk(tape, [point], FORMATS[dtype], keeps_exact=kept).values[-1] for kept in (True, False))
    assert (kept.is_exact(), widened.is_exact()) == (exact, False)


@given(st.data(), st.sampled_from(sorted(FORMATS)), st.sampled_from(["x*y", "x + y", "x - y", "x*y - x**2", "(x + y)*(x - y)"]))
def test_torch_returns_nothing_else(data: st.DataObject, dtype: str, text: str) -> None:
    numbers = st.integers(-64, 64).map(lambda number: number / 8) | st.floats(-4, 4, width=16)
    point = [float(torch.tensor(data.draw(numbers), dtype=getattr(torch, dtype))) for _ in "xy"]
    formula = read_formula(text)
    returned = lower(formula).call(*(torch.tensor(number, dtype=getattr(torch, dtype)) for number in point))
    reached = walk(formula.tape, point, FORMATS[dtype], keeps_exact=True).values[-1]
    assert reached.contains(arb(float(returned)))


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(sorted(FORMATS)))
def test_a_dtype_holds_what_torch_leaves_as_it_is(number: float, dtype: str) -> None:
    same = float(torch.tensor(number, dtype=torch.float64).to(getattr(torch, dtype))) == number
    assert rounding_of(FORMATS[dtype]).holds(arb(number)) == (same and abs(number) < FORMATS[dtype].largest)


CANCELLING = ["relu(3*x) - relu(-3*x)", "relu(x/4) - relu(-x/4)", "relu(sin(x)) - relu(-sin(x))"]


@pytest.mark.parametrize("text", CANCELLING)
@pytest.mark.parametrize("dtype", ["float64", "bfloat16"])
def test_a_lost_derivative_at_a_tie_of_exact_results_is_no_rounding(text: str, dtype: str) -> None:
    assert check(text, at={"x": 0.0}, dtypes=[dtype]).result.cases[0].results[1].verdict.word == "wrong"


def test_a_number_outside_the_clarke_interval_is_not_excused_by_an_open_branch() -> None:
    class Planted(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
            return torch.maximum(x, 2 * x)

        @staticmethod
        def backward(ctx: Any, cotangent: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
            return cotangent * 2.5

    assert check(Planted, "max(x, 2*x)", at={"x": 0.0}).result.cases[0].results[1].verdict.word == "phantom"


@pytest.mark.parametrize(("text", "word"), [("0*exp(x)", "range"), ("where(x < 700, exp(x), x)", "nan")])
def test_only_an_overflow_that_the_value_depends_on_excuses_nan(text: str, word: str) -> None:
    assert check(text, at={"x": 1000.0}).result.cases[0].results[1].verdict.word == word


OPEN = [
    ("abs(x/10 - 0.05)",     0.5,  0.05,    "kink"),
    ("abs(x/10 - 0.05)",     0.5,  0.15,    "phantom"),
    ("abs(x/10 - 0.05)",     0.5,  -0.101,  "phantom"),
    ("relu(x/10 - 0.05)",    0.5,  0.1,     "kink"),
    ("relu(x/10 - 0.05)",    0.5,  -0.01,   "phantom"),
    ("abs(sin(x) - exp(x) + 1)", 0.0, 0.0,  "agrees"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "point", "slope", "word"), OPEN)
def test_a_branch_that_rounding_leaves_open_excuses_no_more_than_both_branches(
    text: str, point: float, slope: float, word: str
) -> None:
    class Planted(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
            return torch.zeros_like(x)

        @staticmethod
        def backward(ctx: Any, cotangent: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
            return cotangent * slope

    results = check(Planted, text, at={"x": point}, contracts=False).result.cases[0].results
    assert [result.verdict.word for result in results] == ["agrees", word]
    assert check(text, at={"x": point}).passed
