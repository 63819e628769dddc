"""Torch's own defects are found as the cases tell them; a case fails, and says so, once torch has mended it."""

from pathlib import Path

import pytest
import torch

from diffcheck.cli import main

CASES = Path(__file__).parents[2] / "cases" / "known_defects.toml"
#    formula   expected verdict   what is told
OTHERWISE = [
    ("x**2",   "nan",             "expected verdict nan, found agrees: now agrees"),
    ("log(x)", "wrong",           "expected verdict wrong, found phantom\n"),
    ("x**2",   "rounded",         "expected verdict rounded, found agrees\n"),
]  # fmt: skip


@pytest.mark.skipif(not torch.__version__.startswith("2.13"), reason="the cases tell torch 2.13's defects")
def test_every_known_defect_is_found_with_its_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    status = main([str(CASES)])
    assert status == 0, capsys.readouterr().out


@pytest.mark.parametrize(("formula", "verdict", "told"), OTHERWISE, ids=["mended", "another defect", "no defect before"])
def test_a_defect_that_is_mended_fails_and_says_so_and_nothing_else_does(
    formula: str, verdict: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "case.toml").write_text(f'[case]\nformula = "{formula}"\nat.x = -1.5\nexpect.verdict = "{verdict}"\n')
    assert main([str(tmp_path)]) == 1
    assert f"FAIL case: {told}" in capsys.readouterr().out
