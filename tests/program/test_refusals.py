"""What a mode cannot run is unsupported, in torch's words; the others judge it all the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.autograd.function import once_differentiable

from diffcheck import check
from diffcheck.cli import main
from diffcheck.program.modes import MODES, serving
from diffcheck.program.refusals import refusal
from tests.verdicts import notes, words

FUNC = ("func_grad", "func_vjp", "func_jvp", "jacrev", "jacfwd", "vmap")
JVP = "torch: You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
SETUP = "torch: In order to use an autograd.Function with functorch transforms"
VMAP = "torch: You tried to vmap over {}, but it does not have vmap support."
ITEM = "torch: vmap: It looks like you're either (1) calling .item() on a Tensor or (2) attempting to use"
TRACED = "torch: It appears that you're trying to get value out of a tracing tensor"
STORAGE = "torch: Cannot access data pointer of Tensor that doesn't have storage"


class Old(torch.autograd.Function):
    """Written as before torch 2.0."""

    @staticmethod
    def forward(ctx, x):  # type: ignore[no-untyped-def]
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, cotangent):  # type: ignore[no-untyped-def]
        return 2 * cotangent * ctx.saved_tensors[0]


class New(torch.autograd.Function):
    """With a context of its own, but neither jvp nor a rule for vmap."""

    @staticmethod
    def forward(x):  # type: ignore[no-untyped-def]
        return x**2

    @staticmethod
    def setup_context(ctx, inputs, output):  # type: ignore[no-untyped-def]
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, cotangent):  # type: ignore[no-untyped-def]
        return 2 * cotangent * ctx.saved_tensors[0]


class Mapped(New):
    """Without a jvp only."""

    generate_vmap_rule = True


class Numpy(Old):
    """Leaves torch inside."""

    @staticmethod
    def forward(ctx, x):  # type: ignore[no-untyped-def]
        ctx.save_for_backward(x)
        return torch.as_tensor(np.square(x.detach().numpy()))


class Once(New):
    """Its backward cannot be differentiated."""

    generate_vmap_rule = True

    @staticmethod
    @once_differentiable
    def backward(ctx, cotangent):  # type: ignore[no-untyped-def]
        return 2 * cotangent * ctx.saved_tensors[0]


def branch(x: torch.Tensor) -> torch.Tensor:
    return x**2 if x > 0 else -x


def item(x: torch.Tensor) -> torch.Tensor:
    return x**2 if x.item() > 0 else -x


def chance(x: torch.Tensor) -> torch.Tensor:
    return x**2 + 0 * torch.rand(())


def sieve(x: torch.Tensor) -> torch.Tensor:
    return x**2 + 0 * torch.nonzero(x).sum()


def cube(x: torch.Tensor) -> torch.Tensor:
    return Mapped.apply(x) + 0 * x  # type: ignore[no-untyped-call, no-any-return]


RANDOM = "torch: vmap: called random operation while in randomness error mode"
DYNAMIC = "torch: vmap: We do not support batching operators that can output dynamic shape"
#    program    which modes refuse it, and in which words
REFUSED: list[tuple[Any, dict[str, str]]] = [
    (Old,    {**dict.fromkeys(FUNC, SETUP), "forward": JVP, "linearize": JVP}),
    (New,    {"forward": JVP, "func_jvp": JVP, "linearize": JVP, "vmap": VMAP.format("New"), "jacfwd": VMAP.format("New")}),
    (Mapped, {"forward": JVP, "func_jvp": JVP, "linearize": JVP, "jacfwd": JVP}),
    (cube,   {"forward": JVP, "func_jvp": JVP, "linearize": JVP, "jacfwd": JVP}),
    (Numpy,  {**dict.fromkeys(FUNC, SETUP), "forward": JVP, "linearize": JVP}),
    (branch, {"vmap": ITEM, "linearize": TRACED}),
    (item,   {"vmap": ITEM, "linearize": TRACED}),
    (chance, {"vmap": RANDOM, "jacfwd": RANDOM}),
    (sieve,  {"vmap": DYNAMIC}),
]  # fmt: skip


@pytest.mark.parametrize(("program", "refused"), REFUSED, ids=[each[0].__name__ for each in REFUSED])
def test_a_mode_that_cannot_run_a_program_says_so_in_torch_s_words_and_the_others_judge_it(
    program: Callable[..., Any], refused: dict[str, str]
) -> None:
    report = check(program, "x**2", at=[{"x": 1.5}, {"x": 0.75}], modes=["eager"])
    found, told = words(report), notes(report)
    assert {mode for mode, verdicts in found.items() if verdicts == {"unsupported"}} == set(refused)
    assert {mode for mode, verdicts in found.items() if verdicts == {"agrees"}} == set(found) - set(refused)
    for mode, reason in refused.items():
        assert told[mode].startswith(reason), told[mode]
    assert report.passed


def test_what_is_differentiable_once_is_dropped_in_silence_and_told_all_the_same() -> None:
    # torch's error waits on a path that torch.autograd.grad does not go: it returns no gradient, and hvp makes that zero.
    for program, text in ((Once, "x**2"), (lambda x: Once.apply(x) ** 2, "x**4")):
        assert check(program, text, at={"x": 1.5}).passed
        second = words(check(program, text, at={"x": 1.5}, order=2, modes=["double_reverse", "hvp"]))
        assert second["double_reverse"] <= {"detached", "wrong"}
        assert second["hvp"] == {"wrong"}
    twice = "trying to differentiate twice a function that was marked with @once_differentiable"
    assert refusal(RuntimeError(twice)) == f"torch: {twice}"


def test_numbers_taken_out_of_torch_are_no_derivative() -> None:
    def leaves(x: torch.Tensor) -> torch.Tensor:
        return torch.as_tensor(x.detach().numpy()) * x

    found = words(check(leaves, "x**2", at={"x": 1.5}, modes=["reverse", "forward", *FUNC]))
    assert found == {"reverse": {"wrong"}, "forward": {"wrong"}, **{mode: {"unsupported"} for mode in FUNC}}


@pytest.mark.parametrize("words_of_its_own", ["out of luck", "vmap is not for me", "no derivative here, not differentiable"])
@pytest.mark.parametrize("order", [1, 2])
def test_a_program_s_own_error_is_never_swallowed(words_of_its_own: str, order: int) -> None:
    def broken(x: torch.Tensor) -> torch.Tensor:
        raise RuntimeError(words_of_its_own)

    report = check(broken, "x**2", at={"x": 1.5}, order=order, modes=["eager"])
    assert words(report) == {name: {"error"} for name in serving(order) if not MODES[name].slow}
    for result in report.result.cases[0].results:
        assert result.worst is not None
        assert result.worst.cause == f"RuntimeError: {words_of_its_own}"


def test_an_error_in_the_backward_alone_is_an_error_of_the_modes_that_run_it() -> None:
    class Broken(New):
        @staticmethod
        def jvp(ctx, tangent):  # type: ignore[no-untyped-def]
            return 2 * tangent * ctx.saved_tensors[0]

        @staticmethod
        def setup_context(ctx, inputs, output):  # type: ignore[no-untyped-def]
            ctx.save_for_backward(*inputs)
            ctx.save_for_forward(*inputs)

        @staticmethod
        def backward(ctx, cotangent):  # type: ignore[no-untyped-def]
            raise RuntimeError("no way back")

    found = words(check(Broken, "x**2", at={"x": 1.5}, modes=["reverse", "grad", "func_vjp", "forward", "func_jvp"]))
    assert found == {mode: {"error"} for mode in ("reverse", "grad", "func_vjp")} | {
        mode: {"agrees"} for mode in ("forward", "func_jvp")
    }


def test_a_kernel_that_torch_cannot_differentiate_twice_is_unsupported() -> None:
    report = check("hardsigmoid(x)", at={"x": 0.5}, order=2, modes=["double_reverse", "forward_over_reverse"])
    assert notes(report)["double_reverse"] == "torch: derivative for aten::hardsigmoid_backward is not implemented"
    assert notes(report)["forward_over_reverse"].startswith("torch: Trying to use forward AD with aten::hardsigmoid_backward")
    assert set.union(*words(report).values()) == {"unsupported"}


def test_a_refusal_is_one_line_of_a_runtime_error_only() -> None:
    assert refusal(RuntimeError(f"first line\n  {STORAGE}\nlast")) == f"torch: {STORAGE}"
    assert refusal(ValueError(STORAGE)) == ""
    assert refusal(RuntimeError("some failure")) == ""
    assert refusal(RuntimeError(STORAGE.removeprefix("torch: "))) == STORAGE


def test_a_case_file_tells_the_mode_that_does_not_give_the_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "orders.toml").write_text('[quartic]\nformula = "x**4"\nat.x = 1.5\norder = 2\nmodes = ["vmap", "hessian"]\n')
    assert main([str(tmp_path), "-v"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "UNSUPPORTED quartic" in told
    assert "`vmap` does not give partials of order 2; `double_reverse`, `forward_over_reverse`" in told
    assert "hessian.float64.cpu.d2/dx dx: agrees" in told
