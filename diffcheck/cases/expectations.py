"""The numbers that somebody expects: gradients and parameters by column, losses by the number of the step."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from diffcheck.cases.case import Case
from diffcheck.cases.place import Place
from diffcheck.cases.schema import NO_GRADIENT
from diffcheck.cases.shapes import columns_in, require_shapes, spread
from diffcheck.errors import nearest
from diffcheck.formula.inputs import Input


def with_expectations(case: Case, expect: Mapping[str, Any], inputs: tuple[Input, ...], place: Place) -> Case:
    """The case with what its ``expect`` states; ``inputs`` are what it differentiates by.

    Raises CaseError, at its place, for a name that is none of theirs, a shape that is not its variable's, and a number
    that the case has no place for.
    """
    gradient, parameters = expect.get("gradient", {}), expect.get("parameters", {})
    of_a_run = case.training is not None and case.sequence is None
    if gradient and not of_a_run and (len(case.at) != 1 or case.sample):
        raise place.error("`expect.gradient` needs exactly one point, given by `at`", "expect", key=True)
    moving = tuple(each for each in inputs if case.training is not None and each.name in case.training.parameters)
    _require_known(gradient, inputs, place, "gradient")
    _require_known(parameters, moving, place, "parameters")
    numbers = {name: value for name, value in gradient.items() if value != NO_GRADIENT}
    require_shapes(numbers, inputs, place, ("expect", "gradient"))
    require_shapes(parameters, moving, place, ("expect", "parameters"))
    absent = [name for name in gradient if name not in numbers]
    _require_whole(absent, case, inputs, place)
    return replace(
        case,
        expected_gradient={**columns_in(numbers), **{column: None for name in absent for column in spread(name, inputs)}},
        expected_parameters=columns_in(parameters),
        expected_loss=_by_step(expect.get("loss", {}), case, place),
    )


def _require_known(values: Mapping[str, Any], inputs: tuple[Input, ...], place: Place, key: str) -> None:
    names = [each.name for each in inputs]
    for name in values:
        if not spread(name, inputs):
            near = nearest(name, names, "the parameters are", "`")
            raise place.error(f"unknown parameter `{name}`{near}", "expect", key, name, key=True)


def _require_whole(absent: list[str], case: Case, inputs: tuple[Input, ...], place: Place) -> None:
    """No gradient at all is of a whole variable, and only a sequence may leave it."""
    for name in absent:
        path, told = ("expect", "gradient", name), f"`expect.gradient.{name}` is {NO_GRADIENT}"
        if case.sequence is None:
            raise place.error(f"{told}; only a case with `sequence` may expect no gradient", *path)
        if name not in [each.name for each in inputs]:
            whole = name.partition("[")[0]
            raise place.error(f"{told}, but an array has a gradient as a whole, or none; write `{whole}`", *path)


def _by_step(given: Mapping[Any, float], case: Case, place: Place) -> dict[int, float]:
    steps = case.training.steps if case.training is not None else 0
    found = {}
    for key, loss in given.items():
        number = _whole(str(key))
        if not 1 <= number <= steps:
            message = f"`{key}` is no step of this run; its steps are the whole numbers from 1 to {steps:,}"
            raise place.error(message, "expect", "loss", key, key=True)
        found[number] = float(loss)
    return found


def _whole(word: str) -> int:
    """The whole number that ``word`` writes in the one way; 0, which is no step, where it writes none."""
    return int(word) if word.isascii() and word.isdigit() and word[0] != "0" and len(word) < 10 else 0
