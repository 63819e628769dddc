"""How a program conducts itself beside value and derivative, judged: one result a contract."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffcheck.cases.case import Case
from diffcheck.errors import UnsupportedError
from diffcheck.formula.formula import Formula
from diffcheck.program.contracts import CONTRACTS, Held, hold
from diffcheck.program.devices import require_device
from diffcheck.program.gradient import Place
from diffcheck.program.program import bring
from diffcheck.results import Finding, Result, Subject
from diffcheck.verdict import SEVERITY, Verdict

Array = NDArray[np.float64]


def judge_contracts(
    case: Case, code: Callable[..., Any] | None, formula: Formula, points: Array, place: Place
) -> list[Result]:
    """The contracts that apply to ``code`` at ``points`` (n, variables) of one dtype on one device.

    Nothing for a formula's own lowering, for one of arrays, for a case that says ``contracts = false``, or where there
    is no such device.
    Each run counts as one number, a batch too.
    """
    if code is None or not case.contracts or not formula.is_scalar or len(points) == 0:
        return []
    try:
        require_device(place.device)
    except UnsupportedError:  # the modes tell it
        return []
    held = hold(bring(code, formula, case.arguments, batched=case.batched), points, place)
    by_name = {name: [each for each in held if each.contract == name] for name in CONTRACTS}
    return [_result(name, runs, formula, points, place) for name, runs in by_name.items() if runs]


def _result(name: str, runs: list[Held], formula: Formula, points: Array, place: Place) -> Result:
    verdicts = [_verdict(each) for each in runs]
    counts = {verdict: verdicts.count(verdict) for verdict in Verdict if verdict in verdicts}
    worst = min(range(len(runs)), key=lambda index: SEVERITY.index(verdicts[index]))
    finding, breach = None, runs[worst].breach
    if breach is not None:
        point = dict(zip(formula.variables, points[runs[worst].index].tolist(), strict=True))
        finding = Finding(point, verdicts[worst], None, None, None, None, None, cause=breach.words)
    return Result(Subject("contract", place.dtype, place.device, None, 0, contract=name), counts, finding)


def _verdict(held: Held) -> Verdict:
    if held.breach is None:
        return Verdict.AGREES
    return Verdict.ERROR if held.breach.raised else Verdict.WRONG
