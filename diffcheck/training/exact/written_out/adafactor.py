"""Adafactor: a second moment kept for rows and columns, an update clipped by its root mean square."""

from typing import Any

import numpy as np

from diffcheck.training.exact.number import Arithmetic, Kind, Number
from diffcheck.training.exact.update import Entries, Update, worked_out
from diffcheck.training.exact.written_out.vectors import Vector, each, fixed, item, mean, norm, numbers_of_options, stored, vector
from diffcheck.training.moment import Moment
from diffcheck.training.rules import lerp

KEPT = lerp("old", "new", "weight")
"""How every average moves."""
Known = dict[str, Any]


def entries(update: Update, before: Moment, arithmetic: Arithmetic) -> Entries:
    """One step; the optional first epsilon is that of the parameter's own dtype."""
    known: Known = numbers_of_options(update, arithmetic)
    known.setdefault("eps1", arithmetic.given(2 * arithmetic.form.unit_roundoff, Kind.PYTHON))
    step = float(np.ravel(before.state.get("step", 0))[0]) + 1
    yield "step", fixed(step, arithmetic, Kind.SCALAR)
    known["step"] = arithmetic.given(step, Kind.PYTHON)
    known["weight"] = worked_out("step**beta2_decay", known, arithmetic)
    known["count"] = arithmetic.given(float(len(before.values)), Kind.PYTHON)
    grad = before.grad if before.grad is not None else np.zeros(0)
    known["g"] = vector(-grad if update.options.get("maximize") else grad, arithmetic)
    known["param"] = vector(before.values, arithmetic)
    known["size"] = item(norm(known["param"], arithmetic, "the parameter's norm"))
    known["alpha"] = worked_out("max(eps2, size/count**0.5)*min(lr, 1/step**0.5)", known, arithmetic)
    if update.options.get("weight_decay"):
        known["param"] = each("param*(1 - lr*weight_decay)", _only(known, "param", "lr", "weight_decay"), arithmetic)
    known["v"] = yield from (_of_matrix if len(before.shape) > 1 else _of_vector)(known, before, arithmetic)
    yield "param", _moved(known, arithmetic)


def _moved(known: Known, arithmetic: Arithmetic) -> Vector:
    """The parameter, moved by the update that its root mean square clips."""
    known["u"] = each("rsqrt(max(v, eps1*eps1))*g", _only(known, "v", "eps1", "g"), arithmetic)
    known["size"] = item(norm(known["u"], arithmetic, "the update's norm"))
    known["rate"] = worked_out("-alpha/max(1, size/(count**0.5*d))", known, arithmetic)
    return each("param + rate*u", _only(known, "param", "rate", "u"), arithmetic)


def _of_vector(known: Known, before: Moment, arithmetic: Arithmetic) -> Any:
    """The variance of a vector, in full."""
    old = vector(before.state.get("variance", np.zeros(len(before.values))), arithmetic)
    new = each("g*g", _only(known, "g"), arithmetic)
    return (yield from _kept("variance", old, new, known, arithmetic))


def _of_matrix(known: Known, before: Moment, arithmetic: Arithmetic) -> Any:
    """The variance of the last two dimensions, from the averages of rows and of columns."""
    rows, columns = before.shape[-2:]
    grad = _shaped(known["g"], (-1, rows, columns))
    stacks = len(grad)
    row_var = yield from _average("row_var", grad.reshape(-1, columns), known, before, arithmetic)
    col_var = yield from _average("col_var", grad.swapaxes(1, 2).reshape(-1, rows), known, before, arithmetic)
    row, col = _shaped(row_var, (stacks, rows)), _shaped(col_var, (stacks, columns))
    found: Vector = []
    for stack in range(stacks):
        middle = mean(list(row[stack]), arithmetic)
        for place in range(rows):
            given = {"row": row[stack, place], "col": list(col[stack]), "middle": middle, "eps1": known["eps1"]}
            found += each("row*col/max(middle, eps1)", given, arithmetic)
    return found


def _average(name: str, groups: Any, known: Known, before: Moment, arithmetic: Arithmetic) -> Any:
    """A state entry that is moved to the mean square of each of ``groups``, (k, n) Numbers."""
    old = vector(before.state.get(name, np.zeros(len(groups))), arithmetic)
    sizes = [norm(list(group), arithmetic, f"the norm for {name}") for group in groups]
    count = arithmetic.given(float(groups.shape[1]), Kind.PYTHON)
    new = each("size*size/count", {"size": sizes, "count": count}, arithmetic)
    return (yield from _kept(name, old, new, known, arithmetic))


def _kept(name: str, old: Vector, new: Vector, known: Known, arithmetic: Arithmetic) -> Any:
    """The next numbers of a state entry; returns what torch has of them, where it has any."""
    made = each(KEPT, {"old": old, "new": new, "weight": known["weight"]}, arithmetic)
    observed = yield name, made
    return stored(made, observed, arithmetic)


def _only(known: Known, *names: str) -> dict[str, Number | Vector]:
    return {name: known[name] for name in names}


def _shaped(numbers: Vector, shape: tuple[int, ...]) -> Any:
    """The same in an array of objects."""
    found = np.empty(len(numbers), dtype=object)
    found[:] = numbers
    return found.reshape(shape)
