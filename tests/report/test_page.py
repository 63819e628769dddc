"""The page: every case and verdict is in it, it is valid, whole by itself, and lets nothing else in."""

import base64
import hashlib
import re
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import html5lib
import pytest

from diffcheck import check
from diffcheck.cli import main
from diffcheck.errors import CaseError, UsageError
from diffcheck.illustrations import Series
from diffcheck.report import html
from diffcheck.report.comparison import compare
from diffcheck.report.failure import headline
from diffcheck.report.html import page, pictures
from diffcheck.report.html.rows import axes_of, rows_of
from diffcheck.report.matrix import matrix_of
from diffcheck.report.pictures.palette import PALETTE
from diffcheck.report.terminal import summary
from diffcheck.results import CaseResult, Finding, Policy, RunResult
from diffcheck.verdict import Status, Verdict
from tests.pages import panels_of, told
from tests.report.hand_made import case_of, planted, where

RUN = RunResult((case_of(),), 1.9, {"diffcheck": "0.1.0"}, 7)


def _parsed(text: str, *, fragment: bool = False) -> "html5lib.treebuilders.etree.Element":
    """The tree of a page, or of a part; raises for whatever the standard calls a parse error."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parseFragment(text, container="div") if fragment else parser.parse(text)


def _words(element) -> str:  # type: ignore[no-untyped-def]
    return " ".join("".join(element.itertext()).split())


def _rows(text: str) -> list:  # type: ignore[type-arg]
    [table] = [each for each in _parsed(text).iter("table") if each.get("id") == "table"]
    return list(table.find("tbody").iter("tr"))


def test_the_page_and_every_panel_are_valid_html() -> None:
    text = html.render(told())
    assert _parsed(text).find("body") is not None
    for panel in panels_of(text):
        assert len(_parsed(panel, fragment=True)) > 0


def test_every_case_has_a_row_with_its_name_place_verdict_and_numbers() -> None:
    result = told()
    rows = _rows(html.render(result))
    assert len(rows) == len(result.cases)
    for row, case in zip(rows, result.cases, strict=True):
        words = _words(row)
        assert " ".join(case.name.split()) in words
        assert f"{case.file}:{case.line}" in words
        expected = "not run" if case.error is not None else case.verdict.word if case.verdict else ""
        assert [_words(each) for each in row.iter("span") if "chip" in each.get("class", "")] == [expected]
        assert ("data-bad" in row.attrib) == (not case.passed)
        assert (" ".join(headline(case).replace("`", "").split())[:60] in words) == (not case.passed)
        assert _words(row.findall("td")[-1]) == f"{case.seconds:.2f}"


def test_every_case_has_a_panel_with_what_there_is_to_tell() -> None:
    result = told()
    for case, panel in zip(result.cases, panels_of(html.render(result)), strict=True):
        words = _words(_parsed(panel, fragment=True))
        for sentence in (case.note, case.source, *case.tags, *compare(case)):
            assert " ".join(sentence.replace("`", "").split())[1:] in words
        if case.error is not None:
            assert " ".join(str(case.error).split()) in words
        matrix = matrix_of(case)
        for cells in matrix.rows.values() if matrix.telling else ():
            assert all(" ".join(cell.lines) in words for cell in cells.values())
        for each in case.results:
            if each.subject.is_number:
                assert str(each.subject) in words


def test_each_kind_of_failure_is_told_in_full() -> None:
    failing = [case for case in told().cases if not case.passed and case.error is None and case.expected is None]
    assert len(failing) > 3
    panels = dict(zip([case.name for case in told().cases], panels_of(html.render(told())), strict=True))
    for case in failing:
        words = _words(_parsed(panels[case.name], fragment=True))
        bad = [each for each in case.results if each.verdict.status is Status.FAIL and each.worst is not None]
        assert bad
        for each in bad:
            assert each.worst is not None
            assert " ".join(each.worst.cause.replace("`", "").split())[:200] in words
            assert " ".join(each.worst.repro.split()) in words


def test_the_verdict_that_decides_a_row_is_the_one_that_fails_it() -> None:
    policy = Policy(frozenset({Verdict.ROUNDED}))
    case = case_of(planted(where(dtype="float16", mode="grad"), verdict=Verdict.ROUNDED), policy=policy)
    [row] = rows_of([case], axes_of([case]))
    assert (row.verdict, row.tone, row.outcome) == ("rounded", "fail", "failed")


def test_a_defect_that_is_expected_is_told_as_such() -> None:
    rows = {row.case.name: row for row in rows_of(told().cases, axes_of(told().cases))}
    panels = dict(zip(rows, panels_of(html.render(told())), strict=True))
    assert (rows["known"].verdict, rows["known"].tone, rows["known"].outcome) == ("wrong", "counted", "as expected")
    assert "A known defect" in panels["known"]
    assert (rows["mended"].tone, rows["mended"].headline) == ("fail", "expected verdict wrong, found agrees")
    assert "The case expects the verdict <code>wrong</code>; <code>agrees</code> was found." in panels["mended"]


def test_the_head_tells_the_run() -> None:
    tree = _parsed(html.render(told()))
    words = _words(tree.find("body").find("header"))
    assert summary(told()) in words
    assert all(f"{name} {version}" in words for name, version in told().versions.items())
    for verdict, number in told().counts.items():
        assert f"{verdict.word} {number:,}" in words


TITLES = {
    "No case was checked": (),
    "1 case passed": (case_of(),),
    "1 of 2 cases failed": (case_of(), case_of(planted(where(mode="grad")))),
}


@pytest.mark.parametrize("title", TITLES)
def test_the_title_tells_how_the_run_came_out(title: str) -> None:
    result = replace(RUN, cases=TITLES[title])
    assert page.title(result) == title
    assert page.title(replace(result, interrupted=True)) == f"Interrupted: {title}"
    assert f"<title>{title} · diffcheck</title>" in html.render(result)


def test_an_interrupted_run_is_told_as_one() -> None:
    assert "the cases that were to follow did not run" in html.render(replace(RUN, interrupted=True))
    assert "did not run" not in html.render(RUN)


def test_each_verdict_has_its_explanation_on_the_page() -> None:
    tree = _parsed(html.render(RUN))
    places = {each.get("id"): _words(each) for each in tree.iter() if isinstance(each.tag, str)}
    for verdict in Verdict:
        assert verdict.value[1:] in places[f"verdict-{verdict.word}"]
    links = [each.get("href") for each in tree.iter("a")]
    assert all(link[1:] in places for link in links if link.startswith("#verdict-"))


def test_the_page_fetches_nothing() -> None:
    text = html.render(told())
    for part in (text, *panels_of(text)):
        assert not re.search(r"\b(?:src|srcset|action|data|poster)\s*=\s*['\"]?(?!text)", part.split("<script>")[0])
        # A namespace is a name, and what a picture refers to by # is in it.
        assert not re.search(r"https?://|@import|url\((?!#)", re.sub('xmlns="[^"]*"', "", part))
    script = text.split("<script>")[1]
    assert not re.search(r"\bfetch\(|XMLHttpRequest|import\(|WebSocket|https?:", script)


def test_the_policy_lets_in_the_pages_own_style_and_script_only() -> None:
    text = html.render(told())
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy[1].replace("&#39;", "'").split("; "))
    for rule, tag in (("script-src", "script"), ("style-src-elem", "style")):
        [own] = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
        assert rules.pop(rule) == f"'sha256-{digest}'"
    assert rules == {
        "default-src": "'none'", "style-src-attr": "'unsafe-inline'", "base-uri": "'none'", "form-action": "'none'",
    }  # fmt: skip


def test_headings_come_in_order() -> None:
    levels = [int(each.tag[1]) for each in _parsed(html.render(told())).iter() if re.fullmatch("h[1-6]", str(each.tag))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for panel in panels_of(html.render(told())):
        inner = [int(level) for level in re.findall(r"<h([1-6])\b", panel)]
        assert inner[0] == 3
        assert all(after <= before + 1 for before, after in pairwise(inner))


def test_every_table_has_a_caption_and_every_heading_cell_a_scope() -> None:
    text = html.render(told())
    for part in (text, *panels_of(text)):
        tree = _parsed(part, fragment=part is not text)
        assert all(each.find("caption") is not None for each in tree.iter("table"))
        assert all(each.get("scope") in ("row", "col") for each in tree.iter("th"))


def test_cells_tell_the_verdicts_of_each_mode_and_dtype() -> None:
    cases = (case_of(planted(where(mode="grad", dtype="float16"))), case_of(modes=("vmap",), dtypes=("float64",)))
    axes = axes_of(cases)
    found = [{tuple(map(int, cell.split("."))) for cell in row.cells.split()} for row in rows_of(cases, axes)]
    place = (axes.modes.index("grad"), axes.dtypes.index("float16"))
    verdicts = [axes.verdicts.index(word) for word in ("agrees", "wrong")]
    assert (*place, *verdicts) in found[0]
    assert (axes.modes.index("vmap"), axes.dtypes.index("float64"), axes.verdicts.index("agrees")) in found[1]
    assert len(found[0]) == len({(each.subject.mode, each.subject.dtype) for each in cases[0].results})


def test_cases_of_one_name_have_links_of_their_own() -> None:
    cases = [replace(case_of(), name=name) for name in ("bowl", "bowl", "bowl--2", "", "<>", "bowl")]
    keys = [row.key for row in rows_of(cases, axes_of(cases))]
    assert len(set(keys)) == len(cases)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+", key) for key in keys)


def test_many_results_are_counted_not_listed() -> None:
    case = case_of(planted(lambda subject: True), modes=tuple(f"mode{number}" for number in range(300)), dtypes=("float64",))
    [panel] = panels_of(html.render(replace(RUN, cases=(case,))))
    assert "more results: see --json" in panel
    assert len(panel) < 300_000


def test_pictures_are_drawn_of_the_gravest_cases_and_the_rest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def pictures_of(case: CaseResult) -> list[object]:
        if case.name == "breaks":
            raise ValueError
        return [SimpleNamespace(title="Losses", description="by step")]

    def svg_of(picture: object, *, unique: str) -> str:
        return f'<svg role="img" id="{unique}"></svg>'

    series = (Series("float32", "cpu", (1.0,)),)
    good, bad = (replace(case, series=series) for case in (case_of(), case_of(planted(where(mode="grad")))))
    cases = (*[replace(good, name=f"good{number}") for number in range(pictures.DRAWN_CASES)], replace(bad, name="bad"),
             replace(bad, name="breaks"))  # fmt: skip
    monkeypatch.setattr(pictures, "pictures_of", pictures_of)
    monkeypatch.setattr(pictures, "svg_of", svg_of)
    text = html.render(replace(RUN, cases=cases))
    drawn = [bool(re.search('<svg role="img" id="[^"]*"></svg>', panel)) for panel in panels_of(text)]
    assert drawn == [*[True] * (pictures.DRAWN_CASES - 2), False, False, True, False]
    assert f"for {pictures.DRAWN_CASES} of {len(cases)} cases" in text
    assert "those of 1 case could not be drawn" in text
    assert f"--dc-ink: {PALETTE['ink'].dark};" in text
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert "Pictures need matplotlib" in html.render(replace(RUN, cases=cases))
    assert "ictures" not in re.sub("<style>.*?</style>", "", html.render(RUN), flags=re.DOTALL)


def test_of_an_interrupted_run_nothing_is_drawn_and_the_page_tells_why(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[CaseResult] = []
    monkeypatch.setattr(pictures, "pictures_of", lambda case: drawn.append(case) or [])
    stopped = replace(RUN, cases=(replace(case_of(), series=(Series("float32", "cpu", (1.0,)),)),), interrupted=True)
    assert "No pictures: the run was interrupted" in html.render(stopped)
    assert drawn == []
    html.render(replace(stopped, interrupted=False))
    assert len(drawn) == 1
    assert "No pictures" not in html.render(replace(RUN, interrupted=True))


def _off(verdict: Verdict, share: float) -> CaseResult:
    """A case with one result of this verdict, so far off."""
    case = case_of(planted(where(mode="grad", dtype="float32"), verdict=verdict))
    finding = Finding({"x": 1.0}, verdict, 1.5, ("1.4", "1.5"), 4.0, 4.0 * share, share)
    results = (replace(each, worst=finding if verdict in each.counts else None) for each in case.results)
    return replace(case, results=tuple(results))


def test_the_gravest_cases_come_first_by_outcome_then_verdict_then_share() -> None:
    gravest_first = {
        "could not be run": replace(case_of(), results=(), error=CaseError("no such function", "a.toml", 1, 1, "")),
        "nan": _off(Verdict.NAN, 2.0),
        "wrong, far off": _off(Verdict.WRONG, 1e9),
        "wrong, near": _off(Verdict.WRONG, 3.0),
        "undecided": _off(Verdict.UNDECIDED, 0.1),
        "expected": replace(_off(Verdict.WRONG, 1e9), expected=Verdict.WRONG),
        "kink": _off(Verdict.KINK, 0.9),
        "agrees, near the allowance": _off(Verdict.AGREES, 0.9),
        "agrees": _off(Verdict.AGREES, 0.1),
    }
    cases = [replace(case, name=name) for name, case in reversed(gravest_first.items())]
    rows = _rows(html.render(replace(RUN, cases=tuple(cases))))
    ranks = {case.name: int(row.get("data-gravity")) for row, case in zip(rows, cases, strict=True)}
    assert sorted(ranks, key=ranks.__getitem__) == list(gravest_first)
    assert sorted(ranks.values()) == list(range(len(cases)))


def test_a_line_may_end_after_a_dot_or_a_folder_and_within_no_number_and_no_partial() -> None:
    assert page.breaking("cases/course.toml:7, d2/dx dy, 1/2") == "cases/<wbr>course.<wbr>toml:7, d2/dx dy, 1/2"
    assert page.breaking("reverse.float64.cpu.d/dx: wrong at x = 0.25") == (
        "reverse.<wbr>float64.<wbr>cpu.<wbr>d/dx: wrong at x = 0.25"
    )
    assert page.breaking("<b>.i") == "&lt;b&gt;.i"
    assert page.breaking(page.ticked("`a.b`")) == "<code>a.<wbr>b</code>"


def test_the_command_line_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("one.toml").write_text('[square]\nformula = "x**2"\nat.x = 1.5\n')
    assert main(["one.toml", "-q", "--html", "out.html"]) == 0
    text = Path("out.html").read_text(encoding="utf-8")
    assert "square" in _words(_rows(text)[0])
    assert "<math" in panels_of(text)[0]
    assert main(["one.toml", "-q", "--html", "nowhere/out.html"]) == 2
    assert "cannot write nowhere/out.html" in capsys.readouterr().err


def test_python_writes_it(tmp_path: Path) -> None:
    for illustrated in (False, True):
        check("x**2", at={"x": 1.5}, illustrated=illustrated).html(tmp_path / "out.html")
        [panel] = panels_of((tmp_path / "out.html").read_text(encoding="utf-8"))
        assert ("<math" in panel) == illustrated
        assert "x**2" in panel
    with pytest.raises(UsageError, match="cannot write"):
        check("x**2", at={"x": 1.5}).html(tmp_path / "nowhere" / "out.html")
