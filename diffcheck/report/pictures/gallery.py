"""Which pictures a case has: a table, a row a picture, and the drawing of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from diffcheck.illustrations import Portrait
from diffcheck.report.pictures.derivatives import draw_derivatives, told_derivatives
from diffcheck.report.pictures.errors import draw_errors, told_errors
from diffcheck.report.pictures.landscape import draw_landscape, moving, told_landscape
from diffcheck.report.pictures.scales import finite
from diffcheck.report.pictures.sheet import style
from diffcheck.report.pictures.steps import draw_steps, told_steps
from diffcheck.report.pictures.training import draw_training, told_training
from diffcheck.results import CaseResult


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
    draw: Callable[[Portrait], Any]
    told: Callable[[Portrait], str]


def _has_points(portrait: Portrait) -> bool:
    return bool(portrait.errors.verdicts)


def _is_map(portrait: Portrait) -> bool:
    return len(moving(portrait.errors)) == 2


def _has_slice(portrait: Portrait) -> bool:
    drawn = portrait.slice
    return drawn is not None and len(drawn.places) > 1 and bool(finite((*drawn.symbolic, *drawn.automatic)))


def _has_steps(portrait: Portrait) -> bool:
    return portrait.steps is not None and bool(finite(portrait.steps.errors))


#       name           title                                           shows        draw              told
ROWS = (
    Row("errors",      "How far {subject} is off",                     _has_points, draw_errors,      told_errors),
    Row("map",         "Where {subject} is off",                       _is_map,     draw_landscape,   told_landscape),
    Row("derivatives", "{subject}: torch, exact, finite differences",  _has_slice,  draw_derivatives, told_derivatives),
    Row("steps",       "{subject}: finite differences by their step",  _has_steps,  draw_steps,       told_steps),
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
                with style():
                    figure = row.draw(portrait)
                yield Picture(f"{row.name}{suffix}", row.title.format(subject=portrait.subject), row.told(portrait), figure)
    for series in case.series:
        if series.losses:
            with style():
                figure = draw_training(series)
            name = f"{series.dtype}.{series.device}"
            yield Picture(name, f"The loss in {series.dtype} on {series.device}", told_training(series), figure)
