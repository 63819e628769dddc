"""What has changed since an earlier run: which results fail anew, are mended, got worse, or are judged no longer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from textwrap import fill
from typing import Any

from diffcheck.errors import printable
from diffcheck.report.earlier import CaseKey, Key, Seen, SeenCase, SeenResult, seen_before, seen_now
from diffcheck.report.numbers import counted, rough
from diffcheck.results import RunResult
from diffcheck.verdict import SEVERITY

GROWN = 2.0
"""A failing result whose share of the allowance has grown by more than this factor is worse."""
SHOWN = 20
"""So many changes of a kind are told; the others are counted."""


@dataclass(frozen=True)
class Change:
    """One result, or one case as a whole, that is not what it was."""

    file: str
    case: str
    subject: str
    """Empty for a case as a whole."""
    before: str
    """A verdict or a few words; empty where there was none."""
    now: str
    """The same; empty where there is none."""

    def __str__(self) -> str:
        """``bowl: reverse.float64.cpu.d/dx: agrees before, now wrong (cases/course.toml)``."""
        told = ", ".join(filter(None, (f"{self.before} before" * bool(self.before), f"now {self.now}" * bool(self.now))))
        path = ": ".join(filter(None, (self.case, self.subject, told)))
        return printable(f"{path} ({self.file})" if self.file else path)


@dataclass(frozen=True)
class Changes:
    """All that has changed. No result is in two of these, but a new case's failures are failures too."""

    failures: tuple[Change, ...] = ()
    """What fails and did not fail before."""
    mended: tuple[Change, ...] = ()
    """What failed before and is judged to pass now."""
    worse: tuple[Change, ...] = ()
    """What fails still, and by a worse verdict, at more points, or by more; what passes still, by a worse verdict."""
    gone: tuple[Change, ...] = ()
    """What was judged before, and now is not there, is unsupported or undecided."""
    new_cases: tuple[Change, ...] = ()
    """Cases that were not there before."""
    partial: bool = False
    """The run stopped early, so that cases and results that are missing are not told as gone."""


def compare(result: RunResult, before: Any) -> Changes:
    """What has changed since the run whose JSON document, loaded, is ``before``.

    Cases are the same that have one file and one name: files are written as they were on the command line, so both
    runs have to start in one folder. Raises UsageError where ``before`` is no document of this schema.
    """
    return _changes(seen_before(before), seen_now(result), partial=result.interrupted or result.left > 0)


def compare_documents(before: Any, now: Any) -> Changes:
    """What has changed between two runs by their JSON documents, loaded; raises UsageError where one is none."""
    then, seen = seen_before(before), seen_before(now)
    return _changes(then, seen, partial=bool(now["interrupted"] or now.get("left")))


def _changes(then: Seen, now: Seen, *, partial: bool) -> Changes:
    shared = [(key, then[key], now[key]) for key in now if key in then]
    gone = [] if partial else [_whole(key, _word(then[key]), "") for key in then if key not in now]
    return Changes(
        failures=tuple(change for key in now for change in _failures(key, then.get(key), now[key])),
        mended=tuple(change for each in shared for change in _mended(*each)),
        worse=tuple(change for each in shared for change in _worse(*each)),
        gone=(*gone, *(change for each in shared for change in _gone(*each, partial=partial))),
        new_cases=tuple(_whole(key, "", _word(now[key])) for key in now if key not in then),
        partial=partial,
    )


def _whole(key: CaseKey, before: str, now: str) -> Change:
    return Change(*key, "", before, now)


def _word(case: SeenCase) -> str:
    return "not run" if case.unread else case.verdict.word if case.verdict is not None else "not judged"


def _failing(case: SeenCase) -> set[Key]:
    """The results that fail a case; none of a case that passes, as where the failure is the one it expects."""
    return set() if case.passed else {key for key, each in case.results.items() if not each.passed}


def _fails_whole(case: SeenCase) -> bool:
    """It fails, and by none of its results: it could not be run, or passes and is expected not to."""
    return not case.passed and not _failing(case)


def _words_whole(case: SeenCase) -> str:
    return _word(case) + (f" (expected {case.expected.word})" if case.expected is not None and not case.unread else "")


def _failures(key: CaseKey, then: SeenCase | None, now: SeenCase) -> Iterator[Change]:
    old = then if then is not None else SeenCase(True, False, None, None, {})
    if _fails_whole(now) and not (_fails_whole(old) and old.unread == now.unread):
        yield _whole(key, _word(old) if then is not None else "", _words_whole(now))
    for place in now.results:
        if place in _failing(now) and place not in _failing(old):
            yield _change(key, place, old.results.get(place), now.results[place])


def _mended(key: CaseKey, then: SeenCase, now: SeenCase) -> Iterator[Change]:
    if _fails_whole(then) and not _fails_whole(now):
        yield _whole(key, _words_whole(then), _word(now))
    for place in then.results:
        each = now.results.get(place)
        if place in _failing(then) and place not in _failing(now) and each is not None and each.judged:
            yield _change(key, place, then.results[place], each)


def _worse(key: CaseKey, then: SeenCase, now: SeenCase) -> Iterator[Change]:
    if _fails_whole(then) and not _fails_whole(now):
        return  # mended, as where the defect that the case expects is back
    for place, each in now.results.items():
        old = then.results.get(place)
        if old is None or (place in _failing(then)) != (place in _failing(now)) or not (old.judged and each.judged):
            continue
        words = next((found for reason in _REASONS if (found := reason(old, each)) is not None), None)
        if words is not None:
            yield Change(*key, place[0], *words)


Reason = Callable[[SeenResult, SeenResult], tuple[str, str] | None]


def _by_verdict(old: SeenResult, new: SeenResult) -> tuple[str, str] | None:
    graver = SEVERITY.index(new.verdict) < SEVERITY.index(old.verdict)
    return (old.verdict.word, new.verdict.word) if graver else None


def _by_number(old: SeenResult, new: SeenResult) -> tuple[str, str] | None:
    """More numbers fail, of as many: other points would make a comparison of chance."""
    if new.total != old.total or new.failing <= old.failing:
        return None
    return f"{old.failing:,} of {counted(old.total, 'number')} {old.verdict.word}", f"{new.failing:,} {new.verdict.word}"


def _by_share(old: SeenResult, new: SeenResult) -> tuple[str, str] | None:
    if new.passed or old.share is None or new.share is None or not new.share > GROWN * old.share:
        return None
    return f"{old.verdict.word} by {rough(old.share)} times the allowance", f"by {rough(new.share)} times"


_REASONS: tuple[Reason, ...] = (_by_verdict, _by_number, _by_share)
"""Why a result is worse, the gravest first."""


def _gone(key: CaseKey, then: SeenCase, now: SeenCase, *, partial: bool) -> Iterator[Change]:
    """Of a case that could not be run, the failure tells it all."""
    for place, old in then.results.items() if not now.unread else ():
        new = now.results.get(place)
        missing = new is None and not partial
        silent = new is not None and not new.judged and place not in _failing(now)
        if old.judged and (missing or silent):
            yield _change(key, place, old, new)


def _change(key: CaseKey, place: Key, old: SeenResult | None, new: SeenResult | None) -> Change:
    return Change(*key, place[0], old.verdict.word if old else "", new.verdict.word if new else "")


#    label, one, several, which
_KINDS: tuple[tuple[str, str, str, Callable[[Changes], tuple[Change, ...]]], ...] = (
    ("NEW FAILURE", "new failure",      "new failures",     lambda changes: changes.failures),
    ("WORSE",       "worse",            "worse",            lambda changes: changes.worse),
    ("GONE",        "judged no longer", "judged no longer", lambda changes: changes.gone),
    ("NEW CASE",    "new case",         "new cases",        lambda changes: changes.new_cases),
    ("MENDED",      "mended",           "mended",           lambda changes: changes.mended),
)  # fmt: skip


def render(changes: Changes) -> str:
    """The changes for a terminal, each in lines of 79 characters, and one line that counts them; a newline at its end."""
    blocks, counts = [], []
    for label, one, several, of in _KINDS:
        found = of(changes)
        if found:
            counts.append(f"{len(found):,} {one if len(found) == 1 else several}")
        lines = [_wrapped(f"{label} {each}") for each in found[:SHOWN]]
        if len(found) > SHOWN:
            lines.append(f"{label} … and {len(found) - SHOWN:,} more")
        blocks += ["\n".join(lines)] if lines else []
    stopped = "; the run stopped early, so what is missing is not told" if changes.partial else ""
    blocks.append(f"since the baseline: {', '.join(counts) or 'no change'}{stopped}.")
    return "\n\n".join(blocks) + "\n"


def _wrapped(text: str) -> str:
    return fill(text, 79, subsequent_indent=" " * 5, break_long_words=False, break_on_hyphens=False)
