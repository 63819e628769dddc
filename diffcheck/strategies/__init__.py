"""Strategies for hypothesis: formulas that diffcheck reads, points of a dtype, options that an optimizer takes.

>>> import torch
>>> from hypothesis import given, settings
>>> from diffcheck import check, strategies
>>> @settings(deadline=None)
... @given(strategies.points({"x": (-20, 20)}, "float32"))
... def test_my_silu_has_its_derivative(point):
...     check(torch.nn.functional.silu, "x/(1 + exp(-x))", at=point, dtypes=["float32"]).assert_passed()

They need hypothesis, which the extra `fuzz` brings: pip install 'diffcheck[fuzz]'. Importing them imports no torch.
"""

try:
    import hypothesis as _hypothesis
except ImportError:  # told in the words of the extra, by whoever imports it
    raise ImportError("strategies need hypothesis, which the extra `fuzz` brings: pip install 'diffcheck[fuzz]'") from None

from diffcheck.strategies.formulas import formulas
from diffcheck.strategies.optimizers import optimizer_options
from diffcheck.strategies.points import numbers, points

__all__ = ["formulas", "numbers", "optimizer_options", "points"]

del _hypothesis
