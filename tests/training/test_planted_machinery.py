"""Errors planted in the pieces of a training loop: the machine finds each, soon, and says what it is."""

import re

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

import tests.training.unsound_checkpoints
import tests.training.unsound_control
import tests.training.unsound_optimizers  # noqa: F401 (importing them plants their errors)
from diffcheck.training import machine
from tests.training.unsound_machinery import PLANTS, SEEN, Plant

EXAMPLES = 100
"""Runs of at most this many are enough for each."""
SEARCH = settings(
    max_examples=EXAMPLES,
    stateful_step_count=20,
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=False,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
LEAST = 34
"""What was promised."""


def message_of(plant: Plant) -> str:
    SEEN.clear()
    explored = machine(rule=plant.rule, optimizer=plant.optimizer, machinery=plant.machinery)
    with pytest.raises(AssertionError) as caught:
        run_state_machine_as_test(explored, settings=SEARCH)
    return str(caught.value)


def named(text: str) -> str:
    """``text``, whichever parameter it is about: which one is hit first is chance."""
    return re.sub(r"\bp\d\b", "p#", text)


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_a_planted_error_is_found_and_named(plant: Plant) -> None:
    message = message_of(plant)
    finding, _, program = message.partition("\nThis program shows it:\n")
    assert any(each in named(finding) for each in named(plant.told).split(" | ")), finding
    compile("\n".join(line.removeprefix("    ") for line in program.splitlines()), plant.name, "exec")


def test_enough_errors_are_planted() -> None:
    assert len({plant.name for plant in PLANTS}) == len(PLANTS) >= LEAST
