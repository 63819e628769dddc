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


REPORTS = ("json", "junit", "markdown", "html")


@pytest.mark.parametrize("wrong", [["--mode", "revers"], ["--points", "0"], ["--junit", "nowhere/x"], ["--baseline", "no.json"]])
def test_wrong_usage_leaves_the_reports_of_an_earlier_run_alone(wrong: list[str], folder: Path) -> None:
    kept = [f"--{option}=old.{option}" for option in REPORTS if f"--{option}" not in wrong]
    main(["two.toml", "-q", *kept])
    before = {path.name: path.read_text() for path in folder.glob("old.*")}
    assert all(before.values())
    assert main(["two.toml", "-q", *kept, *wrong]) == 2
    assert {path.name: path.read_text() for path in folder.glob("old.*")} == before


def test_wrong_usage_leaves_no_empty_report_behind(folder: Path) -> None:
    assert main(["two.toml", "-q", "--html", "new.html", "--mode", "revers"]) == 2
    assert not (folder / "new.html").exists()


@pytest.mark.parametrize("option", REPORTS)
def test_a_report_never_overwrites_a_case_file(option: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (folder / "two.toml").read_text()
    (folder / "link.toml").symlink_to("two.toml")
    for path in ("two.toml", "./two.toml", "link.toml"):
        assert main([".", "-q", f"--{option}", path]) == 2
        assert f"--{option} would write over {path}: " in capsys.readouterr().err
    assert main(["two.toml", "-k", "good", "-q", f"--{option}", "two.toml"]) == 2
    assert (folder / "two.toml").read_text() == text


def test_two_reports_never_go_to_one_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["two.toml", "-q", "--json", "out", "--html", "./out"]) == 2
    assert capsys.readouterr().err == "diffcheck: --html would write over ./out: --json writes it\n"
    assert main(["two.toml", "-q", "--json", "-", "--html", "-"]) == 2
    assert main(["two.toml", "-q", "--json", "/dev/null", "--html", "/dev/null"]) == 1


@pytest.mark.parametrize(
    ("option", "begins"), list(zip(REPORTS, ("{", "<?xml", "**diffcheck", "<!doctype html>"), strict=True))
)
def test_any_report_may_have_standard_output_to_itself(
    option: str, begins: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["two.toml", "-q", f"--{option}", "-"]) == 1
    captured = capsys.readouterr()
    assert captured.out.startswith(begins)
    assert captured.err.startswith("2 cases: ")
    assert not (folder / "-").exists()


@pytest.mark.parametrize("option", ["plots", "repro"])
def test_a_folder_that_is_a_file_is_told_before_the_run(option: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["two.toml", "-q", f"--{option}", "two.toml"]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "diffcheck: cannot write into two.toml: it is a file, not a folder\n")


def test_of_two_documents_the_one_that_is_none_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["two.toml", "-q", "--json", "good.json"])
    (folder / "empty.json").write_text("{}")
    for pair in (["good.json", "empty.json"], ["empty.json", "good.json"]):
        assert main(["compare", *pair]) == 2
        assert capsys.readouterr().err.startswith("diffcheck: empty.json: this is no document of diffcheck")


def test_a_file_that_is_named_twice_is_read_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([".", "two.toml", "./two.toml", "-q"])
    assert capsys.readouterr().out.startswith("2 cases: ")


def test_a_word_that_is_nearly_a_command_is_told_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lst", "functions"]) == 2
    assert capsys.readouterr().err == "diffcheck: there is no file or folder lst, and no command; did you mean `list`?\n"
