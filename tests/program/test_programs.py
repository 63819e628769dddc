"""Somebody's code as a program: how it is found, called, and what becomes of what it does."""

import numpy as np
import pytest
import torch

from diffcheck.errors import SettingError, UnsupportedError
from diffcheck.formula.formula import read_formula
from diffcheck.program.gradient import Place, Request, differentiate, evaluate, rounded_to
from diffcheck.program.lost import lost_parts
from diffcheck.program.modes import MODES
from diffcheck.program.program import bring, load_program, lower


def test_names_under_torch_are_free() -> None:
    assert load_program("torch.nn.functional:silu", allow_import=False) is torch.nn.functional.silu


def test_a_module_class_is_made_and_a_function_class_applied() -> None:
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):  # type: ignore[no-untyped-def]
            return 2 * x

        @staticmethod
        def backward(ctx, cotangent):  # type: ignore[no-untyped-def]
            return 2 * cotangent

    assert isinstance(load_program("torch.nn:SiLU", allow_import=False), torch.nn.SiLU)
    assert load_program(Double, allow_import=False)(torch.tensor(3.0)).item() == 6.0


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("os:getcwd", "`os:getcwd` would import code from outside torch; allow it with --allow-import"),
        ("torch.nn.functional", "`torch.nn.functional` names no function; write it as `package.module:function`"),
        ("torch:nothing_here", "`torch:nothing_here` cannot be imported: there is no `nothing_here` in it"),
        (
            "torch.nn.functional:siluu",
            "`torch.nn.functional:siluu` cannot be imported: there is no `siluu` in it; did you mean `silu`?",
        ),
        ("torch:pi", "`torch:pi` is no function"),
        ("torchnothing:f", "`torchnothing:f` would import code from outside torch; allow it with --allow-import"),
    ],
)
def test_what_cannot_be_loaded_says_why(target: str, message: str) -> None:
    with pytest.raises(SettingError) as caught:
        load_program(target, allow_import=False)
    assert str(caught.value) == message


def test_a_program_that_takes_one_point_is_run_one_by_one() -> None:
    seen: list[tuple[int, ...]] = []

    def code(x: torch.Tensor) -> torch.Tensor:
        seen.append(tuple(x.shape))
        return x**2

    formula = read_formula("x**2")
    points = np.array([[1.0], [2.0], [3.0]])
    evaluate(bring(code, formula, (), batched=False), points, Place(1, "float64"))
    assert seen == [(), (), ()]
    seen.clear()
    evaluate(bring(code, formula, (), batched=True), points, Place(1, "float64"))
    assert seen == [(), (2,)]


def test_what_is_no_tensor_or_of_another_shape_is_an_error_of_that_point() -> None:
    formula = read_formula("x**2")
    number = evaluate(bring(lambda x: 3.0, formula, (), batched=False), np.array([[1.0]]), Place(1, "float64"))
    assert number.errors == {0: "TypeError: the program returned float, not a tensor"}
    pair = evaluate(bring(lambda x: torch.stack([x, x]), formula, (), batched=False), np.array([[1.0]]), Place(1, "float64"))
    assert pair.errors == {0: "ValueError: the program returned shape (2,) for 1 point"}


def test_an_error_at_one_point_leaves_the_others_alone() -> None:
    def code(x: torch.Tensor) -> torch.Tensor:
        if x > 1.5:
            raise ValueError("too large")
        return x**2

    program = bring(code, read_formula("x**2"), (), batched=False)
    answer = differentiate(program, np.array([[1.0], [2.0]]), MODES["grad"], Request((0,)), Place(2, "float64"))
    assert answer.errors == {1: "ValueError: too large"}
    assert answer.numbers[0, 0] == 2.0


def test_what_torch_has_not_implemented_is_unsupported_with_its_words() -> None:
    program = lower(read_formula("erfcx(x)"))
    with pytest.raises(UnsupportedError, match=r"torch: .*not implemented for 'Half'"):
        differentiate(program, np.array([[1.0]]), MODES["reverse"], Request((0,)), Place(1, "float16"))


def test_the_parts_that_lose_the_gradient_are_named_and_no_others() -> None:
    assert lost_parts(read_formula("x*bessel_j0(2*x) + airy_ai(x) + sin(x) + floor(x)")) == "bessel_j0(2*x), airyai(x)"
    assert lost_parts(read_formula("x*sin(x) + where(x > 0, x, 2)")) == ""


@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16", "float16"])
def test_rounding_a_point_twice_changes_nothing(dtype: str) -> None:
    once = rounded_to(np.random.default_rng(0).uniform(-9, 9, (50, 1)), dtype)
    np.testing.assert_array_equal(rounded_to(once, dtype), once)
