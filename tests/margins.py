"""A formula's oracle and the allowances beside it, as the main path makes them."""

import numpy as np
from numpy.typing import NDArray

from diffcheck.dtypes import FORMATS
from diffcheck.formula.formula import Formula
from diffcheck.formula.sweeps import swept
from diffcheck.formula.targets import Target
from diffcheck.truth.derivative import derive
from diffcheck.truth.margins import Margins, Permission
from diffcheck.truth.oracle import Oracle


def margins_of(
    formula: Formula, points: NDArray[np.float64], dtype: str, sweeps: tuple[str, ...] = ("reverse",), factor: float = 1.0
) -> Margins:
    columns = tuple(range(len(formula.variables)))
    oracle = Oracle(derive(formula, len(sweeps)), points, FORMATS[dtype])
    return Margins(oracle, swept(formula.tape, sweeps, columns), columns, len(sweeps), Permission(factor))


def partial(*columns: int) -> Target:
    return Target(0, columns)
