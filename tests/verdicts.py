"""What a report says of each mode."""

from diffcheck.api import Report
from diffcheck.verdict import Status


def words(report: Report) -> dict[str, set[str]]:
    """The verdicts on the partials, by mode."""
    found: dict[str, set[str]] = {}
    for result in report.result.cases[0].results:
        if result.subject.order:
            found.setdefault(result.subject.mode, set()).update(verdict.word for verdict in result.counts)
    return found


def accused(report: Report) -> set[str]:
    """The modes with a partial that fails."""
    results = report.result.cases[0].results
    return {each.subject.mode for each in results if any(verdict.status is Status.FAIL for verdict in each.counts)}


def notes(report: Report) -> dict[str, str]:
    """The notes on the first result of each mode."""
    return {result.subject.mode: result.note for result in reversed(report.result.cases[0].results)}
