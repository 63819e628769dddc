"""Training runs in the reports: a line a run, the first failing step, the losses, the picture."""

import json
from math import inf, isfinite
from pathlib import Path
from typing import Any

import pytest
import torch

from diffcheck import check_training
from diffcheck.cli import main
from diffcheck.errors import UsageError
from diffcheck.illustrations import Series
from diffcheck.report.document import render
from diffcheck.report.pictures.gallery import pictures_of
from diffcheck.report.pictures.svg import standalone_svg
from diffcheck.report.pictures.training import told_training
from diffcheck.report.plots import write_plots
from diffcheck.report.runs import first_failures, runs_of
from diffcheck.results import CaseResult, Finding, Result, RunResult, Subject
from diffcheck.verdict import Verdict

LINE = """
[line]
train.loss       = "(w*x + b - y)**2"
train.parameters = { w = 1.0, b = 0.0 }
train.data       = { x = 2.0, y = 10.0 }
train.optimizer  = { name = "SGD", lr = 0.01 }
train.steps      = 5
dtypes           = ["float32"]
"""


def _step(number: int, verdict: Verdict, share: float | None = 0.5, dtype: str = "float32") -> Result:
    finding = Finding({}, verdict, 1.0, None, None, None, share)
    return Result(Subject(f"step {number}", dtype, "cpu", None, 0, "w"), {verdict: 2}, finding)


def _case(*results: Result) -> CaseResult:
    return CaseResult("line", "", 0, ("w",), results)


def test_a_run_has_one_line_with_its_steps_worst_share_and_first_failure() -> None:
    case = _case(_step(1, Verdict.AGREES), _step(2, Verdict.WRONG, 7.25), _step(3, Verdict.WRONG, 3.0))
    [line] = runs_of(case)
    told = "float32 on cpu: 3 steps, 6 numbers; worst share 7.25 (step 2, w); the first failure is in step 2, w"
    assert str(line) == told


def test_each_dtype_has_a_line_of_its_own_and_other_results_have_none() -> None:
    other = Result(Subject("expect", None, None, "w", 1), {Verdict.AGREES: 1})
    lines = runs_of(_case(_step(1, Verdict.AGREES), _step(1, Verdict.AGREES, dtype="float64"), other))
    assert [line.dtype for line in lines] == ["float32", "float64"]


def test_of_failing_steps_the_first_is_told_and_the_others_counted() -> None:
    failing = [_step(4, Verdict.WRONG), _step(2, Verdict.WRONG), _step(3, Verdict.NAN)]
    assert list(first_failures(failing)) == [(failing[1], "2 results of later steps: see --json")]


def test_the_losses_of_a_run_are_in_the_json(tmp_path: Path) -> None:
    (tmp_path / "line.toml").write_text(LINE)
    assert main([str(tmp_path / "line.toml"), "-q", "--json", str(tmp_path / "out.json")]) == 0
    [case] = json.loads((tmp_path / "out.json").read_text())["cases"]
    [series] = case["series"]
    assert len(series["losses"]) == len(series["exact"]) == len(series["drift"]) == len(series["shares"]) == 5
    assert series["losses"][0] == 64.0
    subjects = {each["subject"] for each in case["results"]}
    assert {"step 5.float32.cpu.w", "step 5.float32.cpu.d/dw", "step 5.float32.cpu.loss", "replay.float32.cpu.loss"} <= subjects


def test_pictures_are_written_one_a_run(tmp_path: Path) -> None:
    (tmp_path / "line.toml").write_text(LINE)
    assert main([str(tmp_path / "line.toml"), "-q", "--plots", str(tmp_path / "plots")]) == 0
    text = (tmp_path / "plots" / "line.float32.cpu.svg").read_text()
    assert text.startswith("<?xml")


ODD = {
    "one step": Series("float32", "cpu", (1.0,), (1.0,), (0.1,), (0.5,)),
    "no replay": Series("float32", "cpu", (1.0, 0.5), (), (), (0.5, 0.5)),
    "not finite": Series("float16", "cpu", (1.0, float("inf"), float("nan")), (1.0, 2.0, 3.0), (0.1, None, None), (0.1,) * 3),
    "negative": Series("float32", "cpu", (-1.0, -2.0), (-1.0, -2.0), (0.0, 0.0), (0.0, float("inf")), ((2, -2.0),)),
    "huge": Series("float64", "cpu", (1.0, 1e200, 1e308), (1.0, 1e200, 1e308), (0.1, 1e190, None), (0.1, 1e30, 0.2)),
    "all NaN": Series("float32", "cpu", (float("nan"),) * 3, (), (), (0.0, 0.0, 0.0)),
}


@pytest.mark.parametrize("series", ODD.values(), ids=ODD)
def test_odd_runs_have_pictures_too(series: Series) -> None:
    [picture] = pictures_of(CaseResult("odd", "", 0, series=(series,)))
    low, high = picture.figure.axes[0].get_ylim()
    assert isfinite(low)
    assert low < high < inf
    assert f"torch, {series.dtype} on {series.device}" in standalone_svg(picture)


def test_two_cases_of_one_name_have_a_picture_each(tmp_path: Path) -> None:
    case = CaseResult("line", "", 0, series=(ODD["one step"],))
    assert len(set(write_plots(RunResult((case, case), 0.0, {}, 0), tmp_path))) == len(list(tmp_path.iterdir())) == 2


def test_without_matplotlib_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    run = RunResult((CaseResult("line", "", 0, series=(ODD["one step"],)),), 0.0, {}, 0)
    with pytest.raises(UsageError, match=r"pip install 'diffcheck\[plots\]'"):
        write_plots(run, tmp_path)


EXPECTED: list[tuple[str, int, str]] = [
    ('dtypes = ["int64"]\nexpect.error = "cannot require gradients"', 0, "1 passed"),
    ('dtypes = ["int64"]\nexpect.error = "another reason"', 3, "cannot require gradients"),
    ('expect.error = "cannot require gradients"', 1, "and there was none"),
]


@pytest.mark.parametrize(("keys", "status", "words"), EXPECTED, ids=["refused", "refused otherwise", "not refused"])
def test_a_case_may_expect_to_be_refused(keys: str, status: int, words: str, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "case.toml").write_text(f'[case]\nformula = "x**2"\nat.x = 1.0\n{keys}\n')
    assert main([str(tmp_path / "case.toml")]) == status
    assert words in " ".join(capsys.readouterr().out.split())


def _optimizer(spoil: Any) -> Any:
    """SGD whose second step is spoiled."""

    class Spoiled(torch.optim.SGD):
        steps = 0

        def step(self, closure: Any = None) -> Any:
            super().step(closure)
            self.steps += 1
            if self.steps == 2:
                with torch.no_grad():
                    for group in self.param_groups:
                        for parameter in group["params"]:
                            spoil(parameter)

    return lambda groups: Spoiled(groups, lr=0.1)


def _trained(spoil: Any) -> tuple[CaseResult, Series]:
    report = check_training(loss="(w*x - y)**2", parameters={"w": 1.0}, data=[{"x": 2.0, "y": 3.0}], optimizer=_optimizer(spoil),
                            rule="SGD", options={"lr": 0.1}, steps=4)  # fmt: skip
    [case] = report.result.cases
    [series] = case.series
    return case, series


def test_a_failing_step_without_a_share_has_none_and_a_cross() -> None:
    case, series = _trained(lambda parameter: parameter.fill_(float("nan")))
    assert series.failing == (2,)
    assert series.shares[1] is None
    [picture] = pictures_of(case)
    crosses = [line for line in picture.figure.axes[1].lines if line.get_marker() == "x"]
    assert [list(line.get_xdata()) for line in crosses] == [[2]]
    assert "1 step fails; where no share of an allowance tells it, a cross stands above the strip." in picture.description
    assert " NaN" in picture.description
    told = json.loads(render(RunResult((case,), 0.0, {}, 0)))
    assert told["cases"][0]["series"][0]["shares"][1] is None


def test_a_failing_step_with_a_share_needs_no_cross() -> None:
    case, series = _trained(lambda parameter: parameter.mul_(1.5))
    assert series.failing == (2,)
    [picture] = pictures_of(case)
    assert not [line for line in picture.figure.axes[1].lines if line.get_marker() == "x"]
    assert "Shares beyond 10 are drawn at 10. 1 step fails." in picture.description


def test_infinite_shares_are_counted() -> None:
    told = told_training(Series("float32", "cpu", (1.0,) * 4, shares=(inf, 0.5, None, inf), failing=(1, 4)))
    assert "The largest finite share of its allowance that a step used is 0.5, in step 2." in told
    assert "The share is infinite in 2 steps. Shares beyond 10 are drawn at 10." in told
    assert told.endswith("2 steps fail.")
