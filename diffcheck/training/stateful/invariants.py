"""What must hold after every action: gradients, values, state, options as the shadow says, all else untouched.

The shadow then takes over what torch has: by induction nothing grows over a run.
"""

from collections.abc import Callable

from diffcheck.training.stateful.due import NOTHING, Due
from diffcheck.training.stateful.exact import Grad
from diffcheck.training.stateful.finding import Finding, numbers_of, spelled
from diffcheck.training.stateful.sight import Sight, frozen, is_same
from diffcheck.training.stateful.steps import check_steps
from diffcheck.training.stateful.world import Checkpoint, Group, World


def settle(world: World, action: str, due: Due = NOTHING) -> None:
    """Judge all that can be seen after ``action``; AssertionError tells what is not as it must be."""
    sight = world.look()
    for check in CHECKS:
        check(world, action, due, sight)
    world.sight = sight


def _modes(world: World, action: str, due: Due, sight: Sight) -> None:
    if not sight.recording:
        world.fail(Finding(action, f"{action} left gradient recording off"))
    for name in world.parameters:
        wanted, found = name in world.trainable, name in sight.trainable
        if wanted is not found:
            world.fail(Finding(action, f"{action} set requires_grad of {name} to {found}"))


def _identity(world: World, action: str, due: Due, sight: Sight) -> None:
    for name, address in sight.addresses.items():
        if address != world.sight.addresses[name]:
            world.fail(Finding(action, f"{action} moved {name} to new storage: views and other holders see the old numbers"))
    if len(sight.groups) != len(world.groups):
        world.fail(Finding(action, f"{action}: the optimizer has {len(sight.groups)} groups, not {len(world.groups)}"))
    for place, (found, group) in enumerate(zip(sight.groups, world.groups, strict=True)):
        if found["params"] != group.names:
            held = ", ".join(name or "a tensor that is none of the program's" for name in found["params"])
            world.fail(Finding(action, f"{action}: group {place} holds {held}, not {', '.join(group.names)}"))


def _options(world: World, action: str, due: Due, sight: Sight) -> None:
    lrs = [group.get("lr") for group in sight.groups]
    for place, (found, group) in enumerate(zip(sight.groups, world.groups, strict=True)):
        for key, wanted in group.options.items():
            if key not in found:
                world.fail(Finding(action, f"{action} lost the option {key} of group {place}"))
            if not _is_option(found[key], wanted):
                kind = f"{action} set {key} of group {place} to something else"
                if key == "lr":
                    words = (words for words, each in due.lr_suspects if all(map(_is_option, lrs, each)))
                    kind = next(words, f"the lr of group {{group}} is off after {action}").format(group=place)
                world.fail(Finding(action, kind, f"optimizer.param_groups[{place}][{key!r}]", repr(found[key]), repr(wanted)))


def _is_option(found: object, wanted: object) -> bool:
    """The same option; floats may differ by the roundings of a few products."""
    if isinstance(found, float) and isinstance(wanted, float):
        return abs(found - wanted) <= 2.0**-50 * abs(wanted)
    return is_same(found, wanted)


def _gradients(world: World, action: str, due: Due, sight: Sight) -> None:
    calculus = world.calculus
    for name in (each for each in world.parameters if each not in due.any_grad):
        actual, before = sight.moments[name].grad, world.sight.moments[name].grad
        wanted: Grad = due.grads[name] if name in due.grads else None if before is None else calculus.known(before)
        if calculus.agrees(actual, wanted):
            continue
        rows = due.suspects.get(name, ())
        kind = "; or ".join(words for words, suspect in rows if calculus.agrees(actual, suspect))
        if not kind:
            kind = f"the gradient of {name} is off" if name in due.grads else f"{action} changed the gradient of {name}"
        if actual is None or wanted is None:
            exact = "None" if wanted is None else spelled([float(each.exact.mid()) for each in wanted])
            world.fail(Finding(action, kind, f"{name}.grad", spelled(actual), exact))
        place, judgement = next(calculus.judged(actual, wanted))
        numbers = numbers_of(wanted[place], judgement)
        world.fail(Finding(action, kind, f"{name}.grad[{place}]", repr(float(actual[place])), **numbers))


def _values(world: World, action: str, due: Due, sight: Sight) -> None:
    """The values that are set, where no step is taken."""
    for name, wanted in due.values.items():
        actual = sight.moments[name].values
        for place, judgement in world.calculus.judged(actual, wanted):
            numbers = numbers_of(wanted[place], judgement)
            kind = f"{action} did not set {name} as it must be"
            world.fail(Finding(action, kind, f"{name}[{place}]", repr(float(actual[place])), **numbers))


def _checkpoint(world: World, action: str, due: Due, sight: Sight) -> None:
    if world.checkpoint is None or is_same(frozen(world.checkpoint.saved), world.checkpoint.copy):
        return
    culprit = "load_state_dict took over the checkpoint's tensors" if world.loaded else "state_dict handed out live tensors"
    found, wanted = spelled(frozen(world.checkpoint.saved)), spelled(world.checkpoint.copy)
    world.fail(Finding(action, f"{culprit}: {action} changed the checkpoint", "saved", found, wanted))


CHECKS: tuple[Callable[[World, str, Due, Sight], None], ...] = (
    _modes,
    _identity,
    _options,
    _gradients,
    _values,
    check_steps,
    _checkpoint,
)
"""In an order that names a cause before its consequences."""


def copied(groups: list[Group]) -> tuple[Group, ...]:
    """Groups that later changes of lr leave alone."""
    return tuple(Group(group.names, dict(group.options)) for group in groups)


def checkpoint_of(world: World, saved: object) -> Checkpoint:
    """What ``saved`` must stay and restore, by what can be seen now."""
    states = {name: world.sight.moments[name].state for name in world.members}
    return Checkpoint(saved, frozen(saved), states, copied(world.groups))
