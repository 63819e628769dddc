"""The errors of a result in ulps, at the points that a picture of them needs."""

from dataclasses import dataclass

import numpy as np
from flint import arb
from numpy.typing import NDArray

from diffcheck.errors import UndecidedError
from diffcheck.findings import cleared_of, in_ulps, judged_at
from diffcheck.illustrations import Errors
from diffcheck.judgement import Cleared, ulp
from diffcheck.portraits.sitting import Sitting
from diffcheck.verdict import Verdict

Array = NDArray[np.float64]
ALL = 400
"""Up to so many points all are shown."""
BINS = 200
"""Of more points, each of so many stretches of the variable shows its worst that is cleared, and its worst that is not."""
WORK = 400_000
"""How many operations are walked in balls for points that the quick test clears; beyond, its own numbers are told."""


@dataclass(frozen=True)
class _Shown:
    """What a picture shows of one point."""

    off: float | None
    allowed: float | None
    verdict: Verdict


def errors_of(sitting: Sitting) -> Errors:
    """Every judged point, or of many those that a picture needs, in the order of the variable that it is drawn along."""
    cleared = cleared_of(sitting.column, sitting.scene.margins, sitting.target)
    chosen = _chosen(sitting, cleared)
    walked = len(chosen) * len(sitting.scene.margins.tape) <= WORK
    shown = [_exact(sitting, index) if walked or not cleared.agrees[index] else _quick(sitting, index) for index in chosen]
    points = sitting.points[chosen]
    return Errors(
        columns={name: tuple(column.tolist()) for name, column in zip(sitting.names, points.T, strict=True)},
        off_ulps=tuple(each.off for each in shown),
        allowed_ulps=tuple(each.allowed for each in shown),
        verdicts=tuple(each.verdict.word for each in shown),
        of=len(sitting.points),
    )


def _chosen(sitting: Sitting, cleared: Cleared) -> list[int]:
    """The numbers of the points to show, along the variable: the worst point is always among them."""
    along = np.argsort(sitting.points[:, sitting.variable], kind="stable")
    if len(along) <= ALL:
        return [int(each) for each in along]
    share = np.where(np.isnan(cleared.share), np.inf, cleared.share)  # NaN, or no gradient, is as far off as can be
    share[[*sitting.column.errors]] = np.inf
    share[sitting.column.detached] = np.inf
    open_ = along[~cleared.agrees[along]]
    taken = {sitting.worst, *_worst_of_each(along[cleared.agrees[along]], share)}
    taken |= set(open_.tolist()) if len(open_) <= BINS else set(_worst_of_each(open_, share))
    return [int(each) for each in along if int(each) in taken]


def _worst_of_each(ordered: NDArray[np.intp], share: Array) -> list[int]:
    """Of the points ``ordered`` along the variable, cut into BINS stretches of as many each, the worst of each."""
    return [int(part[np.argmax(share[part])]) for part in np.array_split(ordered, BINS) if len(part)]


def _exact(sitting: Sitting, index: int) -> _Shown:
    """By the walk in balls, as findings are told."""
    margins = sitting.scene.margins
    judgement = judged_at(index, sitting.column, margins, sitting.target)
    try:
        exact = margins.oracle.truth(index, sitting.target).ball
    except UndecidedError:
        exact = None
    unit = None if exact is None else ulp(exact, margins.form)
    allowed = in_ulps(judgement.allowed, unit)
    excused = judgement.verdict in (Verdict.RANGE, Verdict.ROUNDED) and judgement.allowed is None and unit is not None
    return _Shown(in_ulps(judgement.off, unit), float("inf") if excused else allowed, judgement.verdict)


def _quick(sitting: Sitting, index: int) -> _Shown:
    """By the quick test, which has cleared the point."""
    margins, target = sitting.scene.margins, sitting.target
    enclosures, output = margins.oracle.enclosures, margins.oracle.column(target)
    high, low = float(enclosures.high[index, output]), float(enclosures.low[index, output])
    column = sitting.column
    number = 0.0 if column.detached[index] else float(column.numbers[index])
    unit = float(ulp(arb(high), margins.form))
    radius = float(margins.quick.radii[index, margins.outputs[target]])
    return _Shown(abs((number - high) - low) / unit, radius / unit, Verdict.AGREES)
