"""Programs for sin(x), or x*y, that break a contract; the table of them says which."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

_CALLS = itertools.count()


def function(backward: Callable[..., Any], forward: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """sin as a custom Function; its backward is (ctx, cotangent, cosine) to what it returns."""

    class Sine(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):  # type: ignore[no-untyped-def]
            ctx.cosine = torch.cos(x)
            return torch.sin(x) if forward is None else forward(x)

        @staticmethod
        def backward(ctx, cotangent):  # type: ignore[no-untyped-def]
            return backward(ctx, cotangent, ctx.cosine)

    return Sine.apply


def noise(x):
    return torch.sin(x) + torch.rand_like(x) / 8


def counter(x):
    return torch.sin(x) + next(_CALLS)


def sometimes_raises(x):
    if next(_CALLS) % 3 == 2:
        raise LookupError("not today")
    return torch.sin(x)


dropped = function(lambda ctx, cotangent, cosine: cosine.clone())
squared = function(lambda ctx, cotangent, cosine: cotangent**2 * cosine)
magnitude = function(lambda ctx, cotangent, cosine: cotangent.abs() * cosine)
clipped = function(lambda ctx, cotangent, cosine: cotangent.clamp(-10, 10) * cosine)
powers_of_two = function(lambda ctx, cotangent, cosine: cotangent.sign() * torch.exp2(cotangent.abs().log2().floor()) * cosine)
one_for_zero = function(lambda ctx, cotangent, cosine: torch.where(cotangent == 0, 1.0, cotangent * cosine))
nan_for_zero = function(lambda ctx, cotangent, cosine: cotangent * (cotangent / cotangent) * cosine)
mean_of_all = function(lambda ctx, cotangent, cosine: cotangent.mean() * cosine)
one_up = function(lambda ctx, cotangent, cosine: cotangent.roll(1) * cosine)
wide = function(lambda ctx, cotangent, cosine: (cotangent * cosine).double())
of_shape_one = function(lambda ctx, cotangent, cosine: (cotangent * cosine).reshape(1))
of_two_rows = function(lambda ctx, cotangent, cosine: (cotangent * cosine).expand(2, *cotangent.shape) / 2)
writes_to_the_cotangent = function(lambda ctx, cotangent, cosine: cotangent.mul_(cosine))
writes_the_same_to_the_cotangent = function(lambda ctx, cotangent, cosine: cotangent.clamp_(-1e30, 1e30) * cosine)
writes_to_what_is_saved = function(lambda ctx, cotangent, cosine: cosine.mul_(cotangent).clone())


@function
def runs_once(ctx, cotangent, cosine):
    del ctx.cosine
    return cotangent * cosine


@function
def one_buffer(ctx, cotangent, cosine):
    ctx.buffer = getattr(ctx, "buffer", torch.empty_like(cosine))
    return torch.mul(cotangent, cosine, out=ctx.buffer)


@function
def lends_what_is_saved(ctx, cotangent, cosine):
    return cosine if bool((cotangent == 1).all()) else cotangent * cosine


def writes_to_its_input(x):
    result = torch.sin(x * 1)
    x.data.mul_(2)
    return result


def writes_to_a_leaf(x):
    return x.mul_(1).sin()


def writes_the_same_to_its_input(x):
    with torch.no_grad():
        x.clamp_(-1e4, 1e4)
    return torch.sin(x)


def another_without_gradients(x):
    return torch.sin(x) if torch.is_grad_enabled() else 2 * torch.sin(x)


def nothing_without_gradients(x):
    if not torch.is_grad_enabled():
        raise RuntimeError("no tape")
    return torch.sin(x)


def from_the_storage_on(x):
    return torch.sin(x.as_strided(x.shape, x.stride(), 0))


def one_after_the_other(x):
    return torch.sin(x.as_strided(x.shape, (min(1, x.stride(0)),)))


def densely(x):
    return torch.sin(x.as_strided(x.shape, (1,)))


one_by_one_in_place = function(
    lambda ctx, cotangent, cosine: cotangent * cosine,
    lambda x: torch.sin(x, out=torch.empty_strided(x.shape, x.stride(), dtype=x.dtype)),
)


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):  # type: ignore[no-untyped-def]
        ctx.save_for_backward(x, y)
        return x * y

    @staticmethod
    def backward(ctx, cotangent):  # type: ignore[no-untyped-def]
        x, y = ctx.saved_tensors
        return (cotangent * y, cotangent * x) if all(ctx.needs_input_grad) else (None, None)


all_or_nothing = _Product.apply


@dataclass(frozen=True)
class Planted:
    """An unsound program, and the contracts it breaks."""

    code: Callable[..., Any]
    breaks: frozenset[str]
    batched: bool = False
    formula: str = "sin(x)"
    dtype: str = "float32"
    says: str = ""
    """What the first of its breaches says, in part."""


def _row(code: Callable[..., Any], breaks: str, says: str = "", **keys: Any) -> Planted:
    return Planted(code, frozenset(breaks.split()), says=says, **keys)


PLANTED = {
    "noise":                _row(noise, "deterministic", " in the second call, "),
    "a counter":            _row(counter, "deterministic", batched=True),
    "sometimes raises":     _row(sometimes_raises, "deterministic", "raised LookupError: not today"),
    # a gradient that does not look at the cotangent cannot be zero with it
    "dropped":              _row(dropped, "linear zero_cotangent", " for the cotangents 2 and 1"),
    "squared":              _row(squared, "linear", " for the cotangents 2 and 1"),
    "magnitude":            _row(magnitude, "linear", "from the opposite cotangent's, sign changed"),
    "clipped":              _row(clipped, "linear", "e+2"),
    # log2 of a zero cotangent is -infinity, and its sign zero: 0*0
    "powers of two":        _row(powers_of_two, "linear", " for the cotangent 3 = 1 + 2", batched=True),
    "one for zero":         _row(one_for_zero, "zero_cotangent", "gradient 1 for a zero cotangent"),
    "one for zero, many":   _row(one_for_zero, "zero_cotangent", batched=True),
    "NaN for zero":         _row(nan_for_zero, "zero_cotangent", "gradient nan for a zero cotangent"),
    "mean of all":          _row(mean_of_all, "pointwise", " where points have cotangents of their own", batched=True),
    "one up":               _row(one_up, "pointwise", batched=True),
    "wide":                 _row(wide, "like_input", "the backward of Sine returns float64 of shape () on cpu for input 1"),
    "of shape one":         _row(of_shape_one, "like_input", "float32 of shape (1,) on cpu"),
    "of two rows":          _row(of_two_rows, "like_input", "float32 of shape (2, 3) on cpu", batched=True),
    "cotangent written":    _row(writes_to_the_cotangent, "cotangent_unchanged", " after backward, 1 before"),
    "the same written":     _row(writes_the_same_to_the_cotangent, "cotangent_unchanged", "with the numbers it had"),
    "saved written":        _row(writes_to_what_is_saved, "backward_twice", " in the second backward, "),
    "runs once":            _row(runs_once, "backward_twice", "raised AttributeError"),
    "one buffer":           _row(one_buffer, "owned", " after another backward, "),
    "lent":                 _row(lends_what_is_saved, "owned", " after somebody wrote to an earlier gradient, "),
    "input written":        _row(writes_to_its_input, "inputs_unchanged", " after the run, "),
    "a leaf written":       _row(writes_to_a_leaf, "inputs_unchanged", "input 1 is written to in place"),
    "same input written":   _row(writes_the_same_to_its_input, "inputs_unchanged", "with the numbers it had"),
    "another value":        _row(another_without_gradients, "no_grad", " under no_grad, "),
    "no value":             _row(nothing_without_gradients, "no_grad", "raised RuntimeError: no tape"),
    "from the storage on":  _row(from_the_storage_on, "view", " for an element of a larger tensor, "),
    "gaps read":            _row(one_after_the_other, "strided", " for an input with gaps in memory, ", batched=True),
    # there is one number in memory where it wants many
    "dense":                _row(densely, "strided expanded", batched=True),
    "written one by one":   _row(one_by_one_in_place, "expanded", "raised RuntimeError: unsupported operation", batched=True),
    "all or nothing":       _row(all_or_nothing, "subset", "gradient by input 1 none when input 1 alone ", formula="x*y"),
}  # fmt: skip
"""Every contract is broken by one, and no other with it but where it says why."""
