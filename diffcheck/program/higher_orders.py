"""The ways that torch differentiates twice and more. Each takes a Question to every partial of its order."""

from collections.abc import Callable

import torch
from torch.autograd.functional import hvp

from diffcheck.program.first_order import gradient, rows, scalars
from diffcheck.program.question import Partials, Question
from diffcheck.program.silence import quietly

Function = Callable[..., list[torch.Tensor]]
"""From the inputs sought to numbers: every partial of one order."""


def nested_reverse(question: Question) -> Partials:
    """``torch.autograd.grad`` of ``torch.autograd.grad``, as often as the order says."""
    copies, leaves = question.leaves()
    known: Partials = list(question.entries(question.primal(copies)))
    for order in range(1, question.order + 1):
        known = [
            partial
            for entry in known
            for partial in gradient(
                question, entry if entry is not None else torch.zeros(()), leaves, create_graph=order < question.order
            )
        ]
    return known


def forward_over_reverse(question: Question) -> Partials:
    """``torch.func.jvp`` of ``torch.func.grad``, which is nested for orders above the second."""
    return list(pushed(question, _nested(question, pulled, question.order - 1))(*question.sought))


def reverse_over_forward(question: Question) -> Partials:
    """``torch.func.grad`` of ``torch.func.jvp``, which is nested for orders above the second."""
    return list(pulled(question, _nested(question, pushed, question.order - 1))(*question.sought))


def _nested(question: Question, derive: Callable[[Question, Function], Function], times: int) -> Function:
    """The entries of the primal, differentiated ``times`` times."""

    def function(*inputs: torch.Tensor) -> list[torch.Tensor]:
        return question.entries(question.at(*inputs))

    for _ in range(times):
        function = derive(question, function)
    return function


def pulled(question: Question, function: Function) -> Function:
    """Every partial of every number of ``function``, by ``torch.func.vjp``."""

    def derived(*inputs: torch.Tensor) -> list[torch.Tensor]:
        numbers, pull_back = torch.func.vjp(lambda *each: tuple(function(*each)), *inputs)  # type: ignore[misc]
        found = []
        for place in range(len(numbers)):
            cotangents = [torch.zeros_like(each) for each in numbers]
            cotangents[place] = torch.ones_like(numbers[place])
            for gradients, leaf in zip(pull_back(tuple(cotangents)), inputs, strict=True):
                found += [each for each in question.split(gradients, leaf) if each is not None]
        return found

    return derived


def pushed(question: Question, function: Function) -> Function:
    """Every partial of every number of ``function``, by ``torch.func.jvp``."""

    def derived(*inputs: torch.Tensor) -> list[torch.Tensor]:
        with quietly():
            columns = [
                torch.func.jvp(lambda *each: tuple(function(*each)), inputs, tangent)[1] for tangent in question.tangents()
            ]
        return [number for row in zip(*columns, strict=True) for number in row]

    return derived


def hessian(question: Question) -> Partials:
    """``torch.func.hessian`` (forward over reverse); of many points together, its ``vmap``."""
    argnums = tuple(range(len(question.wrt)))
    if question.together:
        with quietly():
            blocks = question.each_point(torch.func.hessian(question.pointwise, argnums))
        return [block for row in blocks for block in row]
    found: Partials = []
    for each in scalars(question):
        with quietly():
            blocks = torch.func.hessian(each, argnums)(*question.sought)
        sizes = [leaf.numel() for leaf in question.sought]
        joined = [
            torch.cat([block.reshape(size, -1) for block in row], dim=1) for size, row in zip(sizes, blocks, strict=True)
        ]
        found += list(torch.cat(joined).reshape(-1).unbind())
    return found


def hessian_products(question: Question) -> Partials:
    """``torch.autograd.functional.hvp``: the Hessian times each unit vector."""
    found: Partials = []
    for each in scalars(question):
        columns = []
        for tangent in question.tangents():
            products = hvp(each, tuple(question.sought), tangent)[1]  # type: ignore[no-untyped-call]
            columns.append(rows(question, [products]))
        found += [partial for row in zip(*columns, strict=True) for partial in row]
    return found
