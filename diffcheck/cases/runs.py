"""The keys of ``train`` to a Training: every variable of the loss is a parameter or in the data, and every shape fits."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sympy

from diffcheck.cases.place import Place
from diffcheck.cases.shapes import Path, each_of, shape_of
from diffcheck.cases.training import Group, Schedule, Training
from diffcheck.errors import FormulaError, UnsupportedError, nearest
from diffcheck.formula.formula import Shapes, read_formula
from diffcheck.formula.reader import read_expression

_NEEDED = ("loss", "parameters", "optimizer", "steps")


def read_run(train: Mapping[str, Any], place: Place) -> Training:
    """The run that a case's ``train`` asks for; raises CaseError for the first thing that is wrong."""
    for key in _NEEDED:
        if key not in train:
            raise place.error(f"the key `train.{key}` is missing", "train", key=True)
    variables = _variables(train["loss"], place)
    _require_known(train, variables, place)
    _require_complete(train, variables, place)
    _require_in_one_group(train, place)
    clip, schedule = train.get("clip"), train.get("schedule")
    training = Training(
        parameters=train["parameters"],
        data=tuple(batch for batch, _ in _batches(train)),
        groups=tuple(Group(tuple(each["parameters"]), _without(each, "parameters")) for each in train.get("groups", ())),
        steps=train["steps"],
        accumulate=train.get("accumulate", 1),
        reduction=train.get("reduction", "sum"),
        zero_grad=train.get("zero_grad", "none"),
        scalars=train.get("scalars", "float32"),
        clip=next(((way, float(bound)) for way, bound in clip.items()), None) if clip else None,
        schedule=Schedule(schedule["name"], _without(schedule, "name")) if schedule else None,
        **rule_of(train),
    )
    if training.schedule is not None and training.optimizer == "manual":
        raise place.error("`manual` has no optimizer whose rate a schedule could move", "train", "schedule", key=True)
    _require_shapes(training, train, place)
    if training.reduction == "items":
        _require_items(train, place)
    return training


def rule_of(train: Mapping[str, Any]) -> dict[str, Any]:
    """The update rule with its options and variant, as a Training holds them."""
    optimizer = train["optimizer"]
    return {"optimizer": optimizer["name"], "options": _without(optimizer, "name"), "variant": train.get("variant", "")}


def _without(table: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: tuple(each) if isinstance(each, list) else each for name, each in table.items() if name != key}


def _batches(train: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Path]]:
    """Every batch with its path."""
    yield from ((batch, path) for path, batch in each_of(train.get("data", {}), ("train", "data")))


def _variables(loss: str | sympy.Basic, place: Place) -> tuple[str, ...]:
    """The variables of the loss, whatever their shapes are; there is one."""
    with place.formulas("train", "loss"):
        if isinstance(loss, sympy.Basic):
            variables = tuple(sorted(each.name for each in loss.free_symbols))
        else:
            variables = read_expression(loss).variables
        if not variables:
            raise FormulaError("the formula has no variable", str(loss), 0, len(str(loss)))
    return variables


def _require_known(train: Mapping[str, Any], variables: Sequence[str], place: Place) -> None:
    """Every parameter and every datum is a variable of the loss, and none is both."""
    parameters = train["parameters"]
    for names, path in ((parameters, ("train", "parameters")), *_batches(train)):
        for name in names:
            if name not in variables:
                near = nearest(name, variables, "the loss has", "`")
                raise place.error(f"unknown variable `{name}`{near}", *path, name, key=True)
            if path[1] == "data" and name in parameters:
                raise place.error(f"`{name}` is a parameter; it cannot be in the data as well", *path, name, key=True)


def _require_complete(train: Mapping[str, Any], variables: Sequence[str], place: Place) -> None:
    """Every variable of the loss has a value in every batch."""
    batches = tuple(_batches(train))
    for name in variables:
        lacking = [path for batch, path in batches if name not in batch]
        if name in train["parameters"] or not lacking:
            continue
        if len(lacking) < len(batches):
            raise place.error(f"the batch has no value for `{name}`", *lacking[0])
        message = f"`{name}` is neither in `train.parameters` nor in `train.data`"
        raise place.formula_error(_at_word(name, message, str(train["loss"])), "train", "loss")


def _at_word(word: str, message: str, text: str) -> FormulaError:
    """An error where ``word`` stands in a formula for the first time, as a word of its own."""
    found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)
    start = found.start() if found else 0
    return FormulaError(message, text, start, start + len(word))


def _require_in_one_group(train: Mapping[str, Any], place: Place) -> None:
    groups, parameters = train.get("groups", ()), list(train["parameters"])
    first: dict[str, int] = {}
    for number, group in enumerate(groups):
        for index, name in enumerate(group["parameters"]):
            path = ("train", "groups", number, "parameters", index)
            if name not in parameters:
                near = nearest(name, parameters, "the parameters are", "`")
                raise place.error(f"unknown parameter `{name}`{near}", *path)
            if name in first:
                raise place.error(f"`{name}` is in `train.groups.{first[name]}` already; it is in exactly one group", *path)
            first[name] = number
    missing = [name for name in parameters if name not in first]
    if groups and missing:
        raise place.error(f"`{missing[0]}` is in no group; every parameter is in exactly one", "train", "groups")


def _require_shapes(training: Training, train: Mapping[str, Any], place: Place) -> None:
    """The loss is one number for the shapes of every batch.

    Where it can be read with some batches, it is the others that are wrong; with none, the loss.
    """
    asked = [training.shapes(index) for index in range(len(training.data))]
    readings = {shapes: _reading(train["loss"], shapes, place) for shapes in dict.fromkeys(asked)}
    faults = [(readings[shapes], path) for shapes, (_, path) in zip(asked, _batches(train), strict=True) if readings[shapes]]
    if not faults:
        return
    fault, path = faults[0]
    assert fault is not None
    if len(faults) == len(asked):
        raise place.formula_error(fault, "train", "loss")
    raise place.error(f"the loss does not take this batch: {fault.message}", *path)


def _reading(loss: str | sympy.Basic, shapes: Shapes, place: Place) -> FormulaError | None:
    """Why the loss is no number for these shapes; None where it is one."""
    try:
        shape = read_formula(loss, shapes).shape
    except FormulaError as error:
        return error
    except UnsupportedError as error:
        raise place.error(str(error), "train", "loss") from None
    text = str(loss)
    return FormulaError(f"a loss is one number, not an array of shape {list(shape)}", text, 0, len(text)) if shape else None


def _require_items(train: Mapping[str, Any], place: Place) -> None:
    """The arrays of a batch have one first length, which is the number of its items."""
    for batch, path in _batches(train):
        lengths = {name: shape_of(value)[0] for name, value in batch.items() if shape_of(value)}
        first = next(iter(lengths), "")
        for name, length in lengths.items():
            if length != lengths[first]:
                words = f"`{name}` has {length} items and `{first}` {lengths[first]}"
                raise place.error(f"{words}; `train.reduction` is items, so that they have equally many", *path, name)
