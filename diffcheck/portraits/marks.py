"""The special places of a formula of one variable, as marks on an axis: sought as edges are, judged one by one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from diffcheck.dtypes import FORMATS
from diffcheck.illustrations import Mark
from diffcheck.portraits.kinds import kinds_at
from diffcheck.portraits.sitting import Sitting
from diffcheck.truth.edges import Edges, find_edges
from diffcheck.truth.sought import Kind

Array = NDArray[np.float64]
EXACTLY = FORMATS["float64"]
"""Places are told in these numbers, whatever dtype was judged."""
LARGEST = 60
"""Formulas of more operations are not searched: that is for the option `edges`, which takes its time."""
SOUGHT = 100_000
"""So many edges, and roots of one function, are looked at: a search is cut by its own budget long before."""
JUDGED = 256
"""Of more places than that none is judged."""
MOST = 64
"""So many marks fit an axis."""
WIDTH = 430
"""About how many pixels an axis has; places within one are marked once."""

#   what an edge's words begin with    the kind that they claim
CLAIMS = (
    (f"{Kind.KINK.value} ",            "kink"),
    (f"{Kind.JUMP.value} ",            "jump"),
    (f"{Kind.TIE.value} ",             "kink"),
    (f"{Kind.BORDER.value} ",          "border"),
    (f"{Kind.POLE.value} ",            "pole"),
    (f"{Kind.REMOVABLE.value} ",       "0/0"),
)  # fmt: skip
"""Which of a formula's edges may be marked; zeros, cancellation and a dtype's own numbers are no places of an axis's own."""
OVERFLOWS = " overflows in "
"""What an edge's words hold where a value leaves the dtype's range."""
GRAVITY = ("pole", "jump", "border", "kink", "0/0", "overflow")
"""Of places within a pixel the first of these is marked."""


def marks_of(sitting: Sitting, places: Array) -> tuple[tuple[Mark, ...], str]:
    """The special places along ``places`` (n,), an axis from small to large; and in a sentence which may lack a mark.

    None for a formula of several variables; none, and that is said, for a large one and where they are too many.
    """
    formula = sitting.scene.margins.oracle.derivative.formula
    if len(formula.variables) > 1:
        return (), ""
    if len(formula.tape) > LARGEST:
        return (), f"special places are not sought in a formula of more than {LARGEST} operations"
    ends, form = [(float(places[0]), float(places[-1]))], FORMATS[sitting.scene.place.dtype]
    found = find_edges(formula, ends, [], EXACTLY, SOUGHT, SOUGHT)
    claimed, cut = _claimed(found)
    if len(claimed) > JUDGED:
        return (), _too_many(len(claimed), cut)
    kinds = kinds_at(sitting, list(claimed), list(claimed.values()))
    marks = [Mark(place, kind) for place, kind in zip(claimed, kinds, strict=True) if kind]
    marks += _overflows(found if form is EXACTLY else find_edges(formula, ends, [], form, SOUGHT))
    apart = _apart(marks, places)
    if len(apart) > MOST:
        return (), _too_many(len(apart), cut)
    return apart, "the search for special places was cut: not all may be marked" if cut else ""


def _too_many(number: int, cut: bool) -> str:
    return f"none of {'at least ' if cut else ''}{number:,} special places is marked: they are too many"


def _claimed(found: Edges) -> tuple[dict[float, str], bool]:
    """Places that may be special, with what they are taken for; and whether the search for them was cut."""
    claimed: dict[float, str] = {}
    for edge in found.edges:
        kind = next((kind for words, kind in CLAIMS if edge.origin.startswith(words)), "")
        if kind:
            claimed.setdefault(edge.point[0] + 0.0, kind)  # one place for zeros of either sign
    words = (*(words for words, _ in CLAIMS), " more")
    return claimed, any(each in remark for remark in found.remarks for each in words)


def _overflows(found: Edges) -> list[Mark]:
    edges = (each for each in found.edges if OVERFLOWS in each.origin and not each.origin.startswith("next "))
    return [Mark(each.point[0], "overflow") for each in edges]


def _apart(marks: Sequence[Mark], places: Array) -> tuple[Mark, ...]:
    """One mark a pixel, the gravest; an axis is as long between any two neighbours of ``places``."""
    ordered = sorted(marks, key=lambda each: each.place)
    pixels = np.interp([each.place for each in ordered], places, np.linspace(0, WIDTH, len(places))).tolist()
    groups: list[list[Mark]] = []
    first = -1.0
    for mark, pixel in zip(ordered, pixels, strict=True):
        if groups and pixel - first < 1:
            groups[-1].append(mark)
        else:
            groups.append([mark])
            first = pixel
    return tuple(min(group, key=lambda each: GRAVITY.index(each.kind)) for group in groups)
