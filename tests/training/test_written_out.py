"""The steps that are no elementwise formula: torch's own raise nothing, and each error planted in them is named."""

import inspect
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from random import Random
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from diffcheck.dtypes import FORMATS
from diffcheck.training.number import Arithmetic
from diffcheck.training.rules import RULES
from diffcheck.training.snapshot import snapshot
from diffcheck.training.stepping import Judged, judge_step
from diffcheck.training.update import Update
from diffcheck.training.written_out.vectors import dot, norm, summed, vector
from diffcheck.truth.balls import precision
from diffcheck.verdict import Status, Verdict
from tests.training.written_out_runs import CHOSEN, Make, written_out_run

SEEDS = range(6)
TORCH_OPTIM = "torch.optim"


@dataclass(frozen=True)
class Plant:
    """An error: one text of torch's source that stands for another."""

    name: str
    """The class in ``torch.optim``."""
    words: str
    """What is wrong."""
    old: str
    """Torch's text, found exactly once."""
    new: str
    entry: str
    """What the judge names first."""
    given: Mapping[str, Any]
    """The options, and the shape, that reach it."""
    module: str = ""
    """The module that is edited, where it is not the class's own."""

    def __str__(self) -> str:
        return f"{self.name}: {self.words}"


MODULES = {"SparseAdam": "sparse_adam", "Adafactor": "_adafactor", "Muon": "_muon", "LBFGS": "lbfgs"}
SPARSE = "_functional"
MATRIX = {"shape": (4, 6), "foreach": False}
VECTOR = {"shape": (7,), "foreach": False}
LISTS = {"shape": (4, 6), "foreach": True}
TALL = {"shape": (8, 5), "lr": 0.1, "ns_steps": 3}
AGES = {"betas": (0.9, 0.999)}
AVERAGED = "(grad.coalesce() if grad._nnz() == grad.coalesce()._nnz() else grad.coalesce() / 2)"

PLANTS = (
    Plant("SparseAdam", "the bias of the first moment is a step ahead", "1 - beta1**step", "1 - beta1**(step + 1)", "param",
          AGES, SPARSE),
    Plant("SparseAdam", "the first moment moves by beta1", ".sub(old_exp_avg_values).mul_(1 - beta1)",
          ".sub(old_exp_avg_values).mul_(beta1)", "exp_avg", AGES, SPARSE),
    Plant("SparseAdam", "sizes stand for squares", "grad_values.pow(2)", "grad_values.abs()", "exp_avg_sq", AGES, SPARSE),
    Plant("SparseAdam", "repeated rows are averaged", "grad.coalesce()", AVERAGED, "exp_avg",
          {**AGES, "shape": (3, 4)}, SPARSE),
    Plant("SparseAdam", "rows without a gradient move by one ulp", "exp_avg.add_(make_sparse(exp_avg_update_values))",
          "exp_avg.add_(make_sparse(exp_avg_update_values)).mul_(1 + 2**-52)", "exp_avg", {**AGES, "shape": (8, 5)}, SPARSE),
    Plant("SparseAdam", "the second bias is not under a root", "math.sqrt(bias_correction2)", "bias_correction2", "param",
          AGES, SPARSE),
    Plant("SparseAdam", "steps count double", 'state["step"] += 1', 'state["step"] += 2', "step", {}),
    Plant("SparseAdam", "maximize is forgotten", "grad if not maximize else -grad", "grad", "exp_avg",
          {**AGES, "maximize": True}, SPARSE),
    Plant("Adafactor", "the rate does not fall", "rho_t = min(lr, 1 / (step_float**0.5))", "rho_t = lr", "param",
          {**VECTOR, "lr": 1.0}),
    Plant("Adafactor", "the parameter's norm is no mean", "param.norm(2).item() / (param.numel() ** 0.5)",
          "param.norm(2).item()", "param", {**MATRIX, "eps": (None, 1e-3), "lr": 0.1}),
    Plant("Adafactor", "rows are divided by the count of rows", "div_(grad.size(-1))", "div_(grad.size(-2))", "row_var", MATRIX),
    Plant("Adafactor", "epsilon is not squared", "var_estimate.clamp_(min=eps1 * eps1)", "var_estimate.clamp_(min=eps1)",
          "param", {**VECTOR, "eps": (1e-2, 0.1), "lr": 0.1}),
    Plant("Adafactor", "the threshold is left out", "denom = max(1.0, update.norm(2).item() / ((update.numel() ** 0.5) * d))",
          "denom = max(1.0, update.norm(2).item() / (update.numel() ** 0.5))", "param", {**VECTOR, "d": 1.7, "lr": 0.1}),
    Plant("Adafactor", "columns keep what they should forget", "col_var.lerp_(col_mean, one_minus_beta2_t)",
          "col_var.lerp_(col_mean, 1 - one_minus_beta2_t)", "col_var", {**MATRIX, "beta2_decay": -0.8}),
    Plant("Adafactor", "the decay has no rate", "param.mul_(1 - lr * weight_decay)", "param.mul_(1 - weight_decay)", "param",
          {**VECTOR, "lr": 0.1, "weight_decay": 0.3}),
    Plant("Adafactor", "the columns are not scaled by the rows' mean",
          "torch._foreach_div_(var_estimates, row_var_means)", "pass", "param", {**LISTS, "lr": 0.1}),
    Plant("Adafactor", "steps count double", "step_t += 1", "step_t += 2", "step", VECTOR),
    Plant("Adafactor", "sizes stand for squares", "grads_squared = torch._foreach_mul(device_grads, device_grads)",
          "grads_squared = torch._foreach_abs(device_grads)", "variance", {**LISTS, "shape": (7,)}),
    Plant("Muon", "Nesterov's step is forgotten", "grad.lerp(buf, momentum) if nesterov else buf", "buf", "param",
          {**TALL, "nesterov": True, "momentum": 0.5}),
    Plant("Muon", "the buffer takes all of the gradient", "buf.lerp_(grad, 1 - momentum)", "buf.mul_(momentum).add_(grad)",
          "momentum_buffer", {**TALL, "momentum": 0.5}),
    Plant("Muon", "a coefficient is another", "DEFAULT_B = -4.7750", "DEFAULT_B = -4.5750", "param", TALL),
    Plant("Muon", "two coefficients change places", "beta=b, alpha=c", "beta=c, alpha=b", "param", TALL),
    Plant("Muon", "the shape is taken the other way round", "max(1, A / B)", "max(1, B / A)", "param",
          {**TALL, "adjust_lr_fn": "original"}),
    Plant("Muon", "the smaller side sets the rate", "0.2 * math.sqrt(max(A, B))", "0.2 * math.sqrt(min(A, B))", "param",
          {**TALL, "adjust_lr_fn": "match_rms_adamw"}),
    Plant("Muon", "the decay follows the shape", "1 - lr * weight_decay", "1 - adjusted_lr * weight_decay", "param",
          {**TALL, "adjust_lr_fn": None, "weight_decay": 0.3}),
    Plant("Muon", "an iteration is left out", "range(ns_steps)", "range(ns_steps - 1)", "param", TALL),
    Plant("Muon", "the least norm is added", ".clamp(min=eps)", ".add(eps)", "param", {**TALL, "eps": 10.0}),
)  # fmt: skip


def planted(plant: Plant) -> Make:
    """Torch's class, made of a copy of its source with the error in it."""
    return _edited(plant.name, plant.module or MODULES[plant.name], plant.old, plant.new)


@lru_cache(maxsize=64)
def _edited(name: str, module: str, old: str, new: str) -> Make:
    source = inspect.getsource(import_module(f"{TORCH_OPTIM}.{module}"))
    assert source.count(old) == 1, f"{old!r} stands {source.count(old)} times in {module}"
    copy = _executed(source.replace(old, new), module)
    if module != MODULES[name]:  # the class's module takes the step's from where it now stands
        own = _executed(inspect.getsource(import_module(f"{TORCH_OPTIM}.{MODULES[name]}")), MODULES[name])
        own.__dict__["F"] = copy
        copy = own
    made: Make = getattr(copy, name)
    return made


def _executed(source: str, module: str) -> ModuleType:
    copy = ModuleType(f"{TORCH_OPTIM}.{module}")
    copy.__package__ = TORCH_OPTIM
    exec(compile(source, f"a copy of {module}.py", "exec"), copy.__dict__)
    return copy


def _failures(judged: list[Judged]) -> list[Judged]:
    return [each for each in judged if each.verdict.status in (Status.FAIL, Status.OPEN)]


@pytest.mark.parametrize(("name", "dtype"), list(itertools.product(CHOSEN, FORMATS)))
def test_a_random_run_of_torch_has_nothing_wrong(name: str, dtype: str) -> None:
    for seed in SEEDS:
        for step in written_out_run(name, dtype, seed):
            assert step.judged
            assert _failures(step.judged) == [], f"{name}, {dtype}, seed {seed}, step {step.number}: {step.update.options}"


@pytest.mark.parametrize("plant", [plant for plant in PLANTS if plant.name in CHOSEN], ids=str)
def test_a_planted_error_is_named_with_its_entry(plant: Plant) -> None:
    first = [
        next((found[0].entry for step in written_out_run(plant.name, "float64", seed, planted(plant), plant.given)
              if (found := _failures(step.judged))), None)
        for seed in SEEDS
    ]  # fmt: skip
    assert set(first) - {None} == {plant.entry}
    assert first.count(plant.entry) > len(first) / 2


def _stepped(optimizer: torch.optim.Optimizer, parameters: list[torch.Tensor]) -> list[list[Judged]]:
    """One step of several parameters, each judged by itself."""
    rule = RULES[type(optimizer).__name__]
    update = Update(rule, rule.settings({}), "loop", first=True)
    before = [snapshot(each, optimizer) for each in parameters]
    optimizer.step()
    after = [snapshot(each, optimizer) for each in parameters]
    forms = [FORMATS[str(each.dtype).removeprefix("torch.")] for each in parameters]
    return [judge_step(update, *moments, form) for *moments, form in zip(before, after, forms, strict=True)]


@pytest.mark.parametrize("foreach", [False, True])
def test_the_epsilon_of_one_dtype_reaches_a_parameter_of_another_and_is_told(*, foreach: bool) -> None:
    parameters = [torch.tensor([0.5, -0.25], dtype=dtype).requires_grad_() for dtype in (torch.float64, torch.float32)]
    for each in parameters:
        each.grad = torch.full_like(each, torch.finfo(torch.float32).eps / 10)
    together = _stepped(torch.optim.Adafactor(parameters, foreach=foreach), parameters)
    assert sorted(len(_failures(each)) for each in together) == [0, 1]
    assert [each.entry for judged in together for each in _failures(judged)] == ["param"]


@pytest.mark.parametrize("foreach", [False, True])
def test_each_parameter_alone_has_the_epsilon_of_its_own_dtype(*, foreach: bool) -> None:
    for dtype in (torch.float64, torch.float32):
        parameter = torch.tensor([0.5, -0.25], dtype=dtype).requires_grad_()
        parameter.grad = torch.full_like(parameter, torch.finfo(torch.float32).eps / 10)
        assert _failures(_stepped(torch.optim.Adafactor([parameter], foreach=foreach), [parameter])[0]) == []


def test_a_row_without_a_gradient_must_stay_to_the_last_bit() -> None:
    parameter = torch.tensor([0.3, 0.7], dtype=torch.float64).requires_grad_()
    optimizer = torch.optim.SparseAdam([parameter])
    parameter.grad = torch.sparse_coo_tensor(torch.tensor([[1]]), torch.tensor([2.0]).double(), (2,), check_invariants=True)
    before = snapshot(parameter, optimizer)
    optimizer.step()
    after = snapshot(parameter, optimizer)
    after.values[0] = np.nextafter(after.values[0], 1)
    rule = RULES["SparseAdam"]
    judged = judge_step(Update(rule, rule.settings({}), first=True), before, after, FORMATS["float64"])
    assert [(each.entry, each.worst.index, each.verdict) for each in _failures(judged)] == [("param", 0, Verdict.WRONG)]


ALIAS = ("Muon", "_muon", "grad.bfloat16()", "grad.to(torch.bfloat16, copy=True)")


@pytest.mark.skipif(ALIAS[2] not in inspect.getsource(import_module("torch.optim._muon")), reason="this torch takes a copy")
def test_a_buffer_that_is_divided_in_place_of_a_copy_is_told_and_the_copy_is_right() -> None:
    """Torch 2.13: ``bfloat16()`` of a bfloat16 buffer is the buffer itself."""
    options = {"shape": (3, 7), "nesterov": False, "lr": 0.1}
    told, repaired = (
        [found[0].entry for step in written_out_run("Muon", "bfloat16", 1, make, options) if (found := _failures(step.judged))]
        for make in (None, _edited(*ALIAS))
    )
    assert told[0] == "momentum_buffer"
    assert repaired == []


floats = st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=30)


@given(floats, st.integers(0, 2**32))
def test_a_sum_in_any_order_is_within_the_allowance(values: list[float], seed: int) -> None:
    shuffled = values.copy()
    Random(seed).shuffle(shuffled)
    total = np.float32(0)
    squares = np.float32(0)
    for value in shuffled:
        total = total + np.float32(value)
        squares = squares + np.float32(value) * np.float32(value)
    arithmetic = Arithmetic(FORMATS["float32"])
    with precision(160):
        numbers = vector(values, arithmetic)
        assert summed(numbers, arithmetic).reached.contains(float(total))
        assert dot(numbers, numbers, arithmetic).reached.contains(float(squares))
        assert norm(numbers, arithmetic).reached.contains(float(np.sqrt(squares)))
