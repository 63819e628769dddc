"""Contracts on memory: where the numbers of an input lie changes neither value nor gradient."""

import torch

from diffcheck.program.trial import Breach, Call, Inputs, Trial, attempt, difference, leaves_of, roughly

LANES = 5
"""How many points are repeated, each for itself."""
COPIES = 8
"""How often one is repeated."""


def at_one_place_of_many(call: Call, inputs: Inputs) -> Breach | None:
    """0-d inputs that are elements of larger tensors."""
    held = [torch.stack([each + 1, each, each - 1])[1] for each in inputs]
    found = attempt(call, _leaves_in_place(held))
    return difference(found, attempt(call, leaves_of(inputs)), "for an element of a larger tensor", "for a tensor of its own")


def with_gaps(call: Call, inputs: Inputs) -> Breach | None:
    """1-d inputs that are every second element of larger tensors, from the second one on."""
    held = [torch.stack([each + 1, each], dim=1).reshape(-1)[1::2] for each in inputs]
    found, plain = attempt(call, _leaves_in_place(held)), attempt(call, leaves_of(inputs))
    return difference(found, plain, "for an input with gaps in memory", "for one without", roughly)


def repeated_in_place(call: Call, inputs: Inputs) -> Breach | None:
    """1-d inputs that are one element again and again: of some points, each for itself."""
    size = min(inputs[0].numel(), LANES)
    runs = []
    for lane in range(size):
        once = [each[lane] for each in inputs]
        held = [each.clone().expand(COPIES) for each in once]
        runs.append((attempt(call, _leaves_in_place(held)), attempt(call, leaves_of([each.contiguous() for each in held]))))
    found, plain = (_side_by_side([run[side] for run in runs]) for side in (0, 1))
    breach = difference(found, plain, "for an input that repeats one element", "for as many of its own", roughly)
    return None if breach is None else Breach(breach.words, breach.lane // COPIES)


def _side_by_side(trials: list[Trial]) -> Trial:
    """Some runs as one."""
    gradients = [each.gradient or () for each in trials]
    partials = zip(*gradients, strict=False)
    return Trial(torch.cat([each.value.reshape(-1) for each in trials]), tuple(_joined(each) for each in partials))


def _joined(partials: tuple[torch.Tensor | None, ...]) -> torch.Tensor | None:
    known = [each.reshape(-1) for each in partials if each is not None]
    if not known:
        return None
    return torch.cat([torch.zeros_like(known[0]) if each is None else each.reshape(-1) for each in partials])


def _leaves_in_place(held: Inputs) -> list[torch.Tensor]:
    """Leaves that lie where ``held`` lie; a copy would lie elsewhere."""
    return [each.detach().requires_grad_(True) for each in held]
