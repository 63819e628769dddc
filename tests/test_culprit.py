"""Where a formula breaks: errors planted in one kernel are named, torch's own defects too, right formulas name nothing."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from diffcheck import check
from diffcheck.culprit import MAX_GROWN, MAX_SINGLE, Ground, explained
from diffcheck.findings import Column, judge_column
from diffcheck.formula.excerpt import excerpt, inputs_below
from diffcheck.formula.formula import read_formula
from diffcheck.formula.functions import ROWS
from diffcheck.program.gradient import Place
from diffcheck.program.idioms import IDIOMS
from diffcheck.program.lost import lost_parts
from diffcheck.program.modes import MODES
from diffcheck.program.program import lower
from diffcheck.report.repro import write_repros
from diffcheck.results import Finding, Result, Subject
from tests.margins import margins_of, partial

Backward = Callable[[Any], Any]


def _worst(formula: str, number: int = 1, **keys: Any) -> Finding:
    found = check(formula, **keys).result.cases[0].results[number].worst
    assert found is not None
    return found


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, Backward], None]]:
    """Gives a row another kernel, whose backward returns ``wrong`` of what the right one does."""

    def planted(name: str, wrong: Backward) -> None:
        right = eval(f"lambda x: {ROWS[name].torch}", {"torch": torch})  # noqa: S307 - the table's own cell

        class Broken(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):  # type: ignore[no-untyped-def]
                ctx.save_for_backward(x)
                return right(x)

            @staticmethod
            def backward(ctx, cotangent):  # type: ignore[no-untyped-def]
                with torch.enable_grad():
                    x = ctx.saved_tensors[0].detach().requires_grad_()
                    return wrong(torch.autograd.grad(right(x), x, cotangent)[0])

        monkeypatch.setattr(torch, "planted", Broken.apply, raising=False)
        monkeypatch.setitem(ROWS, name, replace(ROWS[name], torch="torch.planted(x)"))
        lower.cache_clear()
        lost_parts.cache_clear()

    yield planted
    lower.cache_clear()
    lost_parts.cache_clear()


#    planted in, what its backward says of the right one, formula, named
PLANTED = [
    ("cos",  lambda right: -right,             "sin(x)*exp(cos(x))",           "`cos(x)`: d/dx is wrong by"),
    ("exp",  lambda right: 2 * right,          "sin(x)*exp(cos(x))",           "`exp(u)` with u = cos(x): d/du is wrong by"),
    ("sin",  lambda right: right * (1 + 1e-6), "log(2 + sin(x*y))*atan(y)",    "`sin(u)` with u = x*y: d/du is wrong by"),
    ("tanh", lambda right: right * 0,          "sqrt(1 + tanh(x/3)**2)*y",     "`tanh(u)` with u = x/3: d/du is wrong by"),
    ("atan", lambda right: None,               "exp(x)*atan(y - x) + x*y",     "`atan(u)` with u = y - x: d/du is detached at"),
    ("sinh", lambda right: right / 0,          "x*sinh(x)/(1 + y**2)",         "`sinh(x)`: d/dx is nan at"),
]  # fmt: skip
IDS = [f"{row[0]} in {row[2]}" for row in PLANTED]


@pytest.mark.parametrize(("kernel", "wrong", "formula", "named"), PLANTED, ids=IDS)
def test_the_kernel_whose_backward_is_wrong_is_named(
    plant: Callable[[str, Backward], None], kernel: str, wrong: Backward, formula: str, named: str
) -> None:
    variables = read_formula(formula).variables
    assert _worst(formula, at={name: 0.75 + place for place, name in enumerate(variables)}).culprit == ""
    plant(kernel, wrong)
    assert _worst(formula, at={name: 0.75 + place for place, name in enumerate(variables)}).culprit.startswith(named)
    assert _worst(formula, sample=dict.fromkeys(variables, (0.5, 1.5)), points=20).culprit.startswith(named)


#    torch's own defects                                 at                            named
DEFECTS = [
    ("exp(celu(x*y, 1.3))",     {"x": -1.0, "y": 0.7},      "`celu(u, 1.3)` with u = x*y: d/du is wrong by"),
    ("sin(hardsigmoid(x))*x",   {"x": 0.3},                 "`hardsigmoid(x)`: d/dx is wrong by"),
    ("x*bessel_j0(x) + exp(x)", {"x": 1.3},                 "`bessel_j0(x)`: d/dx is detached at x = 1.3 (reverse)"),
    ("digamma(x)**2",           {"x": 1.5},                 "`digamma(x)`: d/dx is wrong by"),
    ("exp(polygamma(1, x) - x)", {"x": 1.3},                "`polygamma(1, x)`: its value is wrong by"),
    ("1e-160*atan2(x, y)",      {"x": 1e-170, "y": 1e-170}, "`atan2(x, y)`: d/dx is wrong by"),
    ("log(2 + softplus(x))",    {"x": 20.5},                "`softplus(x)`: d/dx is wrong by"),
    # No operation is wrong by itself.
    ("1 + where(x > 0, sqrt(x), x)", {"x": -1.0},           "`where(x > 0, sqrt(x), x)`: d/dx is nan at x = -1.0 (reverse)"),
    ("sqrt(x**2 + y**2)**2",    {"x": 0.0, "y": 0.0},       "`sqrt(u)**2` with u = x**2 + y**2: d/du is nan at u = 0.0"),
    ("where(x == 0, 1, sin(x)/x)", {"x": 0.0},              "`where(x == 0, 1, u/x)` with u = sin(x): d/du is nan at"),
    ("relu(x) - relu(-x)",      {"x": 0.0},                 "`relu(x) - relu(-x)`: d/dx is wrong by"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "at", "named"), DEFECTS, ids=[row[0] for row in DEFECTS])
def test_a_defect_of_torch_is_named(formula: str, at: dict[str, float], named: str) -> None:
    assert _worst(formula, at=at).culprit.startswith(named)


def test_a_part_is_judged_at_torchs_own_numbers(plant: Callable[[str, Backward], None]) -> None:
    plant("log", lambda right: right * 1.5)
    assert _worst("log(hypot(x, y))", at={"x": 3e200, "y": 4e200}).culprit.endswith("at u = 4.9999999999999995e+200 (reverse)")


@pytest.mark.parametrize("mode", [name for name, mode in MODES.items() if not mode.slow])
def test_parts_are_judged_in_the_mode_that_failed(mode: str) -> None:
    order = MODES[mode].orders[0]
    assert f"`celu(x, 1.3)`: d{order if order > 1 else ''}/" in (
        told := _worst("celu(x, 1.3)*y", at={"x": -1.0, "y": 2.0}, modes=[mode], order=order).culprit
    )
    assert told.endswith(f"({mode})")


def test_a_wrong_value_is_named_too() -> None:
    worst = _worst("x + bessel_y0(5 + x)", 0, at={"x": 0.0078125})
    assert worst.culprit.startswith("`bessel_y0(u)` with u = 5 + x: its value is wrong by")


def test_of_several_operations_the_one_that_is_furthest_off_is_named() -> None:
    assert _worst("hardsigmoid(x)*bessel_j0(x)", at={"x": 1.3}).culprit.startswith("`bessel_j0(x)`")


def test_a_wrong_number_is_not_blamed_for_a_nan() -> None:
    assert "where" in _worst("where(x > 0, sqrt(x), celu(x, 1.3))", at={"x": -1.0}).culprit


@pytest.mark.parametrize("formula", ["x*sin(x)", "relu(x)", "sqrt(x)", "floor(x)*x", "1/x", "log(x)"])
def test_what_does_not_fail_names_nothing(formula: str) -> None:
    for each in check(formula, at={"x": 0.0}).result.cases[0].results:
        assert each.worst is None or (each.worst.culprit, each.worst.repro) == ("", "")


def test_a_program_of_the_users_is_not_walked() -> None:
    def off(x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.celu(x, 1.3)

    found = check(off, "celu(x, 1.3)", at={"x": -1.0}).result.cases[0].results[1].worst
    assert found is not None
    assert (found.verdict.word, found.culprit, found.repro) == ("wrong", "", "")


def _invented(text: str, at: float, number: float) -> Result:
    """A result that says that torch returned ``number``, which it did not."""
    margins = margins_of(read_formula(text), np.array([[at]]), "float64")
    column = Column(np.array([number]), np.array([False]), {})
    counts, worst = judge_column(column, margins, partial(0), lambda index: None)
    ground = Ground(read_formula(text), np.array([[at]]), (0,), Place(1, "float64"))
    return explained(Result(Subject("reverse", "float64", "cpu", "x", 1), counts, worst), partial(0), ground)


@pytest.mark.parametrize("text", ["sin(exp(x))*x", "+".join(f"sin({k}*x)*exp(x/{k})" for k in range(1, 15))])
def test_where_every_part_is_right_none_is_named(text: str) -> None:
    worst = _invented(text, 0.5, 1e9).worst
    assert worst is not None
    assert (worst.verdict.word, worst.culprit) == ("wrong", "")
    assert "def f(x):" in worst.repro


@pytest.mark.parametrize(("mode", "order"), [("reverse", 1), ("hessian", 2)])
def test_a_search_that_finds_nothing_ends_soon(monkeypatch: pytest.MonkeyPatch, mode: str, order: int) -> None:
    tried = []

    def judged(failure: Any, part: Any, *_: object) -> Iterator[None]:
        tried.append(len(part.tape) - len(part.inputs))
        return iter(())

    monkeypatch.setattr("diffcheck.culprit._judged", judged)
    formula = "celu(x, 1.3) + " + " + ".join(f"sin({k}*x)*exp(x/{k})" for k in range(1, 40))
    worst = _worst(formula, at={"x": -1.0}, modes=[mode], order=order)
    single = len(read_formula(formula).tape)
    assert (worst.verdict.word, worst.culprit) == ("wrong", "")
    assert len(tried) <= 2 * min(single, MAX_SINGLE) + MAX_GROWN // order + 1


def test_what_cannot_be_explained_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("diffcheck.culprit._failing", broken)
    monkeypatch.setattr("diffcheck.culprit._repro", broken)
    worst = _worst("bessel_j0(x)", at={"x": 1.3})
    assert (worst.verdict.word, worst.culprit, worst.repro) == ("detached", "", "")


def test_a_part_reaches_so_far_down_through_conditions_and_keeps_its_constants() -> None:
    tape = read_formula("1 + where(x*y > 2, x**3, sqrt(y))").tape
    place = next(place for place, operation in enumerate(tape.operations) if operation.name == "select")
    part = excerpt(tape, place, inputs_below(tape, place, 1))
    assert part.text(part.outputs[0]) == "where(x0 > 2, x1, x2)"
    part = excerpt(tape, place, inputs_below(tape, place, 2))
    assert part.text(part.outputs[0]) == "where(x0*x1 > 2, x0**3, sqrt(x1))"


def test_every_mode_has_its_idiom() -> None:
    assert set(IDIOMS) == {"value", *MODES}


def _said(text: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What torch says in a repro, run here."""
    capsys.readouterr()
    exec(compile(text, "repro", "exec"), {})
    return capsys.readouterr().out.split("\n")[1].removeprefix("torch says ")


@pytest.mark.filterwarnings("ignore:`torch.jit.script`:DeprecationWarning", "ignore:Attempted to insert a get_attr Node")
@pytest.mark.parametrize("keys", [{"at": {"x": -1.0}}, {"sample": {"x": (-3, -1)}, "points": 10}], ids=["alone", "among others"])
@pytest.mark.parametrize("mode", [name for name, mode in MODES.items() if not mode.slow])
def test_a_repro_prints_the_number_of_the_finding_in_every_mode(
    mode: str, keys: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    worst = _worst("celu(x, 1.3)", modes=[mode], order=MODES[mode].orders[0], **keys)
    assert worst.actual is not None
    assert float(_said(worst.repro, capsys)) == worst.actual


def test_a_repro_of_a_part_shows_mixed_partials_and_other_dtypes(capsys: pytest.CaptureFixture[str]) -> None:
    worst = _worst("rsqrt(x*y)", at={"x": 0.0005, "y": 1.0}, dtypes=["float16"])
    assert "dtype=torch.float16" in worst.repro
    assert float(_said(worst.repro, capsys)) == worst.actual or worst.actual != worst.actual


def test_a_repro_takes_any_name_of_a_variable(capsys: pytest.CaptureFixture[str]) -> None:
    worst = _worst("torch*bessel_j0(f) + t1*value", 2, at={"torch": 2.0, "f": 1.3, "t1": 1.0, "value": 1.0})
    assert _said(worst.repro, capsys) == "None"


def test_written_repros_run_by_themselves_and_print_what_the_finding_says(tmp_path) -> None:  # type: ignore[no-untyped-def]
    report = check("x*hardsigmoid(x*y)", at={"x": 0.3, "y": 1.5}, wrt=["x"], name="a/b: c")
    paths = report.repro(tmp_path / "new")
    assert [path.name for path in paths] == ["a_b_c.reverse.float64.cpu.d_dx.py"]
    done = subprocess.run([sys.executable, paths[0]], capture_output=True, text=True, check=True, cwd=tmp_path)
    worst = report.result.cases[0].results[1].worst
    assert worst is not None
    assert worst.culprit.startswith("`hardsigmoid(u)` with u = x*y")
    lines = done.stdout.splitlines()
    assert lines[0] == f"torch {torch.__version__}"
    assert float(lines[1].removeprefix("torch says ")) == pytest.approx(1 / 6, rel=1e-7)
    assert lines[2].startswith("exact 0.1666666666666666666")


def test_repros_of_the_same_name_do_not_take_each_others_place(tmp_path) -> None:  # type: ignore[no-untyped-def]
    case = check("bessel_j0(x)", at={"x": 1.3}).result
    twice = replace(case, cases=case.cases * 2)
    names = [path.name for path in write_repros(twice, tmp_path)]
    assert names == ["bessel_j0_x.reverse.float64.cpu.d_dx.py", "bessel_j0_x.reverse.float64.cpu.d_dx-2.py"]
