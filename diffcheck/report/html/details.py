"""What a case's panel tells: its mathematics, who stands alone, what fails in full, and every result."""

from collections.abc import Sequence
from dataclasses import dataclass

from diffcheck.report.comparison import compare
from diffcheck.report.html.rows import TONES, Row
from diffcheck.report.matrix import Cell, Matrix, matrix_of
from diffcheck.report.numbers import counted, located, rough
from diffcheck.report.overview import first_of_each, unsupported
from diffcheck.report.runs import first_failures, runs_of
from diffcheck.report.telling import told_of
from diffcheck.results import CaseResult, Policy, Result
from diffcheck.verdict import Verdict

IN_FULL = 40
"""So many results that fail are told in full."""
LISTED = 150
"""So many results have a line each."""


@dataclass(frozen=True)
class Told:
    """One result in full."""

    subject: str
    verdict: str
    tone: str
    points: str
    """At how many points it came out so."""
    rows: tuple[tuple[str, str], ...]
    """What there is to tell of the worst point, each with its label."""
    repro: str
    """A program for torch alone that shows it; empty where there is none."""


@dataclass(frozen=True)
class Line:
    """One result in a line."""

    subject: str
    counts: tuple[tuple[str, str, str], ...]
    """A verdict's word, its tone, and how many numbers got it."""
    share: str
    at: str
    """The worst point, and what is to be noted."""


@dataclass(frozen=True)
class Details:
    """One case's panel."""

    row: Row
    expectation: str
    """What is said of the verdict that the case expects; empty where it expects none."""
    alone: list[str]
    """Who stands alone, a sentence each."""
    matrix: Matrix | None
    """Verdicts by mode and dtype; None where there is nothing to compare."""
    runs: list[str]
    """The runs of a training case, a line each."""
    told: list[Told]
    """What fails or is undecided, in full; of results alike the one furthest off."""
    alike: list[Told]
    """The others, in full too."""
    left: str
    """What is not told in full; empty where all is."""
    unsupported: list[tuple[str, str]]
    beside: list[Line]
    """Claims, expectations, contracts and whole runs."""
    lines: list[Line]
    """Every value and partial."""
    unlisted: str
    """What has no line; empty where all has."""

    @property
    def case(self) -> CaseResult:
        """The case itself."""
        return self.row.case


def details_of(row: Row) -> Details:
    """What there is to tell of a row's case."""
    case = row.case
    matrix = matrix_of(case)
    told, alike, left = _told(case, several=matrix.telling)
    beside = [each for each in case.results if not each.subject.is_number and not each.subject.step]
    numbers = [each for each in case.results if each.subject.is_number]
    unlisted = len(beside[LISTED:]) + len(numbers[LISTED:])
    return Details(
        row, _expectation(case), compare(case), matrix if matrix.telling else None, [str(each) for each in runs_of(case)],
        told, alike, left, unsupported(case), _lines(beside, case.policy), _lines(numbers, case.policy),
        f"{counted(unlisted, 'more result')}: see --json" if unlisted else "",
    )  # fmt: skip


def tone_of(verdict: Verdict, policy: Policy) -> str:
    """The tone of a verdict under a policy."""
    return "fail" if not policy.passes([verdict]) else TONES[verdict.status]


def tone_of_cell(cell: Cell) -> str:
    """The tone of a cell of a matrix."""
    return "fail" if cell.fails else TONES[cell.verdict.status] if cell.of else "open"


def _expectation(case: CaseResult) -> str:
    if case.expected is None or case.error is not None:
        return ""
    if case.passed:
        return f"A known defect: the case expects the verdict `{case.expected.word}`, and that is what was found."
    found = case.verdict.word if case.verdict is not None else "nothing judged"
    return f"The case expects the verdict `{case.expected.word}`; `{found}` was found."


def _told(case: CaseResult, *, several: bool) -> tuple[list[Told], list[Told], str]:
    """What fails or is undecided, what is alike, and what is left out; of a training run the first step that fails."""
    telling = [each for each in case.results if not case.policy.passes(each.counts) or Verdict.UNDECIDED in each.counts]
    telling = [each for each in telling if each.verdict is not Verdict.UNSUPPORTED]
    steps = list(first_failures([each for each in telling if each.subject.step]))
    others = [each for each in telling if not each.subject.step]
    first = [each for each, _ in first_of_each(others)] if several else others
    rest = [each for each in others if all(each is not chosen for chosen in first)]
    shown = [*steps, *((each, "") for each in first)]
    room = max(0, IN_FULL - len(shown))
    left = max(0, len(shown) - IN_FULL) + max(0, len(rest) - room)
    words = f"{counted(left, 'more result')} told by a line each, or by --json" if left else ""
    told = [_in_full(each, case, alike) for each, alike in shown[:IN_FULL]]
    return told, [_in_full(each, case, "") for each in rest[:room]], words


def _in_full(result: Result, case: CaseResult, alike: str) -> Told:
    rows = [*told_of(result), *([("later", alike)] if alike else [])]
    number = result.counts.get(result.verdict, 0)
    points = f"at {number:,} of {counted(result.points, 'point')}" if result.points else "at no point"
    repro = result.worst.repro if result.worst is not None else ""
    return Told(str(result.subject), result.verdict.word, tone_of(result.verdict, case.policy), points, tuple(rows), repro)


def _lines(results: Sequence[Result], policy: Policy) -> list[Line]:
    return [_line(each, policy) for each in results[:LISTED]]


def _line(result: Result, policy: Policy) -> Line:
    counts = tuple((verdict.word, tone_of(verdict, policy), f"{number:,}") for verdict, number in result.counts.items())
    finding = result.worst
    at = located(finding.point) if finding is not None and finding.point else ""
    # A reason why it could not run is told once for all results.
    note = result.note if result.verdict is not Verdict.UNSUPPORTED else ""
    kink = f"torch chose {finding.convention}" if finding is not None and finding.convention else ""
    words = "; ".join(filter(None, (at, kink, note)))
    return Line(str(result.subject), counts, rough(result.share), words)
