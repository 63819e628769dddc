"""How tests explore: which loops of torch's own, how far, and what is kept of the runs."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

SEARCH = settings(
    max_examples=12,
    stateful_step_count=40,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

#        rule       variant    dtype       options
LOOPS: tuple[tuple[str, str, str, Mapping[str, Any]], ...] = (
    ("SGD",      "loop",    "float32",  {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("SGD",      "foreach", "bfloat16", {"momentum": 0.9, "dampening": 0.1}),
    ("SGD",      "fused",   "float64",  {"lr": 0.1, "maximize": True}),
    ("Adam",     "loop",    "float32",  {}),
    ("Adam",     "foreach", "float16",  {"lr": 0.1, "amsgrad": True}),
    ("Adam",     "fused",   "float32",  {"lr": 0.1, "betas": (0.5, 0.9)}),
    ("AdamW",    "loop",    "bfloat16", {"lr": 0.1}),
    ("Adagrad",  "loop",    "float32",  {"initial_accumulator_value": 0.1}),
    ("Adadelta", "foreach", "float32",  {}),
    ("Adamax",   "loop",    "float32",  {}),
    ("NAdam",    "loop",    "float32",  {}),
    ("RAdam",    "loop",    "float32",  {}),
    ("RMSprop",  "loop",    "float32",  {"centered": True, "momentum": 0.5}),
    ("Rprop",    "loop",    "float32",  {}),
    ("ASGD",     "loop",    "float32",  {}),
)  # fmt: skip


def counted(explored: type[RuleBasedStateMachine]) -> Any:
    """The same, which counts its actions and keeps each world."""

    class Counted(explored):  # type: ignore[valid-type, misc]
        worlds: ClassVar[list[Any]] = []

        def teardown(self) -> None:
            super().teardown()
            self.worlds.append(self.world)

    return Counted


def run(explored: type[RuleBasedStateMachine]) -> list[Any]:
    counting = counted(explored)
    run_state_machine_as_test(counting, settings=SEARCH)
    return [world for world in counting.worlds if world is not None]


def told(explored: type[RuleBasedStateMachine], examples: int = 100) -> str:
    with pytest.raises(AssertionError) as caught:
        run_state_machine_as_test(explored, settings=settings(SEARCH, max_examples=examples))
    return str(caught.value)
