"""How each verdict is drawn: a colour for its status and a shape of its own, so that neither tells alone."""

from collections.abc import Sequence
from typing import Any

from diffcheck.report.pictures.palette import paint
from diffcheck.verdict import SEVERITY, VERDICTS, Status, Verdict

#                                shape  size
SIGNS = {
    Verdict.AGREES:      ("o", 2.8),
    Verdict.ROUNDED:     ("^", 4.5),
    Verdict.RANGE:       ("s", 4.0),
    Verdict.KINK:        ("D", 4.0),
    Verdict.JUMP:        ("d", 5.5),
    Verdict.LIMIT:       ("v", 4.5),
    Verdict.UNDEFINED:   ("h", 5.0),
    Verdict.WRONG:       ("X", 6.5),
    Verdict.NAN:         ("x", 6.0),
    Verdict.DETACHED:    ("P", 6.5),
    Verdict.PHANTOM:     ("*", 8.0),
    Verdict.ERROR:       ("p", 6.5),
    Verdict.UNDECIDED:   ("1", 7.0),
    Verdict.UNSUPPORTED: ("2", 7.0),
}  # fmt: skip
"""Shapes by matplotlib's letters, sizes in points."""
COLOURS = {Status.PASS: "pass", Status.COUNTED: "counted", Status.FAIL: "fail", Status.OPEN: "open"}
STROKES = frozenset("x12")
"""Shapes that are lines only."""


def sign(verdict: Verdict) -> dict[str, Any]:
    """How the points of a verdict are drawn, as matplotlib's ``plot`` takes it."""
    shape, size = SIGNS[verdict]
    colour = paint(COLOURS[verdict.status])
    edge = 1.6 if shape in STROKES else 0.0
    return {"linestyle": "none", "marker": shape, "markersize": size, "color": colour, "markeredgewidth": edge}


def present(words: Sequence[str]) -> list[Verdict]:
    """The verdicts that ``words`` name, the worst last, so that it is drawn above the others."""
    return sorted({VERDICTS[word] for word in words}, key=SEVERITY.index, reverse=True)


def handle(label: str, **drawn: Any) -> Any:
    """An entry of a legend."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label=label, **drawn)


def band(label: str) -> Any:
    """The entry of the allowance's band."""
    from matplotlib.patches import Patch

    return Patch(facecolor=(paint("allowed"), 0.22), edgecolor=paint("allowed"), linewidth=0.8, label=label)
