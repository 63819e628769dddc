"""Training runs in a report: a line a run, and of what fails the first step only."""

from collections.abc import Iterator
from dataclasses import dataclass

from diffcheck.report.numbers import counted, rough
from diffcheck.results import CaseResult, Result
from diffcheck.verdict import Status


@dataclass(frozen=True)
class RunLine:
    """One run of a case, in one dtype on one device."""

    dtype: str
    device: str
    steps: int
    numbers: int
    largest: Result | None
    """The result that used the largest share of its allowance."""
    failing: tuple[Result, ...]
    """What fails, by step."""

    def __str__(self) -> str:
        """``float32 on cpu: 100 steps, 500 numbers; worst share 0.96 (step 31, d/dw)``."""
        worst = self.largest.worst if self.largest is not None else None
        share = f"; worst share {rough(worst.share)} ({_place(self.largest)})" if worst is not None and self.largest else ""
        failing = f"; the first failure is in {_place(self.failing[0])}" if self.failing else ""
        return f"{self.dtype} on {self.device}: {counted(self.steps, 'step')}, {self.numbers:,} numbers{share}{failing}"


def runs_of(case: CaseResult) -> list[RunLine]:
    """The runs of a training case; none of another."""
    places = {(each.subject.dtype or "", each.subject.device or ""): None for each in case.results if each.subject.step}
    return [_run(case, *place) for place in places]


def _run(case: CaseResult, dtype: str, device: str) -> RunLine:
    place = (dtype, device)
    results = [each for each in case.results if each.subject.step and (each.subject.dtype, each.subject.device) == place]
    shares = [each for each in results if each.worst is not None and each.worst.share is not None]
    largest = max(shares, key=lambda each: (each.worst.share if each.worst else None) or 0.0, default=None)
    failing = sorted((each for each in results if each.verdict.status is Status.FAIL), key=lambda each: each.subject.step)
    return RunLine(dtype, device, max(each.subject.step for each in results), sum(each.points for each in results), largest,
                   tuple(failing))  # fmt: skip


def first_failures(results: list[Result]) -> Iterator[tuple[Result, str]]:
    """Of results of steps, those of each run's first one, the last of them with a word on the others; others as they are."""
    steps: dict[tuple[str | None, str | None], list[Result]] = {}
    for each in results:
        if each.subject.step:
            steps.setdefault((each.subject.dtype, each.subject.device), []).append(each)
        else:
            yield each, ""
    for group in steps.values():
        first = min(each.subject.step for each in group)
        here = [each for each in group if each.subject.step == first]
        yield from ((each, "") for each in here[:-1])
        later = len(group) - len(here)
        yield here[-1], f"{counted(later, 'result')} of later steps: see --json" if later else ""


def _place(result: Result | None) -> str:
    if result is None:
        return ""
    return f"step {result.subject.step}, {result.subject.partial or result.subject.entry}"
