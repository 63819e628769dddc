"""What there is to tell of one result: labels and words, whatever the report that tells them looks like."""

from math import isinf

from diffcheck.report.naming import cut
from diffcheck.report.numbers import located, rough, spelled
from diffcheck.results import CaseResult, Finding, Result
from diffcheck.verdict import Verdict

CAUSE_WIDTH = 220
CULPRIT_WIDTH = 400

OTHERS = {"claim": "claimed", "expect": "expected", "contract": ""}
"""Whose number it is, by mode, or nobody's; torch's for every other."""


def worst_share(case: CaseResult) -> float | None:
    """The largest share of its allowance that a number of torch's used; None where none has any."""
    shares = (each.share for each in case.results if each.subject.mode not in OTHERS)
    return max((each for each in shares if each is not None), default=None)


def told_of(result: Result) -> list[tuple[str, str]]:
    """What there is to tell of a result's worst point, each with its label, and what is to be noted."""
    rows = _rows(result.worst, OTHERS.get(result.subject.mode, "torch")) if result.worst is not None else []
    return [*rows, ("note", result.note)] if result.note else rows


def _rows(finding: Finding, says: str) -> list[tuple[str, str]]:
    """What there is to tell of the worst point: actual before expected, the share of the allowance before ulps."""
    raised = finding.verdict is Verdict.ERROR
    rows = [("at", located(finding.point))] if finding.point else []
    if finding.origin:
        rows.append(("point", cut(finding.origin, CAUSE_WIDTH)))
    numberless = finding.actual is None and finding.expected is None and finding.verdict is Verdict.WRONG
    if says and not numberless:
        rows.append((says, "raised an exception" if raised else spelled(finding.actual)))
    if finding.expected is None and finding.verdict in (Verdict.PHANTOM, Verdict.UNDEFINED):
        rows.append(("exact", "no real value"))
    if finding.expected is not None:
        low, high = finding.expected
        rows.append(("exact", low if low == high else f"{low} to {high}"))
    if finding.off_ulps is not None and finding.allowed_ulps is not None and isinf(finding.allowed_ulps):
        rows.append(("off by", f"{rough(finding.off_ulps)} ulps; rounding may take every bit here"))
    elif finding.share is not None and finding.off_ulps is not None and finding.allowed_ulps:
        share = f"{rough(finding.share)} times the allowance of {rough(finding.allowed_ulps)} ulps"
        rows.append(("off by", f"{share}: {rough(finding.off_ulps)} ulps"))
    elif finding.off_ulps is not None:
        rows.append(("off by", f"{rough(finding.off_ulps)} ulps"))
    if finding.witness is not None:
        rows.append(("numerical", f"{spelled(finding.witness[0])} ± {finding.witness[1]:.1e}"))
    if finding.alone:
        rows.append(("alone", _ALONE[finding.alone]))
    if finding.cause:
        rows.append(("cause", cut(finding.cause, CAUSE_WIDTH)))
    if finding.culprit:
        rows.append(("breaks in", cut(finding.culprit, CULPRIT_WIDTH)))
    return rows


_ALONE = {
    "automatic": "the automatic derivative: the symbolic and the numerical one agree",
    "run": "torch's run: it has drifted from the exact replay by more than rounding explains",
    "expectation": "the expected number: the exact replay and torch's run agree",
    "replay": "the exact replay: torch's run has the expected number",
    "program": "the formula: the numerical derivative of the program sides with torch, so the program is not the formula",
}
