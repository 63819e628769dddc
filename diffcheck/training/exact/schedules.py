"""Schedules of the learning rate: the rate after ``t`` moves, in closed form, as formulas.

Torch works most of them out step by step from the rate before; each is a handful of Python floats a step.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flint import arb, ctx

from diffcheck.cases.training import Schedule
from diffcheck.dtypes import FORMATS, Format
from diffcheck.training.exact.number import Arithmetic, Kind
from diffcheck.training.exact.update import tape_of_line, worked_out
from diffcheck.truth.balls import precision

A_STEP = 16
"""Units of roundoff that the floats of one move of a schedule may be off by, of the largest rate so far."""


@dataclass(frozen=True)
class Curve:
    """A schedule of torch: its rate as a formula of ``lr``, ``t`` and its options, and the options' defaults."""

    formula: str
    defaults: Mapping[str, float]


CURVES = {
    "StepLR": Curve("lr*gamma**floor(t/step_size)", {"gamma": 0.1}),
    "MultiStepLR": Curve("lr*gamma**passed + 0*t", {"gamma": 0.1}),
    "ExponentialLR": Curve("lr*gamma**t", {}),
    "ConstantLR": Curve("where(t < total_iters, lr*factor, lr)", {"factor": 1 / 3, "total_iters": 5}),
    "LinearLR": Curve("lr*(start_factor + (end_factor - start_factor)*min(t, total_iters)/total_iters)",
                      {"start_factor": 1 / 3, "end_factor": 1.0, "total_iters": 5}),
    "PolynomialLR": Curve("lr*(1 - min(t, total_iters)/total_iters)**power", {"total_iters": 5, "power": 1.0}),
    "CosineAnnealingLR": Curve("eta_min + (lr - eta_min)*(1 + cos(pi*t/T_max))/2", {"eta_min": 0.0}),
}  # fmt: skip
"""Every schedule that a case may name."""


def wander(base: float, exact: arb, moves: int, form: Format) -> float:
    """How far a rate may be off that torch has worked out move by move, in Python or in a tensor of ``form``."""
    return A_STEP * (moves + 1) * form.unit_roundoff * max(abs(base), float(abs(exact)))


def rate(schedule: Schedule, base: float, moves: int) -> arb:
    """The exact learning rate after ``moves`` moves from ``base``."""
    curve = CURVES[schedule.name]
    options: dict[str, Any] = {**curve.defaults, **schedule.options}
    options["passed"] = sum(moves >= each for each in options.get("milestones", ()))
    arithmetic = Arithmetic(FORMATS["float64"])
    with precision(max(ctx.prec, 256)):
        known = {"lr": base, "t": moves, **options}
        names = tape_of_line(curve.formula).variables
        numbers = {name: arithmetic.given(float(known[name]), Kind.PYTHON) for name in names}
        found: arb = worked_out(curve.formula, numbers, arithmetic).exact
        return found
