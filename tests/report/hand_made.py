"""Cases made by hand: a result for every mode, dtype, device and variable, agreeing unless it is said otherwise."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

from diffcheck.results import CaseResult, Finding, Policy, Result, Subject
from diffcheck.verdict import Verdict

MODES = ("reverse", "grad", "forward")
DTYPES = ("float64", "float32", "float16")
Says = Callable[[Subject], dict[Verdict, int] | None]
"""From a subject to its counts; None where all its points agree."""


def case_of(
    says: Says = lambda subject: None,
    *,
    modes: tuple[str, ...] = MODES,
    dtypes: tuple[str, ...] = DTYPES,
    devices: tuple[str, ...] = ("cpu",),
    variables: tuple[str, ...] = ("x",),
    policy: Policy | None = None,
    points: int = 1000,
) -> CaseResult:
    """A case with a value and all partials at so many points."""
    subjects = []
    for dtype, device in product(dtypes, devices):
        subjects.append(Subject("value", dtype, device, None, 0))
        subjects += [Subject(mode, dtype, device, variable, 1) for mode, variable in product(modes, variables)]
    results = tuple(Result(each, says(each) or {Verdict.AGREES: points}) for each in subjects)
    return CaseResult("bowl", "cases/course.toml", 7, variables, results, policy=policy or Policy())


def where(**wanted: str) -> Callable[[Subject], bool]:
    """Whether a subject's fields are these: ``where(mode="forward", dtype="float16")``."""
    return lambda subject: all(getattr(subject, name) == value for name, value in wanted.items())


def planted(*places: Callable[[Subject], bool], verdict: Verdict = Verdict.WRONG, bad: int = 3, points: int = 1000) -> Says:
    """A verdict planted at a few points of each subject that one of ``places`` holds of."""

    def says(subject: Subject) -> dict[Verdict, int] | None:
        return {Verdict.AGREES: points - bad, verdict: bad} if any(place(subject) for place in places) else None

    return says


def at_kink(case: CaseResult, choices: Callable[[Subject], str], point: float = 0.0) -> CaseResult:
    """``case`` with a kink at ``point`` as the worst point of every result whose subject chooses a convention."""

    def told(result: Result) -> Result:
        convention = choices(result.subject) if result.subject.order else ""
        if not convention:
            return result
        finding = Finding({"x": point}, Verdict.KINK, 0.0, None, None, None, None, convention=convention)
        return replace(result, counts={Verdict.AGREES: 999, Verdict.KINK: 1}, worst=finding)

    return replace(case, results=tuple(map(told, case.results)))
