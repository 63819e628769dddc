"""The judge of steps against errors planted in torch's own optimizers: each is named, and torch unedited is not."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
from torch.optim import optimizer as base

from diffcheck.dtypes import FORMATS
from diffcheck.training.exact.number import Arithmetic
from diffcheck.training.exact.update import Update, started
from diffcheck.training.exact.verdicts import judge_number
from diffcheck.training.moment import Moment
from diffcheck.training.rule import FLAGS
from diffcheck.training.rules import RULES
from diffcheck.training.running.snapshot import snapshot
from diffcheck.verdict import Status, Verdict
from tests.training.planting import Plant, edited, planted
from tests.training.plants import PLANTS
from tests.training.runs import Stepped, run

SOURCE = """def f(x):
    return x + 1 + 1


def g(x):
    return f(x) + 2 - 1
"""
SEEDS = range(4)
STEPS = 20
ELEMENTWISE = [rule for rule in RULES.values() if not rule.written_out and rule.name != "manual"]
PLANTED = [pytest.param(plant, dtype, id=f"{plant}, {dtype}") for plant in PLANTS for dtype in plant.dtypes]


def _run(plant: Plant, dtype: str, seed: int, make: Callable[..., torch.optim.Optimizer] | None = None) -> Iterator[Stepped]:
    """The run that reaches the error; the same gradients and parameters whatever ``make`` is."""
    return run(plant.name, plant.variant, dtype, plant.options, Random(seed), STEPS, make=make, count=plant.count)


def _failure(steps: Iterator[Stepped]) -> tuple[Stepped, str, Verdict] | None:
    """The first step, entry and verdict that fail."""
    for step in steps:
        for each in step.judged:
            if each.verdict.status is Status.FAIL:
                return step, each.entry, each.verdict
    return None


def _differ(ours: Moment, theirs: Moment) -> bool:
    """Any number is another one, be it in its last bit."""
    pairs = [(ours.values, theirs.values), *((ours.state[key], theirs.state[key]) for key in theirs.state)]
    return any(not np.array_equal(mine, yours, equal_nan=True) for mine, yours in pairs)


def _parting(plant: Plant, dtype: str, seed: int, made: type[torch.optim.Optimizer]) -> tuple[int, int] | None:
    """The first step, and its parameter, after which the edited torch has other numbers than torch."""
    both = zip(_run(plant, dtype, seed, made), _run(plant, dtype, seed), strict=True)
    return next(((mine.number, mine.parameter) for mine, yours in both if _differ(mine.after, yours.after)), None)


@pytest.mark.parametrize(("plant", "dtype"), PLANTED)
def test_a_planted_error_is_named_at_the_step_where_it_shows(plant: Plant, dtype: str) -> None:
    made = planted(plant)
    found = [_failure(_run(plant, dtype, seed, made)) for seed in SEEDS]
    partings = [_parting(plant, dtype, seed, made) for seed in SEEDS]
    named = {each[1:] for each in found if each}
    places = [each and (each[0].number, each[0].parameter) for each in found]
    assert named == {(plant.entry, plant.verdict)}
    # What shows in the last bits only is rounding, so that a failure may come later; never before there is a difference.
    assert [
        place for place, parting in zip(places, partings, strict=True) if place and (parting is None or place < parting)
    ] == []
    assert any(place and place == parting for place, parting in zip(places, partings, strict=True))


@pytest.mark.parametrize(("plant", "dtype"), PLANTED)
def test_the_same_runs_of_torch_unedited_raise_nothing(plant: Plant, dtype: str) -> None:
    assert [_failure(_run(plant, dtype, seed)) for seed in SEEDS] == [None] * len(SEEDS)


def test_every_optimizer_and_every_variant_that_runs_here_has_its_errors() -> None:
    by_optimizer = Counter(plant.name for plant in PLANTS)
    by_variant = Counter((plant.name, plant.variant) for plant in PLANTS)
    variants = [(rule.name, variant) for rule in ELEMENTWISE for variant in rule.variants if variant != "capturable"]
    assert [rule.name for rule in ELEMENTWISE if by_optimizer[rule.name] < 3] == []
    assert [pair for pair in variants if not by_variant[pair]] == []


def test_no_two_errors_are_the_same() -> None:
    counts = Counter((plant.name, plant.variant, plant.function, plant.old, plant.new, plant.nth) for plant in PLANTS)
    assert [key for key, count in counts.items() if count > 1] == []


def test_torch_itself_stays_as_it_is() -> None:
    kept = {rule.name: getattr(torch.optim, rule.name) for rule in ELEMENTWISE}
    inside = dict(vars(base))
    for plant in PLANTS:
        assert planted(plant) is not kept[plant.name]
    assert {name: getattr(torch.optim, name) for name in kept} == kept
    assert dict(vars(base)) == inside


@pytest.mark.parametrize(
    ("function", "old", "nth", "said"),
    [
        ("f", "2", 0, "`f` holds '2' 0 times"),
        ("f", "1", 0, "`f` holds '1' 2 times"),
        ("f", "1", 3, "`f` holds '1' 2 times"),
        ("h", "1", 0, "there are 0 functions `h`"),
    ],
)
def test_a_text_that_is_not_where_it_should_be_is_told(function: str, old: str, nth: int, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        edited(SOURCE, function, old, "3", nth)


def test_the_occurrence_that_is_named_is_edited_and_nothing_else() -> None:
    assert edited(SOURCE, "f", "1", "3", 2) == SOURCE.replace("1 + 1", "1 + 3")
    assert edited(SOURCE, "g", "2", "3") == SOURCE.replace("2", "3")


# What an optimizer keeps before its first step is where the induction begins; Adagrad makes it at construction.
BASES = (
    ("Adagrad", "loop", "the first sum is ignored", "else initial_accumulator_value", "else 0.0",
     {"initial_accumulator_value": 0.1}, "sum"),
    ("Adagrad", "fused", "the first sum is doubled", "else initial_accumulator_value", "else 2 * initial_accumulator_value",
     {"initial_accumulator_value": 0.1}, "sum"),
    ("Adagrad", "foreach", "the steps begin at one", "torch.tensor(0.0, dtype=_get_scalar_dtype())",
     "torch.tensor(1.0, dtype=_get_scalar_dtype())", {}, "step"),
)  # fmt: skip


@pytest.mark.parametrize("row", BASES, ids=lambda row: f"{row[0]}, {row[1]}: {row[2]}")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_wrong_beginning_is_named(row: tuple[Any, ...], dtype: str) -> None:
    plant = Plant(*row, within="__init__")
    assert _wrong_at_construction(plant, dtype, planted(plant)) == {plant.entry}
    assert _wrong_at_construction(plant, dtype, getattr(torch.optim, plant.name)) == set()


def _wrong_at_construction(plant: Plant, dtype: str, made: type[torch.optim.Optimizer]) -> set[str]:
    options = {**plant.options, **FLAGS[plant.variant]}
    parameter = torch.ones(2, dtype=getattr(torch, dtype), requires_grad=True)
    state = snapshot(parameter, made([parameter], **options)).state
    rule = RULES[plant.name]
    numbers = started(Update(rule, rule.settings(options), plant.variant, first=True), Arithmetic(FORMATS[dtype]))
    return {
        entry
        for entry, number in numbers.items()
        for value in np.atleast_1d(state[entry]).tolist()
        if judge_number(value, number, FORMATS[dtype]).verdict is Verdict.WRONG
    }
