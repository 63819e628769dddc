"""Every example of the pages is followed as a reader would; CI files hold the commands that are run."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from diffcheck.commands.init import TEXT
from tests.docs.following import ROOT, Block, blocks, commands, follow

DOCS = ROOT / "docs"
PAGES = [DOCS / "index.md", DOCS / "first-steps.md", *sorted((DOCS / "howto").glob("*.md"))]
FOLLOWED = {"file", "console", "doctest", "sh", "{toctree}"}


def _blocks(page: Path) -> list[Block]:
    return list(blocks(page.read_text(encoding="utf-8")))


def _name(page: Path) -> str:
    return page.stem


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Path, "Future[list[str]]"]]:
    """What each page does not show as it is; two pages are followed at a time, since most of it is waiting for torch."""
    with ThreadPoolExecutor(2) as pool:
        yield {page: pool.submit(follow, page.read_text(encoding="utf-8"), tmp_path_factory.mktemp(page.stem)) for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_a_reader_who_follows_the_page_sees_what_it_shows(page: Path, followed: dict[Path, "Future[list[str]]"]) -> None:
    assert followed[page].result() == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_a_page_holds_no_block_that_nothing_follows(page: Path) -> None:
    assert [block.text for block in _blocks(page) if block.kind not in FOLLOWED and block.text not in TEXT] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent != DOCS], ids=_name)
def test_a_how_to_runs_something(page: Path) -> None:
    assert any(commands(block.text) for block in _blocks(page) if block.kind == "console")


def _in_yaml(value: object) -> list[str]:
    """Every line of every text of a document of YAML."""
    if isinstance(value, dict):
        return [line for each in value.values() for line in _in_yaml(each)]
    if isinstance(value, list):
        return [line for each in value for line in _in_yaml(each)]
    return str(value).splitlines()


def test_ci_runs_the_command_that_the_page_runs() -> None:
    page = _blocks(DOCS / "howto" / "ci.md")
    shown = [command for block in page if block.kind == "console" for command, _ in commands(block.text)]
    files = [block for block in page if block.language == "yaml"]
    assert [block.file for block in files] == [".github/workflows/gradients.yml", ".gitlab-ci.yml"]
    for block in files:
        ran = [line for line in _in_yaml(yaml.safe_load(block.text)) if line.startswith("python ")]
        assert ran
        assert set(ran) <= set(shown)
