"""False alarms of every mode in every dtype on formulas that others wrote: a table, and the used share of the allowance.

``python benchmarks/alarms.py [POINTS] [ORDER] [MODES]``, such as ``100 1 eager`` or ``20 2 all``.
"""

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
from tabulate import tabulate

from diffcheck.cases.case import Case
from diffcheck.cases.reader import Unreadable, read_file
from diffcheck.dtypes import FORMATS
from diffcheck.results import CaseResult, Result
from diffcheck.run import Overrides, run
from diffcheck.verdict import Status, Verdict
from diffcheck.verification import Settings


def main(points: str = "100", order: str = "1", modes: str = "eager") -> None:
    folder = Path(__file__).parents[1] / "cases"
    entries = [_plain(entry, int(order)) for name in ("feynman.toml", "fpbench.toml") for entry in read_file(folder / name)]
    overrides = Overrides(modes=tuple(modes.split(",")), dtypes=tuple(FORMATS), points=int(points))
    found = run(entries, Settings(), overrides, on_result=tell)
    results = [each for case in found.cases for each in case.results if each.subject.order == int(order)]
    names = dict.fromkeys(each.subject.mode for each in results)
    rows = [[mode, *(cell([each for each in results if _is(each, mode, dtype)]) for dtype in FORMATS)] for mode in names]
    print(tabulate(rows, ["gradients, alarms", *FORMATS], tablefmt="simple"))
    for mode in names:
        print(report(mode, [each for each in results if each.subject.mode == mode]))
    print(report("all", results))
    print(f"{len(found.cases)} formulas, {points} points each, order {order}, {found.seconds:.0f} s")


def _plain(entry: Case | Unreadable, order: int) -> Case:
    assert isinstance(entry, Case)
    return replace(entry, order=order, claim={}, expected_gradient={}, expected_verdict="")


def _is(result: Result, mode: str, dtype: str) -> bool:
    return result.subject.mode == mode and result.subject.dtype == dtype


def tell(case: CaseResult) -> None:
    """Each alarm, as it is found."""
    if case.error is not None:
        print(case.name, case.error)
    for each in case.results:
        if each.verdict.status is Status.FAIL:
            print(case.name, each.subject, each.counts, each.worst)


def counted(results: list[Result]) -> Counter[Verdict]:
    counts: Counter[Verdict] = Counter()
    for each in results:
        counts.update(each.counts)
    return counts


def cell(results: list[Result]) -> str:
    counts = counted(results)
    alarms = sum(number for verdict, number in counts.items() if verdict.status is Status.FAIL)
    left = f" ({counts[Verdict.UNSUPPORTED]:,} unsupported)" if counts[Verdict.UNSUPPORTED] else ""
    return f"{sum(counts.values()):,}, {alarms}{left}"


def report(name: str, results: list[Result]) -> str:
    counts = counted(results)
    shares = np.array([each.worst.share for each in results if each.worst is not None and each.worst.share is not None])
    finite = shares[np.isfinite(shares)]
    told = ", ".join(f"{number:,} {verdict.word}" for verdict, number in counts.items())
    if not len(finite):
        return f"{name}: {told}"
    return f"{name}: worst used share of each partial: median {np.median(finite):.2f}, largest {finite.max():.2f}; {told}"


if __name__ == "__main__":
    main(*sys.argv[1:])
