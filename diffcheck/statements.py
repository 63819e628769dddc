"""What a case itself states, judged: hand-derived partials (claims), and the numbers that somebody expects."""

import numpy as np

from diffcheck.cases.case import Case
from diffcheck.errors import UnsupportedError
from diffcheck.findings import judge_one_by_one
from diffcheck.formula.formula import read_over
from diffcheck.formula.targets import Target
from diffcheck.judgement import Judgement, judge, judge_claim
from diffcheck.results import Finding, Result, Subject
from diffcheck.truth.derivative import proved_equal
from diffcheck.truth.enclosure import enclose
from diffcheck.truth.margins import Margins
from diffcheck.verdict import SEVERITY, Verdict, worst


def judge_claims(case: Case, margins: Margins) -> list[Result]:
    """Hand-derived partials at the oracle's points: both sides are enclosed, and no rounding is excused."""
    return [_judge_claim(case, margins, variable) for variable in case.claim]


def judge_expectations(case: Case, margins: list[Margins]) -> list[Result]:
    """The numbers that somebody expects at the one point, by the dtype they fit best.

    They were printed by somebody's run: each may be as far off as a sound program in any of the case's dtypes.
    """
    stated = {variable: number for variable, number in case.expected_gradient.items() if number is not None}
    return [_judge_expectation(number, margins, variable) for variable, number in stated.items()]


def _judge_claim(case: Case, margins: Margins, variable: str) -> Result:
    subject = Subject("claim", None, None, variable, 1)
    oracle = margins.oracle
    formula = oracle.derivative.formula
    target = Target(0, (formula.variables.index(variable),))
    try:
        tape = read_over(case.claim[variable], formula.inputs)
    except UnsupportedError as error:
        return Result(subject, {Verdict.UNDECIDED: 1}, None, str(error))
    claimed, output = enclose(tape, oracle.points, oracle.form), oracle.column(target)

    def judged(index: int) -> Judgement:
        ball, exact = claimed.balls[index][0], oracle.enclosures.balls[index][output]
        ordinary = claimed.narrow[index, 0] and oracle.enclosures.narrow[index, output] and margins.quick.clear[index]
        if ordinary and ball.overlaps(exact):
            return Judgement(Verdict.AGREES)
        return judge_claim(ball, oracle.truth(index, target), oracle.form)

    counts, told = judge_one_by_one(judged, claimed.high[:, 0], margins, target)
    agrees = set(counts) <= {Verdict.AGREES, Verdict.UNDEFINED}
    note = "proved" if agrees and proved_equal(oracle.derivative, target, tape) else ""
    return Result(subject, counts, told, note)


def _judge_expectation(number: float, margins: list[Margins], variable: str) -> Result:
    subject = Subject("expect", None, None, variable, 1)
    found = [_expected_in(each, variable, number) for each in margins if len(each.oracle.points)]
    if not found:
        return Result(subject, {Verdict.UNDECIDED: 1}, None, "no dtype of the case holds the point")
    counts, told = min(found, key=lambda each: -SEVERITY.index(worst(each[0])))
    return Result(subject, counts, told)


def _expected_in(margins: Margins, variable: str, number: float) -> tuple[dict[Verdict, int], Finding | None]:
    oracle = margins.oracle
    target = Target(0, (oracle.derivative.formula.variables.index(variable),))

    def judged(index: int) -> Judgement:
        return judge(number, oracle.truth(index, target), margins.allowance(index, target), oracle.form)

    return judge_one_by_one(judged, np.full(len(oracle.points), number), margins, target)
