"""Random runs of the optimizers that are no elementwise formula, judged step by step."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import torch

from diffcheck.dtypes import FORMATS
from diffcheck.training.exact.stepping import judge_step
from diffcheck.training.exact.update import Update
from diffcheck.training.rules import RULES
from diffcheck.training.running.recording import recorded_step
from diffcheck.training.running.snapshot import snapshot
from tests.training.runs import CHOICES, Stepped

Make = Callable[..., torch.optim.Optimizer]
CHOSEN: dict[str, dict[str, tuple[Any, ...]]] = {
    "SparseAdam": {
        "lr": (1e-3, 0.1, 0.037, 1.0),
        "betas": CHOICES["betas"],
        "eps": (1e-8, 1e-3, 1.0),
        "maximize": (False, True),
    },
    "Adafactor": {
        "lr": (0.0, 1e-3, 0.1, 1.0),
        "beta2_decay": (-0.8, -0.5, -2.0, 0.0),
        "eps": ((None, 1e-3), (1e-3, 1e-3), (None, 0.1), (1e-2, 0.0)),
        "d": (1.0, 1.7, 10.0),
        "weight_decay": CHOICES["weight_decay"],
        "maximize": (False, True),
        "foreach": (False, True),
    },
    "Muon": {
        "lr": (1e-3, 0.1, 0.037, 1.0),
        "weight_decay": (0, 0.1, 0.3),
        "momentum": (0.0, 0.3, 0.5, 0.95),
        "nesterov": (False, True),
        "eps": (1e-7, 1e-2),
        "ns_steps": (0, 1, 3, 5),
        "adjust_lr_fn": (None, "original", "match_rms_adamw"),
    },
    "LBFGS": {
        "lr": (1.0, 0.5, 0.1),
        "max_iter": (1, 2, 4, 8, 20),
        "max_eval": (None, None, 3),
        "history_size": (2, 5, 100),
        "line_search_fn": (None, "strong_wolfe"),
    },
}
"""What options are drawn from."""
SHAPES: dict[str, tuple[tuple[int, ...], ...]] = {
    "SparseAdam": ((1,), (8,), (70,), (1, 5), (3, 4), (8, 5), (4, 2, 3)),
    "Adafactor": ((), (1,), (7,), (70,), (1, 1), (1, 5), (5, 1), (4, 6), (7, 10), (2, 3, 4)),
    "LBFGS": ((1,), (2,), (3, 4), (33,), (70,)),
    "Muon": ((1, 1), (1, 6), (6, 1), (4, 4), (3, 7), (8, 5), (10, 7)),
}
"""Shapes of parameters: single numbers, tails of vector kernels, matrices of both sorts, stacks."""


def drawn_options(name: str, random: Random) -> dict[str, Any]:
    """Options of an optimizer that torch accepts."""
    return {key: random.choice(values) for key, values in CHOSEN[name].items()}


def written_out_run(
    name: str, dtype: str, seed: int, make: Make | None = None, given: Mapping[str, Any] | None = None, steps: int = 10
) -> Iterator[Stepped]:
    """A run on one parameter, judged step by step; ``make`` stands for torch's own class, ``given`` for what is drawn."""
    if name == "LBFGS":
        yield from _closure_run(dtype, seed, make, given, steps)
        return
    random, rule = Random(seed), RULES[name]
    drawn = drawn_options(name, random)
    if name == "Muon" and dtype == "bfloat16":
        drawn["nesterov"] = True  # without, torch 2.13 divides the stored buffer in place of a copy: a test of its own
    drawn |= given or {}
    shape = drawn.pop("shape", random.choice(SHAPES[name]))
    parameter = (_normal(shape, random) * 10 ** random.uniform(-3, 3)).to(getattr(torch, dtype)).requires_grad_()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optimizer = (make or getattr(torch.optim, name))([parameter], **drawn)
    update = Update(rule, rule.settings(drawn), "foreach" if drawn.get("foreach") else "loop")
    scale = 10 ** random.uniform(-4, 3)
    for number in range(steps):
        parameter.grad = _GRADIENTS.get(name, _dense)(parameter, scale, random)
        before = snapshot(parameter, optimizer)
        optimizer.step()
        stepped = replace(update, first=not before.state)
        after = snapshot(parameter, optimizer)
        yield Stepped(number + 1, stepped, judge_step(stepped, before, after, FORMATS[dtype]), after)


def _closure_run(dtype: str, seed: int, make: Make | None, given: Mapping[str, Any] | None, steps: int) -> Iterator[Stepped]:
    """A run of LBFGS on two parameters, with a bowl, a well of fourth order or a valley for a loss."""
    random, rule, form = Random(seed), RULES["LBFGS"], getattr(torch, dtype)
    drawn = {**drawn_options("LBFGS", random), **(given or {})}
    shape = drawn.pop("shape", random.choice(SHAPES["LBFGS"]))
    parameters = [_normal(each, random).to(form).requires_grad_() for each in (shape, (2,))]
    loss = random.choice(LOSSES)
    curvature = torch.logspace(-random.uniform(0, 2), random.uniform(0, 1), parameters[0].numel() + 2).to(form)
    optimizer = (make or torch.optim.LBFGS)(parameters, **drawn)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        found = loss(torch.cat([each.reshape(-1) for each in parameters]), curvature)
        found.backward()
        return found

    for number in range(steps):
        try:
            before, after = recorded_step(optimizer, closure)
        except RuntimeError as error:  # a step length that a half cannot hold is no number for torch's own kernel
            if "without overflow" not in str(error):
                raise
            return
        update = Update(rule, rule.settings(drawn), first=not before.state)
        yield Stepped(number + 1, update, judge_step(update, before, after, FORMATS[dtype]), after)


LOSSES: tuple[Callable[[torch.Tensor, torch.Tensor], torch.Tensor], ...] = (
    lambda x, c: (c * (x - 0.5) ** 2).sum(),
    lambda x, c: (c * x**2).sum() + (x**2).sum() ** 2 / len(x),
    lambda x, c: ((1 - x[:-1]) ** 2 + 10 * (x[1:] - x[:-1] ** 2) ** 2).sum(),
)


def _normal(shape: tuple[int, ...], random: Random) -> torch.Tensor:
    count = torch.Size(shape).numel()
    return torch.tensor([random.gauss(0, 1) for _ in range(count)], dtype=torch.float64).reshape(shape)


def _dense(parameter: torch.Tensor, scale: float, random: Random) -> torch.Tensor:
    """Gradients of wide magnitude; now and then zero, or the same as before, or of rank one."""
    kind = random.random()
    if parameter.grad is not None and kind < 0.15:
        return parameter.grad.clone()
    shape = tuple(parameter.shape)
    drawn = _normal(shape, random) * scale * 10 ** random.uniform(-1, 1) * (kind < 0.85)
    if len(shape) == 2 and kind < 0.3:
        drawn = drawn[:, :1] @ drawn[:1, :]
    return drawn.to(parameter.dtype)


def _sparse(parameter: torch.Tensor, scale: float, random: Random) -> torch.Tensor:
    """Rows that come once, many times, or not at all; now and then a row of zeros."""
    rows, *rest = parameter.shape
    places = [random.randrange(rows) for _ in range(random.choice((0, 1, 2, 6)))]
    drawn = _normal((len(places), *rest), random) * scale * 10 ** random.uniform(-1, 1) * (random.random() > 0.15)
    made = drawn.to(parameter.dtype)
    return torch.sparse_coo_tensor(torch.tensor([places], dtype=torch.int64), made, parameter.shape, check_invariants=True)


_GRADIENTS = {"SparseAdam": _sparse}
