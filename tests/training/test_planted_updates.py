"""The judge of steps against errors planted in torch's own optimizers: each is named, and torch unedited is not."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import zip_longest
from random import Random

import numpy as np
import pytest
import torch

from diffcheck.training.moment import Moment
from diffcheck.training.number import Arithmetic
from diffcheck.training.rules import RULES
from diffcheck.training.snapshot import snapshot
from diffcheck.training.update import Update, started
from diffcheck.training.verdicts import judge_number
from diffcheck.dtypes import FORMATS
from diffcheck.verdict import Status, Verdict
from tests.training.planting import Plant, edited, planted
from tests.training.plants import PLANTS
from tests.training.runs import Stepped, run

SEEDS = range(4)
STEPS = 20
ELEMENTWISE = [rule for rule in RULES.values() if not rule.written_out and rule.name != "manual"]
PLANTED = [(plant, dtype) for plant in PLANTS for dtype in plant.dtypes]


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


@pytest.mark.parametrize(("plant", "dtype"), PLANTED, ids=lambda each: str(each))
def test_a_planted_error_is_named_with_its_entry(plant: Plant, dtype: str) -> None:
    made = planted(plant)
    found = [_failure(_run(plant, dtype, seed, made)) for seed in SEEDS]
    named = {failure[1:] for failure in found if failure}
    assert named == {(plant.entry, plant.verdict)}
    from collections import Counter as C
    partings = [_parting(plant, dtype, seed, made) for seed in SEEDS]
    exact = [failure is not None and (failure[0].number, failure[0].parameter) == parting for failure, parting in zip(found, partings)]
    late = [failure is None or (failure[0].number, failure[0].parameter) >= parting for failure, parting in zip(found, partings)]
    assert all(late)
    assert any(exact), [(f and f[0].number, p) for f, p in zip(found, partings)]


@pytest.mark.parametrize(("plant", "dtype"), PLANTED, ids=lambda each: str(each))
def test_the_same_runs_of_torch_unedited_raise_nothing(plant: Plant, dtype: str) -> None:
    assert [_failure(_run(plant, dtype, seed)) for seed in SEEDS] == [None] * len(SEEDS)
