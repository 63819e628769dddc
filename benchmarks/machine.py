"""Random training loops of torch itself, each action judged: how many actions there were, and what was found.

``python benchmarks/machine.py [ACTIONS]`` goes on until so many actions are made (10,000 unless said otherwise), in
turn with each loop of the tests' table, and prints a row for each; every run draws anew, and a finding is printed with its
program. Run it from the project's root.
"""

import sys
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import torch
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from diffcheck.training import machine
from tests.training.exploring import LOOPS, counted

EXAMPLES = 20
DEPTH = 50


def main() -> None:
    torch.set_num_threads(1)
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    made: Counter[str] = Counter()
    findings: Counter[str] = Counter()
    began, turn = time.perf_counter(), 0
    while made.total() < wanted:
        rule, variant, dtype, options = LOOPS[turn % len(LOOPS)]
        name = f"{rule} {variant} {dtype}"
        actions, finding = _explored(rule, variant, dtype, options)
        made[name] += actions
        if finding:
            findings[name] += 1
            print(f"{name}: {finding}")
        turn += 1
    for name, actions in made.items():
        print(f"{name:<24} {actions:>7,} actions, {findings[name]} findings")
    print(f"{made.total():,} actions, {findings.total()} findings, {time.perf_counter() - began:.0f} s")


def _explored(rule: str, variant: str, dtype: str, options: Mapping[str, Any]) -> tuple[int, str]:
    counting = counted(machine(rule=rule, variant=variant, dtype=dtype, options=options))
    chosen = settings(max_examples=EXAMPLES, stateful_step_count=DEPTH, deadline=None, database=None,
                      suppress_health_check=list(HealthCheck))  # fmt: skip
    finding = ""
    try:
        run_state_machine_as_test(counting, settings=chosen)
    except AssertionError as error:
        finding = str(error)
    return sum(world.actions for world in counting.worlds if world is not None), finding


if __name__ == "__main__":
    main()
