"""``--device``: which devices a run takes, and what is told of those that are not here."""

import json
from pathlib import Path

import pytest
import torch

from diffcheck import check
from diffcheck.cli import ExitStatus, main

CASE = '[good]\nformula = "x*sin(x)"\nat.x = 1.0\ndevices = ["cpu"]\n'
ELSEWHERE = '[good]\nformula = "x*sin(x)"\nat.x = 1.0\ndevices = ["cpu", "cuda"]\n'
without_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _verdicts(folder: Path, case: str, *arguments: str) -> dict[str, str]:
    """The verdict of each subject."""
    (folder / "a.toml").write_text(case, encoding="utf-8")
    assert main(["a.toml", "-q", "--json", "out.json", *arguments]) == ExitStatus.PASSED
    results = json.loads((folder / "out.json").read_text())["cases"][0]["results"]
    return {each["subject"]: each["verdict"] for each in results}


@pytest.mark.parametrize("given", ["cuda", "cpu,cuda", "auto,cuda", "all,cuda"])
@without_gpu
def test_a_device_named_and_not_here_is_wrong_usage_before_anything_runs(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    (folder / "a.toml").write_text(CASE, encoding="utf-8")
    monkeypatch.setattr("diffcheck.run.verify_formula", lambda *_: pytest.fail("it ran"))
    assert main(["a.toml", "--device", given]) == ExitStatus.USAGE
    told = capsys.readouterr().err
    assert told.startswith("diffcheck: there is no cuda here: ")
    assert told.endswith("; the devices here: cpu\n")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("gpu", "unknown device `gpu`; did you mean `cuda`?"),
        ("cpus", "unknown device `cpus`; did you mean `cpu`?"),
        ("xyz", "unknown device `xyz`; the devices are cpu, cuda"),
        (",", "no device is named; the devices are cpu, cuda"),
    ],
)
def test_an_unknown_device_is_wrong_usage(folder: Path, capsys: pytest.CaptureFixture[str], given: str, message: str) -> None:
    (folder / "a.toml").write_text(CASE, encoding="utf-8")
    assert main(["a.toml", "--device", given]) == ExitStatus.USAGE
    assert capsys.readouterr().err == f"diffcheck: {message}\n"


def test_devices_are_named_repeatedly_and_with_commas_each_once(folder: Path) -> None:
    assert list(_verdicts(folder, ELSEWHERE, "--device", "cpu,cpu", "--device", "cpu")) == [
        "value.float64.cpu",
        "reverse.float64.cpu.d/dx",
    ]


@without_gpu
def test_auto_takes_what_is_here_and_all_tells_what_is_not(folder: Path) -> None:
    here = {"value.float64.cpu": "agrees", "reverse.float64.cpu.d/dx": "agrees"}
    missing = {"value.float64.cuda": "unsupported", "reverse.float64.cuda.d/dx": "unsupported"}
    assert _verdicts(folder, ELSEWHERE, "--device", "auto") == here
    assert _verdicts(folder, CASE, "--device", "all") == here | missing


@without_gpu
def test_a_device_that_a_case_names_and_that_is_not_here_is_unsupported(folder: Path) -> None:
    assert _verdicts(folder, ELSEWHERE)["reverse.float64.cuda.d/dx"] == "unsupported"
    report = check("x**2", at={"x": 1.0}, devices=["cpu", "cuda"])
    assert report.passed
    assert {each.subject.device: each.verdict.word for each in report.result.cases[0].results} == {
        "cpu": "agrees",
        "cuda": "unsupported",
    }


def test_every_dtype_is_taken_by_one_word(folder: Path) -> None:
    dtypes = [subject.split(".")[1] for subject in _verdicts(folder, CASE, "--dtype", "all")]
    assert list(dict.fromkeys(dtypes)) == ["float64", "float32", "bfloat16", "float16"]
