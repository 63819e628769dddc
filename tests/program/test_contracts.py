"""The contracts: unsound programs are caught under the right name, sound ones raise no alarm."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.autograd.function import once_differentiable

from diffcheck import check
from diffcheck.cli import ExitStatus, main
from diffcheck.formula.formula import read_formula
from diffcheck.formula.functions import ROWS
from diffcheck.program.contracts import CONTRACTS, SINGLES, Held, hold
from diffcheck.program.gradient import Place, rounded_to
from diffcheck.program.program import Program, bring, lower
from tests.planted import FORMULAS
from tests.program import unsound
from tests.program.unsound import PLANTED

DTYPES = ["float64", "float32", "bfloat16", "float16"]
POINTS = np.array([[0.5, 0.75], [1.0, -0.25], [-0.75, 1.5]])
ENTROPY = 7


def _held(code, text: str = "sin(x)", dtype: str = "float64", batched: bool = False, points=POINTS) -> list[Held]:
    formula = read_formula(text)
    singles = 0 if batched else len(points)
    return hold(bring(code, formula, (), batched=batched), points[:, : len(formula.variables)], Place(singles, dtype))


def _alarms(held: list[Held]) -> list[tuple[str, str]]:
    return [(each.contract, each.breach.words) for each in held if each.breach is not None]


@pytest.mark.parametrize("name", PLANTED)
def test_a_broken_contract_is_caught_under_its_name_and_no_other_is_accused(name: str) -> None:
    row = PLANTED[name]
    alarms = _alarms(_held(row.code, row.formula, row.dtype, row.batched))
    assert {contract for contract, _ in alarms} == row.breaks
    assert row.says in alarms[0][1]


def test_every_contract_is_broken_by_somebody() -> None:
    assert set().union(*(row.breaks for row in PLANTED.values())) == set(CONTRACTS)


def test_a_contract_comes_after_those_it_needs() -> None:
    names = list(CONTRACTS)
    assert all(names.index(before) < names.index(row.name) for row in CONTRACTS.values() for before in row.after)


def _in_the_form_of_a_call(name: str) -> str:
    row = ROWS[name]
    return f"{name}({', '.join('xyz'[: row.arity])})"


CALLS = [_in_the_form_of_a_call(name) for name, row in ROWS.items() if row.torch and not row.numbers and row.names[0] == name]


def _program(text: str) -> Program | None:
    try:
        return replace(lower(read_formula(text)), lowered=False)
    except Exception:  # a row that is no function in formulas
        return None


@pytest.mark.parametrize("dtype", DTYPES)
def test_torchs_own_kernels_raise_no_alarm(dtype: str) -> None:
    programs = {text: program for text in [*CALLS, *FORMULAS] if (program := _program(text)) is not None}
    assert len(programs) > 100
    alarms, runs = [], 0
    for number, (text, program) in enumerate(programs.items()):
        drawn = np.random.default_rng(ENTROPY + number)
        shape = (12, len(program.shapes))
        for points in (drawn.uniform(-5, 5, shape), np.exp(drawn.uniform(-30, 30, shape))):
            rounded = rounded_to(points, dtype)
            rounded = rounded[np.isfinite(rounded).all(axis=1)]
            held = hold(program, rounded, Place(1, dtype))
            alarms += [(text, *each) for each in _alarms(held)]
            runs += len(held)
    assert alarms == []
    assert runs > 3_000


class _Saved(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):  # type: ignore[no-untyped-def]
        ctx.save_for_backward(x)
        return torch.sin(x)

    @staticmethod
    @once_differentiable
    def backward(ctx, cotangent):  # type: ignore[no-untyped-def]
        (x,) = ctx.saved_tensors
        return cotangent * torch.cos(x)


class _SetUp(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x):  # type: ignore[no-untyped-def]
        return torch.sin(x)

    @staticmethod
    def setup_context(ctx, inputs, output):  # type: ignore[no-untyped-def]
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, cotangent):  # type: ignore[no-untyped-def]
        (x,) = ctx.saved_tensors
        return cotangent * torch.cos(x)


class _Straight(torch.autograd.Function):
    """A straight-through estimator returns the cotangent itself, as torch does for x + 1."""

    @staticmethod
    def forward(ctx, x):  # type: ignore[no-untyped-def]
        return x.round()

    @staticmethod
    def backward(ctx, cotangent):  # type: ignore[no-untyped-def]
        return cotangent


class _Needed(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):  # type: ignore[no-untyped-def]
        ctx.save_for_backward(x, y)
        return x * y

    @staticmethod
    def backward(ctx, cotangent):  # type: ignore[no-untyped-def]
        x, y = ctx.saved_tensors
        wants_x, wants_y = ctx.needs_input_grad
        return cotangent * y if wants_x else None, cotangent * x if wants_y else None


class _Line(torch.nn.Module):
    """A module that knows one number a row, asked for points."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = torch.nn.Linear(1, 1)
        torch.nn.init.constant_(self.inner.weight, 1.5)
        torch.nn.init.constant_(self.inner.bias, 0.25)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner.to(x.dtype)(x.unsqueeze(-1)).squeeze(-1)


@torch.no_grad()
def _detached(x: torch.Tensor) -> torch.Tensor:
    return torch.sin(x)


SOUND = [
    torch.nn.SiLU(), torch.nn.Softplus(), torch.nn.GELU(), torch.nn.Hardtanh(), _Line(), _Saved.apply, _SetUp.apply,
    _Straight.apply, lambda x: _Saved.apply(_Straight.apply(x) * 2) + x, lambda x: x, lambda x: x.float() + 1,
    lambda x: torch.utils.checkpoint.checkpoint(torch.sin, x, use_reentrant=False), _detached, lambda x: x.detach(),
    lambda x: torch.where(x > 0, torch.sqrt(x), 0), torch.round, torch.compiler.disable(torch.sin),
]  # fmt: skip


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_modules_and_custom_functions_written_properly_raise_no_alarm(dtype: str, batched: bool) -> None:
    for number, code in enumerate(SOUND):
        held = _held(code, "x", dtype, batched)
        assert held, number
        assert _alarms(held) == [], number
    assert _alarms(_held(_Needed.apply, "x*y", dtype, batched)) == []


def test_points_without_a_derivative_are_compared_as_what_they_are() -> None:
    points = np.array([[0.0], [-1.0], [np.inf], [np.nan], [1e308]])
    for code in (torch.sqrt, torch.log, lambda x: x.pow(1 / 3), lambda x: torch.exp(x) * x, lambda x: 1 / x**2):
        assert _alarms(_held(code, points=points)) == []
        assert _alarms(_held(code, points=points, batched=True)) == []


@pytest.mark.parametrize(
    "code",
    [lambda x: "sine", lambda x: torch.stack([x, x]), lambda x: 1 / 0, lambda x: exit(3), lambda: None],
    ids=["a text", "two numbers", "an exception", "an exit", "no argument"],
)
def test_a_program_that_does_not_run_is_left_to_the_modes(code) -> None:
    assert _held(code) == []
    assert _held(code, batched=True) == []


def test_a_program_without_a_gradient_is_held_to_what_needs_none() -> None:
    assert {each.contract for each in _held(torch.Tensor.detach)} == {"deterministic", "inputs_unchanged", "no_grad"}
    assert {each.contract for each in _held(torch.special.bessel_j0)} == {"deterministic", "inputs_unchanged", "no_grad"}


def test_the_first_points_run_one_by_one_and_a_batch_at_once() -> None:
    points = np.linspace(0.1, 1.2, 12)[:, None]
    formula = read_formula("sin(x)")
    alone = hold(bring(torch.sin, formula, (), batched=False), points, Place(12, "float64"))
    assert {each.index for each in alone} == set(range(SINGLES))
    both = hold(bring(torch.sin, formula, (), batched=True), points, Place(2, "float64"))
    assert {each.index for each in both} == {0, 1, 2}
    assert {each.contract for each in both if each.index == 2} >= {"strided", "expanded", "pointwise"}
    assert {each.contract for each in both if each.index == 0} >= {"view"}


def test_a_batch_tells_the_first_point_that_shows_it() -> None:
    late = unsound.function(lambda ctx, cotangent, cosine: torch.where(cosine < 0, cotangent**2, cotangent) * cosine)
    points = np.array([[0.5], [1.0], [2.0], [2.5]])
    broken = [each for each in _held(late, points=points, batched=True) if each.breach is not None]
    assert [(each.contract, each.index) for each in broken] == [("linear", 2)]


def test_random_states_are_left_as_they_were() -> None:
    def draws(x: torch.Tensor) -> torch.Tensor:
        return x * torch.rand(()) * random.random() * np.random.random()

    def seed() -> None:
        torch.manual_seed(1)
        random.seed(1)
        np.random.seed(1)

    seed()
    due = torch.rand(()).item(), random.random(), np.random.random()
    seed()
    assert _held(draws)
    assert (torch.rand(()).item(), random.random(), np.random.random()) == due


END_TO_END = ("dropped", "wide", "writes_to_the_cotangent", "another_without_gradients", "one_buffer")


@pytest.mark.parametrize("name", END_TO_END)
def test_a_broken_contract_fails_a_check(name: str) -> None:
    code = getattr(unsound, name)
    breaks = next(row.breaks for row in PLANTED.values() if row.code is code)
    report = check(code, "sin(x)", at=[{"x": 0.5}, {"x": 1.5}], dtypes=["float32"], name="mine", allow={"factor": 1e9})
    assert not report.passed
    failing = [each for each in report.result.cases[0].results if each.verdict.word == "wrong" and each.subject.contract]
    assert {each.subject.contract for each in failing} == breaks
    assert all(each.points == 2 and each.worst is not None and each.worst.point == {"x": 0.5} for each in failing)
    assert f"FAIL mine: contract.float32.cpu.{failing[0].subject.contract}: wrong at 2 of 2 points\n     at " in str(report)
    silent = check(code, "sin(x)", at={"x": 0.5}, dtypes=["float32"], contracts=False, allow={"factor": 1e9})
    assert not any(each.subject.contract for each in silent.result.cases[0].results)


@pytest.mark.parametrize("name", END_TO_END)
def test_a_broken_contract_fails_a_case_file(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = getattr(unsound, name)
    breaks = next(row.breaks for row in PLANTED.values() if row.code is code)
    text = f'[mine]\nformula = "sin(x)"\nprogram = "tests.program.unsound:{name}"\nat.x = 0.5\ndtypes = ["float32"]\n'
    path = tmp_path / "a.toml"
    path.write_text(text, encoding="utf-8")
    assert main([str(path), "--allow-import"]) == ExitStatus.FAILED
    shown = capsys.readouterr().out
    for contract in breaks:
        assert f"FAIL mine: contract.float32.cpu.{contract}: wrong at 1 of 1 point\n" in shown
    path.write_text(text + "contracts = false\n", encoding="utf-8")
    main([str(path), "--allow-import"])
    assert "contract." not in capsys.readouterr().out


def test_an_exception_under_a_contract_is_an_error_with_its_words() -> None:
    report = check(unsound.runs_once, "sin(x)", at={"x": 0.5}, name="once")
    (broken,) = [each for each in report.result.cases[0].results if not each.verdict.status.value.startswith("pass")]
    assert (str(broken.subject), broken.verdict.word) == ("contract.float64.cpu.backward_twice", "error")
    shown = "FAIL once: contract.float64.cpu.backward_twice: error at 1 of 1 point\n     at         x = 0.5\n     cause "
    assert shown in str(report)


def test_a_formulas_own_lowering_is_held_to_no_contract() -> None:
    report = check("sin(x)", at={"x": 0.5})
    assert [each.subject.mode for each in report.result.cases[0].results] == ["value", "reverse"]
