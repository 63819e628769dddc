"""A case: what a case file, or a call of ``check``, asks for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy

from diffcheck.cases.place import Place
from diffcheck.cases.training import Training


@dataclass(frozen=True)
class Range:
    """Where a variable is sampled, both ends included."""

    low: float
    high: float


@dataclass(frozen=True)
class Case:
    """One question: does torch's gradient of this formula, or of this program, equal the derivative?

    Or, with ``training``, is each step of this run the rule's; or, with ``sequence``, what these calls leave.
    """

    name: str
    formula: str | sympy.Basic
    """What is differentiated; of a training case, the loss of one batch."""
    program: str | Callable[..., Any] | None = None
    """Somebody's code that claims to compute the formula; None for the formula's own lowering."""
    shapes: tuple[tuple[str, tuple[int, ...]], ...] = ()
    """The shapes of the variables that are arrays, by name. What follows is by column: ``w[0]``, ``A[0,1]``.

    Of a training case, those of the parameters and of the first batch."""
    at: tuple[Mapping[str, float], ...] = ()
    """Points, run one by one."""
    sample: Mapping[str, Range] = field(default_factory=dict)
    points: int = 100
    """How many points are sampled, where there is something to sample."""
    seed: int = 0
    spacing: str = "uniform"
    edges: bool = False
    """The formula's hard places in the ranges, and the dtype's own numbers, are points too, run one by one."""
    where: str = ""
    """A condition that sampled points meet; the others are drawn again."""
    wrt: tuple[str, ...] = ()
    """The variables to differentiate by; all of them where empty."""
    order: int = 1
    """The order of the partials."""
    modes: tuple[str, ...] = ()
    """Names of modes, or of groups of them; the order's first one where empty."""
    dtypes: tuple[str, ...] = ("float64",)
    devices: tuple[str, ...] = ("cpu",)
    claim: Mapping[str, str] = field(default_factory=dict)
    """Hand-derived partials, by variable."""
    training: Training | None = None
    """A training run. Beside ``sequence``, the optimizer that its steps are made with: its parameters are what is
    differentiated, at the point, its one batch is the rest of the point, and ``steps`` counts the steps in it."""
    sequence: tuple[str, ...] | None = None
    """Calls made in order at the one point: backward, zero_grad (to None), zero_grad_to_zero, step; None for none asked."""
    expected_gradient: Mapping[str, float | None] = field(default_factory=dict)
    """The numbers that somebody expects at the one point, after the sequence or at a run's last step; None for no
    gradient at all, after a sequence only."""
    expected_parameters: Mapping[str, float] = field(default_factory=dict)
    """The parameters that somebody expects after the last step."""
    expected_loss: Mapping[int, float] = field(default_factory=dict)
    """The losses that somebody expects, by the number of the step, from 1."""
    expected_verdict: str = ""
    expected_error: str = ""
    """Words of the error that the case is refused with; it passes when it is."""
    allow_factor: float | None = None
    """How often the formula's own allowance is taken; None for the default."""
    allow_absolute: float = 0.0
    arguments: tuple[str, ...] = ()
    """The variables in the order of the program's positional arguments."""
    batched: bool = False
    contracts: bool = True
    """A program is held to its contracts beside value and derivative."""
    source: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    file: str = ""
    line: int = 0
    place: Place | None = field(default=None, compare=False)
    """Where its keys stand, to place its errors."""
