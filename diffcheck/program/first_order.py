"""The ways that torch differentiates once. Each takes a Question to the partials of every entry, entries first."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import torch
import torch.autograd.forward_ad as dual
from torch.utils.checkpoint import checkpoint

from diffcheck.program.question import Partials, Question
from diffcheck.program.silence import quietly


def reverse(question: Question) -> Partials:
    """``Tensor.backward``, and what it leaves in ``.grad``."""
    copies, leaves = question.leaves()
    found: Partials = []
    for entry in question.entries(question.primal(copies)):
        for leaf in leaves:
            leaf.grad = None
        if entry.requires_grad:
            entry.backward(torch.ones_like(entry), retain_graph=True)  # type: ignore[no-untyped-call]
        found += [partial for leaf in leaves for partial in question.split(leaf.grad, leaf)]
    return found


def grad(question: Question) -> Partials:
    """``torch.autograd.grad``."""
    copies, leaves = question.leaves()
    found: Partials = []
    for entry in question.entries(question.primal(copies)):
        found += gradient(question, entry, leaves)
    return found


def gradient(question: Question, entry: torch.Tensor, leaves: list[torch.Tensor], *, create_graph: bool = False) -> Partials:
    """The partials of one entry by ``leaves``; None where nothing leads there."""
    if not entry.requires_grad:
        return [None for leaf in leaves for _ in question.split(None, leaf)]
    found = torch.autograd.grad(
        entry, leaves, torch.ones_like(entry), allow_unused=True, retain_graph=True, create_graph=create_graph
    )
    return [partial for each, leaf in zip(found, leaves, strict=True) for partial in question.split(each, leaf)]


def batched_grad(question: Question) -> Partials:
    """``torch.autograd.grad`` with all cotangents at once (``is_grads_batched``)."""
    copies, leaves = question.leaves()
    primal = question.primal(copies)
    entries = len(question.entries(primal))
    if not primal.requires_grad:
        return [None for _ in range(entries) for leaf in leaves for _ in question.split(None, leaf)]
    cotangents = torch.stack(question.cotangents(primal))
    with quietly():
        batched = torch.autograd.grad(primal, leaves, cotangents, allow_unused=True, is_grads_batched=True)
    return rows(question, [[None if each is None else each[row] for each in batched] for row in range(entries)])


def rows(question: Question, gradients: Iterable[Iterable[torch.Tensor | None]]) -> Partials:
    """Gradients by each input sought, a row an entry, as partials."""
    return [
        partial
        for row in gradients
        for each, leaf in zip(row, question.sought, strict=True)
        for partial in question.split(each, leaf)
    ]


def checkpointed(question: Question) -> Partials:
    """``torch.utils.checkpoint``, non-reentrant: the primal is run again in the backward pass."""
    return reverse(replace(question, program=lambda *inputs: checkpoint(question.program, *inputs, use_reentrant=False)))


def compiled(backend: str) -> Callable[[Question], Partials]:
    """``torch.compile`` with one of its backends, then backward."""

    def run(question: Question) -> Partials:
        torch._dynamo.reset()
        with quietly():
            return reverse(replace(question, program=torch.compile(question.program, backend=backend, dynamic=False)))

    return run


AUTOCAST = {"cpu": "bfloat16", "cuda": "float16"}
"""The dtype that autocast casts to, by device. It leaves float64 alone."""


def autocast(question: Question) -> Partials:
    """``torch.autocast`` around the primal, then backward: matrix products in half precision."""
    device = question.inputs[0].device.type

    def program(*inputs: torch.Tensor) -> Any:
        with torch.autocast(device, dtype=getattr(torch, AUTOCAST[device])):
            return question.program(*inputs)

    return reverse(replace(question, program=program))


def forward(question: Question) -> Partials:
    """Dual numbers (``torch.autograd.forward_ad``), one sweep a tangent."""
    columns = []
    with quietly(), torch.no_grad():
        for tangent in question.tangents():
            with dual.dual_level():
                # Only what moves is made dual: torch skips the tangents that are not there.
                inputs = [
                    dual.make_dual(each, direction) if direction.any() else each  # type: ignore[no-untyped-call]
                    for each, direction in zip(question.sought, tangent, strict=True)
                ]
                primal = question.at(*inputs)
                columns.append(_tangents_of(question, dual.unpack_dual(primal).tangent, primal))  # type: ignore[no-untyped-call]
    return _by_entry(columns)


def _tangents_of(question: Question, tangent: torch.Tensor | None, primal: torch.Tensor) -> Partials:
    """The tangent of every entry."""
    return [None for _ in question.entries(primal)] if tangent is None else list(question.entries(tangent))


def _by_entry(columns: list[Partials]) -> Partials:
    """Columns of a Jacobian as partials, entries first."""
    return [partial for row in zip(*columns, strict=True) for partial in row]


def func_grad(question: Question) -> Partials:
    """``torch.func.grad`` of each entry; of many points together, of their sum."""
    argnums = tuple(range(len(question.wrt)))
    return rows(question, [torch.func.grad(each, argnums)(*question.sought) for each in scalars(question)])


def scalars(question: Question) -> list[Callable[..., torch.Tensor]]:
    """The program as functions to one number: each entry; of many points together, their sum."""
    if question.together:
        return [lambda *inputs: question.at(*inputs).sum()]
    return [lambda *inputs, entry=entry: question.at(*inputs).reshape(-1)[entry] for entry in range(question.size)]


def func_vjp(question: Question) -> Partials:
    """``torch.func.vjp``, one product a cotangent."""
    primal, pull_back = torch.func.vjp(question.at, *question.sought)  # type: ignore[misc]
    return rows(question, [pull_back(cotangent) for cotangent in question.cotangents(primal)])


def func_jvp(question: Question) -> Partials:
    """``torch.func.jvp``, one product a tangent."""
    columns = []
    with quietly():
        for tangent in question.tangents():
            primal, pushed = torch.func.jvp(question.at, tuple(question.sought), tangent)  # type: ignore[misc]
            columns.append(_tangents_of(question, pushed, primal))
    return _by_entry(columns)


def linearize(question: Question) -> Partials:
    """``torch.func.linearize``: the primal once, then its linear part for each tangent."""
    with quietly():
        primal, push = torch.func.linearize(question.at, *question.sought)
        return _by_entry([_tangents_of(question, push(*tangent), primal) for tangent in question.tangents()])


def jacobian(transform: Callable[..., Any]) -> Callable[[Question], Partials]:
    """``torch.func.jacrev`` or ``jacfwd``; of many points together, its ``vmap``."""

    def run(question: Question) -> Partials:
        argnums = tuple(range(len(question.wrt)))
        with quietly():
            if question.together:
                return list(question.each_point(transform(question.pointwise, argnums=argnums)))
            blocks = transform(question.at, argnums=argnums)(*question.sought)
        flat = [block.reshape(-1, leaf.numel()) for block, leaf in zip(blocks, question.sought, strict=True)]
        return list(torch.cat(flat, dim=1).reshape(-1).unbind())

    return run


def mapped(question: Question) -> Partials:
    """``torch.func.vmap`` of ``grad``: each point by itself, all at once; one point is a batch of one."""
    argnums = tuple(range(len(question.wrt)))
    with quietly():
        if question.together:
            return list(question.each_point(torch.func.grad(question.pointwise, argnums)))
        batch = [each.unsqueeze(0) for each in question.sought]
        found = [torch.func.vmap(torch.func.grad(each, argnums))(*batch) for each in scalars(question)]
    return rows(question, [tuple(each.squeeze(0) for each in row) for row in found])
