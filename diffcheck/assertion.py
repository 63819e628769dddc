"""A check as one line of somebody's test."""

from typing import Any

from diffcheck.api import check
from diffcheck.report.numbers import located
from diffcheck.results import CaseResult
from diffcheck.verdict import worst


def assert_gradients(program: Any, formula: Any, **keys: Any) -> None:
    """Raise AssertionError unless ``program`` computes the value and the derivatives of ``formula``.

    ``keys`` are those of ``check``. The message's first line names what failed worst, and where; the report follows.
    Raises CaseError, as ``check`` does, for arguments that make no case.
    """
    __tracebackhide__ = True  # pytest then shows the line of the test, not this one
    report = check(program, formula, **keys)
    if not report.passed:
        found = report.result.cases[0]
        raise AssertionError(f"{found.name}: {headline(found)}\n\n{report}")


def headline(found: CaseResult) -> str:
    """Of a case that was run and fails, the worst in one line: summaries of tests show no more."""
    if found.expected is not None:
        return f"expected verdict {found.expected.word}, found {found.verdict.word if found.verdict else 'nothing judged'}"
    failing = {verdict for verdict in found.counts if not found.policy.passes([verdict])}
    verdict = worst(failing)
    first = next(each for each in found.results if verdict in each.counts)
    shown = first.worst
    at = f" at {located(shown.point)}" if shown is not None and shown.verdict is verdict and shown.point else ""
    return f"{first.subject}: {verdict.word}{at}"
