"""Clipped gradients: the bound on their joint norm, or on each number, in balls at torch's own gradients."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from diffcheck.dtypes import Format
from diffcheck.training.number import Arithmetic, Kind
from diffcheck.training.session import Event
from diffcheck.training.told import BITS, Told, broken, located, told
from diffcheck.training.update import Worker
from diffcheck.training.verdicts import Worst, badness, judge_number
from diffcheck.truth.balls import precision

GUARD = 1e-6
"""What torch adds to the norm before it divides by it."""


def judge_clip(event: Event, clip: tuple[str, float], form: Format) -> Iterator[Told]:
    """Each parameter's gradient after ``clip_grad_norm_`` or ``clip_grad_value_``."""
    way, bound = clip
    arithmetic = Arithmetic(form)
    grads = {name: moment.grad for name, moment in event.before.moments.items() if moment.grad is not None}
    with precision(BITS):
        numbers = {name: [arithmetic.given(float(each), Kind.TENSOR) for each in grad] for name, grad in grads.items()}
        for name, exact in CLIPPED[way](numbers, bound, arithmetic).items() if numbers else ():
            after = event.after.moments[name].grad
            if after is None:
                yield broken(event.action.step, f"d/d{name}", f"clipping by {way} dropped the gradient")
                continue
            found = [Worst(place, float(actual), number, judge_number(float(actual), number, form))
                     for place, (actual, number) in enumerate(zip(after, exact, strict=True))]  # fmt: skip
            worst = min(found, key=badness)
            counts = Counter(each.judgement.verdict for each in found)
            point = located(worst.index, len(grads[name]), grad=float(grads[name][worst.index]))
            cause = worst.judgement.cause or f"after clipping by {way} at {bound:g}"
            exactly = worst.number.exact
            yield told(event.action.step, f"d/d{name}", counts, worst.actual, exactly, worst.judgement, form, point, cause)


def clipped_by_norm(grads: Mapping[str, list[Any]], bound: float, worker: Worker) -> dict[str, list[Any]]:
    """Every gradient times ``min(1, bound/(norm + 1e-6))``, the norm that of every tensor's norm.

    Squares are added from the largest on: of all orders, the one that may round most.
    """
    norms = [_norm([worker.apply("mul", [each, each]) for each in numbers], worker) for numbers in grads.values()]
    norm = norms[0] if len(norms) == 1 else _norm([worker.apply("mul", [each, each]) for each in norms], worker)
    guarded = worker.apply("add", [norm, worker.given(GUARD, Kind.PYTHON)])
    ratio = worker.apply("div", [worker.given(bound, Kind.PYTHON), guarded])
    factor = worker.apply("min", [ratio, worker.given(1.0, Kind.PYTHON)])
    return {name: [worker.apply("mul", [each, factor]) for each in numbers] for name, numbers in grads.items()}


def _norm(squares: list[Any], worker: Worker) -> Any:
    ordered = sorted(squares, key=_size, reverse=True)
    total = ordered[0]
    for each in ordered[1:]:
        total = worker.apply("add", [total, each])
    return worker.apply("sqrt", [total])


def _size(number: Any) -> float:
    return float(getattr(number, "number", number).exact)


def clipped_by_value(grads: Mapping[str, list[Any]], bound: float, worker: Worker) -> dict[str, list[Any]]:
    """Every number moved into [-bound, bound]."""
    low, high = worker.given(-bound, Kind.PYTHON), worker.given(bound, Kind.PYTHON)
    return {name: [worker.apply("clamp", [each, low, high]) for each in numbers] for name, numbers in grads.items()}


CLIPPED = {"norm": clipped_by_norm, "value": clipped_by_value}
"""The ways to clip, by the case's word."""
