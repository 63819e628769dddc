"""JUnit XML: what its readers count, and that they can read it whatever the words."""

from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffcheck.errors import CaseError
from diffcheck.report.failure import STAND_IN, in_full, storable
from diffcheck.report.junit import render
from diffcheck.results import CaseResult, Finding, Policy, Result, RunResult, Subject
from diffcheck.verdict import Verdict
from tests.report.hand_made import case_of, planted, where

SUBJECT = Subject("reverse", "float64", "cpu", "x", 1)
GOOD = replace(case_of(), name="good")
BAD = replace(case_of(planted(where(mode="forward", dtype="float16"))), name="bad")
SILENT = CaseResult("silent", "cases/course.toml", 9, ("x",), (Result(SUBJECT, {Verdict.UNSUPPORTED: 4}, None, "no gamma"),))
UNREAD = CaseResult("odd", "cases/more.toml", 3, error=CaseError("unknown function `sine`", "cases/more.toml", 3, 12, "  ^~~~"))


def _run(*cases: CaseResult, interrupted: bool = False) -> RunResult:
    return RunResult(cases, 1.5, {"torch": "2.13.0"}, 7, interrupted)


def _read(*cases: CaseResult, interrupted: bool = False) -> Element:
    return fromstring(render(_run(*cases, interrupted=interrupted)).encode())


def _test(root: Element, name: str) -> Element:
    [found] = [each for each in root.iter("testcase") if each.get("name") == name]
    return found


def _counts(element: Element) -> list[str | None]:
    """Those of a suite; the document's own have no ``skipped``, which a strict reader would not know."""
    names = ("tests", "failures", "errors", "skipped")
    return [element.get(name) for name in (names if element.tag == "testsuite" else names[:3])]


def test_a_suite_is_a_file_and_a_test_case_a_case_and_both_are_counted() -> None:
    root = _read(GOOD, BAD, UNREAD, SILENT)
    course, more = root.iter("testsuite")
    assert [course.get("name"), more.get("name")] == ["cases/course.toml", "cases/more.toml"]
    assert (_counts(course), _counts(more), _counts(root)) == (["3", "1", "0", "1"], ["1", "0", "1", "0"], ["4", "1", "1"])
    assert root.get("time") == "1.500"
    assert {each.get("classname") for each in course.iter("testcase")} == {"cases.course"}
    assert {each.get("name"): each.get("value") for each in course.iter("property")} == {"torch": "2.13.0", "seed": "7"}


def test_a_case_that_passes_has_nothing_below_it() -> None:
    assert list(_test(_read(GOOD), "good")) == []


def test_a_failure_tells_the_verdict_and_subject_of_the_worst_and_the_terminals_text() -> None:
    [failure] = _test(_read(BAD), "bad")
    assert (failure.tag, failure.get("type"), failure.get("message")) == ("failure", "wrong", "forward.float16.cpu.d/dx: wrong")
    assert failure.text == in_full(BAD)
    assert "`forward` in `float16` alone is wrong: 3 of 1,000 points" in in_full(BAD)


def test_of_several_failures_the_gravest_is_named_and_of_one_verdict_the_one_furthest_off() -> None:
    def result(variable: str, verdict: Verdict, share: float) -> Result:
        finding = Finding({}, verdict, 1.0, None, None, None, share)
        return Result(replace(SUBJECT, variable=variable), {Verdict.AGREES: 1, verdict: 1}, finding)

    near, far, agreeing = (
        result("x", Verdict.WRONG, 2.0), result("y", Verdict.WRONG, 9.0), result("z", Verdict.AGREES, 0.5),
    )  # fmt: skip
    assert "reverse.float64.cpu.d/dy: wrong" in render(_run(replace(BAD, results=(agreeing, near, far))))
    nan = replace(result("w", Verdict.NAN, 0.0), worst=None)
    assert "reverse.float64.cpu.d/dw: nan" in render(_run(replace(BAD, results=(agreeing, near, far, nan))))


def test_what_a_run_is_told_to_fail_on_is_the_verdict_that_is_told() -> None:
    case = replace(
        case_of(planted(where(mode="grad", dtype="float32"), verdict=Verdict.KINK), policy=Policy(frozenset({Verdict.KINK}))),
        name="told",
    )
    case = replace(case, results=(*case.results, *SILENT.results))
    [failure] = _test(_read(case), "told")
    assert failure.get("message") == "grad.float32.cpu.d/dx: kink"


def test_a_case_that_is_not_what_it_expects_tells_both_verdicts() -> None:
    [failure] = _test(_read(replace(GOOD, expected=Verdict.WRONG)), "good")
    assert (failure.get("message") or "").startswith("expected verdict wrong, found agrees")


def test_an_expected_defect_passes() -> None:
    assert list(_test(_read(replace(BAD, expected=Verdict.WRONG)), "bad")) == []


def test_a_case_that_could_not_be_read_is_an_error_with_its_place_and_marker() -> None:
    [error] = _test(_read(UNREAD), "odd")
    assert (error.tag, error.get("type"), error.get("message")) == ("error", "unreadable", "unknown function `sine`")
    assert error.text == "diffcheck: cases/more.toml:3:12: unknown function `sine`\n  ^~~~"
    [internal] = _test(_read(replace(UNREAD, internal=True)), "odd")
    assert internal.get("type") == "internal"


def test_a_case_that_judged_nothing_is_skipped_with_the_reason() -> None:
    [skipped] = _test(_read(SILENT), "silent")
    assert (skipped.tag, skipped.get("message")) == ("skipped", "judged nothing: no gamma")


def test_undecided_fails_where_it_is_told_to() -> None:
    results = (Result(SUBJECT, {Verdict.UNDECIDED: 1}),)
    case = replace(SILENT, results=results)
    assert [each.tag for each in _test(_read(case), "silent")] == ["skipped"]
    strict = replace(case, policy=Policy(frozenset({Verdict.UNDECIDED})))
    assert [each.tag for each in _test(_read(strict), "silent")] == ["failure"]


def test_a_run_that_stopped_at_its_first_failure_says_how_many_cases_did_not_run() -> None:
    root = fromstring(render(replace(_run(BAD), left=12)).encode())
    skipped = root.find(".//testcase[@name='(run)']/skipped")
    assert skipped is not None
    assert skipped.get("message") == "the run stopped at its first failure: 12 cases that were to follow did not run"


def test_an_interrupted_run_does_not_look_whole() -> None:
    root = _read(GOOD, interrupted=True)
    assert _counts(root) == ["2", "0", "1"]
    assert _counts(_read(GOOD)) == ["1", "0", "0"]


def test_two_cases_of_one_name_do_not_hide_each_other() -> None:
    assert [each.get("name") for each in _read(GOOD, GOOD).iter("testcase")] == ["good", "good (2)"]


def test_a_fault_of_a_whole_file_has_a_name_too() -> None:
    whole = CaseResult("", "empty.toml", 0, error=CaseError("the file holds no case", "empty.toml"))
    [test] = _read(whole).iter("testcase")
    assert (test.get("classname"), test.get("name")) == ("empty", "(file)")


@pytest.mark.parametrize(
    ("file", "name"),
    [("a.toml", "a"), ("./a/b.toml", "a.b"), ("../a/b.c.toml", "a.b.c"), ("a\\b.toml", "a.b"), ("/a/b.toml", "a.b"),
     ("", "diffcheck")],
)  # fmt: skip
def test_a_class_is_the_files_path_with_dots(file: str, name: str) -> None:
    [test] = _read(replace(GOOD, file=file)).iter("testcase")
    assert test.get("classname") == name


def test_an_empty_run_is_a_document_too() -> None:
    assert _counts(_read()) == ["0", "0", "0"]


ANY = st.text(st.characters(exclude_categories=()))
"""Text of all characters, halves of surrogate pairs too."""


@given(ANY, ANY, ANY)
def test_whatever_the_words_are_the_document_can_be_read_and_holds_them(name: str, file: str, message: str) -> None:
    root = _read(CaseResult(name, file, 1, error=CaseError(message, file, 1)), replace(BAD, name=name))
    assert _counts(root) == ["2", "1", "1"]
    error = next(root.iter("error"))
    assert error.get("message") == storable(message)


@pytest.mark.parametrize("sign", ["\0", "\x1b", "\x0b", "\ufffe", "\uffff", "\ud800"])
def test_characters_that_xml_cannot_hold_are_replaced(sign: str) -> None:
    assert storable(f"a{sign}b") == f"a{STAND_IN}b"


@pytest.mark.parametrize("text", ["a\tb\nc", "naïve ± …", "<&>\"'", "\U0001f600"])
def test_all_other_characters_stay(text: str) -> None:
    assert storable(text) == text
