"""The errors of a result in ulps, at the points that a picture of them needs."""

from dataclasses import dataclass
from math import inf

from flint import arb

from diffcheck.findings import cleared_of, in_ulps, judged_at
from diffcheck.illustrations import Errors
from diffcheck.judgement import ulp
from diffcheck.portraits.chosen import chosen, exact_or_none
from diffcheck.portraits.sitting import Sitting
from diffcheck.verdict import Verdict

WORK = 400_000
"""How many operations are walked in balls for points that the quick test clears; beyond, its own numbers are told."""


@dataclass(frozen=True)
class _Shown:
    """What a picture shows of one point."""

    off: float | None
    allowed: float | None
    share: float | None
    verdict: Verdict


def errors_of(sitting: Sitting) -> Errors:
    """Every judged point, or of many those that a picture needs, in the order of the variable that it is drawn along."""
    cleared = cleared_of(sitting.column, sitting.scene.margins, sitting.target)
    places = chosen(sitting, cleared)
    walked = len(places) * len(sitting.scene.margins.tape) <= WORK
    shown = [_exact(sitting, index) if walked or not cleared.agrees[index] else _quick(sitting, index) for index in places]
    points = sitting.points[places]
    return Errors(
        columns={name: tuple(column.tolist()) for name, column in zip(sitting.names, points.T, strict=True)},
        off_ulps=tuple(each.off for each in shown),
        allowed_ulps=tuple(each.allowed for each in shown),
        verdicts=tuple(each.verdict.word for each in shown),
        shares=tuple(each.share for each in shown),
        counts={verdict.word: count for verdict, count in sitting.result.counts.items()},
    )


def _exact(sitting: Sitting, index: int) -> _Shown:
    """By the walk in balls, as findings are told."""
    margins = sitting.scene.margins
    judgement = judged_at(index, sitting.column, margins, sitting.target)
    exact = exact_or_none(sitting, index)
    unit = None if exact is None else ulp(exact, margins.form)
    off, allowed = in_ulps(judgement.off, unit), in_ulps(judgement.allowed, unit)
    excused = judgement.verdict in (Verdict.RANGE, Verdict.ROUNDED) and judgement.allowed is None and unit is not None
    if excused:
        return _Shown(off, inf, None if off is None else 0.0, judgement.verdict)
    return _Shown(off, allowed, judgement.share, judgement.verdict)


def _quick(sitting: Sitting, index: int) -> _Shown:
    """By the quick test, which has cleared the point."""
    margins, target = sitting.scene.margins, sitting.target
    enclosures, output = margins.oracle.enclosures, margins.oracle.column(target)
    high, low = float(enclosures.high[index, output]), float(enclosures.low[index, output])
    column = sitting.column
    number = 0.0 if column.detached[index] else float(column.numbers[index])
    unit = float(ulp(arb(high), margins.form))
    off, radius = abs((number - high) - low), float(margins.quick.radii[index, margins.outputs[target]])
    return _Shown(off / unit, radius / unit, off / radius if off else 0.0, Verdict.AGREES)
