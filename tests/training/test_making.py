"""What `machine` makes, and what cannot be explored is told."""

import subprocess
import sys
import unittest
from typing import Any

import pytest
import torch

from diffcheck.errors import UnsupportedError, UsageError
from diffcheck.training import Machinery, machine
from diffcheck.training.rules import RULES
from tests.training.exploring import SEARCH, run, told
from tests.training.unsound_machinery import zero_grad_does_nothing


def test_the_test_case_runs_in_any_test_runner() -> None:
    case, result = machine(rule="SGD").TestCase, unittest.TestResult()
    case.settings = SEARCH
    case("runTest").run(result)
    assert (result.testsRun, result.wasSuccessful()) == (1, True)


def test_a_class_that_is_called_as_torchs_is_explored() -> None:
    run(machine(rule="Adam", optimizer=torch.optim.Adam, options={"lr": 0.1, "foreach": False}))


@pytest.mark.parametrize(
    ("error", "asked", "message"),
    [
        (UsageError, {"rule": "Adan"}, "unknown rule `Adan`; did you mean `Adam`?"),
        (UsageError, {"dtype": "float23"}, "unknown dtype `float23`; did you mean `float32`?"),
        (UsageError, {"variant": "quick"}, "unknown variant `quick`; there are `loop`, `foreach`, `fused`"),
        (UsageError, {"rule": "manual"}, "torch has no optimizer `manual`: say which one follows the rule, with optimizer="),
        (UnsupportedError, {"rule": "Rprop", "variant": "fused"}, "torch has no fused Rprop; there are loop, foreach"),
        (UnsupportedError, {"rule": "LBFGS"},
         "the rule LBFGS is no formula for each element by itself: its steps cannot be explored"),
    ],
)  # fmt: skip
def test_what_cannot_be_explored_is_told(error: type[Exception], asked: dict[str, Any], message: str) -> None:
    with pytest.raises(error) as caught:
        machine(**asked)
    assert str(caught.value) == message


def test_every_rule_that_is_a_formula_can_be_explored() -> None:
    for rule in RULES.values():
        if not rule.written_out:
            made = getattr(torch.optim, rule.name, torch.optim.SGD)
            assert machine(rule=rule.name, optimizer=made).__name__ == f"Machine{rule.name}"


def test_without_hypothesis_the_error_names_what_to_install() -> None:
    code = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "from diffcheck.training import machine\n"
        "try: machine()\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    wanted = "UnsupportedError exploring needs hypothesis, which is not installed: pip install 'diffcheck[fuzz]'"
    assert done.stdout.strip() == wanted


def test_importing_the_table_of_rules_imports_nothing_heavy() -> None:
    code = (
        "import sys, diffcheck.training.rules\n"
        "print([name for name in ('torch', 'hypothesis', 'numpy', 'flint', 'sympy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_package_has_its_public_names_and_no_others() -> None:
    import diffcheck.training

    assert dir(diffcheck.training) == sorted(diffcheck.training.__all__)
    with pytest.raises(AttributeError, match="no attribute 'machines'"):
        diffcheck.training.machines  # noqa: B018 (reading it is the test)


class Bare:
    """An optimizer that shows nothing."""

    def __init__(self, groups: Any) -> None: ...


def test_an_optimizer_that_cannot_be_looked_into_is_told() -> None:
    told_of = told(machine(rule="SGD", optimizer=Bare))
    assert told_of.startswith("construction: the optimizer has no `param_groups`, which every step is judged by\n")


def test_torchs_own_pieces_are_the_defaults() -> None:
    assert Machinery().own() == ()
    assert Machinery(zero_grad=zero_grad_does_nothing).own() == ("zero_grad",)
