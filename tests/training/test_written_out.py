"""The steps that are no elementwise formula: torch's own raise nothing, and each error planted in them is named."""

import inspect
import itertools
from importlib import import_module
from random import Random

import numpy as np
import pytest
import torch
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from diffcheck.dtypes import FORMATS
from diffcheck.training.exact.number import Arithmetic, Kind, Number
from diffcheck.training.exact.stepping import Judged, judge_step
from diffcheck.training.exact.update import Update
from diffcheck.training.exact.written_out.decisions import OpenError, decided
from diffcheck.training.exact.written_out.newton_schulz import Iterations, orthogonal
from diffcheck.training.exact.written_out.two_loop import Pair, direction
from diffcheck.training.exact.written_out.vectors import dot, norm, summed, vector
from diffcheck.training.rules import RULES
from diffcheck.training.running.recording import recorded_step
from diffcheck.training.running.snapshot import snapshot
from diffcheck.truth.balls import precision
from diffcheck.verdict import Status, Verdict
from tests.training.written_out_plants import PLANTS, Plant, edited, planted
from tests.training.written_out_runs import CHOSEN, written_out_run

SEEDS = range(6)


def _failures(judged: list[Judged]) -> list[Judged]:
    return [each for each in judged if each.verdict.status is Status.FAIL]


def _first_failing(plant: Plant, seed: int) -> str | None:
    """The state's own name of what the judge finds first in a run with an error in it."""
    for step in written_out_run(plant.name, "float64", seed, planted(plant), plant.given):
        if found := _failures(step.judged):
            return found[0].entry.split("[")[0].split(" ")[0]
    return None


@pytest.mark.parametrize(("name", "dtype"), list(itertools.product(CHOSEN, FORMATS)))
def test_a_random_run_of_torch_has_nothing_wrong(name: str, dtype: str) -> None:
    for seed in SEEDS:
        for step in written_out_run(name, dtype, seed):
            assert step.judged
            assert _failures(step.judged) == [], f"{name}, {dtype}, seed {seed}, step {step.number}: {step.update.options}"


@pytest.mark.parametrize("plant", PLANTS, ids=str)
def test_a_planted_error_is_named_with_its_entry(plant: Plant) -> None:
    first = [_first_failing(plant, seed) for seed in SEEDS]
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
        for make in (None, edited(*ALIAS))
    )
    assert told[0] == "momentum_buffer"
    assert repaired == []


def test_a_step_whose_loss_overflows_is_undecided_and_says_why() -> None:
    parameter = torch.full((3,), 1e20, requires_grad=True)
    optimizer = torch.optim.LBFGS([parameter], max_iter=2)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = (parameter**2).sum()
        loss.backward()
        return loss

    rule = RULES["LBFGS"]
    judged = judge_step(Update(rule, rule.settings({"max_iter": 2})), *recorded_step(optimizer, closure), FORMATS["float32"])
    assert {each.entry: each.verdict for each in judged if each.verdict is not Verdict.AGREES} == dict.fromkeys(
        ("n_iter", "func_evals", "param"), Verdict.UNDECIDED
    )
    assert judged[-1].worst.judgement.cause == "the loss or the gradient of call 0 is not finite"


@given(st.floats(-10, 10), st.floats(0, 1))
def test_a_decision_is_made_only_where_rounding_cannot_turn_it(value: float, radius: float) -> None:
    arithmetic = Arithmetic(FORMATS["float64"])
    with precision(160):
        ball = arb(value, radius)
        known = {"x": Number(arb(value), ball, Kind.TENSOR)}
        if ball > 0 or ball <= 0:
            assert decided("x > 0", known, arithmetic) is (value > 0)
        else:
            with pytest.raises(OpenError, match="rounding may turn whether x > 0"):
                decided("x > 0", known, arithmetic)


@given(st.integers(0, 1000), st.sampled_from([(3, 4), (4, 3), (2, 2)]), st.integers(0, 4))
def test_orthogonal_iterations_are_the_polynomial_in_exact_arithmetic(seed: int, shape: tuple[int, int], count: int) -> None:
    matrix = np.random.default_rng(seed).normal(size=shape)
    a, b, c = coefficients = (3.4445, -4.775, 2.0315)
    wanted = matrix / np.linalg.norm(matrix)
    for _ in range(count):
        gram = wanted @ wanted.T
        wanted = a * wanted + (b * gram + c * gram @ gram) @ wanted
    arithmetic = Arithmetic(FORMATS["float64"])
    with precision(160):
        numbers = vector(matrix.reshape(-1), arithmetic)
        found = orthogonal(numbers, shape, Iterations(coefficients, count, 1e-7), arithmetic)
        assert np.allclose([float(each.exact) for each in found], wanted.reshape(-1), rtol=1e-9, atol=1e-9)


@given(st.integers(0, 1000), st.integers(1, 6), st.integers(0, 4))
def test_the_two_loops_are_the_inverse_hessian_of_the_pairs(seed: int, size: int, count: int) -> None:
    random = np.random.default_rng(seed)
    points = random.normal(size=(count, size))
    slopes = points * random.uniform(0.5, 2, size=size)  # of a bowl, so that every pair's product is positive
    grad, scale = random.normal(size=size), 0.7
    inverse = scale * np.eye(size)
    for s, y in zip(points, slopes, strict=True):
        turn = np.eye(size) - np.outer(y, s) / (y @ s)
        inverse = turn.T @ inverse @ turn + np.outer(s, s) / (y @ s)
    arithmetic = Arithmetic(FORMATS["float64"])
    with precision(160):
        pairs = [
            Pair(vector(y, arithmetic), vector(s, arithmetic), arithmetic.given(1 / (y @ s), Kind.TENSOR))
            for s, y in zip(points, slopes, strict=True)
        ]
        found, _ = direction(grad.tolist(), pairs, arithmetic.given(scale, Kind.PYTHON), arithmetic)
        assert np.allclose([float(each.exact) for each in found], -inverse @ grad, rtol=1e-6, atol=1e-6)


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
