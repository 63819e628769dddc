"""Clipped gradients: the bound on their joint norm, or on each number, in balls at torch's own gradients."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from flint import arb

from diffcheck.dtypes import FORMATS, Format
from diffcheck.training.number import Arithmetic, Kind, Number
from diffcheck.training.session import Event
from diffcheck.training.told import BITS, Told, broken, told
from diffcheck.training.verdicts import Worst, badness, judge_number
from diffcheck.truth.balls import SIGNS, precision

GUARD = 1e-6
"""What torch adds to the norm before it divides by it."""


def judge_clip(event: Event, clip: tuple[str, float], form: Format) -> Iterator[Told]:
    """Each parameter's gradient after ``clip_grad_norm_`` or ``clip_grad_value_``."""
    way, bound = clip
    arithmetic = Arithmetic(form)
    grads = {name: moment.grad for name, moment in event.before.moments.items() if moment.grad is not None}
    with precision(BITS):
        numbers = {name: [arithmetic.given(float(each), Kind.TENSOR) for each in grad] for name, grad in grads.items()}
        clipped = _by_norm(numbers, bound, arithmetic) if way == "norm" else _by_value(numbers, bound, arithmetic)
        for name, exact in clipped.items():
            after = event.after.moments[name].grad
            if after is None:
                yield broken(event.action.step, f"d/d{name}", f"clipping by {way} dropped the gradient")
                continue
            found = [Worst(place, float(actual), number, judge_number(float(actual), number, form))
                     for place, (actual, number) in enumerate(zip(after, exact, strict=True))]  # fmt: skip
            worst = min(found, key=badness)
            counts = Counter(each.judgement.verdict for each in found)
            point = {f"d/d{name}[{worst.index}]": float(grads[name][worst.index])}
            cause = worst.judgement.cause or f"after clipping by {way} at {bound:g}"
            yield told(event.action.step, f"d/d{name}", counts, worst.actual, worst.number.exact, worst.judgement, form, point, cause)


def _by_norm(grads: Mapping[str, list[Number]], bound: float, arithmetic: Arithmetic) -> dict[str, list[Number]]:
    """Every gradient times ``min(1, bound/(norm + 1e-6))``, the norm that of all of them together.

    A sum of n squares in any order, of norms by tensor or not, is off by at most n + 4 units of roundoff.
    Source: Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 4.2.
    """
    everything = [each for numbers in grads.values() for each in numbers]
    exact = sum((each.exact * each.exact for each in everything), arb(0))
    rounding = arithmetic.roundings[Kind.TENSOR]
    reach = exact * (len(everything) + 4) * rounding.form.unit_roundoff + rounding.eta.rad() * len(everything)
    squares = Number(exact, exact + SIGNS * reach.upper(), Kind.TENSOR, _overflowing(exact, form=arithmetic.form))
    if squares.reached.contains(0) and not squares.exact.is_zero():
        squares = Number(exact, arb(0).union(squares.reached.upper()), Kind.TENSOR, squares.over)
    norm = arithmetic.apply("sqrt", [squares])
    guarded = arithmetic.apply("add", [norm, arithmetic.given(GUARD, Kind.PYTHON)])
    ratio = arithmetic.apply("div", [arithmetic.given(bound, Kind.PYTHON), guarded])
    factor = arithmetic.apply("min", [ratio, arithmetic.given(1.0, Kind.PYTHON)])
    return {name: [arithmetic.apply("mul", [each, factor]) for each in numbers] for name, numbers in grads.items()}


def _overflowing(squares: Any, form: Format) -> str:
    """Whether the sum of squares leaves the dtype's range upwards, in words."""
    largest = FORMATS["float32"].largest if form.bits < FORMATS["float32"].bits and form.max_exponent > 16 else form.largest
    return "" if squares < largest else "the sum of squares"


def _by_value(grads: Mapping[str, list[Number]], bound: float, arithmetic: Arithmetic) -> dict[str, list[Number]]:
    """Every number moved into [-bound, bound]."""
    low, high = arithmetic.given(-bound, Kind.PYTHON), arithmetic.given(bound, Kind.PYTHON)
    return {name: [arithmetic.apply("clamp", [each, low, high]) for each in numbers] for name, numbers in grads.items()}
