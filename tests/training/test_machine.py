"""The machine over torch itself: nothing is found, programs repeat what was done, and what cannot be explored is told."""

import re
import subprocess
import sys
import textwrap
import warnings
from collections.abc import Mapping
from math import prod
from typing import Any, ClassVar

import pytest
import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from diffcheck.dtypes import FORMATS
from diffcheck.errors import UnsupportedError, UsageError
from diffcheck.training import Machinery, machine
from diffcheck.training.number import Arithmetic
from diffcheck.training.rules import RULES
from diffcheck.training.snapshot import snapshot
from diffcheck.training.stateful.exact import Calculus
from diffcheck.training.stateful.journal import TEMPLATES
from diffcheck.training.stateful.sight import is_same
from diffcheck.training.stateful.terms import SHAPES, SIZE, Term, value_of
from diffcheck.training.stateful.world import NAMES
from diffcheck.training.stepping import BITS
from diffcheck.training.verdicts import judge_number
from diffcheck.truth.balls import precision
from diffcheck.verdict import Status
from tests.training.sound_machinery import MACHINERY, Descent, Momentum
from tests.training.unsound_machinery import zero_grad_does_nothing

SEARCH = settings(
    max_examples=12,
    stateful_step_count=40,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
STEPS = 2_000
"""How many actions the suite makes on torch itself, at least."""

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


@pytest.mark.parametrize(("rule", "variant", "dtype", "options"), LOOPS, ids=lambda each: str(each) if each else "")
def test_torch_itself_is_found_sound(rule: str, variant: str, dtype: str, options: Mapping[str, Any]) -> None:
    worlds = run(machine(rule=rule, variant=variant, dtype=dtype, options=options))
    assert sum(world.actions for world in worlds) * len(LOOPS) >= STEPS


@pytest.mark.parametrize("variant", ["loop", "fused"])
def test_the_program_of_a_run_repeats_it_bit_by_bit(variant: str) -> None:
    for world in run(machine(rule="Adam", options={"lr": 0.1}, variant=variant)):
        names: dict[str, Any] = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(world.journal.text(), "program", "exec"), names)
        for name, moment in world.sight.moments.items():
            again = snapshot(names[name], names["optimizer"])
            assert is_same([again.values, again.grad, again.state], [moment.values, moment.grad, moment.state])


def test_a_run_meets_every_action() -> None:
    text = "\n".join(world.journal.text() for world in run(machine(rule="Adam")))
    calls = [template.partition("{0}")[0] or template.partition("{0}")[2].partition("(")[0] for template in TEMPLATES.values()]
    more = ["retain_graph", "requires_grad_(False)", "requires_grad_(True)", "no_grad", "inference_mode", "detach()", "view(",
            'float("inf")', "amp.unscale_", "schedule.step", ".remove()", '["lr"] =', "def closure"]  # fmt: skip
    assert [call for call in [*calls, *more] if call not in text] == []


@pytest.mark.parametrize("shape", SHAPES)
def test_each_terms_partials_are_those_of_its_value(shape: str) -> None:
    term = Term(shape, "a", "b", 1.5, -0.25)
    tensors = {"a": torch.tensor([0.5, -2.0], requires_grad=True), "b": torch.tensor([3.0, 0.125], requires_grad=True)}
    value_of([term], tensors).backward()
    for name, tensor in tensors.items():
        partials = [
            sum(
                prod(tensors[each][element].item() if isinstance(each, str) else each for each in factors)
                for factors in term.partials(name, element)
            )
            for element in range(SIZE)
        ]
        assert (tensor.grad is not None) is (name in term.reaches())
        assert tensor.grad is None or tensor.grad.tolist() == partials


def told(explored: type[RuleBasedStateMachine], examples: int = 100) -> str:
    with pytest.raises(AssertionError) as caught:
        run_state_machine_as_test(explored, settings=settings(SEARCH, max_examples=examples))
    return str(caught.value)


#    rule     variant    dtype       options                               what is told
DEFECTS: tuple[tuple[str, str, str, Mapping[str, Any], str], ...] = (
    # `_multi_tensor_sgd`: `torch._foreach_add_(grads, bufs, alpha=momentum)` works on `.grad` itself.
    ("SGD",   "foreach", "float32",  {"momentum": 0.5, "nesterov": True},
     r"step: (step changed the gradient of p\d|the gradient of p\d is off)\n"),
    # `_fused_sgd` is handed the momentum of all parameters or of none; a skipped one has whatever was in memory.
    ("SGD",   "fused",   "float32",  {"momentum": 0.5},
     r"step: raised TypeError: expected Tensor as element|scaler.step on .* gradients starts momentum_buffer of p\d off"),
    # `_process_value_according_to_param_policy` spares nothing but `step` from the cast to the parameter's dtype.
    ("NAdam", "loop",    "bfloat16", {}, r"load_state_dict: load_state_dict restored the entry mu_product of p\d "),
    ("ASGD",  "loop",    "float16",  {}, r"load_state_dict: load_state_dict restored the entry eta of p\d "),
)  # fmt: skip
"""What torch 2.13 does wrong itself, and where."""


@pytest.mark.parametrize(("rule", "variant", "dtype", "options", "what"), DEFECTS, ids=lambda each: str(each)[:12])
def test_torchs_own_defects_are_found(rule: str, variant: str, dtype: str, options: Mapping[str, Any], what: str) -> None:
    assert re.match(what, told(machine(rule=rule, variant=variant, dtype=dtype, options=options)))


@pytest.mark.parametrize(
    ("rule", "optimizer", "options"),
    [("Adam", None, {}), ("SGD", Momentum, {"momentum": 0.9, "lr": 0.1}), ("manual", Descent, {"lr": 0.1})],
)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_loop_written_by_hand_is_found_sound(rule: str, optimizer: Any, options: Mapping[str, Any], dtype: str) -> None:
    assert run(machine(rule=rule, optimizer=optimizer, options=options, machinery=MACHINERY, dtype=dtype))


@given(data=st.data(), dtype=st.sampled_from(tuple(FORMATS)))
def test_a_sum_in_any_order_is_allowed(data: st.DataObject, dtype: str) -> None:
    form = getattr(torch, dtype)
    drawn = data.draw(st.lists(st.floats(-64, 64, width=16), min_size=1, max_size=12))
    numbers = torch.tensor(drawn, dtype=form)
    calculus = Calculus(Arithmetic(FORMATS[dtype]))
    with precision(BITS):
        number = calculus.summed(calculus.known(numbers.double().numpy()))
        total = torch.zeros((), dtype=form)
        for place in data.draw(st.permutations(range(len(drawn)))):
            total = total + numbers[place]
        assert judge_number(total.item(), number, FORMATS[dtype]).verdict.status is not Status.FAIL
        assert number.radius is not None
        assert abs(total.item() - number.exact) <= number.radius


def test_a_failure_prints_the_calls_of_the_users_own_pieces_by_their_names() -> None:
    message = told(machine(rule="SGD", machinery=Machinery(zero_grad=zero_grad_does_nothing)))
    assert "    from tests.training.unsound_machinery import zero_grad_does_nothing as zero_grad\n" in message
    assert message.splitlines()[-1].startswith("    zero_grad(optimizer, ")
    names: dict[str, Any] = {}
    program = message.partition("This program shows it:\n")[2]
    exec(compile(textwrap.dedent(program), "program", "exec"), names)
    assert [name for name in NAMES if names[name].grad is not None] != []


def test_the_test_case_runs_in_any_test_runner() -> None:
    assert issubclass(machine(rule="SGD").TestCase, __import__("unittest").TestCase)


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
    wanted = "UnsupportedError exploring needs hypothesis, which is not installed: pip install diffcheck[fuzz]"
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
