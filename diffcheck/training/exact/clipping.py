"""Clipped gradients: a bound on their joint norm, or on each number."""

from collections.abc import Iterable, Mapping
from typing import Any

from diffcheck.training.exact.number import Kind
from diffcheck.training.exact.update import Worker

GUARD = 1e-6
"""What torch adds to the norm before it divides by it."""


def clipped_by_norm(grads: Mapping[str, list[Any]], bound: float, worker: Worker) -> dict[str, list[Any]]:
    """Every gradient times ``min(1, bound/(norm + 1e-6))``, the norm that of every tensor's norm.

    Squares are added from the largest on: of all orders, the one that may round most.
    """
    factor = coefficient(joint_norm(grads.values(), worker), bound, worker)
    return {name: [worker.apply("mul", [each, factor]) for each in numbers] for name, numbers in grads.items()}


def joint_norm(grads: Iterable[list[Any]], worker: Worker) -> Any:
    """The norm of the norms of several tensors' numbers.

    It is one kernel, whose squares the rule does not have: where they overflow inside, that excuses nothing.
    """
    norms = [_norm(numbers, worker) for numbers in grads]
    return norms[0] if len(norms) == 1 else _norm(norms, worker)


def coefficient(norm: Any, bound: float, worker: Worker, *, clamped: bool = True) -> Any:
    """What gradients of this norm are multiplied by: at most 1, where it is ``clamped``."""
    guarded = worker.apply("add", [norm, worker.given(GUARD, Kind.PYTHON)])
    ratio = worker.apply("div", [worker.given(bound, Kind.PYTHON), guarded])
    return worker.apply("min", [ratio, worker.given(1.0, Kind.PYTHON)]) if clamped else ratio


def _norm(numbers: list[Any], worker: Worker) -> Any:
    if not numbers:
        return worker.given(0.0, Kind.TENSOR)
    ordered = sorted((worker.apply("mul", [each, each]) for each in numbers), key=_size, reverse=True)
    total = ordered[0]
    for each in ordered[1:]:
        total = worker.apply("add", [total, each])
    return worker.kernel(worker.apply("sqrt", [total]), numbers)


def _size(number: Any) -> float:
    return float(getattr(number, "number", number).exact)


def clipped_by_value(grads: Mapping[str, list[Any]], bound: float, worker: Worker) -> dict[str, list[Any]]:
    """Every number moved into [-bound, bound]."""
    return {name: bounded(numbers, -bound, bound, worker) for name, numbers in grads.items()}


def bounded(numbers: list[Any], low: float | None, high: float | None, worker: Worker) -> list[Any]:
    """Every number within the bounds that there are."""
    for name, bound in (("max", low), ("min", high)):
        if bound is not None:
            numbers = [worker.apply(name, [each, worker.given(bound, Kind.PYTHON)]) for each in numbers]
    return numbers


CLIPPED = {"norm": clipped_by_norm, "value": clipped_by_value}
"""The ways to clip, by the case's word."""
