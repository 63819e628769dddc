"""Whatever words a page tells, they are words: nothing is obeyed, nothing breaks it."""

from dataclasses import replace

import html5lib
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from diffcheck.errors import CaseError
from diffcheck.report import html
from diffcheck.report.html.page import worded
from diffcheck.results import CaseResult, Finding, Result, RunResult, Subject
from diffcheck.verdict import Verdict
from tests.pages import panels_of
from tests.report.hand_made import case_of

ODD = (
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "\"onclick='x' &amp; <b>",
    "]]>&lt;",
    "🙂 \u202e rtl \u200f \u2028",
    "\x00\x1b[31m\x07\ud800 lone",
    "`ticked <i>`",
    "{{ 7*7 }}{% raw %}",
    "x" * 5000,
)


def _everywhere(text: str) -> RunResult:
    """A run that tells ``text`` wherever a user's words may stand."""
    finding = Finding({"x": 0.25}, Verdict.WRONG, 1.5, ("1.4", "1.5"), 4.0, 9e3, 2250.0, cause=text, culprit=text, repro=text,
                      origin=text)  # fmt: skip
    bad = Result(Subject("reverse", "float64", "cpu", "x", 1), {Verdict.WRONG: 1}, finding, text)
    silent = Result(Subject("grad", "float64", "cpu", "x", 1), {Verdict.UNSUPPORTED: 1}, None, text)
    kept = Result(Subject("claim", None, None, "x", 1), {Verdict.AGREES: 1}, None, text)
    case = CaseResult(text, text, 1, ("x",), (bad, silent, kept), note=text, formula=text, source=text, tags=(text,))
    unread = CaseResult(text, text, 3, error=CaseError(text, text, 3, 1, text))
    return RunResult((case_of(), case, unread), 1.0, {"torch": text}, 0)


def _tree(text: str, *, fragment: bool = False):  # type: ignore[no-untyped-def]
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parseFragment(text, container="div") if fragment else parser.parse(text)


def _shape(tree) -> list[tuple[str, ...]]:  # type: ignore[no-untyped-def]
    """The elements in their order with the names of their attributes; code within a text is a matter of backticks."""
    return [(each.tag, *sorted(each.attrib)) for each in tree.iter() if isinstance(each.tag, str) and each.tag != "code"]


PLAIN = html.render(_everywhere("plain"))


@pytest.mark.parametrize("text", ODD)
def test_odd_words_make_no_element_and_no_attribute(text: str) -> None:
    page = html.render(_everywhere(text))
    page.encode("utf-8")
    assert _shape(_tree(page)) == _shape(_tree(PLAIN))
    for panel, plain in zip(panels_of(page), panels_of(PLAIN), strict=True):
        assert _shape(_tree(panel, fragment=True)) == _shape(_tree(plain, fragment=True))


@given(st.text(st.characters() | st.sampled_from("<>&\"'`\ud800\x00\x7f\ufdd0\ufffe")))
@example("\ud83d")
def test_any_words_are_shown_as_they_are(text: str) -> None:
    text = f"a{text}z"
    page = html.render(replace(_everywhere("plain"), cases=(replace(case_of(), note=text),)))
    [panel] = panels_of(page)
    # Line ends and backticks are the only signs that mean anything.
    seen = "".join("".join(_tree(panel, fragment=True).itertext()).split())
    wanted = "".join(worded(text).replace("`", "").split())
    assert wanted in seen.replace("`", "")


def test_a_long_name_is_cut_in_the_table_and_whole_in_the_panel() -> None:
    name = "n" * 5000
    page = html.render(replace(_everywhere("plain"), cases=(replace(case_of(), name=name),)))
    assert name not in page
    assert name in panels_of(page)[0]
