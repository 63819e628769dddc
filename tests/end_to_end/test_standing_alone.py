"""Errors planted in one dtype, one mode or one partial, and the sentence that names it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from diffcheck import check
from diffcheck.cli import main
from diffcheck.report.comparison import compare

Spoil = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def _product(spoil_x: Spoil, spoil_y: Spoil) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """x*y with a backward of its own, each partial spoilt."""

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(context: Any, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            context.save_for_backward(x, y)
            return x * y

        @staticmethod
        def backward(context: Any, *cotangents: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            x, y = context.saved_tensors
            return cotangents[0] * spoil_x(y, x), cotangents[0] * spoil_y(x, y)

    return lambda x, y: Product.apply(x, y)  # type: ignore[no-untyped-call, no-any-return]


def _sound(partial: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    return partial


def _nan_in_float16(partial: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    return partial * torch.nan if partial.dtype == torch.float16 else partial


def _twice_in_float32(partial: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    return partial * 2 if partial.dtype == torch.float32 else partial


def _twice(partial: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    return partial * 2


@pytest.mark.parametrize(
    ("spoil_x", "spoil_y", "sentences"),
    [
        (_sound, _sound, []),
        (_twice, _twice, []),
        (_nan_in_float16, _nan_in_float16, ["`float16` alone is nan: 20 of 20 points; all other dtypes agree"]),
        (_twice, _sound, ["`d/dx` alone is wrong: 20 of 20 points; `d/dy` agrees"]),
        (_sound, _twice_in_float32, ["`d/dy` in `float32` alone is wrong: 20 of 20 points; all else agrees"]),
    ],
)
def test_a_planted_error_is_named_by_where_it_stands(spoil_x: Spoil, spoil_y: Spoil, sentences: list[str]) -> None:
    report = check(
        _product(spoil_x, spoil_y), "x*y", sample={"x": (1, 2), "y": (1, 2)}, points=20,
        dtypes=["float64", "float32", "float16"], modes=["reverse", "grad"],
    )  # fmt: skip
    assert compare(report.result.cases[0]) == sentences
    assert all(sentence in str(report) for sentence in sentences)
    assert ("mode     float64" in str(report)) is not report.passed


def test_the_command_line_prints_the_table_and_writes_who_stands_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.toml").write_text('[lost]\nformula = "x*bessel_j0(y)"\nat = { x = 1.3, y = 0.7 }\n', encoding="utf-8")
    main(["a.toml", "--dtype", "float64,float32", "--json", "out.json"])
    shown = capsys.readouterr().out
    sentence = "`d/dy` alone is detached: 1 of 1 point; `d/dx` agrees"
    assert f"FAIL lost\n     {sentence}\n\n     mode     float64       float32\n" in shown
    assert "\n     reverse  detached 1/2  detached 1/2\n" in shown
    assert json.loads((tmp_path / "out.json").read_text())["cases"][0]["alone"] == [sentence]
