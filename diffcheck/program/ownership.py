"""Contracts on whose memory is whose: what is lent is not written to, what is returned is the caller's own."""

from collections.abc import Iterator
from typing import Any

import torch
from torch.autograd.function import BackwardCFunction

from diffcheck.program.question import tensor_of
from diffcheck.program.trial import (
    Breach,
    Call,
    Inputs,
    Partials,
    Trial,
    attempt,
    cotangent_for,
    difference,
    leaves_of,
    pulled_back,
    unlike,
)


def inputs_unchanged(call: Call, inputs: Inputs) -> Breach | None:
    """Neither the value, under no_grad, nor the gradient leaves other numbers in the inputs, nor writes the same again."""
    with torch.no_grad():
        breach = _written(call, [each.detach().clone() for each in inputs], inputs)
    return breach or _written(call, leaves_of(inputs), inputs)


def _written(call: Call, given: list[torch.Tensor], inputs: Inputs) -> Breach | None:
    versions = [each._version for each in given]
    try:
        attempt(call, given)
    except (Exception, SystemExit):  # the plain run's own exception is not this contract's
        return None
    for place, (each, before) in enumerate(zip(given, inputs, strict=True), 1):
        breach = unlike(each, before, f"input {place} {{}} after the run, {{}} before")
        if breach is not None:
            return breach
        if each._version != versions[place - 1]:
            return Breach(f"input {place} is written to in place, with the numbers it had")
    return None


def cotangent_unchanged(call: Call, inputs: Inputs) -> Breach | None:
    """Backward leaves the cotangent as it was given."""
    leaves = leaves_of(inputs)
    primal = tensor_of(call(*leaves), 1, leaves[0].numel())
    given = cotangent_for(primal)
    before, version = given.clone(), given._version
    pulled_back(primal, leaves, given)
    breach = unlike(given, before, "cotangent {} after backward, {} before")
    if breach is None and given._version != version:
        return Breach("the cotangent is written to in place, with the numbers it had")
    return breach


def owned(call: Call, inputs: Inputs) -> Breach | None:
    """A gradient is the caller's: a later backward does not change it, and writing to it changes no later one.

    Torch's own backward of ``x + 1`` returns the very cotangent that it was given, so each backward here has its own.
    """
    leaves = leaves_of(inputs)
    primal = tensor_of(call(*leaves), 1, leaves[0].numel())
    first = pulled_back(primal, leaves, cotangent_for(primal), keep=True)
    kept = _copied(first)
    pulled_back(primal, leaves, cotangent_for(primal, 2.0), keep=True)
    value = primal.detach().clone()
    breach = difference(Trial(value, first), Trial(value, kept), "after another backward", "before")
    if breach is not None:
        return breach
    for each in first:
        if each is not None and (0 not in each.stride() or each.numel() == 1):
            each.add_(1)
    last = pulled_back(primal, leaves, cotangent_for(primal), keep=True)
    words = "after somebody wrote to an earlier gradient", "before"
    return difference(Trial(primal.detach(), last), Trial(value, kept), *words)


def _copied(partials: Partials) -> Partials:
    return tuple(each if each is None else each.clone() for each in partials)


def like_its_input(call: Call, inputs: Inputs) -> Breach | None:
    """Gradients have their inputs' dtype, shape and device, and so has what a custom Function's backward returns.

    Torch's engine casts a custom backward's gradient and sums it to its input's shape without a word, so the
    Function's own backward is asked by itself, in a graph that nothing has run through.
    """
    leaves, nodes, primal = _graph(call, inputs)
    given: dict[int, tuple[Any, ...]] = {}
    for place, node in enumerate(nodes):
        node.register_prehook(lambda cotangents, place=place: given.update({place: cotangents}))
    partials = pulled_back(primal, leaves, cotangent_for(primal))
    for place, (partial, leaf) in enumerate(zip(partials, leaves, strict=True), 1):
        if partial is not None and _kind(partial) != _kind(leaf):
            return Breach(f"the gradient by input {place} is {_said(_kind(partial))}, the input {_said(_kind(leaf))}")
    _, nodes, primal = _graph(call, inputs)
    raw = ((node, node.apply(*given[place])) for place, node in enumerate(nodes) if place in given)
    return next((breach for node, found in raw for breach in _misfits(node, found)), None)


def _graph(call: Call, inputs: Inputs) -> tuple[list[torch.Tensor], list[Any], torch.Tensor]:
    """A new graph: its leaves, its custom Functions in an order that is always the same, and its value."""
    leaves = leaves_of(inputs)
    primal = tensor_of(call(*leaves), 1, leaves[0].numel())
    return leaves, list(_custom_nodes(primal.grad_fn)), primal


def _custom_nodes(root: Any) -> Iterator[Any]:
    """The custom Functions in the graph below ``root``, each once."""
    seen, waiting = {None}, [root]
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(node, BackwardCFunction):
            yield node
        waiting += [each for each, _ in node.next_functions]


def _misfits(node: Any, found: Any) -> Iterator[Breach]:
    """The gradients that a custom backward returned and that torch would have to make fit."""
    returned = found if isinstance(found, tuple) else (found,)
    for place, (gradient, (target, number)) in enumerate(zip(returned, node.next_functions, strict=False), 1):
        if target is None or not isinstance(gradient, torch.Tensor):
            continue
        wanted = target._input_metadata[number]
        due = (wanted.dtype, tuple(wanted.shape), wanted.device)
        if _kind(gradient) != due:
            name = node.name().removesuffix("Backward")
            yield Breach(f"the backward of {name} returns {_said(_kind(gradient))} for input {place}, which is {_said(due)}")


def _kind(tensor: torch.Tensor) -> tuple[torch.dtype, tuple[int, ...], torch.device]:
    return tensor.dtype, tuple(tensor.shape), tensor.device


def _said(kind: tuple[torch.dtype, tuple[int, ...], torch.device]) -> str:
    return f"{str(kind[0]).removeprefix('torch.')} of shape {kind[1]} on {kind[2]}"
