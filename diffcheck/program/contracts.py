"""What a program must keep beside value and derivative: a table, one row a contract.

Source: the checks of ``torch.autograd.gradcheck`` (determinism, undefined and zero cotangents, layouts) and of Stan's
``expect_ad`` (in-place changes, subsets of the arguments), each a contract with a name here.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from diffcheck.program.gradient import Place
from diffcheck.program.layouts import at_one_place_of_many, repeated_in_place, with_gaps
from diffcheck.program.linearity import pointwise, scales_and_adds, zero_stays_zero
from diffcheck.program.ownership import cotangent_unchanged, inputs_unchanged, like_its_input, owned
from diffcheck.program.program import Program
from diffcheck.program.question import tensor_of
from diffcheck.program.trial import (
    Breach,
    Call,
    Inputs,
    Trial,
    attempt,
    cotangent_for,
    difference,
    gradient_name,
    leaves_of,
    pulled_back,
    unlike,
)

SINGLES = 5
"""How many points run one by one."""
LANES = 1024
"""How many points run at once."""


@dataclass(frozen=True)
class Contract:
    """One thing that a program must keep."""

    name: str
    check: Callable[[Call, Inputs], Breach | None]
    """(program, inputs) to how it is broken, None where it is kept; inputs are 0-d, or 1-d with one element a point."""
    says: str
    """What is kept."""
    needs: frozenset[str] = frozenset({"gradient"})
    """What must be there for it to apply: a ``value``, a ``run`` with gradients asked for that raises nothing, a
    ``gradient``, ``several`` inputs, a ``batch`` or a ``point``."""
    after: tuple[str, ...] = ("deterministic",)
    """What must be kept for this one to mean anything."""


@dataclass(frozen=True)
class Held:
    """One contract, held at one run."""

    contract: str
    index: int
    """The point's number; in a batch, of the first that shows the breach."""
    breach: Breach | None
    """None where it is kept."""


def _deterministic(call: Call, inputs: Inputs) -> Breach | None:
    first, second = attempt(call, leaves_of(inputs)), attempt(call, leaves_of(inputs))
    return difference(second, first, "in the second call", "in the first")


def _same_without_gradients(call: Call, inputs: Inputs) -> Breach | None:
    plain = attempt(call, leaves_of(inputs)).value
    with torch.no_grad():
        found = attempt(call, leaves_of(inputs)).value
    return unlike(found, plain, "value {} under no_grad, {} without it")


def _same_by_each_alone(call: Call, inputs: Inputs) -> Breach | None:
    full = attempt(call, leaves_of(inputs))
    for place in range(len(inputs)):
        alone = attempt(call, leaves_of(inputs, place))
        found, expected = (None if each.gradient is None else each.gradient[place] for each in (alone, full))
        when = f"when input {place + 1} alone requires a gradient, {{}} when all do"
        breach = unlike(alone.value, full.value, f"value {{}} {when}")
        breach = breach or unlike(found, expected, f"{gradient_name(place, len(inputs))} {{}} {when}")
        if breach is not None:
            return breach
    return None


def _same_twice(call: Call, inputs: Inputs) -> Breach | None:
    leaves = leaves_of(inputs)
    primal = tensor_of(call(*leaves), 1, leaves[0].numel())
    trials = []
    for _ in range(2):
        # Not from ones, with which a saved factor may be multiplied in place and stay what it was.
        partials = pulled_back(primal, leaves, cotangent_for(primal, 2.0), keep=True)
        trials.append(Trial(primal.detach(), tuple(each if each is None else each.clone() for each in partials)))
    return difference(trials[1], trials[0], "in the second backward", "in the first")


_VALUE, _RUN, _SEVERAL = frozenset({"value"}), frozenset({"run"}), frozenset({"gradient", "several"})
_BATCH, _POINT = frozenset({"gradient", "batch"}), frozenset({"gradient", "point"})
_SOUND = ("deterministic", "inputs_unchanged")

CONTRACTS = {
    row.name: row
    for row in (
        Contract("deterministic", _deterministic, "the same value and gradient twice, bit for bit", _RUN, ()),
        Contract("inputs_unchanged", inputs_unchanged, "neither forward nor backward writes to an input", _VALUE, ()),
        Contract("no_grad", _same_without_gradients, "the same value under no_grad", _RUN),
        Contract("like_input", like_its_input, "a gradient has its input's dtype, shape and device"),
        Contract("linear", scales_and_adds, "vjp(2*c) = 2*vjp(c), vjp(-c) = -vjp(c), vjp(a + b) = vjp(a) + vjp(b)"),
        Contract("zero_cotangent", zero_stays_zero, "a zero cotangent gives zero, or no gradient"),
        Contract("pointwise", pointwise, "a point's cotangent goes to its own gradient alone", _BATCH, ("linear",)),
        Contract("cotangent_unchanged", cotangent_unchanged, "backward does not write to the cotangent"),
        Contract("backward_twice", _same_twice, "backward twice through one graph gives the same gradient"),
        Contract("owned", owned, "writing to a gradient changes no later one", after=(*_SOUND, "backward_twice")),
        Contract("subset", _same_by_each_alone, "the same gradient by one input alone as by all", _SEVERAL),
        Contract("view", at_one_place_of_many, "the same at an element of a larger tensor", _POINT, _SOUND),
        Contract("strided", with_gaps, "the same for inputs with gaps between their elements", _BATCH, _SOUND),
        Contract("expanded", repeated_in_place, "the same for inputs that repeat one element in memory", _BATCH, _SOUND),
    )
}  # fmt: skip
"""Every contract, by name; those that others come after stand first."""


def hold(program: Program, points: np.ndarray[tuple[int, ...], np.dtype[np.float64]], place: Place) -> list[Held]:
    """Every contract that applies, held at the first of ``points`` (n, variables).

    The first singles run one by one, the first of the others at once where the program is batched. Nothing is said
    where the plain run raises: the modes tell that. Never raises; random states are left as they were.
    """
    dtype = getattr(torch, place.dtype)
    columns = torch.tensor(points, dtype=torch.float64, device=place.device).to(dtype).T.contiguous()
    alone = min(place.singles, len(points)) if program.batched else len(points)
    held: list[Held] = []
    with _random_states(place.device):
        for index in range(min(alone, SINGLES)):
            held += _hold_at(program.call, [column[index] for column in columns], index)
        if alone < len(points):
            held += _hold_at(program.call, [column[alone : alone + LANES] for column in columns], alone)
    return held


def _hold_at(call: Call, inputs: Inputs, start: int) -> Iterator[Held]:
    """Every contract that applies at one run, the first of whose points has the number ``start``."""
    offers = _offers(call, inputs)
    broken: set[str] = set()
    for row in CONTRACTS.values():
        if not row.needs <= offers or broken & set(row.after):
            continue
        breach = _checked(row, call, inputs)
        if breach is not None:
            broken.add(row.name)
        yield Held(row.name, start + (0 if breach is None else breach.lane), breach)


def _offers(call: Call, inputs: Inputs) -> set[str]:
    """What a contract may need and has at these inputs."""
    found = {"point"} if inputs[0].dim() == 0 else {"batch"} if inputs[0].numel() > 1 else set()
    found |= {"several"} if len(inputs) > 1 else set()
    with torch.no_grad():
        found |= {"value"} if _ran(call, inputs) is not None else set()
    plain = _ran(call, inputs)
    if plain is None:
        return found
    has_gradient = plain.gradient is not None and any(each is not None for each in plain.gradient)
    return found | {"run"} | ({"gradient"} if has_gradient else set())


def _ran(call: Call, inputs: Inputs) -> Trial | None:
    """A plain run; None where it raises whatever somebody's program raises, which the modes tell."""
    try:
        return attempt(call, leaves_of(inputs))
    except (Exception, SystemExit):
        return None


def _checked(row: Contract, call: Call, inputs: Inputs) -> Breach | None:
    try:
        return row.check(call, inputs)
    except (Exception, SystemExit) as error:
        message = str(error).strip().split("\n")[0]
        return Breach(f"raised {type(error).__name__}: {message}".removesuffix(": "), raised=True)


@contextmanager
def _random_states(device: str) -> Iterator[None]:
    """Whatever is drawn within, Python's, NumPy's and torch's random numbers go on as if nothing had been."""
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng([torch.cuda.current_device()] if device == "cuda" else []):
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)
