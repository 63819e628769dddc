"""Files that a run writes for others to read, and the comparison with an earlier run."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from diffcheck.cli import main

CASES = '[good]\nformula = "{good}"\nat.x = 1.3\n[bad]\nformula = "{bad}"\nat.x = 1.3\n'
RIGHT, WRONG = "x*sin(x)", "x*bessel_j0(x)"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.toml").write_text(CASES.format(good=RIGHT, bad=WRONG))
    return tmp_path


def test_junit_and_markdown_are_written_beside_the_report(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["two.toml", "-q", "--junit", "out.xml", "--markdown", "out.md"]) == 1
    root = ElementTree.parse(folder / "out.xml").getroot()
    assert [case.get("name") for case in root.iter("testcase")] == ["good", "bad"]
    assert [case.get("name") for case in root.iter("testcase") if case.find("failure") is not None] == ["bad"]
    assert all(float(case.get("time", "0")) > 0 for case in root.iter("testcase"))
    assert "| `bad` | `reverse.float64.cpu.d/dx` | wrong |" in (folder / "out.md").read_text()
    assert capsys.readouterr().out.startswith("2 cases: 1 passed, 1 failed")


def test_a_baseline_tells_what_is_new_and_what_is_mended(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["two.toml", "-q", "--json", "before.json"]) == 1
    (folder / "two.toml").write_text(CASES.format(good=WRONG, bad=RIGHT))
    capsys.readouterr()
    assert main(["two.toml", "-q", "--baseline", "before.json"]) == 1
    told = capsys.readouterr().out
    assert "NEW FAILURE good: reverse.float64.cpu.d/dx: agrees before, now wrong (two.toml)" in told
    assert "MENDED bad: reverse.float64.cpu.d/dx: wrong before, now agrees (two.toml)" in told


WRONGS = {
    "missing.json": (None, "cannot read missing.json: No such file or directory"),
    "broken.json": ("{", "broken.json is no JSON"),
    "other.json": (json.dumps({"schema": 99}), "other.json: "),
}


@pytest.mark.parametrize("name", WRONGS)
def test_a_baseline_that_is_none_is_wrong_usage(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, words = WRONGS[name]
    if text is not None:
        (folder / name).write_text(text)
    assert main(["two.toml", "-q", "--baseline", name]) == 2
    assert words in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_told_before_the_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["two.toml", "--junit", "nowhere/out.xml"]) == 2
    captured = capsys.readouterr()
    assert "cannot write nowhere/out.xml" in captured.err
    assert captured.out == ""


def test_two_runs_are_compared_by_their_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["two.toml", "-q", "--json", "before.json"])
    (folder / "two.toml").write_text(CASES.format(good=RIGHT, bad=RIGHT))
    main(["two.toml", "-q", "--json", "after.json"])
    capsys.readouterr()
    assert main(["compare", "before.json", "after.json"]) == 0
    assert "MENDED bad: reverse.float64.cpu.d/dx: wrong before, now agrees (two.toml)" in capsys.readouterr().out
    assert main(["compare", "after.json", "before.json"]) == 1
    assert "NEW FAILURE bad: reverse.float64.cpu.d/dx: agrees before, now wrong (two.toml)" in capsys.readouterr().out
    assert main(["compare", "before.json", "nowhere.json"]) == 2
    assert "cannot read nowhere.json" in capsys.readouterr().err
