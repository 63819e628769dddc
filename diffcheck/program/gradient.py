"""What torch says at points: the primal of a program, and its partials in one mode; in one dtype, on one device."""

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from itertools import accumulate

import numpy as np
import torch
from numpy.typing import NDArray

from diffcheck.errors import UnsupportedError
from diffcheck.formula.targets import partials_of
from diffcheck.program.modes import Mode
from diffcheck.program.program import Program
from diffcheck.program.question import Partials, Question
from diffcheck.program.refusals import refusal

Array = NDArray[np.float64]
@dataclass(frozen=True)
class Answer:
    """What torch says at ``n`` points; every number of a narrower dtype is exact in float64."""

    numbers: Array
    """Shape (n, targets): the entries of the value, or every partial of one order."""
    detached: NDArray[np.bool_]
    """Shape (n, targets): torch returned no gradient at all."""
    errors: dict[int, str]
    """What torch or the program raised, by point."""


@dataclass(frozen=True)
class Place:
    """Where a program runs: how many of the points one by one, and in which dtype and on which device."""

    singles: int
    dtype: str
    device: str = "cpu"


def evaluate(program: Program, points: Array, place: Place) -> Answer:
    """The entries of the primal of ``program`` at ``points`` (n, columns), without any derivative."""

    def primal(question: Question) -> Partials:
        with torch.no_grad():
            return list(question.entries(question.primal(question.inputs)))

    return _run(program, primal, _Work((), 0, program.entries), points, place)


@dataclass(frozen=True)
class Request:
    """Which partials are asked for: all of one order by some columns."""

    columns: tuple[int, ...]
    """Numbers that the arguments hold, counted through all of them."""
    order: int = 1


def differentiate(program: Program, points: Array, mode: Mode, request: Request, place: Place) -> Answer:
    """Every partial that is requested of ``program`` at ``points`` (n, columns), in one mode.

    The first ``place.singles`` points go one by one as 0-d tensors, the others all at once as 1-d tensors, where the
    program is batched: the kernels for vectors and for scalars differ. Raises UnsupportedError where the mode, or
    torch, says that it cannot run or differentiate this here.
    """
    mode.require(request.order)
    ends = list(accumulate(map(math.prod, program.shapes)))
    wrt = tuple(sorted({bisect_right(ends, column) for column in request.columns}))
    given = [column for each in wrt for column in range(ends[each] - math.prod(program.shapes[each]), ends[each])]
    answer = _run(program, mode.run, _Work(wrt, request.order, program.entries * len(given) ** request.order), points, place)
    if tuple(given) == request.columns:
        return answer
    found = {target: number for number, target in enumerate(partials_of(program.entries, given, request.order))}
    sought = [found[target] for target in partials_of(program.entries, request.columns, request.order)]
    return Answer(answer.numbers[:, sought], answer.detached[:, sought], answer.errors)


@dataclass(frozen=True)
class _Work:
    """What a mode is asked at every point."""

    wrt: tuple[int, ...]
    """The program's arguments to differentiate by, by number."""
    order: int
    width: int
    """How many numbers it returns."""


def _run(program: Program, run: Callable[[Question], Partials], work: _Work, points: Array, place: Place) -> Answer:
    _warm_up()
    size = len(points)
    answer = Answer(np.full((size, work.width), np.nan), np.zeros((size, work.width), dtype=bool), {})
    rounded = torch.tensor(points, dtype=torch.float64, device=place.device).to(getattr(torch, place.dtype))
    alone = place.singles if program.batched else size

    def ask(inputs: tuple[torch.Tensor, ...], together: bool) -> Question:
        return Question(program.call, inputs, work.wrt, work.order, together, program.entries)

    for index in range(alone):
        _fill(answer, slice(index, index + 1), partial(run, ask(_shaped(rounded[index], program.shapes), False)))
    if alone < size:
        _fill(answer, slice(alone, size), partial(run, ask(tuple(rounded[alone:].T.contiguous().unbind()), True)))
    return answer


def _shaped(row: torch.Tensor, shapes: tuple[tuple[int, ...], ...]) -> tuple[torch.Tensor, ...]:
    """One point's numbers as the program's arguments, each a tensor of its own."""
    parts = row.split([math.prod(shape) for shape in shapes])  # type: ignore[no-untyped-call]
    return tuple(part.reshape(shape).clone() for part, shape in zip(parts, shapes, strict=True))


@cache
def _warm_up() -> None:
    """Let every worker thread of torch compute something once.

    In torch 2.13 the first parallel call of a process is sometimes right to 25 bits only in all threads but the first:
    in 2 of 60 processes, sin of 5,200 float64 numbers was off by up to 7e-9. The second call was always right.
    """
    torch.sin(torch.ones(1 << 16, dtype=torch.float64))


def _fill(answer: Answer, places: slice, run: Callable[[], Partials]) -> None:
    try:
        found = run()
        for column, number in zip(range(answer.numbers.shape[1]), found, strict=True):
            if number is None:
                answer.detached[places, column] = True
            else:
                answer.numbers[places, column] = _floats(number)
    except (Exception, SystemExit) as error:  # whatever torch or somebody's program raises is a finding, or a reason
        if reason := refusal(error):
            raise UnsupportedError(reason) from None
        message = str(error).strip().split("\n")[0] or type(error).__name__
        for index in range(places.start, places.stop):
            answer.errors[index] = f"{type(error).__name__}: {message}"


def _floats(tensor: torch.Tensor) -> Array:
    return tensor.detach().to("cpu", torch.float64).reshape(-1).numpy(force=True)  # also one of torch's lazy zeros


def rounded_to(points: Array, dtype: str) -> Array:
    """``points`` rounded to the nearest numbers of ``dtype``, as float64; infinite where it cannot hold them."""
    return torch.tensor(points, dtype=torch.float64).to(getattr(torch, dtype)).to(torch.float64).numpy()


def require_device(device: str) -> None:
    """Raise UnsupportedError, with torch's reason, where ``device`` cannot be used here."""
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UnsupportedError(f"there is no {device} here: {str(error).strip().splitlines()[0]}") from None
