"""A case that fails, in one line and in full: what the reports for machines and reviewers share."""

import re

from diffcheck.report.numbers import located
from diffcheck.report.terminal import Detail, Style, render, summary
from diffcheck.results import CaseResult, Policy, Result, RunResult
from diffcheck.verdict import SEVERITY, Verdict

UNSTORABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, even escaped; a lone half of a surrogate pair, which UTF-8 cannot hold, is one."""
STAND_IN = "\ufffd"
"""What stands for such a character."""


def storable(text: str) -> str:
    """``text``, each character that XML 1.0 cannot hold replaced."""
    return UNSTORABLE.sub(STAND_IN, text)


def blamed(case: CaseResult) -> tuple[Result, Verdict] | None:
    """The worst result of ``case`` that fails, with the verdict that fails it; the worst of all where none fails by itself.

    Of results of one verdict it is the one furthest off. None where there is no result.
    """
    found = [(each, _failing(each, case.policy) or each.verdict) for each in case.results]
    failing = [each for each in found if _failing(each[0], case.policy)]
    return min(failing or found, key=lambda each: (SEVERITY.index(each[1]), -(each[0].share or 0.0)), default=None)


def headline(case: CaseResult) -> str:
    """What is the matter with a case that fails, in a line: subject, verdict and place of the worst, or why it was not run."""
    if case.error is not None:
        return case.error.message
    worst = blamed(case)
    if worst is None:
        return "nothing was judged"
    result, verdict = worst
    if case.expected is not None and not case.passed:
        return f"expected verdict {case.expected.word}, found {case.verdict.word if case.verdict else 'nothing judged'}"
    shown = result.worst
    at = f" at {located(shown.point)}" if shown is not None and shown.verdict is verdict and shown.point else ""
    return f"{result.subject}: {verdict.word}{at}"


def in_full(case: CaseResult) -> str:
    """What the terminal tells of one case; without the summary line, which is the run's."""
    run = RunResult((case,), 0.0, {}, 0)
    return render(run, Detail.FAILURES, Style()).removesuffix(summary(run) + "\n").rstrip("\n")


def _failing(result: Result, policy: Policy) -> Verdict | None:
    """The worst of a result's verdicts that ``policy`` does not let pass."""
    return next((verdict for verdict in SEVERITY if verdict in result.counts and not policy.passes([verdict])), None)
