"""What has changed since an earlier run, and what is said of an earlier run that cannot be read."""

import json
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffcheck.errors import CaseError, UsageError
from diffcheck.report import document
from diffcheck.report.baseline import GROWN, SHOWN, Change, Changes, compare, render
from diffcheck.results import CaseResult, Finding, Policy, Result, RunResult, Subject
from diffcheck.verdict import SEVERITY, Status, Verdict

FILE = "cases/course.toml"
PATH = "reverse.float64.cpu.d/dx"
KINDS = [each.name for each in fields(Changes) if each.name != "partial"]


def _run(*cases: CaseResult, interrupted: bool = False, left: int = 0) -> RunResult:
    return RunResult(cases, 1.0, {}, 0, interrupted, left)


def _document(*cases: CaseResult) -> Any:
    return json.loads(document.render(_run(*cases)))


def _result(verdict: Verdict, bad: int = 3, share: float | None = 2.0, variable: str = "x") -> Result:
    counts = {Verdict.AGREES: 1000} if verdict is Verdict.AGREES else {Verdict.AGREES: 1000 - bad, verdict: bad}
    if verdict.status is Status.OPEN:
        counts = {verdict: 1000}
    finding = Finding({}, verdict, 1.0, None, None, None, share)
    return Result(Subject("reverse", "float64", "cpu", variable, 1), counts, finding)


def _case(*results: Result, name: str = "bowl", **more: Any) -> CaseResult:
    return replace(CaseResult(name, FILE, 7, ("x",), results), **more)


GOOD, BAD = _case(_result(Verdict.AGREES)), _case(_result(Verdict.WRONG))
UNREAD = CaseResult("bowl", FILE, 7, error=CaseError("no", FILE, 7))
SILENT = _case(_result(Verdict.UNSUPPORTED))
WRONG_AND_NAN = _case(_result(Verdict.WRONG), _result(Verdict.NAN, variable="y"))
STRICT = Policy(frozenset({Verdict.UNDECIDED, Verdict.ROUNDED}))
UNDECIDED = _case(_result(Verdict.UNDECIDED))


def _told(changes: Changes) -> dict[str, list[tuple[str, str, str]]]:
    """The subject, before and now of every change, by kind; no kind that has none."""
    kinds = {kind: [(each.subject, each.before, each.now) for each in getattr(changes, kind)] for kind in KINDS}
    return {kind: found for kind, found in kinds.items() if found}


PAIRS: dict[str, tuple[CaseResult | None, CaseResult | None, dict[str, list[tuple[str, str, str]]]]] = {
    "it passes still": (GOOD, GOOD, {}),
    "it fails still": (BAD, BAD, {}),
    "it cannot be read still": (UNREAD, UNREAD, {}),
    "it judges nothing still": (SILENT, SILENT, {}),
    "it fails now": (GOOD, BAD, {"failures": [(PATH, "agrees", "wrong")]}),
    "it is mended": (BAD, GOOD, {"mended": [(PATH, "wrong", "agrees")]}),
    "it is mended, though rounded": (BAD, _case(_result(Verdict.ROUNDED)), {"mended": [(PATH, "wrong", "rounded")]}),
    "a graver failure": (BAD, _case(_result(Verdict.NAN)), {"worse": [(PATH, "wrong", "nan")]}),
    "a lighter failure": (_case(_result(Verdict.NAN)), BAD, {}),
    "more points fail": (BAD, _case(_result(Verdict.WRONG, 9)), {"worse": [(PATH, "3 of 1,000 numbers wrong", "9 wrong")]}),
    "fewer points fail": (_case(_result(Verdict.WRONG, 9)), BAD, {}),
    "it is further off": (BAD, _case(_result(Verdict.WRONG, share=2.0 * GROWN + 0.5)),
                          {"worse": [(PATH, "wrong by 2 times the allowance", "by 4.5 times")]}),
    "it is hardly further off": (BAD, _case(_result(Verdict.WRONG, share=2.0 * GROWN)), {}),
    "it passes, with more rounding": (GOOD, _case(_result(Verdict.ROUNDED)), {"worse": [(PATH, "agrees", "rounded")]}),
    "it passes, nearer its allowance": (
        _case(_result(Verdict.AGREES, share=0.1)), _case(_result(Verdict.AGREES, share=0.9)), {}),
    "a part of it fails now": (BAD, WRONG_AND_NAN, {"failures": [("reverse.float64.cpu.d/dy", "", "nan")]}),
    "a part of it is gone": (WRONG_AND_NAN, BAD, {"gone": [("reverse.float64.cpu.d/dy", "nan", "")]}),
    "it is not judged any more": (GOOD, SILENT, {"gone": [(PATH, "agrees", "unsupported")]}),
    "its failure is not judged any more": (BAD, UNDECIDED, {"gone": [(PATH, "wrong", "undecided")]}),
    "it is judged now": (SILENT, GOOD, {}),
    "undecided fails now": (UNDECIDED, replace(UNDECIDED, policy=STRICT), {"failures": [(PATH, "undecided", "undecided")]}),
    "what fails on request is further off": (
        _case(_result(Verdict.ROUNDED, share=0.1), policy=STRICT), _case(_result(Verdict.ROUNDED, share=0.9), policy=STRICT),
        {"worse": [(PATH, "rounded by 0.1 times the allowance", "by 0.9 times")]}),
    "it is new": (None, GOOD, {"new_cases": [("", "", "agrees")]}),
    "it is new and fails": (None, BAD, {"failures": [(PATH, "", "wrong")], "new_cases": [("", "", "wrong")]}),
    "it is new and cannot be read": (None, UNREAD, {"failures": [("", "", "not run")], "new_cases": [("", "", "not run")]}),
    "it is gone": (BAD, None, {"gone": [("", "wrong", "")]}),
    "it cannot be read now": (GOOD, UNREAD, {"failures": [("", "agrees", "not run")]}),
    "it failed and cannot be read now": (BAD, UNREAD, {"failures": [("", "wrong", "not run")]}),
    "it can be read now": (UNREAD, GOOD, {"mended": [("", "not run", "agrees")]}),
    "it can be read now and fails": (
        UNREAD, BAD, {"failures": [(PATH, "", "wrong")], "mended": [("", "not run", "wrong")]}),
    "it has the defect it expects": (replace(BAD, expected=Verdict.WRONG), replace(BAD, expected=Verdict.WRONG), {}),
    "its defect is expected now": (BAD, replace(BAD, expected=Verdict.WRONG), {"mended": [(PATH, "wrong", "wrong")]}),
    "the defect it expects is gone": (
        replace(BAD, expected=Verdict.WRONG), replace(GOOD, expected=Verdict.WRONG),
        {"failures": [("", "wrong", "agrees (expected wrong)")]}),
    "the defect it expects is back": (
        replace(GOOD, expected=Verdict.WRONG), replace(BAD, expected=Verdict.WRONG),
        {"mended": [("", "agrees (expected wrong)", "wrong")]}),
}  # fmt: skip


@pytest.mark.parametrize(("before", "now", "told"), PAIRS.values(), ids=PAIRS)
def test_what_has_changed_is_told_once_and_by_its_kind(
    before: CaseResult | None, now: CaseResult | None, told: dict[str, list[tuple[str, str, str]]]
) -> None:
    then = _document(*([before] if before else []))
    assert _told(compare(_run(*([now] if now else [])), then)) == told


@pytest.mark.parametrize("early", [{"interrupted": True}, {"left": 1}], ids=["interrupted", "first failure"])
def test_a_run_that_stopped_early_tells_nothing_as_gone(early: dict[str, Any]) -> None:
    changes = compare(_run(BAD, **early), _document(WRONG_AND_NAN, replace(GOOD, name="other")))
    assert _told(changes) == {}
    assert "the run stopped early" in render(changes)
    assert _told(compare(_run(BAD), _document(WRONG_AND_NAN, replace(GOOD, name="other")))).keys() == {"gone"}


def test_more_points_are_no_reason_to_call_a_failure_worse() -> None:
    tenfold = replace(BAD.results[0], counts={verdict: 10 * number for verdict, number in BAD.results[0].counts.items()})
    assert _told(compare(_run(replace(BAD, results=(tenfold,))), _document(BAD))) == {}


def test_cases_of_one_name_in_two_files_are_two_and_slashes_are_no_difference() -> None:
    other = replace(GOOD, file="cases/other.toml")
    assert [each.file for each in compare(_run(GOOD, other), _document(GOOD)).new_cases] == ["cases/other.toml"]
    assert _told(compare(_run(replace(GOOD, file="./cases\\course.toml")), _document(GOOD))) == {}


def test_results_of_one_subject_are_compared_in_their_order() -> None:
    then, now = (_case(_result(first), _result(second)) for first, second in
                 ((Verdict.AGREES, Verdict.AGREES), (Verdict.AGREES, Verdict.WRONG)))  # fmt: skip
    assert _told(compare(_run(now), _document(then))) == {"failures": [(PATH, "agrees", "wrong")]}


def test_two_cases_of_one_name_and_file_are_two() -> None:
    assert [each.case for each in compare(_run(GOOD, BAD), _document(GOOD, GOOD)).failures] == ["bowl (2)"]


VERDICTS = st.sampled_from(SEVERITY)
POLICIES = st.builds(Policy, st.frozensets(VERDICTS, max_size=3))
COUNTS = st.dictionaries(VERDICTS, st.integers(1, 9), max_size=3)
SHARES = st.none() | st.floats(0.0) | st.just(math.nan)


@st.composite
def _cases(draw: Any) -> list[CaseResult]:
    def result(variable: str) -> Result:
        finding = Finding({}, Verdict.AGREES, 1.0, None, None, None, draw(SHARES))
        return Result(Subject("reverse", "float64", "cpu", variable, 1), draw(COUNTS), finding)

    def case(name: str) -> CaseResult:
        if draw(st.booleans()) and draw(st.booleans()):
            return replace(UNREAD, name=name)
        results = [result(variable) for variable in draw(st.lists(st.sampled_from("xy"), max_size=3))]
        return _case(*results, name=name, policy=draw(POLICIES), expected=draw(st.none() | VERDICTS))

    return [case(name) for name in draw(st.lists(st.sampled_from("abc"), max_size=3))]


@given(_cases())
def test_a_run_has_not_changed_since_itself(cases: list[CaseResult]) -> None:
    assert compare(_run(*cases), _document(*cases)) == Changes()


@given(_cases(), _cases())
def test_a_run_that_passed_and_passes_no_more_has_new_failures(before: list[CaseResult], now: list[CaseResult]) -> None:
    changes = compare(_run(*now), _document(*before))
    if _run(*before).passed:
        assert bool(changes.failures) is not _run(*now).passed
    if _run(*now).passed:
        assert not changes.failures
    assert render(changes).endswith(".\n")


@given(_cases(), _cases())
def test_no_result_has_changed_in_two_ways(before: list[CaseResult], now: list[CaseResult]) -> None:
    changes = compare(_run(*now), _document(*before))
    told = Counter((each.case, each.subject) for kind in KINDS for each in getattr(changes, kind) if each.subject)
    repeated = _repeated(before) | _repeated(now)
    assert [each for each, number in told.items() if number > 1 and each not in repeated] == []


def _repeated(cases: list[CaseResult]) -> set[tuple[str, str]]:
    """Cases' names as changes tell them, with the subjects that they have several results of."""
    seen: Counter[str] = Counter()
    found = set()
    for case in cases:
        seen[case.name] += 1
        name = case.name if seen[case.name] == 1 else f"{case.name} ({seen[case.name]})"
        subjects = Counter(str(each.subject) for each in case.results)
        found |= {(name, subject) for subject, number in subjects.items() if number > 1}
    return found


def test_no_change_is_one_line() -> None:
    assert render(Changes()) == "since the baseline: no change.\n"


def test_changes_are_told_by_kind_and_counted() -> None:
    changes = compare(_run(BAD, _case(name="new")), _document(GOOD, _case(_result(Verdict.WRONG), name="old")))
    assert render(changes) == (
        "NEW FAILURE bowl: reverse.float64.cpu.d/dx: agrees before, now wrong\n"
        "     (cases/course.toml)\n"
        "\n"
        "GONE old: wrong before (cases/course.toml)\n"
        "\n"
        "NEW CASE new: now not judged (cases/course.toml)\n"
        "\n"
        "since the baseline: 1 new failure, 1 judged no longer, 1 new case.\n"
    )


def test_many_changes_are_counted() -> None:
    many = tuple(Change(FILE, f"case{number}", PATH, "agrees", "wrong") for number in range(SHOWN + 5))
    shown = render(Changes(failures=many))
    assert f"case{SHOWN - 1}:" in shown
    assert f"case{SHOWN}:" not in shown
    assert "NEW FAILURE … and 5 more\n" in shown
    assert f"{len(many)} new failures" in shown


def test_a_name_that_a_terminal_would_obey_is_made_plain() -> None:
    assert "\x1b" not in render(Changes(failures=(Change(FILE, "a\x1b[31m\nb", PATH, "", "wrong"),)))


def _without(document: Any, *path: Any) -> Any:
    *where, last = path
    place = document
    for key in where:
        place = place[key]
    del place[last]
    return document


def _with(value: Any, *path: Any) -> Callable[[Any], Any]:
    def changed(document: Any) -> Any:
        *where, last = path
        place = document
        for key in where:
            place = place[key]
        place[last] = value
        return document

    return changed


RESULT = ("cases", 0, "results", 0)
NO_DOCUMENT = "this is no document of diffcheck: "
BROKEN: list[tuple[Callable[[Any], Any], str]] = [
    (lambda whole: [whole], NO_DOCUMENT + "it has no `schema`; write one with --json FILE"),
    (lambda whole: None, NO_DOCUMENT + "it has no `schema`; write one with --json FILE"),
    (lambda whole: {}, NO_DOCUMENT + "it has no `schema`; write one with --json FILE"),
    (_with(2, "schema"), "this has schema 2; this diffcheck reads schema 1: write it anew with --json FILE"),
    (_with("1", "schema"), "this has schema '1'; this diffcheck reads schema 1: write it anew with --json FILE"),
    (_with(True, "schema"), "this has schema True; this diffcheck reads schema 1: write it anew with --json FILE"),
    (lambda whole: _without(whole, "cases"), NO_DOCUMENT + "`cases` must be there, and is missing"),
    (_with({}, "cases"), NO_DOCUMENT + "`cases` must be a list, not dict"),
    (_with([7], "cases"), NO_DOCUMENT + "`cases[0]` must be a table of keys"),
    (_with(7, "cases", 0, "name"), NO_DOCUMENT + "`cases[0].name` must be text, not int"),
    (_with("no", "cases", 0, "passed"), NO_DOCUMENT + "`cases[0].passed` must be true or false, not str"),
    (_with("no", "cases", 0, "error"), NO_DOCUMENT + "`cases[0].error` must be a table of keys or null, not str"),
    (_with("fine", "cases", 0, "verdict"),
     NO_DOCUMENT + "`cases[0].verdict` must be a verdict; this diffcheck knows none that is called 'fine'"),
    (_with(None, *RESULT, "verdict"), NO_DOCUMENT + "`cases[0].results[0].verdict` must be text, not null"),
    (_with({"fine": 1}, *RESULT, "counts"),
     NO_DOCUMENT + "`cases[0].results[0].counts` must be a verdict; this diffcheck knows none that is called 'fine'"),
    (_with({"wrong": True}, *RESULT, "counts"),
     NO_DOCUMENT + "`cases[0].results[0].counts.wrong` must be a whole number, not bool"),
    (_with("much", *RESULT, "worst", "share"), NO_DOCUMENT + "`cases[0].results[0].worst.share` must be a number, not 'much'"),
    (_with([], *RESULT, "worst", "share"),
     NO_DOCUMENT + "`cases[0].results[0].worst.share` must be a number, a word for one, or null, not list"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "words"), BROKEN, ids=[words.removeprefix(NO_DOCUMENT) for _, words in BROKEN])
def test_a_baseline_that_cannot_be_read_is_told_with_the_place_in_it(change: Callable[[Any], Any], words: str) -> None:
    with pytest.raises(UsageError) as raised:
        compare(_run(GOOD), change(_document(GOOD)))
    assert str(raised.value).removesuffix("; write it anew with --json FILE") == words
    assert "--json FILE" in str(raised.value)


def test_fields_that_are_not_known_are_passed_over() -> None:
    assert compare(_run(GOOD), _with("new", *RESULT, "later")(_document(GOOD))) == Changes()
