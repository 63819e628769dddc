"""A run as a baseline sees it: every result's verdict and numbers, of this run or of an earlier run's JSON document."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from diffcheck.errors import UsageError
from diffcheck.report.document import SCHEMA
from diffcheck.report.naming import occurrences, told_apart
from diffcheck.results import CaseResult, Result, RunResult
from diffcheck.verdict import VERDICTS, Status, Verdict

CaseKey = tuple[str, str]
"""A case's file, with slashes, and its name: what makes two runs' cases the same."""
Key = tuple[str, int]
"""A result's subject, and its place among the case's results of that subject."""


@dataclass(frozen=True)
class SeenResult:
    """One result of either run."""

    verdict: Verdict
    passed: bool
    counts: dict[Verdict, int]
    share: float | None
    """The error at its worst point as a share of the allowance."""

    @property
    def judged(self) -> bool:
        """It has a number that is neither undecided nor unsupported."""
        return any(number and verdict.status is not Status.OPEN for verdict, number in self.counts.items())

    @property
    def failing(self) -> int:
        """How many numbers have a verdict that always fails."""
        return sum(number for verdict, number in self.counts.items() if verdict.status is Status.FAIL)

    @property
    def total(self) -> int:
        """How many numbers it has."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class SeenCase:
    """One case of either run."""

    passed: bool
    unread: bool
    """It could not be run."""
    expected: Verdict | None
    """The verdict that the case states."""
    verdict: Verdict | None
    results: dict[Key, SeenResult]


Seen = dict[CaseKey, SeenCase]


def seen_now(result: RunResult) -> Seen:
    """This run."""
    return dict(_unique(((case.file, case.name), _case_now(case)) for case in result.cases))


def seen_before(document: Any) -> Seen:
    """The run of an earlier document, as ``json.load`` returns it.

    Raises UsageError where it is no document of this schema; the words name the place in it.
    """
    if not isinstance(document, dict) or "schema" not in document:
        raise UsageError("this is no document of diffcheck: it has no `schema`; write one with --json FILE")
    if document["schema"] != SCHEMA or isinstance(document["schema"], bool):
        found = document["schema"]
        raise UsageError(
            f"this has schema {found!r}; this diffcheck reads schema {SCHEMA}: write it anew with --json FILE"
        )
    cases = _get(document, "cases", list, "")
    return dict(_unique(_case_before(case, f"cases[{place}]") for place, case in enumerate(cases)))


def _unique(cases: Iterable[tuple[CaseKey, SeenCase]]) -> Iterable[tuple[CaseKey, SeenCase]]:
    """``cases`` with keys that differ: the second case of a name in a file has `` (2)`` behind its name."""
    found = [((file.replace("\\", "/").removeprefix("./"), name), case) for (file, name), case in cases]
    for ((file, name), case), occurrence in zip(found, occurrences(key for key, _ in found), strict=True):
        yield (file, told_apart(name, occurrence)), case


def _numbered(results: Iterable[tuple[str, SeenResult]]) -> dict[Key, SeenResult]:
    """``results`` by subject; of several of one subject by their order."""
    found = list(results)
    places = occurrences(subject for subject, _ in found)
    return {(subject, place - 1): each for (subject, each), place in zip(found, places, strict=True)}


def _case_now(case: CaseResult) -> SeenCase:
    results = _numbered((str(each.subject), _result_now(each, case)) for each in case.results)
    return SeenCase(case.passed, case.error is not None, case.expected, case.verdict, results)


def _result_now(result: Result, case: CaseResult) -> SeenResult:
    return SeenResult(result.verdict, case.policy.passes(result.counts), result.counts, result.share)


def _case_before(case: Any, place: str) -> tuple[CaseKey, SeenCase]:
    key = (_get(case, "file", str, place), _get(case, "name", str, place))
    results = enumerate(_get(case, "results", list, place))
    return key, SeenCase(
        passed=_get(case, "passed", bool, place),
        unread=_get(case, "error", dict | None, place) is not None,
        expected=_verdict(case, "expected_verdict", place, missing=True),
        verdict=_verdict(case, "verdict", place, missing=True),
        results=_numbered(_result_before(each, f"{place}.results[{number}]") for number, each in results),
    )


def _result_before(result: Any, place: str) -> tuple[str, SeenResult]:
    verdict = _verdict(result, "verdict", place)
    assert verdict is not None
    words = _get(result, "counts", dict, place)
    counts = {_known(word, f"{place}.counts"): _get(words, word, int, f"{place}.counts") for word in words}
    worst = _get(result, "worst", dict | None, place)
    share = _share(worst, f"{place}.worst") if worst is not None else None
    return _get(result, "subject", str, place), SeenResult(verdict, _get(result, "passed", bool, place), counts, share)


def _share(worst: Any, place: str) -> float | None:
    share = _get(worst, "share", float | int | str | None, place)
    try:
        return float(share) if share is not None else None
    except ValueError:
        raise _broken(f"{place}.share", f"a number, not {share!r}") from None


def _verdict(mapping: Any, key: str, place: str, missing: bool = False) -> Verdict | None:
    word = _get(mapping, key, str | None if missing else str, place)
    return _known(word, f"{place}.{key}") if word is not None else None


def _known(word: str, place: str) -> Verdict:
    if word not in VERDICTS:
        raise _broken(place, f"a verdict; this diffcheck knows none that is called {word!r}")
    return VERDICTS[word]


def _get(mapping: Any, key: str, kind: Any, place: str) -> Any:
    """The value of ``key``, which is of a ``kind``; the error names ``place`` and the key."""
    path = f"{place}.{key}".removeprefix(".")
    if not isinstance(mapping, dict):
        raise _broken(place, "a table of keys")
    if key not in mapping:
        raise _broken(path, "there, and is missing")
    value = mapping[key]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        found = type(value).__name__ if value is not None else "null"
        raise _broken(path, f"{_NAMES[kind]}, not {found}")
    return value


_NAMES: dict[Any, str] = {
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a whole number",
    dict: "a table of keys",
    dict | None: "a table of keys or null",
    str | None: "text or null",
    float | int | str | None: "a number, a word for one, or null",
}
"""What a user calls the kinds."""


def _broken(place: str, wanted: str) -> UsageError:
    return UsageError(f"this is no document of diffcheck: `{place}` must be {wanted}; write it anew with --json FILE")
