"""What torch says at points: the primal of a program, and its partials in one mode; in one dtype, on one device."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from diffcheck.errors import UnsupportedError
from diffcheck.program.devices import full_precision
from diffcheck.program.modes import Mode, tensor_of
from diffcheck.program.program import Program

Array = NDArray[np.float64]
_MISSING = re.compile(
    r"\".+\" not implemented for '.+'|derivative for '.+' is not implemented|Could not run '.+' with arguments from the"
)
"""How torch says that it has no kernel, or no derivative, for this; a program's own words never read so by accident."""


@dataclass(frozen=True)
class Answer:
    """What torch says at ``n`` points; every number of a narrower dtype is exact in float64."""

    numbers: Array
    """Shape (n, columns): the value has one column, the gradient one a variable."""
    detached: NDArray[np.bool_]
    """Shape (n, columns): torch returned no gradient at all."""
    errors: dict[int, str]
    """What torch or the program raised, by point."""


@dataclass(frozen=True)
class Place:
    """Where a program runs: how many of the points one by one, and in which dtype and on which device."""

    singles: int
    dtype: str
    device: str = "cpu"


def evaluate(program: Program, points: Array, place: Place) -> Answer:
    """The primal of ``program`` at ``points`` (n, variables), without any derivative."""

    def primal(call: Callable[..., Any], inputs: Sequence[torch.Tensor]) -> tuple[torch.Tensor]:
        with torch.no_grad():
            return (tensor_of(call(*inputs), inputs[0]),)

    return _run(program, primal, 1, points, place)


def differentiate(program: Program, points: Array, mode: Mode, place: Place) -> Answer:
    """The gradient of ``program`` at ``points`` (n, variables) in one mode.

    The first ``place.singles`` points go one by one as 0-d tensors, the others all at once as 1-d tensors, where the
    program is batched: the kernels for vectors and for scalars differ. Raises UnsupportedError where torch says that
    it cannot run or differentiate this here.
    """
    return _run(program, mode.run, points.shape[1], points, place)


def _run(program: Program, run: Callable[..., Any], width: int, points: Array, place: Place) -> Answer:
    _warm_up()
    size = len(points)
    answer = Answer(np.full((size, width), np.nan), np.zeros((size, width), dtype=bool), {})
    columns = torch.tensor(points, dtype=torch.float64, device=place.device).to(getattr(torch, place.dtype)).T.contiguous()
    alone = place.singles if program.batched else size
    with full_precision():
        for index in range(alone):
            _fill(answer, slice(index, index + 1), partial(run, program.call, [column[index] for column in columns]))
        if alone < size:
            _fill(answer, slice(alone, size), partial(run, program.call, [column[alone:] for column in columns]))
    return answer


@cache
def _warm_up() -> None:
    """Let every worker thread of torch compute something once.

    In torch 2.13 the first parallel call of a process is sometimes right to 25 bits only in all threads but the first:
    in 2 of 60 processes, sin of 5,200 float64 numbers was off by up to 7e-9. The second call was always right.
    """
    torch.sin(torch.ones(1 << 16, dtype=torch.float64))


def _fill(answer: Answer, places: slice, run: Callable[[], Any]) -> None:
    try:
        for column, found in enumerate(run()):
            if found is None:
                answer.detached[places, column] = True
            else:
                answer.numbers[places, column] = _floats(found)
    except (Exception, SystemExit) as error:  # whatever torch or somebody's program raises is a finding, or a reason
        message = str(error).strip().split("\n")[0] or type(error).__name__
        if isinstance(error, RuntimeError) and _MISSING.search(message):
            raise UnsupportedError(f"torch: {message}") from None
        for index in range(places.start, places.stop):
            answer.errors[index] = f"{type(error).__name__}: {message}"


def _floats(tensor: torch.Tensor) -> Array:
    return tensor.detach().to("cpu", torch.float64).reshape(-1).numpy()


def rounded_to(points: Array, dtype: str) -> Array:
    """``points`` rounded to the nearest numbers of ``dtype``, as float64; infinite where it cannot hold them."""
    return torch.tensor(points, dtype=torch.float64).to(getattr(torch, dtype)).to(torch.float64).numpy()
