"""What pictures cost: a case with the numbers behind its pictures beside the same case without, and the drawing of them."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch

from diffcheck.cases.case import Case
from diffcheck.cases.reader import Place, build_case
from diffcheck.report.pictures.gallery import pictures_of
from diffcheck.report.pictures.svg import svg_of
from diffcheck.verification import Settings, verify

CASES: dict[str, dict[str, Any]] = {
    "1 point": {"formula": "x*sin(x)", "at": {"x": 2.0}},
    "1,000 points": {"formula": "x*sin(x)", "sample": {"x": [-5, 5]}, "points": 1000},
    "100,000 points": {"formula": "x*sin(x)", "sample": {"x": [-5, 5]}, "points": 100_000},
    "2,000 points, most rounded": {"formula": "sqrt(x + 1) - sqrt(x)", "sample": {"x": [1e6, 1e9]}, "points": 2000},
    "1,000 points, 2 variables": {"formula": "x*sin(y)", "sample": {"x": [-5, 5], "y": [-5, 5]}, "points": 1000},
}


def seconds(work: Callable[[], object], times: int = 5) -> float:
    """The median of some calls, after one that warms up."""
    taken = []
    for _ in range(times + 1):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return median(taken[1:])


def main() -> None:
    torch.set_num_threads(1)
    for name, table in CASES.items():
        case = build_case("case", table, Place("case", table))
        assert isinstance(case, Case)
        plain = seconds(lambda case=case: verify(case, Settings()))  # type: ignore[misc]
        shown = seconds(lambda case=case: verify(case, Settings(illustrated=True)))  # type: ignore[misc]
        found = verify(case, Settings(illustrated=True))
        drawn = seconds(lambda found=found: [svg_of(each, unique="a") for each in pictures_of(found)])  # type: ignore[misc]
        sizes = [len(svg_of(each, unique="a")) / 1e3 for each in pictures_of(found)]
        print(f"{name}: {plain * 1e3:.0f} ms without, {shown / plain:.2f} times with the numbers of pictures; "
              f"{len(sizes)} pictures drawn in {drawn * 1e3:.0f} ms, {max(sizes):.0f} kB the largest")  # fmt: skip


if __name__ == "__main__":
    main()
