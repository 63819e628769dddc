"""The special places of a formula of one variable, as marks on an axis."""

from diffcheck.dtypes import FORMATS
from diffcheck.illustrations import Mark
from diffcheck.portraits.sitting import Sitting
from diffcheck.truth.edges import find_edges
from diffcheck.truth.sought import Kind

LARGEST = 60
"""Formulas of more operations are not searched: that is for the option `edges`, which takes its time."""
MOST = 24
"""So many marks fit an axis."""

#   what an edge's words begin with    the mark's kind
KINDS = (
    (f"{Kind.KINK.value} ",            "kink"),
    (f"{Kind.JUMP.value} ",            "jump"),
    (f"{Kind.TIE.value} ",             "tie"),
    (f"{Kind.BORDER.value} ",          "border"),
    (f"{Kind.POLE.value} ",            "pole"),
    (f"{Kind.REMOVABLE.value} ",       "0/0"),
)  # fmt: skip
"""What of a formula's edges is marked; zeros, cancellation and a dtype's own numbers are no places of an axis's own."""
INSIDE = (" overflows in ", "overflow")
"""What an edge's words hold where a value leaves the dtype's range, and its kind."""


def marks_of(sitting: Sitting, low: float, high: float) -> tuple[Mark, ...]:
    """The special places between ``low`` and ``high``; none for a formula of several variables, or a large one."""
    formula, form = sitting.scene.margins.oracle.derivative.formula, FORMATS[sitting.scene.place.dtype]
    if len(formula.variables) > 1 or len(formula.tape) > LARGEST:
        return ()
    found: dict[float, str] = {}
    for edge in find_edges(formula, [(low, high)], [], form).edges:
        kind = _kind(edge.origin)
        if kind:
            found.setdefault(edge.point[0] + 0.0, kind)  # one mark for zeros of either sign
    return tuple(Mark(place, kind) for place, kind in sorted(found.items())[:MOST])


def _kind(origin: str) -> str:
    """What an edge is, in a word; empty for what is not marked, such as the neighbours of an edge."""
    if origin.startswith("next "):
        return ""
    return next((kind for words, kind in KINDS if origin.startswith(words)), INSIDE[1] if INSIDE[0] in origin else "")
