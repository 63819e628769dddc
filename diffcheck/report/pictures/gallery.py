"""Which pictures a case has: a table, a row a picture, and the drawing of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from diffcheck.illustrations import Portrait
from diffcheck.report.pictures.derivatives import draw_derivatives, told_derivatives
from diffcheck.report.pictures.errors import draw_errors, told_errors
from diffcheck.report.pictures.landscape import draw_landscape, moving, told_landscape
from diffcheck.report.pictures.scales import finite
from diffcheck.report.pictures.sheet import style
from diffcheck.report.pictures.steps import draw_steps, told_steps
from diffcheck.report.pictures.training import draw_training, told_training
from diffcheck.results import CaseResult, Policy

T = TypeVar("T")


@dataclass(frozen=True)
class Picture:
    """One picture, drawn."""

    name: str
    """A part of a file's name, of no two pictures of a case: ``errors``."""
    title: str
    description: str
    """What it shows, in a sentence or two, with the numbers that matter: for those who do not see it."""
    figure: Any
    """Matplotlib's."""


@dataclass(frozen=True)
class Row:
    """A kind of picture of a portrait."""

    name: str
    title: str
    """``{subject}`` stands for what was judged."""
    shows: Callable[[Portrait], bool]
    """Whether there is anything to draw."""
    draw: Callable[[Portrait, Policy], Any]
    told: Callable[[Portrait, Policy], str]
    """Both know which verdicts the run fails on."""


def _is_judged(portrait: Portrait) -> bool:
    return bool(portrait.errors.verdicts)


def _is_map(portrait: Portrait) -> bool:
    return len(moving(portrait.errors)) == 2


def _has_slice(portrait: Portrait) -> bool:
    drawn = portrait.slice
    return drawn is not None and len(drawn.places) > 1 and bool(finite((*drawn.symbolic, *drawn.automatic)))


def _has_steps(portrait: Portrait) -> bool:
    return portrait.steps is not None and bool(finite(portrait.steps.errors))


def _any(function: Callable[[Portrait], T]) -> Callable[[Portrait, Policy], T]:
    """What is the same whatever the run fails on."""
    return lambda portrait, policy: function(portrait)


#       name           title                                          shows       draw                    told
ROWS: tuple[Row, ...] = (
    Row("errors",      "How far {subject} is off",                    _is_judged, _any(draw_errors),      told_errors),
    Row("map",         "Where {subject} is off",                      _is_map,    draw_landscape,         told_landscape),
    Row("derivatives", "{subject}: torch, exact, finite differences", _has_slice, _any(draw_derivatives), _any(told_derivatives)),
    Row("steps",       "{subject}: finite differences by their step", _has_steps, _any(draw_steps),       _any(told_steps)),
)  # fmt: skip
"""Every picture of a portrait, in the order in which they are shown."""


def pictures_of(case: CaseResult) -> Iterator[Picture]:
    """The pictures of a case, each drawn when it is asked for; none where there is nothing to draw.

    Raises UsageError where matplotlib is missing.
    """
    for number, portrait in enumerate(case.portraits):
        suffix = f".{portrait.dtype}" if number else ""
        for row in ROWS:
            if row.shows(portrait):
                title = row.title.format(subject=portrait.subject)
                yield from _drawn(f"{row.name}{suffix}", title, row.told, row.draw, portrait, case.policy)
    for series in case.series:
        if series.losses:
            title = f"The loss in {series.dtype} on {series.device}"
            yield from _drawn(f"{series.dtype}.{series.device}", title, told_training, draw_training, series)


def _drawn(name: str, title: str, told: Callable[..., str], draw: Callable[..., Any], *record: Any) -> Iterator[Picture]:
    """One picture; none where it cannot be drawn, which must not lose the results that it would show."""
    with style():
        try:
            picture = Picture(name, title, told(*record), draw(*record))
        except Exception:
            return
    yield picture
