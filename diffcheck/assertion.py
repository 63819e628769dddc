"""A check as one line of somebody's test."""

from typing import Any

from diffcheck.api import check
from diffcheck.report.numbers import located
from diffcheck.results import CaseResult


def assert_gradients(program: Any, formula: Any, **keys: Any) -> None:
    """Raise AssertionError unless ``program`` computes the value and the derivatives of ``formula``.

    ``keys`` are those of ``check``. The message's first line names what failed worst, and where; the report follows.
    Raises CaseError, as ``check`` does, for arguments that make no case.
    """
    __tracebackhide__ = True  # pytest then shows the line of the test, not this one
    report = check(program, formula, **keys)
    if not report.passed:
        raise AssertionError(f"{_headline(report.result.cases[0])}\n\n{report}")


def _headline(case: CaseResult) -> str:
    """The worst result in a line."""
    if case.expected is not None:
        return f"{case.name}: expected verdict {case.expected.word}, found {case.verdict.word if case.verdict else 'none'}"
    failing = [each for each in case.results if not case.policy.passes(each.counts)]
    first = next((each for each in failing if each.verdict is case.verdict), failing[0])
    at = f" at {located(first.worst.point)}" if first.worst is not None and first.worst.point else ""
    return f"{case.name}: {first.subject} is {first.verdict.word}{at}"
