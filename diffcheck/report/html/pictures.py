"""Pictures for a page: drawn for a few cases only, the gravest first, since each takes time and room."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from diffcheck.report.html.rows import Row, worst_share
from diffcheck.results import CaseResult
from diffcheck.verdict import Status, Verdict

DRAWN_CASES = 60
"""So many cases of a page have pictures; ``--plots DIR`` draws those of all."""
DRAWN_CHARACTERS = 4_000_000
"""So many characters all pictures of a page may have."""
SCHEMES = ("light", "dark")
MISSING = "pictures need matplotlib, which the extra `plots` brings: pip install 'diffcheck[plots]'"
_STYLE = re.compile(r"<style\b.*?</style>", re.DOTALL)
"""A style sheet in a picture would hold for the whole page, which lets no other than its own in."""


@dataclass(frozen=True)
class Drawn:
    """A picture as it stands in a page."""

    title: str
    description: str
    svg: str


@dataclass(frozen=True)
class Room:
    """What draws."""

    pictures_of: Callable[[CaseResult], Iterable[Any]]
    """The pictures of a case, each with a title and a description."""
    svg_of: Callable[..., str]
    """A picture as an element of a page, its ids beginning with ``unique``."""
    palette: Mapping[str, Any]
    """A shade by the name of its colour."""


@dataclass(frozen=True)
class Gallery:
    """The pictures of a page."""

    pictures: dict[str, list[Drawn]] = field(default_factory=dict)
    """By the row's key."""
    colours: dict[str, dict[str, str]] = field(default_factory=dict)
    """The colours of pictures as custom properties, by scheme; none where nothing is drawn."""
    note: str = ""
    """What has no pictures, and why; empty where all cases have theirs."""


def gallery_of(rows: Sequence[Row]) -> Gallery:
    """The pictures of the gravest cases: failures, then undecided and counted ones, then the largest share.

    Where matplotlib is missing there are none, and the note says so.
    """
    willing = [row for row in rows if row.case.portraits or row.case.series]
    if not willing:
        return Gallery()
    room = _room()
    if room is None:
        return Gallery(note=MISSING)
    found: dict[str, list[Drawn]] = {}
    spent = 0
    for row in sorted(willing, key=_gravity)[:DRAWN_CASES]:
        if spent > DRAWN_CHARACTERS:
            break
        found[row.key] = _drawn(row, room)
        spent += sum(len(each.svg) for each in found[row.key])
    left = len(willing) - len(found)
    words = f"pictures are drawn for {len(found):,} of {len(willing):,} cases, the gravest first; `--plots DIR` draws all"
    return Gallery(found, _colours(room), words if left else "")


def _drawn(row: Row, room: Room) -> list[Drawn]:
    """The pictures of one case; none where they cannot be drawn, for a picture never loses a result."""
    try:
        return [
            Drawn(each.title, each.description, _STYLE.sub("", room.svg_of(each, unique=f"{row.key}-{number}")))
            for number, each in enumerate(room.pictures_of(row.case))
        ]
    except Exception:
        return []


def _gravity(row: Row) -> tuple[int, float]:
    """How early a case is drawn: less is graver."""
    counts = row.case.counts
    rank = 0 if not row.case.passed else 1 if Verdict.UNDECIDED in counts else 3
    counted = any(verdict.status in (Status.COUNTED, Status.FAIL) for verdict in counts)
    return (2 if rank == 3 and counted else rank, -(worst_share(row.case) or 0.0))


def _colours(room: Room) -> dict[str, dict[str, str]]:
    """By scheme, each custom property's name and its value."""
    return {scheme: {f"--dc-{name}": getattr(shade, scheme) for name, shade in room.palette.items()} for scheme in SCHEMES}


def _room() -> Room | None:
    """What draws; None where it, or matplotlib, is missing."""
    try:
        import_module("matplotlib")
        gallery, svg, palette = (import_module(f"diffcheck.report.pictures.{name}") for name in ("gallery", "svg", "palette"))
    except ImportError:
        return None
    return Room(gallery.pictures_of, svg.svg_of, palette.PALETTE)
