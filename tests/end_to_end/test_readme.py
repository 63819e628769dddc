"""What the README shows is what happens."""

import doctest
import re
from pathlib import Path

import diffcheck
from diffcheck.cases.reader import read_text
from diffcheck.cases.schema import KEYS
from diffcheck.cases.train_schema import TRAIN_KEYS
from diffcheck.verdict import Verdict
from tests.docs.following import ROOT, blocks, follow

README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return [block.text for block in blocks(README) if block.language == language]


def test_a_reader_who_follows_it_sees_what_it_shows(tmp_path: Path) -> None:
    kinds = [block.kind for block in blocks(README)]
    assert {"file", "console", "doctest"} <= set(kinds)
    assert follow(README, tmp_path) == []


def test_the_packages_own_example_runs() -> None:
    assert doctest.testmod(diffcheck).failed == 0


def test_every_case_shown_can_be_read() -> None:
    for block in _blocks("toml"):
        assert all(not hasattr(entry, "error") for entry in read_text(block, "README.md"))


def test_every_verdict_and_every_key_is_in_a_table() -> None:
    for verdict in Verdict:
        assert f"| `{verdict.word}` |" in README
    for key in KEYS:
        assert f"`{key}`" in README
    for key in TRAIN_KEYS:
        assert f"`train.{key}`" in README


def test_every_link_leads_to_a_file_or_a_heading() -> None:
    headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", README, re.MULTILINE)}
    links = re.findall(r"\]\(([^)#]*)#?([^)]*)\)", README)
    assert any(path for path, _ in links)
    assert [path for path, _ in links if not (ROOT / path).exists()] == []
    assert [heading for path, heading in links if not path and heading not in headings] == []


def test_the_two_commands_stand_in_one_line_each() -> None:
    commands = [block.strip() for block in _blocks("sh")]
    install = "python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt"
    assert commands == [
        f"{install} . && .venv/bin/python -m diffcheck cases/",
        f"{install} -e '.[test]' && .venv/bin/python -m pytest",
    ]
