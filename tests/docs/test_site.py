"""The site: built without a warning, complete without a network, its links whole, every row of every table in it."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import diffcheck
import diffcheck.strategies
import diffcheck.training
from diffcheck.cases.json_schema import case_file_schema
from diffcheck.commands.listing import TABLES
from diffcheck.commands.status import ExitStatus
from diffcheck.commands.table import COMMANDS, FILES
from diffcheck.dtypes import FORMATS
from diffcheck.formula.array_functions import ARRAYS
from diffcheck.formula.functions import TABLE
from diffcheck.program.modes import MODES
from diffcheck.report.document import SCHEMA_FILE
from diffcheck.report.explanation import EXPLANATIONS
from diffcheck.training.rules import RULES
from diffcheck.verdict import Verdict
from tests.docs.following import ROOT
from tests.docs.site import Page

Site = Mapping[str, Page]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Every page by its path, built with warnings as errors."""
    folder = tmp_path_factory.mktemp("site")
    options = ["-q", "-W", "--keep-going", "-E", "-b", "html", "-d", str(folder / "doctrees")]
    command = [sys.executable, "-m", "sphinx", *options, "docs", str(folder / "html")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    pages = sorted((folder / "html").rglob("*.html"))
    return {path.relative_to(folder / "html").as_posix(): Page(path) for path in pages}


def _all_in(texts: Iterator[str] | list[str], page: Page) -> list[str]:
    """Those of ``texts`` that the page does not have; blanks make no difference."""
    assert page.text
    return [text for text in texts if re.sub(r"\s+", " ", text).strip() not in page.text]


def test_a_page_is_complete_without_a_network(site: Site) -> None:
    outside = [(name, each) for name, page in site.items() for each in page.loaded if re.match(r"(https?:)?//", each)]
    assert any(page.loaded for page in site.values())
    assert outside == []


def test_no_style_loads_from_elsewhere(site: Site) -> None:
    sheets = list(next(iter(site.values())).path.parent.rglob("*.css"))
    assert sheets
    for sheet in sheets:
        assert re.findall(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//", sheet.read_text(encoding="utf-8")) == []


def test_every_link_within_the_site_leads_to_a_page_and_a_place_in_it(site: Site) -> None:
    by_path = {page.path.resolve(): page for page in site.values()}
    broken = []
    for name, page in site.items():
        for link in page.links:
            if re.match(r"[a-z]+:", link):
                continue
            path, _, place = link.partition("#")
            there = by_path.get((page.path.parent / path).resolve() if path else page.path.resolve())
            if there is None or (place and place not in there.ids):
                broken.append((name, link))
    assert broken == []


def test_every_page_is_reached_from_the_first_one(site: Site) -> None:
    reached = {(site["index.html"].path.parent / link.partition("#")[0]).resolve() for link in site["index.html"].links}
    made_by_sphinx = {"index.html", "genindex.html", "search.html", "py-modindex.html"}
    verdicts = {f"verdicts/{verdict.word}.html" for verdict in Verdict}
    assert [
        name for name, page in site.items() if name not in made_by_sphinx | verdicts and page.path.resolve() not in reached
    ] == []


@pytest.mark.parametrize("verdict", Verdict, ids=lambda verdict: verdict.word)
def test_a_verdict_s_page_tells_what_it_means_shows_its_example_and_says_what_to_do(site: Site, verdict: Verdict) -> None:
    told = EXPLANATIONS[verdict]
    # What is unsupported is told in one line for all of its results.
    reported = "UNSUPPORTED unsupported: every result" if verdict is Verdict.UNSUPPORTED else f"{verdict.word} at 1 of 1 point"
    texts = [verdict.value[1:], told.example.replace("`", ""), told.case, told.advice.replace("`", ""), reported]
    assert _all_in(texts, site[f"verdicts/{verdict.word}.html"]) == []


def test_every_verdict_that_has_numbers_to_draw_has_pictures(site: Site) -> None:
    without = [verdict for verdict in Verdict if "<svg" not in _figures(site[f"verdicts/{verdict.word}.html"])]
    assert without == [Verdict.UNSUPPORTED]


def _figures(page: Page) -> str:
    return "".join(re.findall(r"<figure class='picture'>.*?</figure>", page.path.read_text(encoding="utf-8"), re.DOTALL))


def test_every_row_of_the_table_of_functions_is_there_with_every_cell(site: Site) -> None:
    cells = [
        cell
        for row in TABLE
        for cell in (*row.names, row.torch, row.arb, row.form, *row.partials, f"slack {row.slack:g}", *row.domain.split(", "))
        if cell
    ]
    cells += [cell for row in ARRAYS for cell in (*row.names, row.torch)]
    cells += [name for name, *_ in TABLES["functions"].rows()]
    assert _all_in(cells, site["reference/functions.html"]) == []


def test_every_mode_and_dtype_is_there(site: Site) -> None:
    modes = [text for mode in MODES.values() for text in (mode.name, mode.says, mode.outer)]
    assert _all_in(modes, site["reference/modes.html"]) == []
    assert _all_in([cell for row in TABLES["dtypes"].rows() for cell in row], site["reference/dtypes.html"]) == []
    assert {row[0] for row in TABLES["dtypes"].rows()} == set(FORMATS)


def test_every_rule_is_there_with_its_paper_options_state_and_lines(site: Site) -> None:
    texts = [
        text
        for rule in RULES.values()
        for text in (
            rule.name, rule.source, rule.written_out, *rule.options, *rule.variants, *(entry.name for entry in rule.entries),
            *(f"{line.name} = {line.text}" for variant in ("", *rule.orders) for line in rule.lines(variant)),
        )
    ]  # fmt: skip
    assert _all_in(texts, site["reference/rules.html"]) == []


def test_every_command_and_option_is_there(site: Site) -> None:
    page = site["reference/command-line.html"]
    for command in (FILES, *COMMANDS.values()):
        actions = command.parser()._actions
        texts = [word for action in actions for word in (*action.option_strings, (action.help or "").replace("`", ""))]
        assert _all_in([command.says.replace("`", ""), command.epilog, *texts], page) == []


def test_every_exit_status_is_there_in_the_words_of_the_help(site: Site) -> None:
    told = FILES.epilog.partition("exit status:")[2]
    assert [int(number) for number in re.findall(r"(?:^|; ?|\n)\s*(\d+) ", told)] == [status.value for status in ExitStatus]
    assert _all_in([told.replace(";", "")], site["reference/exit-statuses.html"]) == []


def test_every_key_of_a_case_file_is_there(site: Site) -> None:
    known = case_file_schema()["definitions"]
    texts = [text for key, row in known["case"]["properties"].items() for text in (key, row["description"])]
    texts += [text for key, row in known["train"]["properties"].items() for text in (f"train.{key}", row["description"])]
    assert _all_in([text.replace("`", "") for text in texts], site["reference/case-files.html"]) == []


def _fields(schema: object) -> Iterator[str]:
    """Every field of a schema of objects, and every description."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {}) if isinstance(schema.get("properties"), dict) else ()
        if isinstance(schema.get("description"), str):
            yield schema["description"].replace("`", "")
        for each in schema.values():
            yield from _fields(each)


def test_every_field_of_the_results_is_there(site: Site) -> None:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    assert _all_in([*_fields(schema), *schema["$defs"]], site["reference/results.html"]) == []


def test_every_public_name_is_there(site: Site) -> None:
    page = site["reference/python.html"]
    modules = (diffcheck, diffcheck.training, diffcheck.strategies)
    names = {f"{module.__name__}.{name}" for module in modules for name in module.__all__ if not name.startswith("__")}
    assert names - page.ids == set()


def test_the_folder_that_sphinx_builds_into_is_not_kept() -> None:
    assert "docs/_build/" in Path(ROOT / ".gitignore").read_text(encoding="utf-8").split()
