"""What ``torch.autograd.gradcheck`` itself says of a program at one point."""

import math
import warnings
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import torch
from numpy.typing import NDArray

from diffcheck.illustrations import PASSES
from diffcheck.program.program import Program


def word_of_gradcheck(program: Program, point: NDArray[np.float64], columns: Sequence[int], device: str) -> str:
    """``passes``, ``fails``, or ``raised TypeError``: with its defaults, in float64, by every argument that holds ``columns``.

    ``point`` has shape (variables,). What the program, or gradcheck, raises beyond "fails" is told by its type.
    """
    ends = list(accumulate(map(math.prod, program.shapes)))
    sought = {bisect_right(ends, column) for column in columns}
    whole = torch.tensor(point, dtype=torch.float64, device=device)
    parts = whole.split([math.prod(each) for each in program.shapes])  # type: ignore[no-untyped-call]
    inputs = tuple(
        part.reshape(shape).clone().requires_grad_(number in sought)
        for number, (part, shape) in enumerate(zip(parts, program.shapes, strict=True))
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            passes = torch.autograd.gradcheck(program.call, inputs, raise_exception=False)
        except (Exception, SystemExit) as error:  # whatever somebody's program raises
            return f"raised {type(error).__name__}"
    return PASSES if passes else "fails"
