"""Markdown for a comment on a pull request: whole tables, nothing obeyed, never too long."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffcheck.errors import CaseError
from diffcheck.report.failure import in_full
from diffcheck.report.markdown import HEADERS, LONGEST, code, render
from diffcheck.report.terminal import summary
from diffcheck.results import CaseResult, Finding, Result, RunResult, Subject
from diffcheck.verdict import Verdict
from tests.report.hand_made import case_of

FINDING = Finding({"x": 0.25}, Verdict.WRONG, 1.5, ("1.4999", "1.5000"), 4.0, 9e3, 2250.0)
SUBJECT = Subject("reverse", "float64", "cpu", "x", 1)
BAD = CaseResult("bowl", "cases/a.toml", 7, ("x",), (Result(SUBJECT, {Verdict.AGREES: 997, Verdict.WRONG: 3}, FINDING),))
UNREAD = CaseResult("odd", "cases/a.toml", 3, error=CaseError("unknown function `sine`", "cases/a.toml", 3, 12))


def _run(*cases: CaseResult) -> RunResult:
    return RunResult(cases, 1.9, {"torch": "2.13.0"}, 0)


def _cells(line: str) -> list[str]:
    """The cells of a line of a table, cut where a reader cuts: at pipes that no backslash stands before."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def _failing_rows(text: str) -> list[list[str]]:
    lines = [line for line in text.split("\n\n")[1].split("\n") if line.startswith("|")]
    assert _cells(lines[0]) == list(HEADERS)
    return [_cells(line) for line in lines[2:]]


def test_a_failing_case_has_a_row_with_its_numbers() -> None:
    assert _failing_rows(render(_run(case_of(), BAD))) == [
        ["`bowl`", "`reverse.float64.cpu.d/dx`", "wrong", "`1.5`", "`1.4999 to 1.5000`",
         "2,250 times the allowance, 9,000 ulps"]
    ]  # fmt: skip


def test_the_first_line_is_the_runs_summary() -> None:
    run = _run(case_of(), BAD)
    assert render(run).split("\n")[0] == f"**diffcheck failed**: {summary(run)}"


def test_a_run_that_passes_has_a_summary_and_counts_only() -> None:
    run = _run(case_of())
    [head, counts] = render(run).rstrip("\n").split("\n\n")
    assert head == f"**diffcheck passed**: {summary(run)}"
    assert [_cells(line) for line in counts.split("\n")[2:]] == [["agrees", f"{run.counts[Verdict.AGREES]:,}", "pass"]]


def test_the_terminals_text_of_each_failing_case_is_folded() -> None:
    text = render(_run(BAD, case_of(), UNREAD))
    folded = re.findall(r"<details><summary><code>(.*?)</code></summary>\n\n```text\n(.*?)\n```\n\n</details>", text, re.DOTALL)
    assert folded == [("bowl", in_full(BAD)), ("odd", in_full(UNREAD))]


def test_a_case_that_was_not_run_has_its_place_in_the_table() -> None:
    assert _failing_rows(render(_run(UNREAD))) == [["`odd`", "`cases/a.toml:3`", "not run", "-", "-", "-"]]


def _told(**fields: object) -> list[str]:
    finding = replace(FINDING, **fields)  # type: ignore[arg-type]
    case = replace(BAD, results=(Result(SUBJECT, {finding.verdict: 1}, finding),))
    [row] = _failing_rows(render(_run(case)))
    return row[2:]


NOTHING_ELSE = {"allowed_ulps": None, "off_ulps": None, "share": None}


@pytest.mark.parametrize(
    ("fields", "cells"),
    [
        ({"verdict": Verdict.ERROR, "actual": None, "expected": ("1", "1"), **NOTHING_ELSE},
         ["error", "raised an exception", "`1`", "-"]),
        ({"verdict": Verdict.DETACHED, "actual": None, "expected": ("1", "2"), **NOTHING_ELSE},
         ["detached", "`no gradient`", "`1 to 2`", "-"]),
        ({"verdict": Verdict.PHANTOM, "expected": None, **NOTHING_ELSE}, ["phantom", "`1.5`", "no real value", "-"]),
        ({"actual": None, "expected": None, **NOTHING_ELSE}, ["wrong", "-", "-", "-"]),
        ({"share": None}, ["wrong", "`1.5`", "`1.4999 to 1.5000`", "9,000 ulps"]),
    ],
    ids=["raised", "detached", "phantom", "a contract", "no share"],
)  # fmt: skip
def test_what_has_no_number_says_so(fields: dict[str, object], cells: list[str]) -> None:
    assert _told(**fields) == cells


def test_a_case_that_is_not_what_it_expects_tells_both_verdicts() -> None:
    [row] = _failing_rows(render(_run(replace(BAD, expected=Verdict.NAN))))
    assert row[2] == "wrong (expected nan)"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("squared_error", "`squared_error`"), ("w[0,1]", "`w[0,1]`"), ("", "-"), ("a\nb", "`a b`"),
        ("a|b", "<code>a&#124;b</code>"), ("`a`", "<code>&#96;a&#96;</code>"), ("a\\|", "<code>a&#92;&#124;</code>"),
        ("@someone #12", "<code>&#64;someone &#35;12</code>"), ("<b>", "<code>&#60;b&#62;</code>"),
        ("&amp;", "<code>&#38;amp&#59;</code>"),
    ],
)  # fmt: skip
def test_a_cell_holds_any_text_as_it_is(text: str, cell: str) -> None:
    assert code(text) == cell


@given(st.text(), st.text(st.sampled_from("|`\\<>~\n\r*_x")))
def test_whatever_a_case_is_called_the_table_and_the_folds_stay_whole(name: str, cause: str) -> None:
    finding = replace(FINDING, cause=cause)
    case = replace(BAD, name=name, results=(replace(BAD.results[0], worst=finding),))
    text = render(_run(case, BAD))
    assert [len(row) for row in _failing_rows(text)] == [len(HEADERS)] * 2
    outside = re.sub(r"^(`{3,})text\n.*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert (outside.count("<details>"), outside.count("</details>")) == (2, 2)
    text.encode()


def test_a_fence_is_longer_than_any_in_the_text() -> None:
    case = replace(UNREAD, error=CaseError("a\n````\n</details>"))
    assert f"`````text\n{in_full(case)}\n`````\n" in render(_run(case))


@pytest.mark.parametrize(
    ("cases", "length"), [(1, 1), (1, 10 * LONGEST), (50, 5_000), (2_000, 10), (2_000, 5_000)],
)  # fmt: skip
def test_a_report_is_never_longer_than_a_comment_may_be_and_says_what_it_leaves_out(cases: int, length: int) -> None:
    error = CaseError("| word " * (length // 7 + 1), "f.toml", 1)
    text = render(_run(*[CaseResult(f"|{number}|" * 30, "f.toml", 1, error=error) for number in range(cases)], BAD))
    assert len(text) <= LONGEST
    told = text.count("<details>")
    assert told >= 1
    left = [int(number.replace(",", "")) for number in re.findall(r"text of ([\d,]+) more failing", text)]
    assert told + sum(left) == cases + 1
    assert ("(the rest is left out)" in text) is (length > LONGEST)
    assert "| agrees | 997 | pass |" in text


def test_as_much_is_told_as_fits() -> None:
    error = CaseError("word " * 400, "f.toml", 1)
    text = render(_run(*[CaseResult(f"case{number}", "f.toml", 1, error=error) for number in range(100)]))
    fold = text.index("</details>") - text.index("<details>")
    assert LONGEST - len(text) < 2 * fold
