"""Reports of one run with everything in it, read by programs that are not ours, and found to say the same."""

import json
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import cmarkgfm
import jsonschema
import junitparser
import pytest
from cmarkgfm.cmark import Options

from diffcheck.cli import main
from diffcheck.report.document import SCHEMA_FILE
from diffcheck.report.markdown import HEADERS

CASES = r'''
["good <b>&amp; \"quoted\" | `tick` 🙂 ‮rtl"]
formula = "x*sin(x)"
sample.x = [-5, 5]
points = 20
dtypes = ["float64", "float32"]

["bad </script>]]> <!-- --> & ' \u0007 \u001b[31m"]
formula = "x*bessel_j0(x)"
at.x = 1.3
note = "pipes | and `ticks` & <tags>"

[undecided]
formula = "where(sin(x) - sin(x) >= 0, zeta(x, 2), 1)"
at.x = 2.0

["no kernel"]
formula = "erfcx(x)"
at.x = 1.5
dtypes = ["float16"]

[unreadable]
formula = "1 + sine(x)"
at.x = 1.0

[expected_defect]
formula = "x*bessel_j0(x)"
at.x = 1.3
expect.verdict = "wrong"
note = "torch drops it"

[another_formula]
formula = "x/(1 + exp(-x))"
program = "torch.nn.functional:relu"
sample.x = [-20, 20]
points = 30

[descent]
train.loss = "(w*x - y)**2"
train.parameters.w = 1.0
train.data = { x = 2.0, y = 1.0 }
train.optimizer = { name = "SGD", lr = 0.1 }
train.steps = 3
'''
FATES = {"passed": 3, "failed": 2, "judged nothing": 2, "not run": 2}
"""How many cases of the run come out how, the file that is no TOML among them."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a run's reports."""
    folder = tmp_path_factory.mktemp("odd")
    (folder / "odd.toml").write_text(CASES, encoding="utf-8")
    (folder / "broken.toml").write_text("no toml at all [[[\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main([".", "-q", "--junit", "run.xml", "--json", "run.json", "--markdown", "run.md"]) == 1
        yield folder


def test_the_run_has_everything_in_it(written: Path) -> None:
    document = json.loads((written / "run.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text())).validate(document)
    fates = Counter(_fate(case) for case in document["cases"])
    assert fates == FATES
    assert set(document["counts"]) >= {"agrees", "wrong", "undecided", "unsupported"}


def _fate(case: dict) -> str:  # type: ignore[type-arg]
    if case["error"] is not None:
        return "not run"
    if not any(verdict not in ("undecided", "unsupported") for each in case["results"] for verdict in each["counts"]):
        return "judged nothing"
    return "passed" if case["passed"] else "failed"


def test_junitparser_counts_what_the_run_counted(written: Path) -> None:
    suites = junitparser.JUnitXml.fromfile(str(written / "run.xml"))
    assert {suite.name for suite in suites} == {"odd.toml", "broken.toml"}
    found = Counter(type(test.result[0]).__name__ if test.result else "Passed" for suite in suites for test in suite)
    kinds = {"Passed": "passed", "Failure": "failed", "Skipped": "judged nothing", "Error": "not run"}
    assert {kinds[kind]: number for kind, number in found.items()} == FATES
    assert (suites.tests, suites.failures, suites.errors) == (sum(FATES.values()), FATES["failed"], FATES["not run"])
    failure = next(test for suite in suites for test in suite if test.name == "another_formula").result[0]
    assert failure.message.startswith("value.float64.cpu: wrong at x = ")
    assert "FAIL another_formula" in failure.text


STRICT = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "file", "timestamp", "hostname", "id", "package"},
    "testcase": {"name", "time", "classname", "group"},
    "properties": set(),
    "property": {"name", "value"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"type", "message"},
}
"""The attributes that the strictest reader, Jenkins' xUnit plugin, knows; one more, and it refuses the whole file."""


def test_the_strictest_reader_of_junit_knows_every_element_and_attribute(written: Path) -> None:
    for element in ElementTree.parse(written / "run.xml").iter():
        assert set(element.attrib) <= STRICT[element.tag], element.tag


class _Page(HTMLParser):
    """What a reader of Markdown has made: the cells of its tables, the summaries of its folds, every tag."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.summaries: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags[tag] += 1
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        elif tag == "summary":
            self.summaries.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data
        elif "summary" in self.open:
            self.summaries[-1] += data


def test_githubs_own_markdown_makes_whole_tables_and_folds_of_it_and_nothing_else(written: Path) -> None:
    text = (written / "run.md").read_text(encoding="utf-8")
    page = _Page()
    page.feed(cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE))
    assert page.open == []
    head, *failing = [row for row in page.rows if len(row) == len(HEADERS)]
    assert tuple(head) == HEADERS
    told = FATES["failed"] + FATES["not run"]
    assert (len(failing), page.tags["details"], len(page.summaries)) == (told, told, told)
    [odd] = [row for row in failing if row[0].startswith("bad")]
    assert odd[0].startswith("bad </script>]]> <!-- --> & ' ")
    assert odd[2] == "wrong"
    assert set(page.tags) <= {"p", "strong", "table", "thead", "tbody", "tr", "th", "td", "code", "pre", "details", "summary"}
