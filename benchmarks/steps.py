"""Every optimizer, variant and dtype: random runs judged step by step.

``python benchmarks/steps.py [RUNS] [NAMES]`` prints, for each: numbers judged, verdicts outside (their first run told),
the largest share of the allowance. Run it from the project's root, where the tests' generators are.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import torch

from diffcheck.dtypes import FORMATS
from diffcheck.training.rules import RULES
from diffcheck.verdict import Status, Verdict
from tests.training.runs import Stepped, random_run
from tests.training.written_out_runs import written_out_run

SKIPPED = ("capturable",)
WAYS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "SparseAdam": {"loop": {}},
    "Adafactor": {"loop": {"foreach": False}, "foreach": {"foreach": True}},
    "Muon": {"loop": {}},
    "LBFGS": {"fixed": {"line_search_fn": None}, "strong_wolfe": {"line_search_fn": "strong_wolfe"}},
}
"""The options that a rule which is no elementwise formula is asked with for each of its ways to work."""


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    names = sys.argv[2].split(",") if len(sys.argv) > 2 else list(RULES)
    total = 0
    for name in names:
        for variant in WAYS.get(name, RULES[name].variants) if name != "manual" else ():
            for dtype in FORMATS if variant not in SKIPPED else ():
                total += _row(name, variant, dtype, runs)
    print(f"{total:,} numbers")


def _row(name: str, variant: str, dtype: str, runs: int) -> int:
    started, counts, largest, bad = time.perf_counter(), Counter[Verdict](), 0.0, []
    for seed in range(runs):
        for step in _run(name, variant, dtype, seed):
            failed = False
            for each in step.judged:
                counts.update(each.counts)
                share = each.worst.judgement.share
                failed = failed or each.verdict.status is Status.FAIL
                if each.verdict is Verdict.AGREES and share is not None and share < 1:
                    largest = max(largest, share)
                if each.verdict.status is Status.FAIL:
                    worst = each.worst
                    said = f"{each.verdict.word}, {worst.actual!r}, {worst.number.exact.str(17)}, {worst.judgement.cause}"
                    bad.append(f"seed {seed}, step {step.number}, {each.entry}: {said}, {step.update.options}")
            if failed:
                break
    words = ", ".join(f"{count:,} {verdict.word}" for verdict, count in counts.items())
    print(f"{name:10} {variant:14} {dtype:9} {words}; share {largest:.2f}; {time.perf_counter() - started:.1f} s", flush=True)
    if bad:
        print(f"    {len(bad)} outside, the first: {bad[0]}", flush=True)
    return counts.total()


def _run(name: str, variant: str, dtype: str, seed: int) -> Iterator[Stepped]:
    if name in WAYS:
        return written_out_run(name, dtype, seed, given=WAYS[name][variant])
    return random_run(name, variant, dtype, seed)


if __name__ == "__main__":
    main()
