"""One run of a program under a contract, and how two runs differ, in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, log10
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from diffcheck.dtypes import FORMATS, Format
from diffcheck.program.question import tensor_of

Partials = tuple[torch.Tensor | None, ...]
"""One gradient an input; None where torch returned none."""

Call = Callable[..., Any]
Inputs = Sequence[torch.Tensor]
Array = NDArray[np.float64]
Alike = Callable[[Array, Array, Format], NDArray[np.bool_]]
"""(found, expected, dtype) to where they are the same number, for a contract's purpose."""


@dataclass(frozen=True)
class Breach:
    """A contract that a program broke, at one run."""

    words: str
    """What was seen."""
    lane: int = 0
    """Which of the run's points shows it first."""
    raised: bool = False
    """The program raised an exception, where its plain run raised none."""


@dataclass(frozen=True)
class Trial:
    """What one run returned."""

    value: torch.Tensor
    """Detached; one number a point."""
    gradient: Partials | None
    """The cotangent's product with the derivative, one an input; None where the value carries no gradient at all."""

    def columns(self) -> tuple[tuple[str, torch.Tensor | None], ...]:
        """The value, then the partials, each with its name."""
        partials = self.gradient or ()
        names = (gradient_name(place, len(partials)) for place in range(len(partials)))
        return (("value", self.value), *zip(names, partials, strict=True))


def gradient_name(place: int, inputs: int) -> str:
    """What the partial by the input at ``place`` (from 0) is called in words."""
    return f"gradient by input {place + 1}" if inputs > 1 else "gradient"


def leaves_of(inputs: Inputs, wanted: int | None = None) -> list[torch.Tensor]:
    """Copies of ``inputs`` to differentiate by; of one of them only where its place is ``wanted``."""
    return [each.detach().clone().requires_grad_(wanted in (None, place)) for place, each in enumerate(inputs)]


def attempt(call: Call, leaves: Inputs, cotangent: float | Array = 1.0) -> Trial:
    """The value at ``leaves`` and its gradient by those that require one, from a cotangent the same at every point or not.

    Raises whatever the program or torch raises.
    """
    primal = tensor_of(call(*leaves), 1, leaves[0].numel())
    if not primal.requires_grad:
        return Trial(primal.detach(), None)
    return Trial(primal.detach().clone(), pulled_back(primal, leaves, cotangent_for(primal, cotangent)))


def cotangent_for(primal: torch.Tensor, numbers: float | Array = 1.0) -> torch.Tensor:
    """A cotangent of ``primal``'s shape, dtype and device: one number, or one a point."""
    spread = np.broadcast_to(np.asarray(numbers, dtype=np.float64), (primal.numel(),)).copy()
    return torch.from_numpy(spread).to(primal.device, primal.dtype).reshape(primal.shape)


def pulled_back(primal: torch.Tensor, leaves: Inputs, cotangent: torch.Tensor, *, keep: bool = False) -> Partials:
    """The gradient by those ``leaves`` that require one, None for the others; ``keep`` leaves the graph for a second time."""
    wanted = [each for each in leaves if each.requires_grad]
    found = iter(torch.autograd.grad(primal, wanted, cotangent, allow_unused=True, retain_graph=keep))
    return tuple(next(found) if each.requires_grad else None for each in leaves)


def numbers_of(tensor: torch.Tensor | None, size: int) -> Array:
    """A tensor's numbers as float64, in their order; zeros for none, which is what no gradient means."""
    if tensor is None:
        return np.zeros(size)
    return tensor.detach().to("cpu", torch.float64).reshape(-1).numpy()


def exactly(found: Array, expected: Array, form: Format) -> NDArray[np.bool_]:
    """Where they are the same number; NaN is itself."""
    return np.asarray((found == expected) | (np.isnan(found) & np.isnan(expected)))


def roughly(found: Array, expected: Array, form: Format) -> NDArray[np.bool_]:
    """Where half of the bits are the same; everywhere where they are so at half of the points.

    Torch's kernels for contiguous and other memory, and the roundings for two cotangents, differ in the last bits, and
    where terms cancel so do all bits of a sound program: at a few points, and never at most of them.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        room = 2.0 ** (-form.bits / 2) * np.maximum(abs(found), abs(expected)) + 4 * form.tiny
        same = exactly(found, expected, form) | (abs(found - expected) <= room)
    mostly = 2 * int(same.sum()) >= same.size > 1
    return np.asarray(same | mostly)


def difference(found: Trial, expected: Trial, there: str, here: str, alike: Alike = exactly) -> Breach | None:
    """The first number of ``found`` that is not ``expected``'s; ``there`` and ``here`` say in words whose they are."""
    for (name, mine), (_, other) in zip(found.columns(), expected.columns(), strict=False):
        breach = unlike(mine, other, f"{name} {{}} {there}, {{}} {here}", alike)
        if breach is not None:
            return breach
    return None


def unlike(found: torch.Tensor | None, expected: torch.Tensor | None, words: str, alike: Alike = exactly) -> Breach | None:
    """The first number where the two differ, in ``words`` that have a place for each."""
    known = next((each for each in (expected, found) if each is not None), None)
    if known is None:
        return None
    form, size = format_of(known), known.numel()
    mine, other = numbers_of(found, size), numbers_of(expected, size)
    if mine.size != other.size:
        return Breach(words.format(f"of {mine.size:,} numbers", f"of {other.size:,}"))
    lanes = np.flatnonzero(~alike(mine, other, form))
    if not lanes.size:
        return None
    first = int(lanes[0])
    shown = (spelled(mine[first], form) if found is not None else "none", spelled(other[first], form))
    return Breach(words.format(shown[0], shown[1] if expected is not None else "none"), first)


def format_of(tensor: torch.Tensor) -> Format:
    """The dtype's record; float64's for a dtype that diffcheck does not judge."""
    return FORMATS.get(str(tensor.dtype).removeprefix("torch."), FORMATS["float64"])


def spelled(number: float, form: Format) -> str:
    """A number in the digits that tell it from every other of its dtype."""
    digits = 1 + ceil(form.bits * log10(2))
    return repr(float(number)) if digits > 16 else f"{float(number):.{digits}g}"
