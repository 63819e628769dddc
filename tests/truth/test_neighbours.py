"""Rounding to a dtype and its neighbouring numbers, held to NumPy and torch."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from diffcheck.dtypes import FORMATS
from diffcheck.truth.neighbours import nearest, neighbour
from tests.truth.strategies import doubles

DTYPES = sorted(FORMATS)


@pytest.mark.parametrize("dtype", DTYPES)
@given(value=doubles)
@settings(max_examples=200, deadline=None)
def test_a_number_is_rounded_as_torch_rounds_it(dtype: str, value: float) -> None:
    rounded = torch.tensor(value, dtype=torch.float64).to(getattr(torch, dtype)).item()
    assert nearest(value, FORMATS[dtype]).hex() == rounded.hex()


@pytest.mark.parametrize("dtype", DTYPES)
@given(value=doubles)
@settings(max_examples=200, deadline=None)
def test_there_is_no_number_between_neighbours(dtype: str, value: float) -> None:
    form = FORMATS[dtype]
    number = nearest(value, form)
    if not math.isfinite(number):
        return
    for side in (-1, 1):
        near = neighbour(number, form, side)
        assert (near - number) * side > 0
        if math.isfinite(near):
            assert nearest(near, form) == near
            assert nearest(number / 2 + near / 2, form) in (number, near)


@pytest.mark.parametrize(("dtype", "kind"), [("float64", np.float64), ("float32", np.float32), ("float16", np.float16)])
@given(value=doubles)
@settings(max_examples=200, deadline=None)
def test_neighbours_are_numpys(dtype: str, kind: type, value: float) -> None:
    form = FORMATS[dtype]
    number = nearest(value, form)
    if math.isfinite(number):
        with np.errstate(all="ignore"):
            below, above = (float(np.nextafter(kind(number), kind(side * math.inf))) for side in (-1, 1))
        assert (neighbour(number, form, -1), neighbour(number, form, 1)) == (below, above)
