"""Pictures for a page: drawn for a few cases only, the gravest first, since each takes time and room."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from diffcheck.errors import UsageError
from diffcheck.report.html.gravity import gravity_of
from diffcheck.report.html.rows import Row
from diffcheck.report.numbers import counted
from diffcheck.report.pictures.gallery import pictures_of
from diffcheck.report.pictures.palette import variables
from diffcheck.report.pictures.sheet import require_matplotlib
from diffcheck.report.pictures.svg import svg_of

DRAWN_CASES = 60
"""So many cases of a page have pictures; ``--plots DIR`` draws those of all."""
DRAWN_CHARACTERS = 4_000_000
"""So many characters all pictures of a page may have."""


@dataclass(frozen=True)
class Drawn:
    """A picture as it stands in a page."""

    title: str
    description: str
    svg: str


@dataclass(frozen=True)
class Gallery:
    """The pictures of a page."""

    pictures: dict[str, list[Drawn]] = field(default_factory=dict)
    """By the row's key."""
    colours: dict[str, str] = field(default_factory=dict)
    """The declarations of the colours of pictures, by scheme; none where nothing is drawn."""
    note: str = ""
    """What has no pictures, and why; empty where all cases have theirs."""


def gallery_of(rows: Sequence[Row], *, interrupted: bool = False) -> Gallery:
    """The pictures of the gravest cases.

    Where matplotlib is missing there are none, nor after an interruption: who stops a run does not wait for drawings.
    The note says so.
    """
    willing = [row for row in rows if row.case.portraits or row.case.series]
    if not willing:
        return Gallery()
    if interrupted:
        return Gallery(note="no pictures: the run was interrupted; a run that comes to its end has them")
    try:
        require_matplotlib()
    except UsageError as error:
        return Gallery(note=str(error))
    found: dict[str, list[Drawn]] = {}
    spent = broken = 0
    for row in sorted(willing, key=gravity_of)[:DRAWN_CASES]:
        if spent > DRAWN_CHARACTERS:
            break
        try:
            found[row.key] = _drawn(row)
        except Exception:  # a picture never loses a result
            found[row.key], broken = [], broken + 1
        spent += sum(len(each.svg) for each in found[row.key])
    words = []
    if len(found) < len(willing):
        of = f"{len(found):,} of {len(willing):,} cases"
        words.append(f"pictures are drawn for {of}, the gravest first; `--plots DIR` draws all")
    if broken:
        words.append(f"those of {counted(broken, 'case')} could not be drawn, by a fault of diffcheck's own")
    return Gallery(found, {scheme: variables(scheme) for scheme in ("light", "dark")}, "; ".join(words))


def _drawn(row: Row) -> list[Drawn]:
    """The pictures of one case."""
    return [
        Drawn(each.title, each.description, svg_of(each, unique=f"picture-{row.key}-{number}"))
        for number, each in enumerate(pictures_of(row.case))
    ]
