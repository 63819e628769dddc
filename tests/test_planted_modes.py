"""Errors planted in one rule of a custom function: the modes that run the rule are named, and no other is accused."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from diffcheck import check
from diffcheck.program.modes import MODES, serving
from tests.verdicts import accused, words

BACKWARD = {"reverse", "grad", "func_grad", "func_vjp", "jacrev", "vmap", "batched_grad", "checkpoint", "autocast"}
JVP = {"forward", "func_jvp", "jacfwd", "linearize"}
EVERY = {order: {name for name in serving(order) if not MODES[name].slow} for order in (1, 2)}
THROUGH_BACKWARD = {"double_reverse", "forward_over_reverse", "hessian", "hvp"}
Rule = Callable[..., Any]


def sine(backward: Rule = lambda x, g: g * torch.cos(x), jvp: Rule = lambda x, t: t * torch.cos(x)) -> Rule:
    """sin(x) with rules of its own, each from the input and what is carried."""

    class Sine(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x):  # type: ignore[no-untyped-def]
            return torch.sin(x)

        @staticmethod
        def setup_context(ctx, inputs, output):  # type: ignore[no-untyped-def]
            ctx.save_for_backward(*inputs)
            ctx.save_for_forward(*inputs)

        @staticmethod
        def backward(ctx, cotangent):  # type: ignore[no-untyped-def]
            return backward(*ctx.saved_tensors, cotangent)

        @staticmethod
        def jvp(ctx, tangent):  # type: ignore[no-untyped-def]
            return jvp(*ctx.saved_tensors, tangent)

    return lambda x: Sine.apply(x)


def exponential(rule: Rule) -> Rule:
    """exp(x), whose derivative is its result, with a rule of its own for many points at once."""

    class Exponential(torch.autograd.Function):
        @staticmethod
        def forward(x):  # type: ignore[no-untyped-def]
            return torch.exp(x)

        @staticmethod
        def setup_context(ctx, inputs, output):  # type: ignore[no-untyped-def]
            ctx.save_for_backward(output)
            ctx.save_for_forward(output)

        @staticmethod
        def backward(ctx, cotangent):  # type: ignore[no-untyped-def]
            return cotangent * ctx.saved_tensors[0]

        @staticmethod
        def jvp(ctx, tangent):  # type: ignore[no-untyped-def]
            return tangent * ctx.saved_tensors[0]

        @staticmethod
        def vmap(info, in_dims, x):  # type: ignore[no-untyped-def]
            return rule(Exponential.apply(x.movedim(in_dims[0], 0))), 0

    return lambda x: Exponential.apply(x)


def product(swapped: bool) -> Rule:
    """x*y**2 with a backward whose results may stand in each other's place."""

    class Product(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x, y):  # type: ignore[no-untyped-def]
            return x * y**2

        @staticmethod
        def setup_context(ctx, inputs, output):  # type: ignore[no-untyped-def]
            ctx.save_for_backward(*inputs)
            ctx.save_for_forward(*inputs)

        @staticmethod
        def backward(ctx, cotangent):  # type: ignore[no-untyped-def]
            x, y = ctx.saved_tensors
            by_x, by_y = cotangent * y**2, 2 * cotangent * x * y
            return (by_y, by_x) if swapped else (by_x, by_y)

        @staticmethod
        def jvp(ctx, tangent_x, tangent_y):  # type: ignore[no-untyped-def]
            x, y = ctx.saved_tensors
            return tangent_x * y**2 + 2 * tangent_y * x * y

    return lambda x, y: Product.apply(x, y)


WRONG = {
    "sign": lambda x, g: -g * torch.cos(x),
    "factor 2": lambda x, g: 2 * g * torch.cos(x),
    "1e-6 off": lambda x, g: g * torch.cos(x) * (1 + 1e-6),
    "another function": lambda x, g: g * torch.sin(x),
    "zeros": lambda x, g: 0 * g,
}


def judged(program: Rule, formula: str, **keys: Any) -> Any:
    names = [name for name in "xyz" if name in formula.replace("exp", "")]
    at = [dict(zip(names, (0.5, 1.25, -0.75), strict=False)), dict(zip(names, (1.25, -0.5, 2.0), strict=False))]
    keys = {"at": at, "sample": dict.fromkeys(names, (0.25, 1.25)), "points": 5, "batched": True, "modes": ["eager"]} | keys
    return check(program, formula, **keys)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("batched", [False, True])
def test_right_rules_raise_no_alarm_in_any_mode(order: int, batched: bool) -> None:
    for program, formula in (
        (sine(), "sin(x)"),
        (exponential(lambda found: found), "exp(x)"),
        (product(swapped=False), "x*y**2"),
        (lambda x: x * x, "x**2"),
        (lambda x, y, z: x * y + x * z + torch.sin(x), "x*y + x*z + sin(x)"),
    ):
        report = judged(program, formula, order=order, batched=batched)
        assert report.passed, report
        assert set(words(report)) == EVERY[order]
        assert not any({"unsupported", "undecided"} & found for found in words(report).values()), report


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize("planted", WRONG)
def test_a_wrong_backward_accuses_the_modes_that_go_backwards_and_no_other(planted: str, batched: bool) -> None:
    report = judged(sine(backward=WRONG[planted]), "sin(x)", batched=batched)
    assert accused(report) == BACKWARD
    assert all(words(report)[mode] == {"wrong"} for mode in BACKWARD)


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize("planted", WRONG)
def test_a_wrong_jvp_accuses_the_modes_that_go_forwards_and_no_other(planted: str, batched: bool) -> None:
    report = judged(sine(jvp=WRONG[planted]), "sin(x)", batched=batched)
    assert accused(report) == JVP
    assert all(words(report)[mode] == {"wrong"} for mode in JVP)


def test_swapped_results_of_a_backward_are_caught() -> None:
    assert accused(judged(product(swapped=True), "x*y**2")) == BACKWARD


def test_a_backward_that_is_right_once_and_wrong_twice_is_caught_at_the_second_order_only() -> None:
    program = sine(backward=lambda x, g: g * torch.cos(x.detach()))
    assert judged(program, "sin(x)").passed
    report = judged(program, "sin(x)", order=2)
    assert accused(report) == THROUGH_BACKWARD


def test_a_jvp_that_is_right_once_and_wrong_twice_is_caught_at_the_second_order_only() -> None:
    program = sine(jvp=lambda x, t: t * torch.cos(x.detach()))
    assert judged(program, "sin(x)").passed
    assert accused(judged(program, "sin(x)", order=2)) == {"reverse_over_forward"}


MIXED = {
    "mixes the points": lambda found: found.flip(0),
    "drops the last": lambda found: torch.cat([found[:-1], torch.zeros_like(found[:1])]),
    "scales": lambda found: found * 1.5,
}


@pytest.mark.parametrize("planted", MIXED)
def test_a_wrong_rule_for_many_points_accuses_the_modes_that_map_over_them_and_no_other(planted: str) -> None:
    report = judged(exponential(MIXED[planted]), "exp(x)")
    assert accused(report) == {"vmap", "jacrev", "jacfwd"}


def test_what_is_right_for_scalars_and_wrong_for_vectors_is_caught_where_vectors_are_asked() -> None:
    def forgetful(x: torch.Tensor) -> torch.Tensor:
        return x * x.detach() if x.dim() else x * x

    assert judged(forgetful, "x**2", batched=False).passed
    report = judged(forgetful, "x**2")
    # These take each point by itself.
    assert accused(report) == EVERY[1] - {"vmap", "jacrev", "jacfwd"}
    counts = {each.subject.mode: each.counts for each in report.result.cases[0].results}
    assert {verdict.word: number for verdict, number in counts["reverse"].items()} == {"agrees": 2, "wrong": 5}


@pytest.mark.parametrize("batched", [False, True])
def test_one_path_of_three_that_is_cut_is_caught_in_every_mode_for_its_own_variable(batched: bool) -> None:
    def cut(x: torch.Tensor, y: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        return x * y + x.detach() * z + torch.sin(x)

    report = judged(cut, "x*y + x*z + sin(x)", batched=batched)
    assert accused(report) == EVERY[1]
    failing = {each.subject.variable for each in report.result.cases[0].results if each.verdict.word == "wrong"}
    assert failing == {"x"}
