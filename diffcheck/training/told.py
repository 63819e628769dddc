"""What was judged of a run, as findings that a report prints."""

from collections.abc import Mapping
from dataclasses import dataclass

from flint import arb

from diffcheck.dtypes import Format
from diffcheck.findings import ends_of, in_ulps
from diffcheck.judgement import Judgement, ulp
from diffcheck.results import Finding
from diffcheck.truth.balls import precision
from diffcheck.truth.local import Truth
from diffcheck.verdict import SEVERITY, Verdict

BITS = 256


@dataclass(frozen=True)
class Told:
    """One part of a step, judged: a loss, a gradient, a state entry, a parameter, or what must not change."""

    step: int
    part: str
    """``loss``, ``w``, ``d/dw``, ``state.exp_avg``, ``lr``."""
    counts: Mapping[Verdict, int]
    finding: Finding

    @property
    def badness(self) -> tuple[int, float]:
        """Sorts the worst first: by verdict, then by share of the allowance."""
        return SEVERITY.index(self.finding.verdict), -(self.finding.share or 0.0)


def located(index: int, size: int, /, **numbers: float) -> dict[str, float]:
    """A point: the number of the element, where a parameter has several, and what it starts from."""
    return {"element": index, **numbers} if size > 1 else dict(numbers)


def told(
    step: int, part: str, counts: Mapping[Verdict, int], actual: float | None, exact: arb | None,
    judgement: Judgement, form: Format, point: Mapping[str, float], cause: str = "",
) -> Told:  # fmt: skip
    """A part with its worst number: ``actual`` against ``exact``, at ``point``."""
    with precision(BITS):
        known = exact if exact is not None and exact.is_finite() else None
        unit = None if known is None else ulp(known, form)
        finding = Finding(
            point=dict(point),
            verdict=judgement.verdict,
            actual=actual,
            expected=None if known is None else ends_of(Truth(known)),
            allowed_ulps=in_ulps(judgement.allowed, unit),
            off_ulps=in_ulps(judgement.off, unit),
            share=judgement.share,
            cause=cause or judgement.cause,
        )
    return Told(step, part, counts, finding)


def broken(step: int, part: str, cause: str, verdict: Verdict = Verdict.WRONG, actual: float | None = None,
           expected: float | None = None) -> Told:  # fmt: skip
    """A part that breaks what must hold exactly."""
    ends = None if expected is None else (repr(expected), repr(expected))
    finding = Finding({}, verdict, actual, ends, None, None, None, cause=cause)
    return Told(step, part, {verdict: 1}, finding)
