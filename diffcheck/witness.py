"""The witness asked: finite differences of a program itself in float64, which tell who stands alone."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from diffcheck.errors import UnsupportedError
from diffcheck.formula.targets import Target, partials_of
from diffcheck.program.gradient import Place, Request, differentiate, evaluate
from diffcheck.program.modes import MODES, default_mode
from diffcheck.program.program import Program
from diffcheck.truth.differences import differences

Array = NDArray[np.float64]
WITNESS = Place(0, "float64")
"""Where finite differences are taken: all points at once."""


def integrand(program: Program, target: Target) -> Callable[[Array], Array]:
    """What ``target`` is the partial of, as the program gives it in float64: from points (n, variables) to numbers (n,).

    The program's own entry; for orders above the first, the automatic derivative one order below. It raises
    UnsupportedError where torch cannot run that.
    """
    inner = target.inner

    def values(points: Array) -> Array:
        if inner.order == 0:
            return evaluate(program, points, WITNESS).numbers[:, inner.entry]
        request = Request(tuple(dict.fromkeys(inner.columns)), inner.order)
        answer = differentiate(program, points, MODES[default_mode(inner.order)], request, WITNESS)
        return answer.numbers[:, partials_of(program.entries, request.columns, request.order).index(inner)]

    return values


def witness(program: Program, points: Array, target: Target, index: int) -> tuple[float, float] | None:
    """The numerical derivative at one point and its own error estimate; None where it does not converge."""
    try:
        estimate = differences(integrand(program, target), points[index : index + 1], target.columns[-1])
    except UnsupportedError:
        return None
    found, doubt = float(estimate.value[0]), float(estimate.error[0])
    return None if found != found else (found, doubt)
