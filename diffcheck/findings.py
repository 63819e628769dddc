"""One column of numbers that torch returned, judged at every point: the counts, and the worst point told in full."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from functools import partial

import numpy as np
from flint import arb
from numpy.typing import NDArray

from diffcheck.errors import UndecidedError
from diffcheck.formula.targets import Target
from diffcheck.judgement import Cleared, Judgement, clear, judge, judge_absence, judge_error, stands_alone, ulp
from diffcheck.results import Finding
from diffcheck.truth.balls import precision
from diffcheck.truth.local import Truth
from diffcheck.truth.margins import Margins
from diffcheck.truth.oracle import BITS, Oracle
from diffcheck.verdict import Status, Verdict

Array = NDArray[np.float64]
DIGITS = 20
"""Significant digits of an enclosure's ends."""
NOTHING = arb(2.0**-1000) * arb(2.0**-100)
"""A ball around zero that is smaller than this, below every dtype's numbers, is told as 0."""
MAX_EXPONENT = 20_000
"""Ends beyond 2**MAX_EXPONENT, far out of every dtype, are told as powers of two."""

Witness = Callable[[int], tuple[float, float] | None]
"""From a point's number to the numerical derivative there and its own error estimate; None where it abstains."""


@dataclass(frozen=True)
class Column:
    """What torch returned for one output of the formula, at ``n`` points."""

    numbers: Array
    """Shape (n,)."""
    detached: NDArray[np.bool_]
    """Shape (n,): torch returned no gradient at all."""
    errors: dict[int, str]
    """What was raised, by point."""
    judged: dict[int, Judgement] = field(default_factory=dict, compare=False)
    """What the walk in balls says, by point, as far as it was asked: the quick test spares it most points."""


def judge_column(column: Column, margins: Margins, target: Target, witness: Witness) -> tuple[dict[Verdict, int], Finding | None]:
    """The verdicts on ``column`` counted, and its worst point; None where there is no point.

    Many points at once by the quick test; what it does not clear, one by one by the walk in balls.
    """
    cleared = cleared_of(column, margins, target)
    left = np.flatnonzero(~cleared.agrees).tolist()
    nearest = int(np.argmax(np.where(cleared.agrees, cleared.share, -1.0))) if cleared.agrees.any() else -1
    counts = Counter({Verdict.AGREES: int(cleared.agrees.sum()) - (nearest >= 0)})
    places = left if nearest < 0 else [*left, nearest]
    judged = {index: judged_at(index, column, margins, target) for index in places}
    return _summary(judged, counts, _Told(column, margins, target, witness))


def cleared_of(column: Column, margins: Margins, target: Target) -> Cleared:
    """What the quick test says of all points at once."""
    oracle, quick, enclosures = margins.oracle, margins.quick, margins.oracle.enclosures
    value, output = oracle.column(Target(target.entry)), oracle.column(target)
    middle = enclosures.high[:, output], enclosures.low[:, output]
    flat = (middle[0] == 0) & (middle[1] == 0)  # no gradient at all is as good as zero there
    trusted = quick.clear & enclosures.narrow[:, value] & enclosures.narrow[:, output] & (~column.detached | flat)
    trusted[list(column.errors)] = False
    numbers = np.where(column.detached, 0.0, column.numbers)
    return clear(numbers, middle, trusted, quick.radii[:, margins.outputs[target]], oracle.form)


def judged_at(index: int, column: Column, margins: Margins, target: Target) -> Judgement:
    """The judgement on one point by the walk in balls, which is walked once; undecided where the truth cannot be settled."""
    if index not in column.judged:
        column.judged[index] = _settled(partial(_judge_point, column, margins, target), index)
    return column.judged[index]


def judge_one_by_one(
    judged: Callable[[int], Judgement], numbers: Array, margins: Margins, target: Target
) -> tuple[dict[Verdict, int], Finding | None]:
    """The same for ``numbers`` (n,) that are judged by ``judged``, from a point's number to its judgement."""
    column = Column(numbers, np.zeros(len(numbers), dtype=bool), {})
    judgements = {index: _settled(judged, index) for index in range(len(numbers))}
    return _summary(judgements, Counter(), _Told(column, margins, target, lambda index: None))


def _settled(judged: Callable[[int], Judgement], index: int) -> Judgement:
    try:
        return judged(index)
    except UndecidedError as error:
        return Judgement(Verdict.UNDECIDED, cause=str(error))


def _judge_point(column: Column, margins: Margins, target: Target, index: int) -> Judgement:
    try:
        truth = margins.oracle.truth(index, target)
    except UndecidedError:
        allowance = margins.allowance(index, target)
        if allowance.radius is None and allowance.excuse == "range":
            return Judgement(Verdict.RANGE, cause=allowance.operation)  # whatever the truth is, nobody could tell it
        raise
    if index in column.errors:
        return judge_error(column.errors[index], truth)
    if column.detached[index]:
        return judge_absence(truth)
    return judge(float(column.numbers[index]), truth, margins.allowance(index, target), margins.form)


def _summary(judged: dict[int, Judgement], counts: Counter[Verdict], told: "_Told") -> tuple[dict[Verdict, int], Finding | None]:
    counts.update(judgement.verdict for judgement in judged.values())
    if not judged:
        return {}, None
    worst = min(judged, key=lambda index: judged[index].badness)
    return {verdict: counts[verdict] for verdict in Verdict if counts[verdict]}, told.tell(worst, judged[worst])


@dataclass(frozen=True)
class _Told:
    """What a finding is told from."""

    column: Column
    margins: Margins
    target: Target
    witness: Witness

    def tell(self, index: int, judgement: Judgement) -> Finding:
        """The point at ``index`` in full."""
        column, oracle = self.column, self.margins.oracle
        truth = _truth_or_none(oracle, self.target, index)
        exact = None if truth is None else truth.ball
        unit = None if exact is None else ulp(exact, oracle.form)
        fails = judgement.verdict.status is Status.FAIL
        seen = self.witness(index) if fails and index not in column.errors else None
        number = None if column.detached[index] or index in column.errors else float(column.numbers[index])
        cause = self._loss(index) if judgement.verdict is Verdict.ROUNDED else ""
        return Finding(
            point=dict(zip(oracle.derivative.formula.variables, oracle.points[index].tolist(), strict=True)),
            verdict=judgement.verdict,
            actual=number,
            expected=ends_of(truth),
            allowed_ulps=in_ulps(judgement.allowed, unit),
            off_ulps=in_ulps(judgement.off, unit),
            share=judgement.share,
            alone=stands_alone(number, exact, seen) if fails else "",
            witness=seen,
            cause=cause or judgement.cause,
            convention=judgement.convention,
        )

    def _loss(self, index: int) -> str:
        """Which operation lost the bits, and whose rounding they were lost to."""
        blamed, lost = self.margins.blame(index, self.target), self.margins.loss(index, self.target)
        if not blamed or not lost:
            return f"the bits are lost to {blamed or lost}" if blamed or lost else ""
        return f"the bits are lost in {lost}" + ("" if blamed == lost else f", to the rounding of {blamed}")


def _truth_or_none(oracle: Oracle, target: Target, index: int) -> Truth | None:
    try:
        return oracle.truth(index, target)
    except UndecidedError:
        return None


def in_ulps(distance: arb | None, unit: arb | None) -> float | None:
    """A distance in units of ``unit``; None where either is not there."""
    if unit is None:
        return None
    return None if distance is None else float((distance / unit).mid())


def ends_of(truth: Truth | None) -> tuple[str, str] | None:
    """The ends of the enclosure, or of the hull of both sides, in decimals rounded outwards."""
    if truth is None or not truth.has_value:
        return None
    balls = [truth.ball] if truth.ball is not None else []
    infinite: list[int] = []
    for side in (truth.left, truth.right) if not balls else ():
        if side is not None and side.ball is not None:
            balls.append(side.ball)
        elif side is not None and side.infinite:
            infinite.append(side.infinite)
    if not balls and not infinite:
        return None
    balls = [arb(0) if ball.contains(0) and abs(ball) < NOTHING else ball for ball in balls]
    with precision(BITS):
        low = "-inf" if -1 in infinite else _decimal(min((ball.lower() for ball in balls), default=None), ROUND_FLOOR)
        high = "inf" if 1 in infinite else _decimal(max((ball.upper() for ball in balls), default=None), ROUND_CEILING)
    return (low or high, high or low)


def _decimal(end: arb | None, rounding: str) -> str:
    """An exact end of a ball as a decimal of DIGITS digits, rounded outwards; empty for none."""
    if end is None:
        return ""
    mantissa, exponent = map(int, end.man_exp())
    if abs(exponent) > MAX_EXPONENT:
        return _power_of_two(mantissa, exponent, rounding)
    exact = Fraction(mantissa) * Fraction(2) ** exponent
    context = Context(prec=DIGITS, rounding=rounding, Emax=10**6, Emin=-(10**6))
    number = context.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    return format(number.normalize(context), "g" if abs(number.adjusted()) > 15 else "f")


def _power_of_two(mantissa: int, exponent: int, rounding: str) -> str:
    """The nearest power of two outwards, written as one."""
    away_from_zero = (rounding == ROUND_CEILING) == (mantissa > 0)
    power = exponent + abs(mantissa).bit_length() - (0 if away_from_zero else 1)
    size = f"2**{power}" if power.bit_length() < 64 else f"2**(2**{power.bit_length()})"
    return size if mantissa > 0 else f"-{size}"
