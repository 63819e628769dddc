"""The overview: a row a case, and what rows are filtered by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan

from diffcheck.report.failure import blamed, headline
from diffcheck.report.naming import occurrences, shortened, told_apart
from diffcheck.report.numbers import rough, short
from diffcheck.report.repro import safe_name
from diffcheck.report.telling import worst_share
from diffcheck.results import CaseResult, Subject
from diffcheck.verdict import Status, Verdict

NAME_WIDTH = 120
"""So many characters of a name stand in the table."""
FORMULA_WIDTH = 300
"""So many characters of a formula stand in the table, and are searched."""
HEADLINE_WIDTH = 200
"""So many characters tell what is the matter with a case."""
TRAINING = "training"
"""What the steps of a training run are called among the modes."""
NOT_RUN = "not run"
"""What is said instead of a verdict of a case that could not be run."""
TONES = {Status.PASS: "pass", Status.COUNTED: "counted", Status.FAIL: "fail", Status.OPEN: "open"}
"""The tone in which a verdict is told, by its status."""


@dataclass(frozen=True)
class Row:
    """One case in the table."""

    key: str
    """Its name in links, which no other case has."""
    case: CaseResult
    verdict: str
    """The word of the worst verdict, or of the one that fails the case; or ``not run``."""
    tone: str
    """One of ``pass``, ``counted``, ``fail`` and ``open``."""
    outcome: str
    """How it came out, in words."""
    headline: str
    """What is the matter, in a line; empty where it passes."""
    worst: float | None
    """The worst share of the allowance."""
    judged: str
    failed: str
    meant: bool
    """Something failed, and the case expects just that."""
    cells: str
    """For each mode and dtype the verdicts that came: ``0.1.ab``, numbers of modes and dtypes, letters of verdicts."""

    @property
    def place(self) -> str:
        """``cases/course.toml:7``; empty where no file has it."""
        return f"{self.case.file}:{self.case.line}" if self.case.line else self.case.file

    @property
    def name(self) -> str:
        """What the case is called, cut; where it has no name, its place."""
        return shortened(self.case.name or self.place or "a case", NAME_WIDTH)

    @property
    def formula(self) -> str:
        """The formula in a line, cut."""
        return shortened(" ".join(self.case.formula.split()), FORMULA_WIDTH)

    @property
    def share(self) -> str:
        """The worst share as it is told."""
        return rough(self.worst)

    @property
    def weight(self) -> float:
        """The worst share to sort by, finite; -1 for none."""
        return -1.0 if self.worst is None or isnan(self.worst) else min(self.worst, 1e300)

    @property
    def words(self) -> str:
        """What is searched beside what is seen."""
        return " ".join(self.case.tags)


@dataclass(frozen=True)
class Axes:
    """What rows are filtered by, each value once."""

    verdicts: tuple[str, ...]
    modes: tuple[str, ...]
    dtypes: tuple[str, ...]

    def cells(self, case: CaseResult) -> str:
        """The verdicts of a case by mode and dtype, as ``Row.cells`` spells them."""
        found: dict[tuple[int, int], set[int]] = {}
        for each in case.results:
            place = (self.modes.index(mode_of(each.subject)), self.dtypes.index(each.subject.dtype or ""))
            found.setdefault(place, set()).update(self.verdicts.index(verdict.word) for verdict in each.counts or [each.verdict])
        if case.error is not None:
            found[-1, -1] = {self.verdicts.index(NOT_RUN)}
        return " ".join(f"{mode}.{dtype}.{'.'.join(map(str, sorted(marks)))}" for (mode, dtype), marks in found.items())


def axes_of(cases: Sequence[CaseResult]) -> Axes:
    """What there is to filter ``cases`` by; verdicts in their own order, modes and dtypes as they come."""
    results = [each for case in cases for each in case.results]
    words = {verdict for each in results for verdict in each.counts or [each.verdict]}
    verdicts = [verdict.word for verdict in Verdict if verdict in words]
    verdicts += [NOT_RUN] * any(case.error is not None for case in cases)
    # Ways to differentiate first, then what is held beside them.
    modes = dict.fromkeys(mode_of(each.subject) for each in sorted(results, key=lambda each: not each.subject.is_number))
    dtypes = dict.fromkeys(each.subject.dtype or "" for each in results)
    return Axes(tuple(verdicts), tuple(modes), tuple(dtypes))


def mode_of(subject: Subject) -> str:
    """The mode of a subject as rows are filtered by it: all steps of training are one."""
    return TRAINING if subject.step else subject.mode


def rows_of(cases: Sequence[CaseResult], axes: Axes) -> list[Row]:
    """A row for each of ``cases``, in their order."""
    return [_row(case, key, axes) for case, key in zip(cases, _keys(cases), strict=True)]


def _keys(cases: Iterable[CaseResult]) -> list[str]:
    """A name in links for each case; of those that are there more than once, with a number behind."""
    names = [safe_name(case.name) or "case" for case in cases]
    taken: dict[str, None] = {}
    for name, occurrence in zip(names, occurrences(names), strict=True):
        key = told_apart(name, occurrence).replace(" (", "--").rstrip(")")
        while key in taken:
            key += "-"
        taken[key] = None
    return list(taken)


def _row(case: CaseResult, key: str, axes: Axes) -> Row:
    worst = blamed(case)
    verdict = worst[1] if worst is not None else None
    judged = sum(number for each, number in case.counts.items() if each.status is not Status.OPEN)
    failed = sum(number for each, number in case.counts.items() if not case.policy.passes([each]))
    return Row(
        key, case, NOT_RUN if verdict is None else verdict.word, _tone(case, verdict), outcome(case),
        "" if case.passed else shortened(headline(case), HEADLINE_WIDTH), worst_share(case), short(judged), short(failed),
        failed > 0 and case.passed, axes.cells(case),
    )  # fmt: skip


def outcome(case: CaseResult) -> str:
    """How a case came out, in words."""
    if case.error is not None:
        return "internal error" if case.internal else "not run"
    if not case.passed:
        return "failed"
    if case.expected is not None:
        return "as expected"
    return "passed" if case.judged else "judged nothing"


def _tone(case: CaseResult, verdict: Verdict | None) -> str:
    if not case.passed or verdict is None:
        return "fail"
    # A defect that is expected is worth a look, but fails nothing.
    return "counted" if verdict.status is Status.FAIL else TONES[verdict.status]
