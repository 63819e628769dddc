"""The machine over torch itself: nothing is found, and programs repeat what was done."""

import re
import textwrap
import warnings
from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from diffcheck.dtypes import FORMATS
from diffcheck.training import Machinery, machine
from diffcheck.training.exact.number import Arithmetic
from diffcheck.training.exact.stepping import BITS
from diffcheck.training.exact.verdicts import judge_number
from diffcheck.training.running.snapshot import snapshot
from diffcheck.training.stateful.exact import Calculus
from diffcheck.training.stateful.journal import TEMPLATES
from diffcheck.training.stateful.sight import is_same
from diffcheck.training.stateful.terms import SHAPES, SIZE, Term, value_of
from diffcheck.training.stateful.world import NAMES
from diffcheck.truth.balls import precision
from diffcheck.verdict import Status
from tests.training.exploring import LOOPS, run, told
from tests.training.sound_machinery import MACHINERY, Descent, Momentum
from tests.training.unsound_machinery import zero_grad_does_nothing

STEPS = 2_000
"""How many actions the suite makes on torch itself, at least."""


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


@pytest.fixture
def memory_is_filled() -> Iterator[None]:
    """Memory that nobody wrote holds NaN: hypothesis makes a failing run again, and would find it flaky."""
    torch.use_deterministic_algorithms(True)
    assert torch.utils.deterministic.fill_uninitialized_memory
    yield
    torch.use_deterministic_algorithms(False)


@pytest.mark.usefixtures("memory_is_filled")
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
