"""Steps of torch's own optimizers, judged: nothing is outside but named defects of torch, and what is off never passes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import numpy as np
import pytest
import torch

from diffcheck.dtypes import FORMATS
from diffcheck.training.exact.stepping import Judged, judge_step
from diffcheck.training.exact.update import Update
from diffcheck.training.moment import Moment
from diffcheck.training.rule import FLAGS
from diffcheck.training.rules import RULES
from diffcheck.training.running.snapshot import snapshot
from diffcheck.verdict import Status, Verdict
from tests.training import runs
from tests.training.runs import Stepped, random_run

PASSING = (Status.PASS, Status.COUNTED)
ELEMENTWISE = [rule for rule in RULES.values() if not rule.written_out and rule.name != "manual"]
ON_CPU = [(rule.name, variant) for rule in ELEMENTWISE for variant in rule.variants if variant != "capturable"]
STRIDED = [(name, variant) for name, variant in ON_CPU if variant != "fused"]
"""A fused kernel reads beyond the end of a gradient that is expanded or strided otherwise than its parameter."""
HALF = ("bfloat16", "float16")
SEEDS, STEPS = range(2), 12


@dataclass(frozen=True)
class Defect:
    """What torch is known to get wrong."""

    reason: str
    names: tuple[str, ...]
    variant: str
    """Empty for every variant."""
    dtypes: tuple[str, ...]
    options: Mapping[str, Any]
    """The options that it needs."""
    verdicts: tuple[Verdict, ...]

    def explains(self, name: str, variant: str, dtype: str, step: Stepped, judged: Judged) -> bool:
        here = name in self.names and self.variant in ("", variant) and dtype in self.dtypes
        needed = all(step.update.options.get(key) == value for key, value in self.options.items())
        return here and needed and judged.verdict in self.verdicts


DEFECTS = (
    Defect("in half precision the fused kernel leaves some elements as they are, and their buffers uninitialised",
           ("SGD",), "fused", HALF, {}, (Verdict.WRONG, Verdict.NAN)),
    Defect("the denominator is divided by the step's size, which is 0: 0/0 where the gradient is 0",
           ("Adam", "AdamW"), "differentiable", tuple(FORMATS), {"lr": 0.0}, (Verdict.NAN,)),
    Defect("the unrectified step is added to 1/(0/0) where the gradient is 0 and there is no eps",
           ("RAdam",), "foreach", tuple(FORMATS), {"eps": 0.0}, (Verdict.NAN,)),
    Defect("the same with an eps that float16 rounds to 0",
           ("RAdam",), "foreach", ("float16",), {"eps": 1e-8}, (Verdict.NAN,)),
    Defect("the root of a variance that rounding made negative",
           ("RMSprop",), "", HALF, {"centered": True}, (Verdict.NAN,)),
)  # fmt: skip
REACHING = {"RMSprop": {"alpha": 0.5, "eps": 1.0}}
"""Options that bring a defect about soon."""


def _outside(step: Stepped) -> list[Judged]:
    return [each for each in step.judged if each.verdict.status not in PASSING]


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize(("name", "variant"), ON_CPU)
def test_random_runs_of_torch_are_right_but_for_its_known_defects(name: str, variant: str, dtype: str) -> None:
    unknown = []
    for seed in SEEDS:
        for step in random_run(name, variant, dtype, seed, STEPS):
            outside = _outside(step)
            unknown += [
                (seed, step.number, each.entry, each.verdict, each.worst, step.update.options)
                for each in outside
                if not any(defect.explains(name, variant, dtype, step, each) for defect in DEFECTS)
            ]
            if outside:  # what follows starts from wrong numbers
                break
    assert unknown == []


def _stepped(
    name: str, variant: str, parameter: torch.Tensor, grads: list[torch.Tensor], options: Mapping[str, Any]
) -> list[Stepped]:
    """``parameter`` after each of ``grads``, judged; an option that is a tensor is told as one."""
    rule, tensors = RULES[name], frozenset(key for key, value in options.items() if isinstance(value, torch.Tensor))
    parameter.requires_grad_(variant != "differentiable")
    optimizer = getattr(torch.optim, name)([parameter], **options, **FLAGS[variant])
    told = {key: float(value) if key in tensors else value for key, value in {**options, **FLAGS[variant]}.items()}
    update, found = Update(rule, rule.settings(told), variant, tensors), []
    for number, grad in enumerate(grads, 1):
        parameter.grad = grad
        before = snapshot(parameter, optimizer)
        with torch.no_grad():
            optimizer.step()
        after, one = snapshot(parameter, optimizer), replace(update, first=not before.state)
        form = FORMATS[str(parameter.dtype).removeprefix("torch.")]
        found.append(Stepped(number, one, judge_step(one, before, after, form), after))
    return found


def _normal(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=torch.float32)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.reason)
def test_a_known_defect_is_still_there(defect: Defect) -> None:
    """The same gradient again and again, with a zero in it."""
    name, variant, dtype = defect.names[0], defect.variant or "loop", defect.dtypes[0]
    grad = _normal(70).to(getattr(torch, dtype))
    grad[0] = 0
    steps = _stepped(name, variant, grad.flip(0), [grad] * STEPS, {**defect.options, **REACHING.get(name, {})})
    assert any(defect.explains(name, variant, dtype, step, each) for step in steps for each in _outside(step))


LAYOUTS = {
    "transposed": (_normal(3, 5).t(), _normal(5, 3)),
    "of a transposed gradient": (_normal(3, 5), _normal(5, 3).t()),
    "of an expanded gradient": (_normal(3, 5), _normal(1, 5).expand(3, 5)),
    "every other column": (_normal(3, 10)[:, ::2], _normal(3, 5)),
    "0-d": (_normal(1)[0].clone(), _normal(2)[1].clone()),
}
"""A parameter and a gradient."""


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("name", "variant"), STRIDED)
def test_a_tensor_of_any_layout_is_judged_element_by_element(name: str, variant: str, layout: str) -> None:
    start, grad = LAYOUTS[layout]
    parameter = torch.empty_strided(start.shape, start.stride(), dtype=start.dtype).copy_(start)
    steps = _stepped(name, variant, parameter, [grad.clone() if not layout.startswith("of") else grad, -grad], {})
    assert [each for step in steps for each in _outside(step)] == []
    single = {entry.name for entry in RULES[name].state if entry.scalar}
    numbers = {each.entry: sum(each.counts.values()) for each in steps[-1].judged}
    assert numbers == {entry: 1 if entry in single else start.numel() for entry in numbers}


@pytest.mark.parametrize(("name", "variant"), [(name, variant) for name, variant in ON_CPU if variant in ("loop", "fused")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_a_rate_may_be_a_tensor(name: str, variant: str, dtype: torch.dtype) -> None:
    parameter = _normal(20).to(dtype)
    grads = [_normal(20).to(dtype), _normal(20).flip(0).to(dtype)]
    steps = _stepped(name, variant, parameter, grads, {"lr": torch.tensor(0.01)})
    assert [each for step in steps for each in _outside(step)] == []


@pytest.mark.parametrize(("name", "variant"), ON_CPU)
def test_ten_thousand_elements_are_judged(name: str, variant: str) -> None:
    size = 10**4
    (step,) = _stepped(name, variant, _normal(size), [_normal(size).flip(0)], {})
    assert _outside(step) == []
    assert {each.entry: sum(each.counts.values()) for each in step.judged}["param"] == size


@pytest.mark.parametrize(("name", "variant"), [pair for pair in ON_CPU if pair[0] != "Rprop" and pair[1] != "differentiable"])
def test_a_rate_of_zero_leaves_the_parameter_and_anything_else_is_wrong(name: str, variant: str) -> None:
    """Rprop's rate is its first step's size, which has a least one; Adam's differentiable has a defect there."""
    start, grad = _normal(20), _normal(20).flip(0)
    (step,) = _stepped(name, variant, start.clone(), [grad], {"lr": 0.0})
    assert np.array_equal(step.after.values, start.double().numpy())
    before = Moment(step.after.values, grad.double().numpy())
    off = Moment(step.after.values * (1 + 3 * 2.0**-23), before.grad, step.after.state)
    judged = judge_step(replace(step.update, first=True), before, off, FORMATS["float32"])
    assert ("param", Verdict.WRONG) in [(each.entry, each.verdict) for each in judged]


@pytest.mark.parametrize(
    ("name", "entry"), [("Adam", "exp_avg_sq"), ("Adagrad", "sum"), ("Adadelta", "square_avg"), ("Adam", "exp_avg")]
)
@pytest.mark.parametrize("size", [2, 30])
def test_an_infinity_in_the_state_excuses_what_comes_of_it_as_range(name: str, entry: str, size: int) -> None:
    parameter = _normal(size).requires_grad_()
    optimizer = getattr(torch.optim, name)([parameter], foreach=False)
    parameter.grad = _normal(size)
    optimizer.step()
    optimizer.state[parameter][entry][0] = torch.inf
    before = snapshot(parameter, optimizer)
    optimizer.step()
    rule = RULES[name]
    judged = judge_step(Update(rule, rule.settings({})), before, snapshot(parameter, optimizer), FORMATS["float32"])
    verdicts = {each.entry: each.counts for each in judged}
    assert [each for each in judged if each.verdict.status not in PASSING] == []
    assert verdicts[entry] == {Verdict.RANGE: 1, Verdict.AGREES: size - 1}


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if not rule.written_out and name != "manual"])
def test_gradients_that_underflow_raise_no_alarm(name: str, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where products are subnormal, the order in which torch multiplies and divides is to be seen."""

    def tiny(parameter: torch.Tensor, scale: float, random: Random, number: int) -> torch.Tensor:
        drawn = [random.gauss(0, 1) * 10 ** random.uniform(-46, -30) for _ in range(parameter.numel())]
        return torch.tensor(drawn, dtype=torch.float64).to(parameter.dtype)

    monkeypatch.setattr(runs, "_gradient", tiny)
    for seed in range(4):
        for step in random_run(name, "loop", dtype, seed, 8):
            assert not [each.entry for each in step.judged if each.verdict.status is Status.FAIL], (seed, step.number)
