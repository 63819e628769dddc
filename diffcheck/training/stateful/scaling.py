"""The action of a gradient scaler: finite gradients are unscaled and stepped with, infinite ones are not."""

from typing import Any

from diffcheck.training.stateful.due import Due
from diffcheck.training.stateful.exact import Grad
from diffcheck.training.stateful.finding import Finding
from diffcheck.training.stateful.gradients import (
    check_hooks,
    differentiable,
    listed,
    loss_of,
    settle_backward,
    takers_of,
    zero_grad,
)
from diffcheck.training.stateful.invariants import settle
from diffcheck.training.stateful.terms import Terms
from diffcheck.training.stateful.world import World

UNSUPPORTED = ("float16",)
"""torch's scaler refuses to unscale gradients of these dtypes."""


def scaled_step(world: World, terms: Terms, scale: float, finite: bool, explicit: bool) -> None:
    """One update with a scaled loss: unscaled gradients and a step, or infinite ones, no step and half the scale."""
    terms = differentiable(world, [term for term in terms if {term.a, term.b} <= set(world.members)])
    zero_grad(world, set_to_none=True)
    scaler = world.call("scaler", (scale, repr(scale)), result="amp")
    loss = loss_of(world, terms)
    if not finite:
        world.journal.note('loss = loss*float("inf")')
        loss = loss * float("inf")
    with world.watching("scaler", "scaled = amp.scale(loss)"):
        scaled = scaler.scale(loss)
    names = takers_of(world, terms)
    world.call("backward", (scaled, "scaled"), listed(world, names))
    if finite:
        settle_backward(world, "backward", [terms], scale)
        _scaler_steps(world, scaler, scale, explicit)
    else:
        check_hooks(world, "backward", [terms])
        settle(world, "backward", Due(any_grad=frozenset(names)))
        _scaler_skips(world, scaler, explicit, frozenset(names))
    _scaler_updates(world, scaler, scale if finite else 0.5 * scale)
    zero_grad(world, set_to_none=True)


def _unscale(world: World, scaler: Any) -> None:
    with world.watching("scaler", "amp.unscale_(optimizer)"):
        scaler.unscale_(world.optimizer)


def _step(world: World, scaler: Any) -> None:
    with world.watching("scaler", "amp.step(optimizer)"):
        scaler.step(world.optimizer)


def _scaler_steps(world: World, scaler: Any, scale: float, explicit: bool) -> None:
    """Gradients are unscaled, on demand or by the step, and the step goes by them."""
    factor = world.calculus.python(1.0 / scale)
    grads: dict[str, Grad] = {}
    suspects: dict[str, list[tuple[str, Grad]]] = {}
    for name in world.members:
        held = world.sight.moments[name].grad
        if held is not None:
            scaled = world.calculus.known(held)
            grads[name] = world.calculus.times(scaled, factor)
            suspects[name] = [(f"scaler did not unscale the gradient of {name}", scaled)]
    if explicit:
        _unscale(world, scaler)
        settle(world, "scaler.unscale_", Due(grads=grads, suspects=suspects))
        grads, suspects = {}, {}
    _step(world, scaler)
    settle(world, "scaler.step", Due(grads=grads, suspects=suspects, stepped=True))


def _scaler_skips(world: World, scaler: Any, explicit: bool, names: frozenset[str]) -> None:
    """Nothing but the gradients may change."""
    if explicit:
        _unscale(world, scaler)
        settle(world, "scaler.unscale_", Due(any_grad=names))
    _step(world, scaler)
    started = frozenset(world.members)  # a fused kernel is asked to skip, and keeps what it starts from
    settle(world, "scaler.step on infinite gradients", Due(any_grad=names, started=started))


def _scaler_updates(world: World, scaler: Any, wanted: float) -> None:
    with world.watching("scaler", "amp.update()"):
        scaler.update()
        found = float(scaler.get_scale())
    if found != wanted:
        kind = f"scaler.update made the scale {found!r}, {wanted!r} is due"
        world.fail(Finding("scaler", kind, "amp.get_scale()", repr(found), repr(wanted)))
    settle(world, "scaler.update")
