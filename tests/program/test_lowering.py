"""A formula's lowering is the torch code that somebody would write by hand, bit for bit."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F

from diffcheck.errors import UnsupportedError
from diffcheck.formula.formula import read_formula
from diffcheck.program.program import lower

HAND: dict[str, Callable[..., torch.Tensor]] = {
    "5*x**3 - x**2 + 2*x - 100": lambda x: 5 * x**3 - x**2 + 2 * x - 100,
    "x - x": lambda x: x - x,
    "x/x": lambda x: x / x,
    "exp(log(x))": lambda x: torch.exp(torch.log(x)),
    "(exp(x) - 1)/x": lambda x: (torch.exp(x) - 1) / x,
    "-x**2": lambda x: -(x**2),
    "(-x)**2": lambda x: (-x) ** 2,
    "x**-1": lambda x: x**-1,
    "1/x": lambda x: 1 / x,
    "x**0.5": lambda x: x**0.5,
    "sqrt(x)": lambda x: torch.sqrt(x),
    "x**y": lambda x, y: x**y,
    "2**x": lambda x: 2**x,
    "x/y/z": lambda x, y, z: x / y / z,
    "x/(y/z)": lambda x, y, z: x / (y / z),
    "x - (y - z)": lambda x, y, z: x - (y - z),
    "x - y - z": lambda x, y, z: x - y - z,
    "x + (y + z)": lambda x, y, z: x + (y + z),
    "x*(y*z)": lambda x, y, z: x * (y * z),
    "2*x/3": lambda x: 2 * x / 3,
    "x*0.1": lambda x: x * 0.1,
    "x/3": lambda x: x / 3,
    "x*(1/3)": lambda x: x * (1 / 3),
    "pi*x + E": lambda x: torch.pi * x + 2.718281828459045,
    "x*sin(x) + cos(y)**2": lambda x, y: x * torch.sin(x) + torch.cos(y) ** 2,
    "where(x > y, x, y*2)": lambda x, y: torch.where(x > y, x, y * 2),
    "Piecewise((x, x > 1), (x**2, x > 0.5), (y, True))": lambda x, y: torch.where(x > 1, x, torch.where(x > 0.5, x**2, y)),
    "max(x, y)": lambda x, y: torch.maximum(x, y),
    "relu(x) + abs(y)": lambda x, y: torch.relu(x) + torch.abs(y),
    "silu(x)*gelu(y)": lambda x, y: F.silu(x) * F.gelu(y),
    "clamp(x, -1, 1)": lambda x: torch.clamp(x, -1, 1),
    "atan2(x, y)/hypot(x, y)": lambda x, y: torch.atan2(x, y) / torch.hypot(x, y),
    "logaddexp(x, y)": lambda x, y: torch.logaddexp(x, y),
    "exp(-x**2/2)/sqrt(2*pi)": lambda x: torch.exp(-(x**2) / 2) / (2 * torch.pi) ** 0.5,
    "x % y": lambda x, y: torch.remainder(x, y),
    "polygamma(2, x)": lambda x: torch.polygamma(2, x),
    "celu(x, 1.3)": lambda x: F.celu(x, 1.3),
    "e + S*N": lambda e, S, N: e + S * N,
    "torch*math": lambda a, b: a * b,
}

SIZES = {"scalar": (), "vector": (37,)}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16", "float16"])
@pytest.mark.parametrize("text", HAND)
def test_values_and_gradients_are_bit_identical_to_code_written_by_hand(text: str, dtype: str, size: str) -> None:
    formula = read_formula(text)
    generator = torch.Generator().manual_seed(1)
    width = len(formula.variables)
    drawn = [torch.rand(SIZES[size], generator=generator, dtype=torch.float64) + 0.25 for _ in range(width)]

    def run(program: Callable[..., torch.Tensor]) -> tuple[torch.Tensor, ...]:
        inputs = [each.to(getattr(torch, dtype)).requires_grad_(True) for each in drawn]
        value = program(*inputs)
        return (value, *torch.autograd.grad(value, inputs, torch.ones_like(value), allow_unused=True))

    try:
        expected = run(HAND[text])
    except NotImplementedError as error:
        pytest.skip(str(error))
    for ours, theirs in zip(run(lower(formula).call), expected, strict=True):
        assert ours is not None
        assert theirs is not None
        assert ours.dtype is theirs.dtype
        assert torch.equal(ours, theirs)


def test_a_function_without_a_kernel_is_unsupported_by_name() -> None:
    with pytest.raises(UnsupportedError, match="torch has no LambertW"):
        lower(read_formula("x + LambertW(x)"))


def test_a_kernel_that_takes_numbers_only_says_so_of_a_variable() -> None:
    with pytest.raises(UnsupportedError, match="torch's polygamma takes a number, not a tensor, for x"):
        lower(read_formula("polygamma(n, x)"))


def test_a_formula_of_ten_thousand_terms_is_lowered() -> None:
    call = lower(read_formula(" + ".join(["x"] * 10_000))).call
    assert call(torch.tensor(1.0, dtype=torch.float64)).item() == 10_000


def test_five_hundred_nested_calls_are_lowered() -> None:
    call = lower(read_formula("sin(" * 500 + "x" + ")" * 500)).call
    assert abs(call(torch.tensor(1.0)).item()) < 0.1
