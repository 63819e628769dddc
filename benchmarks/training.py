"""What judging a run costs: a whole small run, and a step by the number of elements.

``python benchmarks/training.py`` prints seconds for a run of 100 steps on 10 numbers, beside torch's own time for it,
and microseconds an element and step, for tensors of 10 to 1,000,000 elements, beside torch's step.
"""

import time
from dataclasses import replace

import torch

from diffcheck.cases.place import Place
from diffcheck.cases.reader import build_case
from diffcheck.dtypes import FORMATS
from diffcheck.results import Policy
from diffcheck.training.actions import actions_of
from diffcheck.training.exact.stepping import judge_step
from diffcheck.training.exact.update import Update
from diffcheck.training.induction import judge_events
from diffcheck.training.rules import RULES
from diffcheck.training.running.session import run_actions
from diffcheck.training.running.snapshot import snapshot
from diffcheck.training.setting import Setting
from diffcheck.training.verification import verify_training

STEPS = 100
WEIGHTS = [0.5, -0.25, 1.0, 0.125, -1.5, 0.75, 2.0, -0.5, 0.3]


def main() -> None:
    """Print both tables."""
    torch.set_num_threads(1)
    for name in ("SGD", "Adam", "Rprop"):
        _run(name)
    for name in ("SGD", "Adam", "RMSprop"):
        for dtype in ("float32", "float64"):
            for size in (10, 100, 1_000, 10_000, 100_000, 1_000_000):
                _step(name, dtype, size)


def _run(name: str) -> None:
    """Ten numbers: nine weights and an offset."""
    data = {"x": [[1.0, 2.0, -1.0, 0.5, 0.25, -2.0, 1.5, 3.0, -0.75], [0.5] * 9], "y": [1.0, -1.0]}
    train = {"loss": "mean((x@w + b - y)**2)", "parameters": {"w": WEIGHTS, "b": 0.0}, "data": data,
             "optimizer": {"name": name, "lr": 0.01}, "steps": STEPS}  # fmt: skip
    table = {"train": train, "dtypes": ["float32"]}
    case = build_case(name, table, Place(name, table))
    assert case.training is not None
    verify_training(replace(case, training=replace(case.training, steps=2)), Policy())  # what is read once
    setting = Setting(case.formula, case.training, "float32")
    started = time.perf_counter()
    events = list(run_actions(setting, list(actions_of(case.training))))
    torch_alone = time.perf_counter() - started
    started = time.perf_counter()
    judge_events(setting, events)
    stepwise = time.perf_counter() - started
    started = time.perf_counter()
    found = verify_training(case, Policy())
    seconds = time.perf_counter() - started
    word = found.verdict.word if found.verdict else "-"
    ratio = seconds / torch_alone
    print(f"{name:8} {STEPS} steps of 10 numbers: {stepwise:.2f} s step by step, {seconds:.2f} s with the run and its replay; "
          f"{ratio:.0f} times torch's own; {word}")  # fmt: skip


def _step(name: str, dtype: str, size: int) -> None:
    generator = torch.Generator().manual_seed(0)
    form = getattr(torch, dtype)
    parameter = torch.randn(size, generator=generator, dtype=torch.float64).to(form).requires_grad_()
    optimizer = getattr(torch.optim, name)([parameter], lr=0.01, foreach=False)
    update = Update(RULES[name], RULES[name].settings({"lr": 0.01}))
    seconds, taken, rounds = 0.0, 0.0, 3
    for _ in range(rounds):
        parameter.grad = torch.randn(size, generator=generator, dtype=torch.float64).to(form)
        before = snapshot(parameter, optimizer)
        started = time.perf_counter()
        optimizer.step()
        taken += time.perf_counter() - started
        after = snapshot(parameter, optimizer)
        started = time.perf_counter()
        judge_step(replace(update, first=not before.state), before, after, FORMATS[dtype])
        seconds += time.perf_counter() - started
    judged, own = seconds / rounds, taken / rounds
    print(f"{name:8} {dtype} {size:9,} elements: {judged:8.3f} s a step, {judged / size * 1e6:8.2f} us an element; "
          f"torch {own / size * 1e6:.3f} us")  # fmt: skip


if __name__ == "__main__":
    main()
