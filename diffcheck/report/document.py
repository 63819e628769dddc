"""The results as JSON: schema 1. Numbers that JSON cannot hold are strings; a missing gradient is null.

What the document holds is written down as a JSON Schema (draft 2020-12) in ``schema.json``, beside this module in the
installed package too: ``SCHEMA_FILE`` is its path.
"""

import json
from math import isnan
from pathlib import Path
from typing import Any

from diffcheck.illustrations import Series
from diffcheck.report.comparison import compare
from diffcheck.report.numbers import folded
from diffcheck.results import CaseResult, Finding, Result, RunResult
from diffcheck.verdict import Verdict

SCHEMA = 1
SCHEMA_FILE = Path(__file__).with_name("schema.json")
"""The JSON Schema of the document; a field that is not in it is in no document."""


def render(result: RunResult) -> str:
    """The whole document, with a newline at its end."""
    document = {
        "schema": SCHEMA,
        "versions": result.versions,
        "seed": result.seed,
        "passed": result.passed,
        "interrupted": result.interrupted,
        "left": result.left,
        "seconds": round(result.seconds, 3),
        "counts": _counts(result.counts),
        "cases": [_case(case) for case in result.cases],
    }
    return json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def _case(case: CaseResult) -> dict[str, Any]:
    return {
        "name": case.name,
        "file": case.file,
        "line": case.line,
        "passed": case.passed,
        "verdict": case.verdict.word if case.verdict else None,
        "expected_verdict": case.expected.word if case.expected else None,
        "seconds": round(case.seconds, 3),
        "note": case.note,
        "alone": compare(case),
        "error": _error(case),
        "results": [_result(each, case) for each in case.results],
        "series": [_series(each) for each in case.series],
    }


def _series(series: Series) -> dict[str, Any]:
    return {
        "dtype": series.dtype,
        "device": series.device,
        "losses": list(map(_number, series.losses)),
        "exact": list(map(_number, series.exact)),
        "drift": list(map(_number, series.drift)),
        "shares": list(map(_number, series.shares)),
        "expected": [[step, _number(loss)] for step, loss in series.expected],
    }


def _error(case: CaseResult) -> dict[str, Any] | None:
    if case.error is None:
        return None
    return {"message": case.error.message, "file": case.error.file, "line": case.error.line, "column": case.error.column}


def _result(result: Result, case: CaseResult) -> dict[str, Any]:
    subject = result.subject
    return {
        "subject": str(subject),
        "mode": subject.mode,
        "dtype": subject.dtype,
        "device": subject.device,
        "variable": subject.variable,
        "order": subject.order,
        "contract": subject.contract or None,
        "passed": case.policy.passes(result.counts),
        "verdict": result.verdict.word,
        "counts": _counts(result.counts),
        "note": result.note,
        "worst": _finding(result.worst),
    }


def _finding(finding: Finding | None) -> dict[str, Any] | None:
    if finding is None:
        return None
    return {
        "point": {name: _array(value) for name, value in folded(finding.point).items()},
        "verdict": finding.verdict.word,
        "actual": _number(finding.actual),
        "expected": list(finding.expected) if finding.expected else None,
        "allowed_ulps": _number(finding.allowed_ulps),
        "off_ulps": _number(finding.off_ulps),
        "share": _number(finding.share),
        "alone": finding.alone,
        "witness": [_number(part) for part in finding.witness] if finding.witness else None,
        "cause": finding.cause,
        "origin": finding.origin,
        "culprit": finding.culprit,
    }


def _counts(counts: dict[Verdict, int]) -> dict[str, int]:
    return {verdict.word: number for verdict, number in counts.items()}


def _array(value: Any) -> Any:
    return [_array(each) for each in value] if isinstance(value, list) else _number(value)


def _number(value: float | None) -> float | str | None:
    if value is None:
        return None
    if isnan(value):
        return "nan"
    return value if abs(value) != float("inf") else ("inf" if value > 0 else "-inf")
