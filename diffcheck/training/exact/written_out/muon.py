"""Muon: momentum, made orthogonal by a few Newton-Schulz iterations in bfloat16, and a decay of its own."""

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from diffcheck.training.exact.number import Arithmetic, Kind
from diffcheck.training.exact.update import Entries, Update, worked_out
from diffcheck.training.exact.written_out.newton_schulz import Iterations, orthogonal
from diffcheck.training.exact.written_out.vectors import each, numbers_of_options, stored, vector
from diffcheck.training.moment import Moment
from diffcheck.training.rules import lerp

RATES: Mapping[str | None, str] = {
    None: "lr*sqrt(max(1, rows/columns))",
    "original": "lr*sqrt(max(1, rows/columns))",
    "match_rms_adamw": "lr*(0.2*sqrt(max(rows, columns)))",
}
"""How the rate follows the shape, by the option ``adjust_lr_fn``."""


def entries(update: Update, before: Moment, arithmetic: Arithmetic) -> Entries:
    """One step."""
    known: dict[str, Any] = numbers_of_options(update, arithmetic)
    for name, size in zip(("rows", "columns"), before.shape, strict=True):
        known[name] = arithmetic.given(float(size), Kind.PYTHON)
    count = prod(before.shape)
    known["g"] = vector(before.grad if before.grad is not None else np.zeros(count), arithmetic)
    known["buffer"] = vector(before.state.get("momentum_buffer", np.zeros(count)), arithmetic)
    made = each(lerp("buffer", "g", "1 - momentum"), known, arithmetic)
    known["buffer"] = stored(made, (yield "momentum_buffer", made), arithmetic)
    moved = each(lerp("g", "buffer", "momentum"), known, arithmetic) if update.options["nesterov"] else known["buffer"]
    options = update.options
    iterations = Iterations(options["ns_coefficients"], int(options["ns_steps"]), float(options["eps"]))
    known["u"] = orthogonal(moved, before.shape, iterations, arithmetic)
    known["rate"] = worked_out(RATES[options["adjust_lr_fn"]], known, arithmetic)
    known["param"] = vector(before.values, arithmetic)
    yield "param", each("param*(1 - lr*weight_decay) + -rate*u", known, arithmetic)
