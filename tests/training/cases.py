"""Random training cases: losses, data in windows, clips, schedules and groups around one optimizer."""

from random import Random
from typing import Any

from diffcheck.training.rules import RULES
from tests.training.runs import CHOICES, random_options

LOSSES = (
    "mean((x@w + b - y)**2)",
    "sum((x@w + b - y)**2) + 0.1*norm(w)**2",
    "mean(log(1 + exp(-y*(x@w + b))))",
    "mean(tanh(x@w + b)*y) + sum(w**4) + b**2",
    "mean(relu(x@w + b) - y)**2 + exp(-b)",
)
SCHEDULES: tuple[dict[str, Any], ...] = (
    {"name": "ExponentialLR", "gamma": 0.9},
    {"name": "StepLR", "step_size": 3, "gamma": 0.5},
    {"name": "MultiStepLR", "milestones": [2, 5], "gamma": 0.3},
    {"name": "CosineAnnealingLR", "T_max": 7, "eta_min": 1e-4},
    {"name": "LinearLR", "start_factor": 0.25, "total_iters": 4},
    {"name": "PolynomialLR", "total_iters": 9, "power": 2.0},
    {"name": "ConstantLR", "factor": 0.5, "total_iters": 3},
)
"""Every schedule that a case may name."""


def random_training(name: str, random: Random, steps: int = 12) -> dict[str, Any]:
    """The keys of a case that trains with optimizer ``name``."""
    width = random.choice((1, 2, 3))
    train: dict[str, Any] = {
        "loss": random.choice(LOSSES),
        "parameters": {"w": _numbers(width, random), "b": round(random.gauss(0, 1), 2)},
        "data": [_batch(random.choice((1, 2, 4)), width, random) for _ in range(random.choice((1, 2, 3)))],
        "optimizer": {"name": name, **_options(name, random)},
        "steps": steps,
        "accumulate": random.choice((1, 1, 2, 4)),
        "reduction": random.choice(("sum", "mean", "items")),
        "zero_grad": random.choice(("none", "none", "zero", "never")),
    }
    if random.random() < 0.3:
        train["clip"] = random.choice(({"norm": 0.5}, {"norm": 100.0}, {"value": 0.25}))
    if random.random() < 0.3 and name != "manual":
        train["schedule"] = random.choice(SCHEDULES)
    if random.random() < 0.3 and name != "manual":
        train["groups"] = [{"parameters": ["w"]}, {"parameters": ["b"], "lr": 0.02}]
    return {"train": train}


def _options(name: str, random: Random) -> dict[str, Any]:
    """Moderate ones: a run that diverges tells nothing about its end."""
    if name == "manual":
        return {"lr": 0.01}
    options = {**random_options(name, random), "lr": random.choice((1e-3, 0.01, 0.05))}
    if "eps" in RULES[name].options:
        options["eps"] = random.choice(CHOICES["eps"][1:])
    return {key: list(value) if isinstance(value, tuple) else value for key, value in options.items()}


def _numbers(size: int, random: Random) -> list[float]:
    return [round(random.gauss(0, 1), 2) for _ in range(size)]


def _batch(items: int, width: int, random: Random) -> dict[str, Any]:
    return {"x": [_numbers(width, random) for _ in range(items)], "y": _numbers(items, random)}
