"""Errors over two variables: a map of points, coloured by their share of the allowance, failing ones outlined."""

from typing import Any

from diffcheck.illustrations import Errors, Portrait
from diffcheck.report.pictures.errors import told_points
from diffcheck.report.pictures.palette import LEVELS, paint
from diffcheck.report.pictures.scales import placed, scale_of
from diffcheck.report.pictures.sheet import legend, legend_height, scaled_x, scaled_y, sheet
from diffcheck.report.pictures.signs import handle, sign
from diffcheck.results import Policy
from diffcheck.verdict import VERDICTS, Verdict

HEIGHT = 300.0
BOUNDS = (0.01, 0.1, 0.5, 1.0)
"""Shares of the allowance that part one colour from the next."""
WORDS = (*(f"up to {each:.0%}" for each in BOUNDS), "beyond it")
DOT = {"marker": "o", "markeredgewidth": 0, "linestyle": "none"}
FAILS = {"color": paint("fail"), "marker": "s", "fillstyle": "none", "markersize": 9, "markeredgewidth": 1.5,
         "linestyle": "none"}  # fmt: skip
SIZES = (3.6, 4.0, 4.6, 5.4, 6.4)
"""Larger shares are drawn larger, so that a colour does not tell alone."""


def moving(errors: Errors) -> list[str]:
    """The variables that are not the same at all points."""
    return [name for name, column in errors.columns.items() if len(set(column)) > 1]


def draw_landscape(portrait: Portrait, policy: Policy) -> Any:
    """A figure of matplotlib; of errors that two variables move. What ``policy`` does not let pass is outlined."""
    errors = portrait.errors
    across, upwards = moving(errors)
    groups = _groups(errors, policy)
    entries = [handle(label, **style) for label, style, _ in groups]
    figure, [axes] = sheet([HEIGHT], top=legend_height(entries) + 4)
    scales = scale_of(errors.columns[across]), scale_of(errors.columns[upwards])
    scaled_x(axes, scales[0], across)
    scaled_y(axes, scales[1], upwards)
    xs, ys = placed(scales[0], errors.columns[across]), placed(scales[1], errors.columns[upwards])
    for _, style, chosen in groups:
        axes.plot([xs[index] for index in chosen], [ys[index] for index in chosen], **style, clip_on=False)
    legend(figure, entries)
    return figure


def _groups(errors: Errors, policy: Policy) -> list[tuple[str, dict[str, Any], list[int]]]:
    """Points that are drawn alike: what they are, how they are drawn, and which; those that fail are outlined besides."""
    levels = [_level(share) for share in errors.shares]
    failing = [index for index, word in enumerate(errors.verdicts) if not policy.passes([VERDICTS[word]])]
    without = [index for index, level in enumerate(levels) if level is None and index not in set(failing)]
    found: list[tuple[str, dict[str, Any], list[int]]] = []
    for level in sorted({level for level in levels if level is not None}):
        style = {"color": paint(LEVELS[level]), "markersize": SIZES[level], **DOT}
        chosen = [index for index, each in enumerate(levels) if each == level]
        found.append((f"{WORDS[level]}{'' if found else ' of the allowance'}", style, chosen))
    if without:
        found.append((f"no distance ({len(without):,})", sign(Verdict.UNDECIDED), without))
    if failing:
        found.append((f"fails ({_of(errors, failing)})", FAILS, failing))
    return found


def _of(errors: Errors, shown: list[int]) -> str:
    """``3``; where not all points of the same verdicts are shown ``3 of 10``."""
    words = {errors.verdicts[index] for index in shown}
    whole = sum(errors.counts[word] for word in words)
    return f"{len(shown):,}" if whole == len(shown) else f"{len(shown):,} of {whole:,}"


def _level(share: float | None) -> int | None:
    return None if share is None else sum(share > bound for bound in BOUNDS)


def told_landscape(portrait: Portrait, policy: Policy) -> str:
    """The picture in words."""
    errors = portrait.errors
    across, upwards = moving(errors)
    shares = [share for share in errors.shares if share is not None]
    largest = f" The largest share of an allowance is {max(shares):.3g}." if shares else ""
    return f"{told_points(errors, policy, f' over {across} and {upwards}')}.{largest}"
