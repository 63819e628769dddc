"""Who stands alone among the modes, dtypes, devices and partials of a case, one sentence each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from diffcheck.report.conventions import conventions
from diffcheck.report.numbers import counted
from diffcheck.report.regions import AXES, DEVICE, DTYPE, Axis, Region, listed, region
from diffcheck.results import CaseResult, Policy, Result
from diffcheck.verdict import SEVERITY, Status, Verdict

REST = 2
"""How many of those that do not fail are named; the others are counted."""

_ADJECTIVES = {
    Verdict.RANGE: "out of range",
    Verdict.KINK: "at a kink",
    Verdict.JUMP: "at a jump",
    Verdict.LIMIT: "at a limit",
}
"""How a sentence tells a verdict whose word is no adjective."""


def compare(case: CaseResult) -> list[str]:
    """What sets some results of a case apart from the others: who fails alone, and who chooses otherwise at a kink.

    Only what judged something is compared. Some fail alone where they are all results of certain modes, dtypes,
    devices or partials, and no other fails.
    """
    cells = [each for each in case.results if each.subject.is_number]
    return [*_Comparison(cells, case.policy).sentences(), *conventions(cells)]


@dataclass(frozen=True)
class _Comparison:
    """The results of one case that torch stands behind, and which of them fail."""

    cells: Sequence[Result]
    """The value and the partials, those that judged nothing too."""
    policy: Policy
    """Which verdicts fail."""

    @cached_property
    def values(self) -> list[Result]:
        """Those of the value that judged something."""
        return [each for each in self.judged if each.subject.order == 0]

    @cached_property
    def partials(self) -> list[Result]:
        """Those of partials that judged something."""
        return [each for each in self.judged if each.subject.order > 0]

    @cached_property
    def judged(self) -> list[Result]:
        return [each for each in self.cells if self.fails(each) or any(v.status is not Status.OPEN for v in each.counts)]

    def fails(self, result: Result) -> bool:
        return not self.policy.passes(result.counts)

    def failing(self, results: Iterable[Result]) -> list[Result]:
        return [each for each in results if self.fails(each)]

    def sentences(self) -> list[str]:
        values, partials = self.failing(self.values), self.failing(self.partials)
        if not values:
            return self.among(self.partials)
        if not partials:
            return [self.value_alone(values)] if self.partials else []
        everything = [*self.values, *self.partials]
        together = region([*values, *partials], everything, (DTYPE, DEVICE))
        if together is not None and together.bounds:
            return [self.bounded(together, [*values, *partials], everything)]
        own = self.among(self.partials)
        too = f"{self.value(values)} {_predicate(self.verdicts(values), False)} too: {self.share(values)}"
        return [*(f"of the gradients, {each}" for each in own), too] if own else []

    def value(self, failing: Sequence[Result]) -> str:
        """The value, and where, in words."""
        found = region(failing, self.values, (DTYPE, DEVICE))
        return f"the value in {found}" if found is not None and found.bounds else "the value"

    def value_alone(self, failing: Sequence[Result]) -> str:
        everywhere = len(failing) == len(self.values)
        rest = [each for each in (*self.partials, *self.values) if not self.fails(each)]
        who = f"every gradient {_verb(rest)}" if everywhere else f"all else {_verb(rest)}"
        return f"{self.value(failing)} alone {self.says(failing)}; {who}"

    def among(self, whole: Sequence[Result]) -> list[str]:
        """The sentences on some results that are alike; none where all fail, or none does."""
        failing = self.failing(whole)
        if not failing or len(failing) == len(whole):
            return []
        found = region(failing, whole)
        if found is not None:
            return [self.bounded(found, failing, whole)]
        return self.crossing(failing, whole) or [each for axis in AXES for each in self.scattered(axis, failing, whole)]

    def bounded(self, found: Region, failing: Sequence[Result], whole: Sequence[Result]) -> str:
        """Those that fail are one region."""
        rest = [each for each in whole if not self.fails(each)]
        if len(found.bounds) > 1:
            return f"{found} {'alone ' * found.single}{self.says(failing, plural=_plural(found))}; all else {_verb(rest)}"
        axis, names = found.bounds[0]
        if found.single:
            return f"{found} alone {self.says(failing)}; {self.others(axis, rest)}"
        groups: dict[tuple[Verdict, ...], list[str]] = {}
        for name in names:
            groups.setdefault(self.verdicts(_at(axis, [name], failing)), []).append(name)
        clauses = [self.clause(listed(group), _at(axis, group, failing), len(group) > 1) for group in groups.values()]
        return f"{', '.join(clauses)}; {self.others(axis, rest, few=True)}"

    def crossing(self, failing: Sequence[Result], whole: Sequence[Result]) -> list[str]:
        """Those that fail are some rows and some columns together."""
        slices = [(axis, name, _at(axis, [name], whole)) for axis in AXES for name in axis.values(failing)]
        full = [each for each in slices if all(map(self.fails, each[2]))]
        if {id(each) for _, _, members in full for each in members} != set(map(id, failing)):
            return []
        clauses = [self.clause(f"`{name}`", members, False) for _, name, members in full]
        return [f"{', '.join(clauses)}; all else {_verb([each for each in whole if not self.fails(each)])}"]

    def scattered(self, axis: Axis, failing: Sequence[Result], whole: Sequence[Result]) -> list[str]:
        """Those that fail have some values of ``axis`` only, but not everything with these values fails."""
        names = axis.values(failing)
        rest = [each for each in whole if axis.of(each.subject) not in names]
        if not rest:
            return []
        who = f"{listed(names)} alone" if len(names) == 1 else listed(names)
        members = _at(axis, names, whole)
        verb, share = _predicate(self.verdicts(failing), len(names) > 1), self.share(members)
        return [f"{who} {verb} in places: {share}; {self.others(axis, rest, few=len(names) > 1)}"]

    def says(self, failing: Sequence[Result], plural: bool = False) -> str:
        """What is the matter, and at how many points."""
        return f"{_predicate(self.verdicts(failing), plural)}: {self.share(failing)}"

    def clause(self, who: str, failing: Sequence[Result], plural: bool) -> str:
        """The same for one of several."""
        return f"{who} {_predicate(self.verdicts(failing), plural)} ({self.share(failing)})"

    def verdicts(self, results: Sequence[Result]) -> tuple[Verdict, ...]:
        """The verdicts by which ``results`` fail, the worst first."""
        return tuple(v for v in SEVERITY if not self.policy.passes([v]) and any(v in each.counts for each in results))

    def share(self, results: Sequence[Result]) -> str:
        """How many points fail, where that is one number for all of ``results``; else how many numbers of them all."""
        counts = [(sum(each.counts.get(v, 0) for v in self.verdicts([each])), each.points) for each in results]
        if len(set(counts)) == 1:
            return f"{counts[0][0]:,} of {counted(counts[0][1], 'point')}"
        return f"{sum(bad for bad, _ in counts):,} of {counted(sum(points for _, points in counts), 'number')}"

    def others(self, axis: Axis, rest: Sequence[Result], few: bool = False) -> str:
        """Those that do not fail, and how many judged nothing."""
        names = axis.values(rest)
        named = few or len(names) == 1
        who = _some(names) if named else f"all other {axis.noun}s"
        silent = len(set(axis.values(self.cells)) - set(axis.values(self.judged)))
        told = f", {counted(silent, axis.noun)} judged nothing" if silent else ""
        return f"{who} {_verb(rest, plural=len(names) > 1)}{told}"


def _at(axis: Axis, names: Sequence[str], results: Sequence[Result]) -> list[Result]:
    return [each for each in results if axis.of(each.subject) in names]


def _plural(found: Region) -> bool:
    """A sentence's subject, the first axis that bounds ``found``, is several."""
    return len(found.bounds[0][1]) > 1


def _some(names: Sequence[str]) -> str:
    """The first of ``names``; how many others there are."""
    if len(names) <= REST:
        return listed(names)
    return f"`{names[0]}` and {len(names) - 1} more"


def _verb(passing: Sequence[Result], plural: bool = False) -> str:
    """``agrees``, or ``passes`` where some of those that pass are counted or undecided."""
    verb = "agree" if all(set(each.counts) == {Verdict.AGREES} for each in passing) else "pass"
    return verb if plural else {"agree": "agrees", "pass": "passes"}[verb]


def _predicate(verdicts: Sequence[Verdict], plural: bool) -> str:
    """``is nan or wrong``, ``raises an error``."""
    adjectives = [_ADJECTIVES.get(each, each.word) for each in verdicts if each is not Verdict.ERROR]
    parts = [f"{'are' if plural else 'is'} {' or '.join(adjectives)}"] if adjectives else []
    parts += [f"{'raise' if plural else 'raises'} an error"] if Verdict.ERROR in verdicts else []
    return " or ".join(parts)
