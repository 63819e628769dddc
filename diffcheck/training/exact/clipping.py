"""Clipped gradients: a bound on their joint norm, or on each number."""

from collections.abc import Mapping
from typing import Any

from diffcheck.training.exact.number import Kind
from diffcheck.training.exact.update import Worker

GUARD = 1e-6
"""What torch adds to the norm before it divides by it."""


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
