"""Which of many judged points a picture shows: some of every verdict, the worst among them, however few they are."""

from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np
from flint import arb
from numpy.typing import NDArray

from diffcheck.errors import UndecidedError
from diffcheck.findings import judged_at
from diffcheck.judgement import Cleared, Judgement, ulp
from diffcheck.portraits.sitting import Sitting
from diffcheck.verdict import SEVERITY, Status, Verdict

Array = NDArray[np.float64]
MOST = 400
"""Up to so many points all are shown; of more, so many."""


def chosen(sitting: Sitting, cleared: Cleared) -> list[int]:
    """The numbers of the points to show, at most MOST, along the variable that pictures are drawn along.

    Always the worst point, and those of the largest error, of the largest share, and of the largest share that fails;
    then of each verdict, failing ones first, the worst of each stretch. Rare verdicts are shown whole.
    """
    along = np.argsort(sitting.points[:, sitting.variable], kind="stable")
    if len(along) <= MOST:
        return [int(each) for each in along]
    known = Known(sitting, cleared)
    taken = known.extremes()
    groups = [along[known.severity[along] == each] for each in np.unique(known.severity)]
    room = MOST - len(taken)
    for done, group in enumerate(sorted(groups, key=len)):  # of one size, the graver first: the sort is stable
        size = min(len(group), room // (len(groups) - done))
        room -= size
        taken |= _worst_of_each(group, known.share, size)
    return [int(each) for each in along if int(each) in taken]


def _worst_of_each(ordered: NDArray[np.intp], share: Array, stretches: int) -> set[int]:
    """Of the points ``ordered`` along the variable, cut into so many stretches of as many points each, the worst of each."""
    return {int(part[np.argmax(share[part])]) for part in np.array_split(ordered, max(stretches, 1)) if len(part)}


def exact_or_none(sitting: Sitting, index: int) -> arb | None:
    """The exact number at a point; None where it is none, or cannot be settled."""
    try:
        return sitting.scene.margins.oracle.truth(index, sitting.target).ball
    except UndecidedError:
        return None


@dataclass(frozen=True)
class Known:
    """What is known of all points without a further walk in balls."""

    sitting: Sitting
    cleared: Cleared
    """What the quick test says; the points that it does not clear have been judged one by one already."""

    @cached_property
    def open(self) -> dict[int, Judgement]:
        """The judgements on the points that the quick test does not clear."""
        margins, places = self.sitting.scene.margins, np.flatnonzero(~self.cleared.agrees).tolist()
        return {index: judged_at(index, self.sitting.column, margins, self.sitting.target) for index in places}

    @cached_property
    def severity(self) -> NDArray[np.int_]:
        """Shape (n,): the place of each point's verdict in the order of severity, the gravest first."""
        places = {verdict: place for place, verdict in enumerate(SEVERITY)}
        found = np.full(len(self.cleared.agrees), places[Verdict.AGREES])
        found[[*self.open]] = [places[each.verdict] for each in self.open.values()]
        return found

    @cached_property
    def share(self) -> Array:
        """Shape (n,): the error as a share of the allowance, 0 for none; infinite for what fails without a distance."""
        found = np.where(self.cleared.agrees, self.cleared.share, 0.0)
        found[[*self.open]] = [_share(each) for each in self.open.values()]
        return found

    @property
    def ulps(self) -> Array:
        """Shape (n,): how far each is off, in ulps of the exact number; -1 where there is no distance."""
        margins, column = self.sitting.scene.margins, self.sitting.column
        output, form = margins.oracle.column(self.sitting.target), margins.form
        high, low = margins.oracle.enclosures.high[:, output], margins.oracle.enclosures.low[:, output]
        numbers = np.where(column.detached, 0.0, column.numbers)
        with np.errstate(all="ignore"):
            exponent = np.clip(np.frexp(high)[1], form.min_exponent + form.bits, form.max_exponent) - form.bits
            unit = np.where(high == 0, form.tiny, np.ldexp(1.0, exponent))
            found = np.abs((numbers - high) - low) / unit
        unit[np.isnan(high)] = 0.0
        found[[*self.open]] = [self._in_ulps(index, each.off, float(unit[index])) for index, each in self.open.items()]
        return np.where(np.isnan(found), -1.0, found)

    def _in_ulps(self, index: int, off: arb | None, unit: float) -> float:
        if off is None:
            return -1.0
        if unit:
            return float(off.mid()) / unit
        exact = exact_or_none(self.sitting, index)  # settled from the sides, where the derivative's own formula has no number
        return -1.0 if exact is None else float((off / ulp(exact, self.sitting.scene.margins.form)).mid())

    def extremes(self) -> set[int]:
        """The worst point, and those of the largest error, of the largest share, and of the largest share that fails."""
        failing = [place for place, verdict in enumerate(SEVERITY) if verdict.status is Status.FAIL]
        finite = np.where(self.share < inf, self.share, -1.0)
        fails = np.where(np.isin(self.severity, failing), finite, -2.0)
        return {self.sitting.worst, *(int(np.argmax(each)) for each in (self.ulps, finite, fails))}


def _share(judgement: Judgement) -> float:
    if judgement.share is None:
        return inf if judgement.verdict.status is Status.FAIL else 0.0
    return inf if judgement.share != judgement.share else judgement.share
