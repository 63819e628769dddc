"""A check as one line of somebody's test."""

from typing import Any

from diffcheck.api import check
from diffcheck.report.failure import headline


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
