"""The reports: readable at 80 columns, honest JSON, numbers as people and machines read them."""

import json
import math
from dataclasses import replace

import pytest

from diffcheck.errors import CaseError
from diffcheck.report import document
from diffcheck.report.explanation import EXPLANATIONS, explain
from diffcheck.report.numbers import counted, rough, short, spelled
from diffcheck.report.terminal import Detail, Style, render
from diffcheck.results import CaseResult, Finding, Policy, Result, RunResult, Subject
from diffcheck.verdict import SEVERITY, VERDICTS, Status, Verdict, worst

FINDING = Finding(
    point={"x": 0.25, "y": -math.inf},
    verdict=Verdict.WRONG,
    actual=1.5,
    expected=("1.4999", "1.5000"),
    allowed_ulps=4.0,
    off_ulps=9e3,
    share=2250.0,
    alone="automatic",
    witness=(1.49999, 1e-9),
    cause="a very long cause " * 30,
    culprit="`celu(u, 1.3)` with u = x*y: d/du is wrong by 7.1e+07 ulps at u = -0.7 (reverse)",
)
SUBJECT = Subject("reverse", "float64", "cpu", "x", 1)
CONTRACT = Subject("contract", "float64", "cpu", None, 0, contract="deterministic")


def _run(*cases: CaseResult) -> RunResult:
    return RunResult(cases, 1.9, {"torch": "2.13.0"}, 0)


def _case(*results: Result, **fields: object) -> CaseResult:
    made = CaseResult("a_case_with_quite_a_long_name_in_it", "cases/course.toml", 7, ("x", "alpha", "beta", "gamma"), results)
    return replace(made, **fields)  # type: ignore[arg-type]


WRONG = _case(Result(SUBJECT, {Verdict.AGREES: 997, Verdict.WRONG: 3}, FINDING))


def test_a_subject_reads_as_a_path() -> None:
    assert str(SUBJECT) == "reverse.float64.cpu.d/dx"
    assert str(Subject("value", "float32", "cpu", None, 0)) == "value.float32.cpu"
    assert str(Subject("claim", None, None, "x", 1)) == "claim.d/dx"
    assert str(CONTRACT) == "contract.float64.cpu.deterministic"


def test_every_line_fits_80_columns_however_long_the_words() -> None:
    many = _case(*[Result(SUBJECT, {verdict: 1_000_000}, FINDING) for verdict in Verdict])
    for line in render(_run(WRONG, many), Detail.EVERYTHING, Style()).split("\n")[:-2]:
        assert len(line) <= 80, line


def test_a_broken_contract_is_told_with_what_was_seen_and_no_number() -> None:
    words = "value 1.25 in the second call, 1 in the first"
    seen = Finding({"x": 0.25}, Verdict.WRONG, None, None, None, None, None, cause=words)
    broken = _case(Result(CONTRACT, {Verdict.AGREES: 4, Verdict.WRONG: 1}, seen), name="silu")
    assert render(_run(broken), Detail.FAILURES, Style()).split("\n\n")[1] == (
        "FAIL silu: contract.float64.cpu.deterministic: wrong at 1 of 5 points\n"
        "     at         x = 0.25\n"
        "     cause      value 1.25 in the second call, 1 in the first"
    )
    results = json.loads(document.render(_run(_case(broken.results[0], WRONG.results[0]))))["cases"][0]["results"]
    assert [each["contract"] for each in results] == ["deterministic", None]


def test_a_failing_result_is_told_in_full() -> None:
    shown = render(_run(WRONG), Detail.FAILURES, Style())
    for words in (
        "FAIL a_case_with_quite_a_long_name_in_it: reverse.float64.cpu.d/dx: wrong at 3 of",
        "at         x = 0.25, y = -infinity",
        "torch      1.5",
        "exact      1.4999 to 1.5000",
        "off by     2,250 times the allowance of 4 ulps: 9,000 ulps",
        "numerical  1.49999 ± 1.0e-09",
        "alone      the automatic derivative",
        "breaks in  `celu(u, 1.3)` with u = x*y: d/du is wrong by",
        "`python -m diffcheck --explain wrong` tells more.",
        "1 case: 1 failed in 1.9 s; numbers: 997 agrees, 3 wrong.",
    ):
        assert words in " ".join(shown.split("\n     "))


def test_undecided_is_told_loudly_and_unsupported_with_its_reason() -> None:
    case = _case(
        Result(SUBJECT, {Verdict.UNDECIDED: 2}, replace(FINDING, verdict=Verdict.UNDECIDED)),
        Result(SUBJECT, {Verdict.UNSUPPORTED: 2}, None, "torch has no gamma"),
    )
    shown = render(_run(case), Detail.FAILURES, Style())
    assert "UNDECIDED a_case" in shown
    assert "numbers: 2 UNDECIDED, 2 unsupported." in shown
    assert "1 case: 1 judged nothing in" in shown
    assert "note       torch has no gamma" in shown
    assert case.passed


def test_colour_is_there_on_request_only() -> None:
    assert "\x1b[31m" in render(_run(WRONG), Detail.FAILURES, Style(colour=True))
    assert "\x1b" not in render(_run(WRONG), Detail.FAILURES, Style())


def test_plain_characters_stand_in_where_the_stream_has_no_others() -> None:
    shown = render(_run(replace(WRONG, name="naïve…")), Detail.FAILURES, Style(ascii=True))
    shown.encode("ascii")
    assert "1.49999 +/- 1.0e-09" in shown


def test_a_case_that_could_not_be_read_is_shown_with_its_place() -> None:
    error = CaseError("case `bad`: unknown function `sine`", "cases/bad.toml", 3, 12, "    formula = ...\n    ^")
    shown = render(_run(CaseResult("bad", "cases/bad.toml", 3, error=error)), Detail.FAILURES, Style())
    assert shown.startswith("diffcheck: cases/bad.toml:3:12: case `bad`: unknown function `sine`\n    formula = ...\n    ^\n")
    assert "1 case: 1 not run in 1.9 s; numbers: nothing judged." in shown


def test_the_json_document_has_the_fields_of_its_schema() -> None:
    error = CaseError("no", "f.toml", 3, 12)
    found = json.loads(document.render(_run(WRONG, CaseResult("bad", "f.toml", 3, error=error))))
    assert found["schema"] == 1
    assert (found["passed"], found["counts"], found["seconds"]) == (False, {"agrees": 997, "wrong": 3}, 1.9)
    case, unread = found["cases"]
    assert {"name", "file", "line", "passed", "verdict", "error", "results"} <= case.keys()
    assert (case["verdict"], case["error"], case["passed"]) == ("wrong", None, False)
    assert unread["error"] == {"message": "no", "file": "f.toml", "line": 3, "column": 12}
    assert unread["results"] == []
    result = case["results"][0]
    assert result["subject"] == "reverse.float64.cpu.d/dx"
    assert (result["mode"], result["dtype"], result["device"], result["variable"], result["order"]) == (
        "reverse", "float64", "cpu", "x", 1,
    )  # fmt: skip
    assert result["worst"]["point"] == {"x": 0.25, "y": "-inf"}
    assert result["worst"]["expected"] == ["1.4999", "1.5000"]
    assert result["worst"]["witness"] == [1.49999, 1e-9]


@pytest.mark.parametrize(
    ("actual", "written"), [(math.nan, "nan"), (math.inf, "inf"), (-math.inf, "-inf"), (None, None), (0.5, 0.5)]
)
def test_numbers_that_json_cannot_hold_are_words_and_a_missing_gradient_is_null(actual: float | None, written: object) -> None:
    case = _case(Result(SUBJECT, {Verdict.WRONG: 1}, replace(FINDING, actual=actual)))
    assert json.loads(document.render(_run(case)))["cases"][0]["results"][0]["worst"]["actual"] == written


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (None, "-"), (math.nan, "-"), (math.inf, "infinite"), (0.0, "0"), (0.1234567, "0.123"), (1341.4, "1,341"),
        (1e30, "1.00e+30"),
    ],
)
def test_distances_are_told_in_three_digits(number: float | None, words: str) -> None:
    assert rough(number) == words


def test_numbers_are_spelled_so_that_they_can_be_retyped() -> None:
    assert [spelled(0.1), spelled(None), spelled(math.nan), spelled(-math.inf)] == ["0.1", "no gradient", "NaN", "-infinity"]
    assert [short(999_999), short(14_000_000)] == ["999,999", "14.0 M"]
    assert [counted(1, "point"), counted(2000, "case")] == ["1 point", "2,000 cases"]


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_is_explained_with_its_status_an_example_and_advice(verdict: Verdict) -> None:
    told = explain(verdict.word)
    assert told.startswith(f"{verdict.word}: ")
    assert EXPLANATIONS[verdict].example in told
    assert EXPLANATIONS[verdict].advice in told
    assert isinstance(verdict.status, Status)


def test_verdicts_are_ordered_fail_before_open_before_counted_before_agrees() -> None:
    assert set(SEVERITY) == set(Verdict) == set(VERDICTS.values())
    ranks = [[Status.FAIL, Status.OPEN, Status.COUNTED, Status.PASS].index(verdict.status) for verdict in SEVERITY]
    assert ranks == sorted(ranks)
    assert worst([Verdict.AGREES, Verdict.UNDECIDED, Verdict.ROUNDED]) is Verdict.UNDECIDED


@pytest.mark.parametrize("verdict", Verdict)
def test_a_policy_fails_what_always_fails_and_what_it_adds(verdict: Verdict) -> None:
    assert Policy().passes([verdict]) is (verdict.status is not Status.FAIL)
    assert not Policy(frozenset({verdict})).passes([verdict])


def test_a_case_without_a_result_has_not_passed_unseen() -> None:
    assert _case(Result(SUBJECT, {}, None, "all points are left out")).verdict is Verdict.UNSUPPORTED


def test_a_wide_terminal_has_room_for_long_names() -> None:
    assert "a_case_with_quite_a_long_name_in_it " in render(_run(WRONG), Detail.FAILURES, Style(width=120))
    assert "a_case_with_quite_a…" in render(_run(WRONG), Detail.FAILURES, Style())


def test_what_raised_and_what_has_no_value_is_told_so() -> None:
    raised = _case(Result(SUBJECT, {Verdict.ERROR: 1}, replace(FINDING, verdict=Verdict.ERROR, actual=None)))
    assert "torch      raised an exception" in render(_run(raised), Detail.FAILURES, Style())
    phantom = _case(Result(SUBJECT, {Verdict.PHANTOM: 1}, replace(FINDING, verdict=Verdict.PHANTOM, expected=None)))
    assert "exact      no real value" in render(_run(phantom), Detail.FAILURES, Style())


def test_expected_defects_are_counted_where_they_pass() -> None:
    assert "1 case: 1 passed (1 as the defect they expect) in" in render(
        _run(replace(WRONG, expected=Verdict.WRONG)), Detail.SUMMARY, Style()
    )
