"""Actions on checkpoints: save, go on, load into the same optimizer and into a new one."""

from collections.abc import Sequence
from typing import Any

from diffcheck.training.stateful.due import Due
from diffcheck.training.stateful.gradients import backward, zero_grad
from diffcheck.training.stateful.invariants import checkpoint_of, copied, settle
from diffcheck.training.stateful.terms import Terms
from diffcheck.training.stateful.updates import make, remember_lrs, set_lr, step
from diffcheck.training.stateful.world import World


def save(world: World) -> None:
    """Make a checkpoint, which later training must not change."""
    world.checkpoint = None
    saved = world.call("state_dict", (world.optimizer, "optimizer"), result="saved")
    world.checkpoint, world.loaded = checkpoint_of(world, saved), False
    settle(world, "state_dict")


def may_load(world: World) -> bool:
    """There is a checkpoint, of the groups that there are."""
    checkpoint = world.checkpoint
    return checkpoint is not None and [group.names for group in checkpoint.groups] == [group.names for group in world.groups]


def load(world: World, into_new: bool) -> None:
    """Load the checkpoint; state and options are those of the save, values and gradients stay."""
    assert world.checkpoint is not None
    old: list[Any] = [group.options["lr"] for group in world.groups]
    if into_new:
        world.optimizer = make(world, [{"names": group.names, "lr": 2.0 * group.options["lr"]} for group in world.groups])
        old = [2.0 * lr for lr in old]
    saved = world.checkpoint.saved
    world.call("load_state_dict", (world.optimizer, "optimizer"), (saved, "saved"))
    world.loaded = True
    world.groups = list(copied(list(world.checkpoint.groups)))
    lrs = [group.options["lr"] for group in world.groups]
    rows = [("load_state_dict kept the lr that group {group} had before", old)] + [
        ("load_state_dict kept the lr that group {group} had before", [*lrs[:place], old[place], *lrs[place + 1 :]])
        for place in range(len(lrs))
    ]
    settle(world, "load_state_dict", Due(states=world.checkpoint.states, lr_suspects=rows))
    remember_lrs(world)


def rewind(world: World, losses: Sequence[Terms], updates: int, into_new: bool, lr: float | None) -> None:
    """Save, make some updates, each of one of ``losses`` in turn, load, and make one update more.

    Parameters of equal shape come to the save with unequal histories: the first loss's take a step before it.
    """
    update(world, losses[0])
    save(world)
    for place in range(updates):
        update(world, losses[place % len(losses)])
    if lr is not None:
        set_lr(world, 0, lr)
    load(world, into_new)
    update(world, losses[-1])


def update(world: World, terms: Terms) -> None:
    """Clear, backward, step: parameters that the loss does not reach keep state and values."""
    zero_grad(world, set_to_none=True)
    backward(world, terms)
    step(world)
