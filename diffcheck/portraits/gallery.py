"""A case's gallery: it sees every result with what it came from, and has a portrait made of the worst."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from diffcheck.illustrations import Portrait
from diffcheck.portraits.chance import chance_kept
from diffcheck.portraits.errors import errors_of
from diffcheck.portraits.sitting import Scene, Sitting
from diffcheck.portraits.slices import slice_of
from diffcheck.portraits.steps import steps_of
from diffcheck.results import Result
from diffcheck.verdict import SEVERITY, Status

T = TypeVar("T")


class Gallery:
    """The worst result of each dtype so far."""

    def __init__(self) -> None:
        self._worst: dict[str, Sitting] = {}

    def see(self, results: Sequence[Result], scene: Scene) -> None:
        """Take note of the results of one mode in one dtype on one device."""
        for result, target in zip(results, scene.targets, strict=True):
            known = self._worst.get(scene.place.dtype)
            if result.worst is not None and (known is None or _badness(result) < _badness(known.result)):
                self._worst[scene.place.dtype] = Sitting(result, target, scene)

    def portraits(self) -> tuple[Portrait, ...]:
        """A portrait of the worst result; and of the worst in another dtype, where that fails in another way."""
        ranked = sorted(self._worst.values(), key=lambda each: _badness(each.result))
        chosen = ranked[:1]
        for each in ranked[1:]:
            verdict = each.result.verdict
            if len(chosen) == 1 and verdict.status is Status.FAIL and verdict is not chosen[0].result.verdict:
                chosen.append(each)
        with chance_kept():
            made = [_or_none(_portrait, each) for each in chosen]
        return tuple(each for each in made if each is not None)


def _badness(result: Result) -> tuple[int, bool, int, float]:
    """Sorts the worst first: what fails by its verdict, then partials before values, by verdict and share of the allowance."""
    severity, fails = SEVERITY.index(result.verdict), result.verdict.status is Status.FAIL
    return severity if fails else len(SEVERITY), result.subject.order == 0, severity, -(result.share or 0.0)


def _portrait(sitting: Sitting) -> Portrait:
    subject, order = sitting.result.subject, sitting.target.order
    return Portrait(
        subject=str(subject),
        dtype=subject.dtype or "",
        errors=errors_of(sitting),
        variable=sitting.names[sitting.variable],
        slice=_or_none(slice_of, sitting) if order else None,
        steps=_or_none(steps_of, sitting) if order == 1 else None,
    )


def _or_none(make: Callable[[Sitting], T | None], sitting: Sitting) -> T | None:
    """What ``make`` makes; None where anything raises, since a picture must not lose the results it would show."""
    try:
        return make(sitting)
    except Exception:
        return None
