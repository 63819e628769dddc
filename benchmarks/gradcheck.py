"""torch.autograd.gradcheck on right gradients of formulas that others wrote (Feynman, FPBench), in every dtype: false alarms.

``PYTHONPATH=. python benchmarks/gradcheck.py [POINTS]`` from the project's root. A gradient is right where torch's partials
are all within the allowance of the exact ones; gradcheck has its own tolerances, and one point at a time.
"""

import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from diffcheck.cases.case import Case
from diffcheck.cases.reader import read_file
from diffcheck.dtypes import FORMATS
from diffcheck.formula.formula import read_formula
from diffcheck.program.gradient import Place, Request, differentiate
from diffcheck.program.modes import MODES
from diffcheck.program.program import lower
from diffcheck.samples import samples_of
from tests.margins import margins_of
from tests.planted import Judged

CASES = Path(__file__).parents[2] / "cases"


def right_points(case: Case, points: int, dtype: str) -> Iterator[list[float]]:
    """Points drawn as the case draws them, where every partial is right."""
    formula = read_formula(case.formula)
    sample = samples_of(replace(case, points=points, dtypes=(dtype,)), formula)[-1]
    request = Request(tuple(range(len(formula.variables))))
    answer = differentiate(lower(formula), sample.points, MODES["reverse"], request, Place(0, dtype))
    found = Judged(margins_of(formula, sample.points, dtype), answer.numbers)
    enclosures = found.oracle.enclosures
    right = np.isfinite(answer.numbers).all(axis=1) & np.isfinite(enclosures.low + enclosures.high).all(axis=1)
    for variable in range(answer.numbers.shape[1]):
        right &= ~found.beyond(np.nan_to_num(answer.numbers[:, variable]), variable, times=1.0)
    yield from sample.points[right].tolist()


def passes(call: Callable[..., Any], point: list[float], dtype: str) -> bool:
    """Whether gradcheck passes torch's own gradient at ``point``."""
    inputs = [torch.tensor(number, dtype=getattr(torch, dtype), requires_grad=True) for number in point]
    try:
        return torch.autograd.gradcheck(call, inputs, raise_exception=False)
    except RuntimeError:
        return False


def main() -> None:
    """Print a line a dtype."""
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")  # gradcheck warns of every dtype but float64
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    cases = [each for name in ("feynman", "fpbench") for each in read_file(CASES / f"{name}.toml") if isinstance(each, Case)]
    for dtype in FORMATS:
        told = [
            passes(lower(read_formula(case.formula)).call, point, dtype)
            for case in cases
            for point in right_points(case, points, dtype)
        ]
        failed = told.count(False)
        counts = f"{len(cases)} formulas, {len(told):,} right gradients"
        print(f"{dtype}: {counts}; gradcheck fails {failed:,}: {failed / len(told):.1%}", flush=True)
    print(f"torch {torch.__version__}, numpy {np.__version__}")


if __name__ == "__main__":
    main()
