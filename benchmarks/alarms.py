"""False alarms, undecided and the used share of the allowance on formulas that others wrote, in every dtype."""

import sys
from collections import Counter
from pathlib import Path

import numpy as np

from diffcheck.cases.reader import read_file
from diffcheck.dtypes import FORMATS
from diffcheck.results import Result
from diffcheck.run import Overrides, run
from diffcheck.verdict import Status, Verdict
from diffcheck.verification import Settings


def main() -> None:
    folder = Path(__file__).parents[1] / "cases"
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    entries = [entry for name in ("feynman.toml", "fpbench.toml") for entry in read_file(folder / name)]
    found = run(entries, Settings(), Overrides(dtypes=tuple(FORMATS), points=points))
    for dtype in (*FORMATS, None):
        results = [each for case in found.cases for each in case.results if dtype in (None, each.subject.dtype)]
        report(dtype or "all", [each for each in results if each.subject.order == 1])
    print(f"{len(found.cases)} formulas, {points} points each, {found.seconds:.0f} s")


def report(name: str, results: list[Result]) -> None:
    counts: Counter[Verdict] = Counter()
    for each in results:
        counts.update(each.counts)
    judged = sum(counts.values())
    alarms = sum(number for verdict, number in counts.items() if verdict.status is Status.FAIL)
    shares = np.array([each.worst.share for each in results if each.worst is not None and each.worst.share is not None])
    finite = shares[np.isfinite(shares)]
    print(
        f"{name}: {judged:,} gradients, {alarms} alarms, {counts[Verdict.UNDECIDED]} undecided; the worst used share of each "
        f"partial: median {np.median(finite):.2f}, largest {finite.max():.2f}; "
        + ", ".join(f"{number:,} {verdict.word}" for verdict, number in counts.items())
    )


if __name__ == "__main__":
    main()
