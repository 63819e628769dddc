"""What a run found: records that every report is made from."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from diffcheck.errors import CaseError
from diffcheck.illustrations import Mathematics, Portrait, Series
from diffcheck.verdict import VERDICTS, Status, Verdict, worst


@dataclass(frozen=True)
class Subject:
    """What was judged: a partial, the value, a claim, an expectation or a contract."""

    mode: str
    """A mode's name, or ``value``, ``claim``, ``expect``, ``contract``."""
    dtype: str | None
    device: str | None
    variable: str | None
    """What it is differentiated by; the variables with commas between where the order is higher than one."""
    order: int
    entry: str = ""
    """Which entry of the value, such as ``f[2]``, where it has several."""
    contract: str = ""
    """The contract's name, where one was held."""

    def __str__(self) -> str:
        """``reverse.float64.cpu.d/dx``, ``contract.float64.cpu.linear``: the path that findings name."""
        parts = (self.mode, self.dtype, self.device, self.partial or self.entry or self.contract)
        return ".".join(part for part in parts if part)

    @property
    def is_number(self) -> bool:
        """A number that torch returned: a value or a partial; no claim, expectation or contract, and none of a run."""
        return self.dtype is not None and not self.contract and not self.step and self.mode != REPLAY

    @property
    def step(self) -> int:
        """The number of the step, where it is one of a training run; else 0."""
        word, _, number = self.mode.partition(" ")
        return int(number) if word == "step" else 0

    @property
    def partial(self) -> str:
        """``d/dx``, ``d2/dx dy``, ``d f[2]/d w[0]``; empty for what is no partial."""
        if self.variable is None:
            return ""
        power = "" if self.order == 1 else str(self.order)
        if self.entry:
            return f"d{power} {self.entry}/" + " ".join(f"d {name}" for name in self.variables)
        return f"d{power}/" + " ".join(f"d{name}" for name in self.variables)

    @property
    def variables(self) -> list[str]:
        """What it is differentiated by, one name an order; a comma in brackets belongs to a name."""
        return re.split(r",(?![^\[]*\])", self.variable or "") if self.variable is not None else []


REPLAY = "replay"
"""The mode of a whole run that is held against its exact replay."""


@dataclass(frozen=True)
class Finding:
    """The worst point of a result, told in full."""

    point: dict[str, float]
    verdict: Verdict
    actual: float | None
    """What torch returned; None for no gradient."""
    expected: tuple[str, str] | None
    """The enclosure's ends, rounded outwards; None where there is nothing to enclose."""
    allowed_ulps: float | None
    """The allowance in ulps of the exact value; infinite where rounding may take every bit."""
    off_ulps: float | None
    """How far the number is off in ulps of the exact value; None where there is no distance."""
    share: float | None
    """The error as a share of the allowance."""
    alone: str = ""
    """Who stands alone: ``automatic``, ``program``, or nothing where the witness abstains or was not asked."""
    witness: tuple[float, float] | None = None
    """The numerical derivative and its own error estimate; None where it abstains or was not asked."""
    cause: str = ""
    convention: str = ""
    """Which number torch chose at a kink: ``the left derivative``, ``the middle``, ``0`` …; empty elsewhere."""
    origin: str = ""
    """What is special about the point, in words, where it is an edge."""
    culprit: str = ""
    """The smallest part of the formula that fails by itself, in a sentence; empty where it is not sought or found."""
    repro: str = ""
    """A Python program of a few lines, for torch alone, that shows it; empty where there is none."""


@dataclass(frozen=True)
class Result:
    """One subject of a case at all its points."""

    subject: Subject
    counts: dict[Verdict, int]
    worst: Finding | None = None
    """None where no point was judged, and for a contract that is kept."""
    note: str = ""
    """A reason (unsupported), a remark (points left out), or ``proved``."""

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of its points."""
        return worst(self.counts)

    @property
    def share(self) -> float | None:
        """The largest share of the allowance that was used; None where there is none."""
        return self.worst.share if self.worst is not None else None

    @property
    def points(self) -> int:
        """How many points were judged."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Policy:
    """Which verdicts fail a run, beyond those that always do."""

    fail_on: frozenset[Verdict] = frozenset()

    @classmethod
    def asked(cls, words: Iterable[str], *, strict: bool) -> "Policy":
        """Verdicts by their words, and undecided where it is ``strict``."""
        return cls(frozenset({VERDICTS[word] for word in words} | ({Verdict.UNDECIDED} if strict else set())))

    def passes(self, verdicts: Iterable[Verdict]) -> bool:
        """Whether all of ``verdicts`` let a run pass."""
        return all(verdict.status is not Status.FAIL and verdict not in self.fail_on for verdict in verdicts)


@dataclass(frozen=True)
class CaseResult:
    """What was found of one case."""

    name: str
    file: str
    line: int
    variables: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()
    error: CaseError | None = None
    """Why the case could not be run."""
    internal: bool = False
    """The error is diffcheck's own."""
    expected: Verdict | None = None
    """The verdict that the case states."""
    note: str = ""
    formula: str = ""
    """The formula's text, or the loss's of a training case; empty where it could not be read."""
    source: str = ""
    """Where the case comes from, in its own words."""
    tags: tuple[str, ...] = ()
    policy: Policy = field(default_factory=Policy)
    series: tuple[Series, ...] = ()
    """The losses of a training case, a series a dtype and device."""
    mathematics: Mathematics | None = None
    """The formula and its derivatives, set; None unless a report asked for them."""
    portraits: tuple[Portrait, ...] = ()
    """The numbers behind the pictures of its worst result; empty unless a report asked for them."""
    seconds: float = 0.0
    """How long it took, by the clock on the wall."""

    @property
    def verdict(self) -> Verdict | None:
        """The worst verdict of its results; None where the case could not be run."""
        return worst(result.verdict for result in self.results) if self.results else None

    @property
    def passed(self) -> bool:
        """All results pass, or the verdict is the expected one."""
        if self.error is not None:
            return False
        if self.expected is not None:
            return self.verdict is self.expected
        return self.policy.passes(self.counts)

    @property
    def counts(self) -> dict[Verdict, int]:
        """Judged numbers by verdict."""
        return total(result.counts for result in self.results)

    @property
    def judged(self) -> bool:
        """At least one number was judged: neither undecided nor unsupported."""
        return any(verdict.status is not Status.OPEN for verdict in self.counts)


@dataclass(frozen=True)
class RunResult:
    """What was found of all cases."""

    cases: tuple[CaseResult, ...]
    seconds: float
    versions: dict[str, str]
    seed: int
    interrupted: bool = False
    left: int = 0
    """How many cases were asked for and not come to: after an interruption, or the first failure of ``--fail-fast``."""

    @property
    def passed(self) -> bool:
        """Every case was read and passed."""
        return all(case.passed for case in self.cases) and not self.interrupted

    @property
    def counts(self) -> dict[Verdict, int]:
        """Judged numbers by verdict."""
        return total(case.counts for case in self.cases)


def total(parts: Iterable[dict[Verdict, int]]) -> dict[Verdict, int]:
    """Counts added up, in the order of the verdicts."""
    sums: dict[Verdict, int] = {}
    for counts in parts:
        for verdict, count in counts.items():
            sums[verdict] = sums.get(verdict, 0) + count
    return {verdict: sums[verdict] for verdict in Verdict if verdict in sums}
