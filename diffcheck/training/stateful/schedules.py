"""Actions of a scheduler over all groups."""

import warnings

from diffcheck.training.stateful.due import Due
from diffcheck.training.stateful.invariants import settle
from diffcheck.training.stateful.updates import remember_lrs, step
from diffcheck.training.stateful.world import World


def schedule(world: World, gamma: float, times: int) -> None:
    """Multiply every group's lr by ``gamma``, once after each of some steps."""
    with warnings.catch_warnings():
        # A Machinery's step need not be the optimizer's own, which torch's scheduler watches for.
        warnings.simplefilter("ignore")
        scheduler = world.call("scheduler", (world.optimizer, "optimizer"), (gamma, repr(gamma)), result="schedule")
        settle(world, "scheduler")
        for _ in range(times):
            step(world)
            before = [group.options["lr"] for group in world.groups]
            with world.watching("scheduler", "schedule.step()"):
                scheduler.step()
            for group in world.groups:
                group.options["lr"] *= gamma
            after = [lr * gamma for lr in before]
            rows = [
                ("scheduler left the lr of group {group} as it was", before),
                ("scheduler multiplied the lr of group {group} twice", [lr * gamma * gamma for lr in before]),
                *(
                    (f"scheduler left the lr of group {{group}} as it was, of group {place} only it changed",
                     [*before[:place], after[place], *before[place + 1 :]])
                    for place in range(len(before))
                ),
            ]  # fmt: skip
            settle(world, "scheduler", Due(lr_suspects=rows))
            remember_lrs(world)
