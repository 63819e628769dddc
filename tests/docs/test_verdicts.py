"""Every verdict has a page, and an example whose run gives it."""

import re
from pathlib import Path

import pytest

from diffcheck.cases.reader import read_text
from diffcheck.cli import main
from diffcheck.commands.status import ExitStatus
from diffcheck.report.explanation import EXPLANATIONS, explain
from diffcheck.run import run
from diffcheck.verdict import Status, Verdict
from diffcheck.verification import Settings
from tests.docs.following import ROOT

FOLDER = ROOT / "docs" / "verdicts"
by_verdict = pytest.mark.parametrize("verdict", Verdict, ids=lambda verdict: verdict.word)


@by_verdict
def test_the_example_gives_the_verdict(verdict: Verdict) -> None:
    (case,) = run(read_text(EXPLANATIONS[verdict].case, "example.toml"), Settings()).cases
    assert (case.name, case.verdict) == (verdict.word, verdict)


@by_verdict
def test_the_example_stands_on_the_command_line_as_on_its_page(
    verdict: Verdict, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"{verdict.word}.toml"
    file.write_text(EXPLANATIONS[verdict].case, encoding="utf-8")
    failed = verdict.status is Status.FAIL
    assert main([str(file)]) == (ExitStatus.FAILED if failed else ExitStatus.PASSED)
    assert (f"FAIL {verdict.word}" in capsys.readouterr().out) is failed


@by_verdict
def test_the_explanation_tells_the_example_as_a_case(verdict: Verdict) -> None:
    told = explain(verdict.word)
    assert all(f"    {line}\n" in told for line in EXPLANATIONS[verdict].case.splitlines())


@by_verdict
def test_the_verdict_has_a_page(verdict: Verdict) -> None:
    page = (FOLDER / f"{verdict.word}.md").read_text(encoding="utf-8")
    assert page == f"# {verdict.word}\n\n```{{verdict}} {verdict.word}\n```\n"


def test_every_page_is_a_verdict_s_and_is_listed_in_their_order() -> None:
    words = [verdict.word for verdict in Verdict]
    assert {path.stem for path in FOLDER.glob("*.md")} == {"index", *words}
    listed = re.search(r"```\{toctree\}\n:hidden:\n\n(.*?)```", (FOLDER / "index.md").read_text(encoding="utf-8"), re.DOTALL)
    assert listed is not None
    assert listed[1].split() == words
