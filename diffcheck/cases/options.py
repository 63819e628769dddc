"""Options of update rules and of schedules: what each one holds, told by its default or by a table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from diffcheck.cases.checkers import Checker, choice, count, list_of, number, require_name, subtable, text, truth
from diffcheck.cases.shapes import Path
from diffcheck.cases.values import dotted, kind
from diffcheck.errors import nearest
from diffcheck.training.rule import VARIANTS

CHECKERS: Mapping[str, Checker] = {
    "max_iter": count,
    "max_eval": count,
    "history_size": count,
    "ns_steps": count,
    "line_search_fn": choice(("strong_wolfe",), "line-search function"),
    "adjust_lr_fn": choice(("original", "match_rms_adamw"), "adjustment"),
}
"""What options hold whose defaults do not tell: None, or a whole number that may be no other number."""


@dataclass(frozen=True)
class Plan:
    """One of torch's schedules of the learning rate, as a case file may write it."""

    name: str
    """Torch's name for it."""
    needed: Mapping[str, Checker]
    """Options without a default, and what each holds."""
    others: Mapping[str, Checker] = field(default_factory=dict)
    """Options with a default. Torch's `last_epoch` is none of them: every run starts at its beginning."""


#            name                 needed                                              others
PLANS = {
    row.name: row
    for row in (
        Plan("StepLR",            {"step_size": count},                               {"gamma": number}),
        Plan("MultiStepLR",       {"milestones": list_of(count, "whole numbers")},    {"gamma": number}),
        Plan("ExponentialLR",     {"gamma": number}),
        Plan("CosineAnnealingLR", {"T_max": count},                                   {"eta_min": number}),
        Plan("LinearLR",          {}, {"start_factor": number, "end_factor": number, "total_iters": count}),
        Plan("PolynomialLR",      {},                                                 {"total_iters": count, "power": number}),
        Plan("ConstantLR",        {},                                                 {"factor": number, "total_iters": count}),
    )
}  # fmt: skip
"""Every schedule that a case file may name."""

_OF_CODE = ("LambdaLR", "MultiplicativeLR")
"""Schedules that are made of a function."""


def check_optimizer(value: Any, place: Any, path: Path) -> None:
    """Raise CaseError, at its place, where ``value`` is no update rule of the table with options of its own."""
    _require_name_in(value, place, path, '{ name = "SGD", lr = 0.1 }')
    require_name(value["name"], tuple(_rules()), "optimizer", place, (*path, "name"))
    check_options({key: each for key, each in value.items() if key != "name"}, value["name"], place, path)


def check_options(options: Mapping[str, Any], optimizer: str, place: Any, path: Path) -> None:
    """Raise CaseError, at its place, for an option that the optimizer lacks, or that holds what it cannot."""
    defaults = {name: each for name, each in _rules()[optimizer].options.items() if name not in VARIANTS}
    for name in options:
        if name in VARIANTS:
            raise place.error(f'`{name}` is a variant; write `train.variant = "{name}"`', *path, name, key=True)
        if name not in defaults:
            near = nearest(name, defaults, "its options are")
            raise place.error(f"`{optimizer}` has no option `{name}`{near}", *path, name, key=True)
    for name, value in options.items():
        _check_option(name, value, defaults[name], place, (*path, name))


def check_groups(value: Any, place: Any, path: Path) -> None:
    """Raise CaseError, at its place, where ``value`` is no list of tables that each name ``parameters``."""
    list_of(_check_group, "tables")(value, place, path)


def check_schedule(value: Any, place: Any, path: Path) -> None:
    """Raise CaseError, at its place, where ``value`` is no schedule of the table with options of its own."""
    _require_name_in(value, place, path, '{ name = "ExponentialLR", gamma = 0.9 }')
    name = value["name"]
    if name in _OF_CODE:
        known = f"the schedules are {', '.join(PLANS)}"
        raise place.error(f"`{name}` takes a function, and a case holds none; {known}", *path, "name")
    require_name(name, tuple(PLANS), "schedule", place, (*path, "name"))
    plan = PLANS[name]
    subtable(value, place, path, {"name": text, **plan.needed, **plan.others})
    missing = [f"`{key}`" for key in plan.needed if key not in value]
    if missing:
        raise place.error(f"`{dotted(path)}` has no {missing[0]}, which {name} needs", *path)


def _rules() -> Mapping[str, Any]:
    # The table stands in the room of training, whose other modules are heavy; it is read where a case trains.
    from diffcheck.training.rules import RULES

    return RULES


def _require_name_in(value: Any, place: Any, path: Path, example: str) -> None:
    if not isinstance(value, Mapping):
        raise place.error(f"`{dotted(path)}` is a table such as {example}, not {kind(value)}", *path)
    if "name" not in value:
        raise place.error(f"`{dotted(path)}` has no `name`; write {example}", *path)
    text(value["name"], place, (*path, "name"))


def _check_group(value: Any, place: Any, path: Path) -> None:
    if not isinstance(value, Mapping):
        example = '{ parameters = ["w"], lr = 0.1 }'
        raise place.error(f"a group is a table such as {example}, not {kind(value)}", *path)
    if "parameters" not in value:
        raise place.error("the group has no `parameters`", *path)


def _check_option(name: str, value: Any, default: Any, place: Any, path: Path) -> None:
    if name in CHECKERS:
        if value is not None or default is not None:  # Python's callers may spell out a default
            CHECKERS[name](value, place, path)
    elif isinstance(default, bool):
        truth(value, place, path)
    elif isinstance(default, list | tuple):
        _check_list(value, default, place, path)
    elif name == "lr" and isinstance(value, Mapping):
        _check_tensor(value, place, path)
    else:
        number(value, place, path)


def _check_list(value: Any, default: tuple[Any, ...] | list[Any], place: Any, path: Path) -> None:
    if not isinstance(value, list | tuple):
        raise place.error(f"`{dotted(path)}` is a list of {len(default)} numbers, not {kind(value)}", *path)
    if len(value) != len(default):
        raise place.error(f"`{dotted(path)}` is a list of {len(default)} numbers, not of {len(value)}", *path)
    for index, (each, usual) in enumerate(zip(value, default, strict=True)):
        if each is not None or usual is not None:
            number(each, place, (*path, index))


def _check_tensor(value: Mapping[str, Any], place: Any, path: Path) -> None:
    """A tensor where a number may stand as well: torch computes with it in the tensor's own dtype."""
    subtable(value, place, path, {"tensor": number})
    if not value:
        raise place.error(f"`{dotted(path)}` has no `tensor`; write {{ tensor = 0.01 }}", *path)
