"""The keys of ``train``: a table, one row a key, with what it must hold."""

from typing import Any

from diffcheck.cases.checkers import Checker, Key, arrays, choice, count, formula, names, one_or_several, positive, subtable
from diffcheck.cases.options import check_groups, check_optimizer, check_options, check_schedule
from diffcheck.cases.shapes import Path
from diffcheck.cases.values import dotted
from diffcheck.dtypes import FORMATS
from diffcheck.training.rule import VARIANTS

REDUCTIONS = ("sum", "mean", "items")
CLEARINGS = ("none", "zero", "never")


def check_train(value: Any, place: Any, path: Path) -> None:
    """Raise CaseError, at its place, where ``value`` is no table of the keys of ``train``."""
    subtable(value, place, path, {key: row.checker for key, row in TRAIN_KEYS.items()})
    if "optimizer" in value:
        for index, group in enumerate(value.get("groups", ())):
            options = {key: each for key, each in group.items() if key != "parameters"}
            check_options(options, value["optimizer"]["name"], place, (*path, "groups", index))


def _parameters(value: Any, place: Any, path: Path) -> None:
    arrays(value, place, path)
    if not value:
        raise place.error(f"`{dotted(path)}` names no parameter", *path)


def _groups(value: Any, place: Any, path: Path) -> None:
    check_groups(value, place, path)
    for index, group in enumerate(value):
        names(None, "parameter")(group["parameters"], place, (*path, index, "parameters"))


def _clip(value: Any, place: Any, path: Path) -> None:
    subtable(value, place, path, {"norm": positive, "value": positive})
    if len(value) != 1:
        raise place.error(f"`{dotted(path)}` is one bound: {{ norm = 1.0 }} or {{ value = 0.5 }}", *path)


def _either(checker: Checker) -> Checker:
    """What ``checker`` wants, or the empty text, which Python's callers may pass for the default."""

    def check(value: Any, place: Any, path: Path) -> None:
        if value != "":
            checker(value, place, path)

    return check


TRAIN_KEYS = {
    row.name: row
    for row in (
        Key("loss", formula, "the formula of the loss of one batch"),
        Key("parameters", _parameters, "start values, by name"),
        Key("data", one_or_several("batch", "batches"), "a batch, or a list of batches: what else the loss depends on"),
        Key("optimizer", check_optimizer, "`name` and options of the update rule"),
        Key("groups", _groups, "`parameters` and options that they have for themselves"),
        Key("variant", _either(choice(VARIANTS, "variant")), "how torch carries out the rule"),
        Key("steps", count, "how many updates are made"),
        Key("accumulate", count, "how many batches' gradients make one update"),
        Key("reduction", choice(REDUCTIONS, "reduction"), "how the losses of these batches make one"),
        Key("zero_grad", choice(CLEARINGS, "clearing"), "how gradients are cleared before each update's batches"),
        Key("clip", _clip, "`norm` or `value`: a bound for the gradients"),
        Key("scalars", choice(tuple(FORMATS), "dtype"), "the dtype that 0-d state is held to; torch's own is float32"),
        Key("schedule", check_schedule, "`name` and options of the schedule of the learning rate"),
    )
}
"""Every key that ``train`` may hold, by name."""
