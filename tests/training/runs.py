"""Random runs of torch's own optimizers: options, gradients and shapes that reach where kernels differ."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import torch

from diffcheck.dtypes import FORMATS
from diffcheck.training.exact.stepping import Judged, judge_step
from diffcheck.training.exact.update import Update
from diffcheck.training.moment import Moment
from diffcheck.training.rule import FLAGS
from diffcheck.training.rules import RULES
from diffcheck.training.running.snapshot import snapshot

CHOICES: dict[str, tuple[Any, ...]] = {
    "lr": (0.0, 1e-3, 0.1, 0.037, 1.0, 10.0),
    "betas": ((0.0, 0.0), (0.3, 0.9), (0.5, 0.5), (0.9, 0.999), (0.9, 0.0), (0.999, 0.99999)),
    "eps": (0.0, 1e-8, 1e-3, 1.0),
    "weight_decay": (0, 0, 0.01, 0.3),
    "amsgrad": (False, True),
    "maximize": (False, False, True),
    "decoupled_weight_decay": (False, True),
    "momentum": (0, 0.5, 0.9),
    "dampening": (0, 0.1),
    "nesterov": (False, True),
    "centered": (False, True),
    "alpha": (0.5, 0.75, 0.9, 0.99),
    "lr_decay": (0, 0.1),
    "initial_accumulator_value": (0, 0.1),
    "rho": (0.0, 0.5, 0.9, 0.99),
    "momentum_decay": (0, 4e-3, 0.1),
    "etas": ((0.5, 1.2), (0.3, 1.7)),
    "step_sizes": ((1e-6, 50), (1e-3, 0.1)),
    "lambd": (0, 1e-4, 0.1),
    "t0": (1e6, 0, 3),
}
"""What options are drawn from."""
SIZES = (1, 2, 5, 13, 33, 70)
"""Numbers of elements: single ones, vector kernels and their tails."""


@dataclass(frozen=True)
class Stepped:
    """One step of one parameter of a run, judged."""

    number: int
    update: Update
    judged: list[Judged]
    after: Moment
    """What torch has after it."""
    parameter: int = 0
    """Which of the run's parameters."""


def random_options(name: str, random: Random) -> dict[str, Any]:
    """Options of an optimizer that torch accepts together."""
    options = {key: random.choice(CHOICES[key]) for key in RULES[name].options if key in CHOICES}
    if name == "AdamW":
        del options["decoupled_weight_decay"]
    if options.get("nesterov") and not options["momentum"]:
        options["nesterov"] = False
    if options.get("nesterov"):
        options["dampening"] = 0
    return options


def random_run(name: str, variant: str, dtype: str, seed: int, steps: int = 20, device: str = "cpu") -> Iterator[Stepped]:
    """A run of ``steps`` steps on one parameter, judged step by step."""
    random = Random(seed)
    return run(name, variant, dtype, random_options(name, random), random, steps, device)


def run(
    name: str,
    variant: str,
    dtype: str,
    options: Mapping[str, Any],
    random: Random,
    steps: int,
    device: str = "cpu",
    make: Callable[..., torch.optim.Optimizer] | None = None,
    count: int = 1,
) -> Iterator[Stepped]:
    """The same with given options and ``count`` parameters; ``make`` stands for torch's own class."""
    rule, form = RULES[name], getattr(torch, dtype)
    started = [_start(random).to(device, form) for _ in range(count)]
    parameters = [each.requires_grad_(variant != "differentiable") for each in started]  # no graph may lead to what it updates
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optimizer = (make or getattr(torch.optim, name))(parameters, **options, **FLAGS[variant])
    update = Update(rule, rule.settings({**options, **FLAGS[variant]}), variant)
    scale = 10 ** random.uniform(-4, 3)
    for number in range(steps):
        for parameter in parameters:
            parameter.grad = _gradient(parameter, scale, random, number)
        if number and random.random() < 0.1:
            optimizer.param_groups[0]["lr"] = random.choice((0.01, 0.5))
            update = replace(update, options={**update.options, "lr": optimizer.param_groups[0]["lr"]})
        befores = [snapshot(parameter, optimizer) for parameter in parameters]
        with torch.no_grad():
            optimizer.step()
        for place, (parameter, before) in enumerate(zip(parameters, befores, strict=True)):
            after, stepped = snapshot(parameter, optimizer), replace(update, first=not before.state)
            yield Stepped(number + 1, stepped, judge_step(stepped, before, after, FORMATS[dtype]), after, place)


def _start(random: Random) -> torch.Tensor:
    size = random.choice(SIZES)
    return _normal(size, random) * 10 ** random.uniform(-3, 3)


def _normal(size: int, random: Random) -> torch.Tensor:
    return torch.tensor([random.gauss(0, 1) for _ in range(size)], dtype=torch.float64)


def _gradient(parameter: torch.Tensor, scale: float, random: Random, number: int) -> torch.Tensor:
    """Gradients of wide magnitude; now and then zero, or the same as before."""
    if number and parameter.grad is not None and random.random() < 0.15:
        return parameter.grad.clone()
    drawn = _normal(parameter.numel(), random) * scale * 10 ** random.uniform(-1, 1) * (random.random() > 0.15)
    return drawn.to(parameter.device, parameter.dtype)
