"""Actions on gradients: backward once, twice and again, hooks, zero_grad, clipping."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from diffcheck.training.exact.verdicts import judge_number
from diffcheck.training.stateful.due import Due
from diffcheck.training.stateful.exact import Grad, Numbers
from diffcheck.training.stateful.finding import Finding, numbers_of
from diffcheck.training.stateful.invariants import settle
from diffcheck.training.stateful.terms import SIZE, Term, Terms, reached, text_of, value_of
from diffcheck.training.stateful.world import World
from diffcheck.verdict import Status


def differentiable(world: World, terms: Terms) -> Terms:
    """``terms``, and one more where they reach no member that takes a gradient: torch refuses a backward of nothing."""
    takers = reached(terms) & world.trainable & set(world.members)
    return terms if takers else [*terms, Term("line", "p0", "p0", 1.0, 1.0)]


def takers_of(world: World, terms: Terms) -> list[str]:
    """The parameters that a backward gives a gradient, in the program's order."""
    found = reached(terms) & world.trainable
    return [name for name in world.parameters if name in found]


def listed(world: World, names: Sequence[str]) -> tuple[list[torch.Tensor], str]:
    """Parameters, and their text."""
    return [world.parameters[name] for name in names], f"[{', '.join(names)}]"


def loss_of(world: World, terms: Terms) -> torch.Tensor:
    """The loss, noted in the program."""
    world.journal.note(f"loss = {text_of(terms)}")
    return value_of(terms, world.parameters)  # type: ignore[no-any-return]


def backward(world: World, terms: Terms) -> None:
    """One backward of a loss: the new gradient is added."""
    loss = loss_of(world, terms)
    world.call("backward", (loss, "loss"), listed(world, takers_of(world, terms)))
    settle_backward(world, "backward", [terms])


def backward_twice(world: World, terms: Terms) -> None:
    """Two passes through one graph, the first of them torch's own: the gradient is added twice."""
    loss = loss_of(world, terms)
    world.journal.note("loss.backward(retain_graph=True)")
    loss.backward(retain_graph=True)  # type: ignore[no-untyped-call]
    world.call("backward", (loss, "loss"), listed(world, takers_of(world, terms)))
    settle_backward(world, "backward", [terms, terms])


def settle_backward(world: World, action: str, passes: Sequence[Terms], scale: float = 1.0) -> None:
    """Judge the gradients that the backwards of ``passes`` must have left, each loss times ``scale``."""
    check_hooks(world, action, passes)
    due, suspects = gradients_due(world, action, passes, scale)
    settle(world, action, Due(grads=due, suspects=suspects))


def check_hooks(world: World, action: str, passes: Sequence[Terms]) -> None:
    """Each hook was called once a backward that reaches its parameter, and none that was removed."""
    for name in world.parameters:
        wanted = sum(name in takers_of(world, terms) for terms in passes) if name in world.hooks else 0
        found = world.calls.pop(name, 0)
        if wanted != found:
            what = f"hook of {name} {found} times, not {wanted}" if name in world.hooks else f"hook of {name} that was removed"
            world.fail(Finding(action, f"{action} called the {what}"))


def gradients_due(
    world: World, action: str, passes: Sequence[Terms], scale: float = 1.0
) -> tuple[dict[str, Grad], dict[str, list[tuple[str, Grad]]]]:
    """The gradient of each parameter that takes one, and what else may have been made of it."""
    calculus = world.calculus
    values = {name: moment.values for name, moment in world.sight.moments.items()}
    due: dict[str, Grad] = {}
    suspects = {}
    for name in world.parameters:
        losses = [terms for terms in passes if name in takers_of(world, terms)]
        if losses:
            hook = world.hooks[name][0] if name in world.hooks else 1.0
            scales = [each for each in (hook, scale) if each != 1.0]
            pieces = [calculus.pieces(terms, name, values, scales) for terms in losses]
            before = world.sight.moments[name].grad
            held = None if before is None else calculus.known(before)
            due[name] = calculus.accumulated(held, pieces)
            suspects[name] = list(_suspects(world, action, name, held, pieces))
            if hook != 1.0:
                plain = [calculus.pieces(terms, name, values, [scale]) for terms in losses]
                suspects[name].append((f"the hook's result was dropped for {name}", calculus.accumulated(held, plain)))
            suspects[name].extend(_partly(world, name, held, losses, scales))
    return due, suspects


def _suspects(
    world: World, action: str, name: str, held: Grad, pieces: Sequence[Sequence[Numbers]]
) -> Iterator[tuple[str, Grad]]:
    calculus = world.calculus
    yield f"{action} left the gradient of {name} None", None
    if held is not None:
        yield f"{action} added nothing to the gradient of {name}", held
        yield f"the gradient of {name} is the new one, not the sum of old and new", calculus.accumulated(None, pieces)
    if len(pieces) > 1:
        yield f"the gradient of {name} is the last one, not the sum", calculus.accumulated(None, pieces[-1:])
        yield f"the second backward added nothing to the gradient of {name}", calculus.accumulated(held, pieces[:1])
    half = calculus.python(0.5)
    mean = calculus.times(calculus.accumulated(held, pieces), half)
    yield f"the gradient of {name} is the average of old and new, not the sum", mean
    yield f"the new gradient was added twice to {name}", calculus.accumulated(held, [*pieces, *pieces])


def _partly(world: World, name: str, held: Grad, losses: Sequence[Terms], scales: Sequence[float]) -> Iterator[tuple[str, Grad]]:
    """The gradient without one term of the loss."""
    values = {each: moment.values for each, moment in world.sight.moments.items()}
    for place, term in enumerate(losses[-1]):
        if name in term.reaches() and len(losses[-1]) > 1:
            rest = [*losses[:-1], [each for other, each in enumerate(losses[-1]) if other != place]]
            parts = [world.calculus.pieces(terms, name, values, scales) for terms in rest]
            words = f"the part of the term {term.text} is missing from the gradient of {name}"
            yield words, world.calculus.accumulated(held, parts)


def zero_grad(world: World, set_to_none: bool) -> None:
    """Clear the members' gradients, to None or to zero."""
    world.call("zero_grad", (world.optimizer, "optimizer"), (set_to_none, str(set_to_none)))
    due: dict[str, Grad] = {}
    suspects = {}
    zeros = [world.calculus.python(0.0)] * SIZE
    asked = f"zero_grad(set_to_none={set_to_none})"
    for name in world.parameters:
        before = world.sight.moments[name].grad
        held = None if before is None else world.calculus.known(before)
        place = world.group_of(name)
        if place is None:
            words = f"zero_grad cleared {name}, which is not the optimizer's"
            rows: list[tuple[str, Grad]] = [(words, None), (words, zeros)]
        else:
            due[name] = None if set_to_none or held is None else zeros
            rows = [
                (f"zero_grad skipped group {place}: {name} keeps its gradient", held),
                (f"{asked} zeroed the gradient of {name}: None is due", zeros if due[name] is None else held),
                (f"{asked} set the gradient of {name} to None: zeros are due", None),
            ]
        suspects[name] = rows
    settle(world, "zero_grad", Due(grads=due, suspects=suspects))


def clip_norm(world: World, max_norm: float) -> None:
    """Scale the members' gradients to a joint norm of at most ``max_norm``."""
    calculus = world.calculus
    before = _held(world)
    norm = calculus.norm(list(before.values()))
    returned = world.call("clip_grad_norm", listed(world, world.members), (max_norm, repr(max_norm)))
    factor = calculus.coefficient(norm, max_norm)
    always = calculus.coefficient(norm, max_norm, clamped=False)
    due: dict[str, Grad] = {name: calculus.times(held, factor) for name, held in before.items()}
    suspects: dict[str, list[tuple[str, Grad]]] = {}
    for name, held in before.items():
        alone = calculus.norm([held])
        suspects[name] = [
            (f"clip_grad_norm left the gradient of {name} as it was", held),
            (f"clip_grad_norm scaled {name} though the norm is within the bound", calculus.times(held, always)),
            (f"clip_grad_norm took the norm of {name} alone, not the joint one",
             calculus.times(held, calculus.coefficient(alone, max_norm))),
        ]  # fmt: skip
    _check_norm(world, returned, norm)
    settle(world, "clip_grad_norm", Due(grads=due, suspects=suspects))


def _held(world: World) -> dict[str, Numbers]:
    moments = ((name, world.sight.moments[name].grad) for name in world.members)
    return {name: world.calculus.known(grad) for name, grad in moments if grad is not None}


def _check_norm(world: World, returned: Any, norm: Any) -> None:
    """What is returned, where anything is, is the norm before clipping."""
    if returned is None:
        return
    judgement = judge_number(float(returned), norm, world.setting.form)
    if judgement.verdict.status is Status.FAIL:
        kind = "clip_grad_norm did not return the joint norm before clipping"
        numbers = numbers_of(norm, judgement)
        world.fail(Finding("clip_grad_norm", kind, "the norm", repr(float(returned)), **numbers))


def clip_value(world: World, bound: float) -> None:
    """Clamp the members' gradients on both sides."""
    before = _held(world)
    world.call("clip_grad_value", listed(world, world.members), (bound, repr(bound)))
    bounded = world.calculus.bounded
    due: dict[str, Grad] = {name: bounded(held, -bound, bound) for name, held in before.items()}
    suspects: dict[str, list[tuple[str, Grad]]] = {
        name: [
            (f"clip_grad_value left the gradient of {name} as it was", held),
            (f"clip_grad_value clipped {name} from above only", bounded(held, None, bound)),
            (f"clip_grad_value clipped {name} from below only", bounded(held, -bound, None)),
        ]
        for name, held in before.items()
    }
    settle(world, "clip_grad_value", Due(grads=due, suspects=suspects))


def hook(world: World, name: str, factor: float) -> None:
    """Register a hook that multiplies every new gradient."""

    def multiply(grad: torch.Tensor) -> torch.Tensor:
        world.calls[name] += 1
        return factor * grad

    text = f"lambda grad: {factor!r}*grad"
    handle = world.call("register_hook", (world.parameters[name], name), (multiply, text), result=f"hook_{name}")
    world.hooks[name] = factor, handle
    settle(world, "register_hook")


def unhook(world: World, name: str) -> None:
    """Remove a hook."""
    _, handle = world.hooks.pop(name)
    with world.watching("register_hook", f"hook_{name}.remove()"):
        handle.remove()
    settle(world, "register_hook")


def hook_for_a_while(world: World, name: str, factor: float, terms: Terms) -> None:
    """A hook acts on every backward while it is there, and on none after it is removed."""
    both = [*terms, Term("line", name, name, 1.0, 1.0)]
    hook(world, name, factor)
    backward(world, both)
    backward(world, both)
    unhook(world, name)
    backward(world, both)
