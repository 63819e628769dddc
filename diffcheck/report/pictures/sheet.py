"""A sheet to draw on: matplotlib's figure and axes in the house's style, whatever the user's own settings are."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

from diffcheck.errors import UsageError
from diffcheck.illustrations import Mark
from diffcheck.report.failure import storable
from diffcheck.report.pictures.palette import paint
from diffcheck.report.pictures.scales import Scale

MISSING = "pictures need matplotlib, which the extra `plots` brings: pip install 'diffcheck[plots]'"
WIDTH, FONT, ROW = 504.0, 9.0, 15.0
"""In points: the sheet's width, the size of its letters, and the height of a row of the legend."""
LEFT, RIGHT, BOTTOM = 62.0, 12.0, 36.0
"""Margins, in points."""
LETTER = 5.3
"""About the width of a letter, in points."""
HANDLE = 38.0
"""What an entry of a legend is wider than its words, in points."""
LONGEST = 60
"""So many letters of a label fit an axis."""


def require_matplotlib() -> None:
    """Raise UsageError, which says how to get it, where matplotlib cannot be imported."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        raise UsageError(MISSING) from None


@contextmanager
def style() -> Iterator[None]:
    """Matplotlib's defaults, with texts taken literally and kept as texts; raises UsageError where it is missing."""
    require_matplotlib()
    import matplotlib.style

    ours = {
        "font.size": FONT, "text.parse_math": False, "svg.fonttype": "none", "svg.hashsalt": "diffcheck",
        "text.color": paint("ink"), "axes.labelcolor": paint("ink"), "axes.edgecolor": paint("soft"), "axes.linewidth": 0.8,
        "axes.axisbelow": True, "grid.color": paint("grid"), "grid.linewidth": 0.8, "xtick.color": paint("soft"),
        "ytick.color": paint("soft"), "xtick.major.size": 0, "ytick.major.size": 0, "axes.spines.top": False,
        "axes.spines.right": False, "path.simplify": False, "lines.solid_capstyle": "round", "legend.frameon": False,
    }  # fmt: skip
    with matplotlib.style.context(["default", ours]):
        yield


def sheet(heights: Sequence[float], *, top: float, right: float = RIGHT) -> tuple[Any, list[Any]]:
    """A figure with axes above one another, ``heights`` and the margin at the ``top`` in points."""
    from matplotlib.figure import Figure

    gap = 8.0
    found: list[Any] = []
    height = top + sum(heights) + gap * (len(heights) - 1) + BOTTOM
    figure = Figure(figsize=(WIDTH / 72, height / 72))
    figure.patch.set_visible(False)
    above = top
    for each in heights:
        box = (LEFT / WIDTH, 1 - (above + each) / height, (WIDTH - LEFT - right) / WIDTH, each / height)
        axes = figure.add_axes(box, sharex=found[0] if found else None)
        axes.patch.set_visible(False)
        found.append(axes)
        above += each + gap
    for axes in found[:-1]:
        axes.tick_params(labelbottom=False)
    return figure, found


def scaled_x(axes: Any, scale: Scale, label: str) -> None:
    """The axis along, with its ticks and words."""
    _scaled(axes.xaxis, scale)
    axes.set_xlim(*scale.limits)
    axes.set_xlabel(_labelled(label, scale))


def scaled_y(axes: Any, scale: Scale, label: str) -> None:
    """The axis upwards, with its ticks and words."""
    _scaled(axes.yaxis, scale)
    axes.set_ylim(*scale.limits)
    axes.set_ylabel(_labelled(label, scale))


def _scaled(axis: Any, scale: Scale) -> None:
    places, words = zip(*scale.ticks, strict=True) if scale.ticks else ((), ())
    axis.set_ticks(places, labels=words)
    axis.grid(visible=True)


def _labelled(label: str, scale: Scale) -> str:
    label = storable(label)  # a symbol of sympy may have any name
    short = label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…"
    return ", ".join(filter(None, (short, scale.unit)))


def legend(figure: Any, handles: Sequence[Any], most: int = 4) -> None:
    """What is what, at the top of the sheet, in at most so many columns."""
    if handles:
        figure.legend(
            handles=handles, loc="upper left", ncols=_columns(handles, most), borderaxespad=0.2, handlelength=1.8,
            bbox_to_anchor=(LEFT / WIDTH - 0.02, 1.0), columnspacing=1.4, handletextpad=0.6, labelspacing=0.35,
        )  # fmt: skip


def legend_height(handles: Sequence[Any], most: int = 4) -> float:
    """The height of a legend, in points."""
    return ROW * -(-len(handles) // _columns(handles, most)) + 4 if handles else 4


def _columns(handles: Sequence[Any], most: int) -> int:
    """As many columns as the sheet is wide enough for; matplotlib fills one after the other, the first ones with one more."""
    longest = [len(each.get_label()) for each in handles]
    for columns in range(min(most, len(handles)), 1, -1):
        rows, more = divmod(len(longest), columns)
        ends = [number * rows + min(number, more) for number in range(columns + 1)]
        widths = [max(longest[first:last]) * LETTER + HANDLE for first, last in pairwise(ends)]
        if sum(widths) <= WIDTH - LEFT + RIGHT:
            return columns
    return 1


def mark(axes: Any, all_axes: Sequence[Any], scale: Scale, marks: Sequence[Mark]) -> None:
    """Lines at special places, through ``all_axes``; their words above ``axes``, those of near neighbours together."""
    low, high = scale.limits
    stretches: list[tuple[float, float, list[str]]] = []
    for each in marks:
        place = scale.place(each.place)
        if low <= place <= high:
            stretches.append((place, place, [each.kind]))
            for every in all_axes:
                every.axvline(place, color=paint("soft"), linewidth=0.9, linestyle=(0, (4, 2)), zorder=1.5)
    for first, last, kinds in _without_overlap(stretches, (high - low) / (WIDTH - LEFT - RIGHT)):
        middle = (first + last) / 2
        share = (middle - low) / (high - low)
        side = "left" if share < 0.04 else "right" if share > 0.96 else "center"
        axes.annotate(told_marks(kinds), (middle, 1), (0, 3), xycoords=("data", "axes fraction"), textcoords="offset points",
                      ha=side, va="bottom", color=paint("soft"), fontsize=FONT - 1, annotation_clip=False)  # fmt: skip


def _without_overlap(stretches: list[tuple[float, float, list[str]]], point: float) -> list[tuple[float, float, list[str]]]:
    """Neighbours whose words would touch taken together, until none do; a ``point`` is so long on the axis."""

    def reach(stretch: tuple[float, float, list[str]], side: int) -> float:
        return (stretch[0] + stretch[1]) / 2 + side * (len(told_marks(stretch[2])) + 1) * LETTER / 2 * point

    found: list[tuple[float, float, list[str]]] = []
    for each in stretches:
        found.append(each)
        while len(found) > 1 and reach(found[-1], -1) < reach(found[-2], 1):
            last, before = found.pop(), found.pop()
            found.append((before[0], last[1], [*before[2], *last[2]]))
    return found


def told_marks(kinds: Sequence[str]) -> str:
    """What is marked: ``pole``, ``3 poles``, ``kink, pole``."""
    counts = {kind: kinds.count(kind) for kind in kinds}
    return ", ".join(kind if count == 1 else f"{count} {kind}s" for kind, count in counts.items())
