"""Which parts of a formula torch's gradient does not go through, though their value depends on the variables."""

from functools import lru_cache

import torch

from diffcheck.errors import UnsupportedError
from diffcheck.formula.array_functions import ARRAYS
from diffcheck.formula.formula import Formula
from diffcheck.formula.functions import ROWS
from diffcheck.formula.operations import Operation, Tape
from diffcheck.program.program import lower_tape


@lru_cache(maxsize=64)
def lost_parts(formula: Formula) -> str:
    """The operations whose result carries no gradient, in the formula's words; empty where there are none."""
    tape = formula.written
    lost = dict.fromkeys(
        tape.text(place)
        for place, operation in enumerate(tape.operations)
        if operation.name not in ("variable", "number") and not operation.constant and _detaches(operation.name)
    )
    return ", ".join(lost)


@lru_cache(maxsize=256)
def _detaches(name: str) -> bool:
    """The row's kernel, at arguments that require a gradient, returns a number that does not."""
    row = ROWS[name]
    if not row.torch or row in ARRAYS or all(partial in (None, "0") for partial in row.partials):
        return False
    width = row.arity
    operations = (*(Operation("variable", value=each) for each in "xyz"[:width]), Operation(name, tuple(range(width))))
    inputs = [torch.tensor(each, dtype=torch.float64, requires_grad=True) for each in (0.5, 1.5, 2.5)[:width]]
    if name == "select":
        inputs[0] = torch.tensor(True)
    try:
        result = lower_tape(Tape(tuple("xyz"[:width]), operations, (width,)))(*inputs)
    except UnsupportedError:  # a kernel that takes no tensor for an argument
        return False
    return bool(result.is_floating_point() and not result.requires_grad)
