"""Edges from end to end: the key, the option, the words in the reports, and the bug that lives at a kink alone."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from diffcheck import CaseError, check
from diffcheck.cli import ExitStatus, main

CASE = '[bent]\nformula = "abs(2*x - 1)"\nsample.x = [-2, 2]\npoints = 20\n'


class _WrongAtTheKink(torch.autograd.Function):
    """|2*x - 1|, whose backward divides zero by zero at the kink itself and is right everywhere else."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x)
        return (2 * x - 1).abs()

    @staticmethod
    def backward(ctx: Any, cotangent: torch.Tensor) -> torch.Tensor:
        (x,) = ctx.saved_tensors
        inner = 2 * x - 1
        return cotangent * 2 * inner / inner.abs()


def _bent(x: torch.Tensor) -> torch.Tensor:
    return _WrongAtTheKink.apply(x)  # type: ignore[no-any-return, no-untyped-call]


def test_a_bug_at_a_kink_alone_is_caught_at_the_edge_and_not_without_it() -> None:
    without = check(_bent, "abs(2*x - 1)", sample={"x": (-2, 2)})
    with_edges = check(_bent, "abs(2*x - 1)", sample={"x": (-2, 2)}, edges=True)
    assert without.passed
    assert not with_edges.passed
    worst = with_edges.result.cases[0].results[1].worst
    assert worst is not None
    assert (worst.point, worst.verdict.word) == ({"x": 0.5}, "nan")
    assert worst.origin == "kink of abs(2*x - 1) at x = 1/2"


def test_the_report_tells_what_is_special_about_the_point_and_how_many_there_are() -> None:
    lines = str(check(_bent, "abs(2*x - 1)", sample={"x": (-2, 2)}, edges=True)).splitlines()
    place = lines.index("     at         x = 0.5")
    assert lines[place + 1] == "     point      kink of abs(2*x - 1) at x = 1/2"
    assert any("21 edge points: the search was complete" in line for line in lines)


def test_right_code_passes_at_its_edges_in_every_dtype() -> None:
    dtypes = ["float64", "float32", "bfloat16", "float16"]
    report = check("abs(2*x - 1)*exp(x)", sample={"x": (-2, 2)}, points=5, dtypes=dtypes, edges=True)
    assert report.passed
    for result in report.result.cases[0].results:
        assert result.points > 15
        assert "edge points" in result.note


def test_edges_that_miss_the_condition_are_left_out() -> None:
    report = check("1/x", sample={"x": (-2, 2)}, where="x > 0.5", points=5, edges=True)
    assert [result.note for result in report.result.cases[0].results] == ["3 edge points: the search was complete"] * 2


def test_several_variables_are_searched_along_lines() -> None:
    report = check("max(x, y)*x", sample={"x": (-2, 2), "y": (-2, 2)}, points=5, edges=True)
    assert report.passed
    assert "kink" in {verdict.word for verdict in report.result.counts}


def test_edges_need_a_range() -> None:
    with pytest.raises(CaseError, match="`edges` are sought in the ranges of `sample`: give one for each variable"):
        check("x", at={"x": 1.0}, edges=True)


def test_the_key_of_a_case_file_and_the_option_do_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("key.toml").write_text(CASE + "edges = true\n", encoding="utf-8")
    Path("option.toml").write_text(CASE, encoding="utf-8")
    assert main(["key.toml", "--json", "key.json", "-q"]) == ExitStatus.PASSED
    assert main(["option.toml", "--edges", "--json", "option.json", "-q"]) == ExitStatus.PASSED
    assert main(["option.toml", "--json", "without.json", "-q"]) == ExitStatus.PASSED
    key, option, without = (json.loads(Path(f"{name}.json").read_text("utf-8")) for name in ("key", "option", "without"))
    assert key["cases"][0]["results"] == option["cases"][0]["results"]
    assert sum(key["counts"].values()) - sum(without["counts"].values()) == 2 * 21
    assert key["cases"][0]["results"][1]["worst"]["origin"] == "kink of abs(2*x - 1) at x = 1/2"
    assert without["cases"][0]["results"][1]["worst"]["origin"] == ""


def test_the_option_tells_a_case_without_ranges_that_there_is_nothing_to_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.toml").write_text('[one]\nformula = "x"\nat.x = 1.0\n', encoding="utf-8")
    assert main(["a.toml", "--edges", "-v"]) == ExitStatus.PASSED
    assert "no edge points: they are sought in the ranges of `sample`" in " ".join(capsys.readouterr().out.split())
