"""Whole runs against their exact replays: random losses, optimizers, options, windows, clips and schedules.

``python benchmarks/replays.py [RUNS]`` prints, for each optimizer and dtype: losses and parameters judged, what is
outside, the median drift that rounding allows, in units of the last place of the loss. Run it from the project's root.
"""

import sys
import time
from collections import Counter
from random import Random
from statistics import median

import torch

from diffcheck.cases.place import Place
from diffcheck.cases.reader import build_case
from diffcheck.dtypes import FORMATS
from diffcheck.errors import UndecidedError
from diffcheck.training.actions import actions_of
from diffcheck.training.exact.replay import replay
from diffcheck.training.induction import judge_events
from diffcheck.training.rules import RULES
from diffcheck.training.running.session import run_actions
from diffcheck.training.setting import Setting
from diffcheck.training.whole import Whole, judge_losses, judge_parameters
from diffcheck.verdict import Status
from tests.training.cases import random_training


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    for name, rule in RULES.items():
        for dtype in FORMATS if not rule.written_out else ():
            _row(name, dtype, runs)


def _row(name: str, dtype: str, runs: int) -> None:
    started, counts, outside, drifts = time.perf_counter(), Counter[str](), [], []
    for seed in range(runs):
        table = random_training(name, Random(seed))
        case = build_case(name, table, Place(name, table))
        assert case.training is not None
        setting, actions = Setting(case.formula, case.training, dtype), list(actions_of(case.training))
        events = list(run_actions(setting, actions))
        told = judge_events(setting, events)
        try:
            whole = Whole(setting, events, replay(setting, actions))
        except UndecidedError as error:
            counts[str(error)] += 1
            continue
        result = judge_losses(whole)
        for each in (*told, *judge_parameters(whole)):
            for verdict, count in each.counts.items():
                counts[verdict.word] += count
            if each.finding.verdict.status is Status.FAIL:
                outside.append(f"seed {seed}: {each}")
        if result.verdict.status is Status.FAIL:
            outside.append(f"seed {seed}: {result}")
        assert whole.replayed is not None
        losses = [loss for loss in whole.replayed.losses.values() if loss.drift and loss.exact]
        drifts += [loss.drift / float(abs(loss.exact)) / FORMATS[dtype].unit_roundoff for loss in losses if loss.drift]
    words = ", ".join(f"{count:,} {word}" for word, count in counts.items())
    drift = f"{median(drifts):.0f}" if drifts else "-"
    print(f"{name:9} {dtype:9} {words}; drift {drift}; {time.perf_counter() - started:.1f} s", flush=True)
    for each in outside[:1]:
        print(f"    {len(outside)} outside, the first: {each}")


if __name__ == "__main__":
    main()
