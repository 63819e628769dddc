"""What torch says: the primal and the partials of a program at points, in one mode, dtype and device."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from diffcheck.errors import UnsupportedError
from diffcheck.program.modes import Mode
from diffcheck.program.program import Program

Array = NDArray[np.float64]
_MISSING = ("not implemented for", "is not implemented", "not currently supported", "does not support")


@dataclass(frozen=True)
class Gradient:
    """Arrays over ``n`` points; every number of a narrower dtype is exact in float64."""

    primal: Array
    """Shape (n,)."""
    partials: Array
    """Shape (n, variables)."""
    detached: NDArray[np.bool_]
    """Shape (n, variables): torch returned no gradient at all."""
    errors: dict[int, str]
    """What torch or the program raised, by point."""


def differentiate(program: Program, points: Array, singles: int, mode: Mode, dtype: str, device: str) -> Gradient:
    """The gradient of ``program`` at ``points`` (n, variables): the first ``singles`` one by one as 0-d tensors.

    The others go through torch all at once as 1-d tensors, where the program is batched: the kernels for vectors
    and for scalars differ. Raises UnsupportedError where torch says that it cannot run or differentiate this here.
    """
    size, width = points.shape
    result = Gradient(np.full(size, np.nan), np.full((size, width), np.nan), np.zeros((size, width), dtype=bool), {})
    columns = torch.tensor(points, dtype=torch.float64, device=device).to(getattr(torch, dtype)).T.contiguous()
    alone = range(singles if program.batched else size)
    for index in alone:
        _run(program, [column[index] for column in columns], mode, result, slice(index, index + 1))
    if len(alone) < size:
        together = slice(len(alone), size)
        _run(program, [column[together] for column in columns], mode, result, together)
    return result


def _run(program: Program, inputs: Sequence[torch.Tensor], mode: Mode, result: Gradient, places: slice) -> None:
    try:
        primal, partials = mode.run(program.call, inputs)
        result.primal[places] = _floats(primal, places)
        for variable, partial in enumerate(partials):
            if partial is None:
                result.detached[places, variable] = True
            else:
                result.partials[places, variable] = _floats(partial, places)
    except Exception as error:  # whatever torch or somebody's program raises is a finding, or a reason
        message = str(error).strip().split("\n")[0] or type(error).__name__
        if isinstance(error, NotImplementedError) or any(words in message for words in _MISSING):
            raise UnsupportedError(f"torch: {message}") from None
        for index in range(places.start, places.stop):
            result.errors[index] = f"{type(error).__name__}: {message}"


def _floats(tensor: torch.Tensor, places: slice) -> Array:
    if tensor.numel() != places.stop - places.start:
        raise ValueError(f"the program returned shape {tuple(tensor.shape)} for {places.stop - places.start} points")
    return tensor.detach().to("cpu", torch.float64).reshape(-1).numpy()


def rounded_to(points: Array, dtype: str) -> Array:
    """``points`` rounded to the nearest numbers of ``dtype``, as float64; infinite where it cannot hold them."""
    return torch.tensor(points, dtype=torch.float64).to(getattr(torch, dtype)).to(torch.float64).numpy()


def evaluate(program: Program, points: Array) -> Array:
    """The primal at ``points`` (n, variables) in float64 on the CPU: what finite differences are taken of."""
    columns = torch.tensor(points, dtype=torch.float64).T.contiguous()
    with torch.no_grad():
        if program.batched:
            return _floats(program.call(*columns), slice(0, len(points)))
        values = [program.call(*(column[index] for column in columns)) for index in range(len(points))]
    return np.array([float(value) for value in values])


def device_missing(device: str) -> str:
    """Why ``device`` cannot be used here; empty when it can."""
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        return f"the device {device} is not there: {str(error).strip().splitlines()[0]}"
    return ""
