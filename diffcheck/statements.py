"""What a case itself states, judged: hand-derived partials (claims), and the numbers that somebody expects."""

import numpy as np

from diffcheck.cases.case import Case
from diffcheck.dtypes import FORMATS
from diffcheck.errors import UnsupportedError
from diffcheck.findings import judge_one_by_one
from diffcheck.formula.formula import read_over
from diffcheck.judgement import Judgement, judge, judge_claim
from diffcheck.results import Result, Subject
from diffcheck.truth.derivative import proved_equal
from diffcheck.truth.enclosure import enclose
from diffcheck.truth.oracle import Oracle
from diffcheck.verdict import Verdict


def judge_statements(case: Case, oracle: Oracle) -> list[Result]:
    """Claims, once, in the case's first dtype; expectations, once, in the dtype of the fewest bits.

    A claim is a formula: both sides are enclosed, and no rounding is excused. An expected number was printed by
    somebody's run, so it may be as far off as a sound program in that dtype.
    """
    results = []
    if oracle.form.name == case.dtypes[0]:
        results += [_judge_claim(case, oracle, variable) for variable in case.claim]
    if oracle.form is min((FORMATS[name] for name in case.dtypes), key=lambda form: form.bits):
        results += [_judge_expectation(case, oracle, variable) for variable in case.expected_gradient]
    return results


def _judge_claim(case: Case, oracle: Oracle, variable: str) -> Result:
    subject = Subject("claim", None, None, variable, 1)
    formula = oracle.derivative.formula
    output = 1 + formula.variables.index(variable)
    try:
        tape = read_over(case.claim[variable], formula.variables)
    except UnsupportedError as error:
        return Result(subject, {Verdict.UNDECIDED: 1}, None, str(error))
    claimed = enclose(tape, oracle.points, oracle.form)

    def judged(index: int) -> Judgement:
        ball, exact = claimed.balls[index][0], oracle.enclosures.balls[index][output]
        ordinary = claimed.narrow[index, 0] and oracle.enclosures.narrow[index, output] and oracle.quick.clear[index]
        if ordinary and ball.overlaps(exact):
            return Judgement(Verdict.AGREES)
        return judge_claim(ball, oracle.truth(index, output), oracle.form)

    counts, worst = judge_one_by_one(judged, claimed.high[:, 0], oracle, output)
    note = "proved" if proved_equal(oracle.derivative, output - 1, tape) else ""
    return Result(subject, counts, worst, note)


def _judge_expectation(case: Case, oracle: Oracle, variable: str) -> Result:
    subject = Subject("expect", None, None, variable, 1)
    output = 1 + oracle.derivative.formula.variables.index(variable)
    numbers = np.full(len(oracle.points), case.expected_gradient[variable])

    def judged(index: int) -> Judgement:
        return judge(float(numbers[index]), oracle.truth(index, output), oracle.allowance(index, output), oracle.form)

    counts, worst = judge_one_by_one(judged, numbers, oracle, output)
    return Result(subject, counts, worst)
