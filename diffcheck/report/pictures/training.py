"""A training run: the loss, torch's and exact, and how much of its allowance each step used."""

from collections.abc import Sequence
from math import inf
from typing import Any

from diffcheck.illustrations import Series
from diffcheck.report.numbers import counted, rough
from diffcheck.report.pictures.palette import paint
from diffcheck.report.pictures.scales import Linear, finite, loss_scale, placed
from diffcheck.report.pictures.sheet import legend, legend_height, scaled_x, scaled_y, sheet
from diffcheck.report.pictures.signs import band, handle

ABOVE, BELOW = 190.0, 70.0
MOST_SHARES = 10.0
"""Shares of the allowance beyond this are drawn there."""
CROSS = {"linestyle": "none", "marker": "x", "markersize": 5.5, "markeredgewidth": 1.4}
DOTS = {"linestyle": "none", "marker": "o", "markersize": 3.0, "markeredgewidth": 0}


def draw_training(series: Series) -> Any:
    """A figure of matplotlib: above the losses, below the largest share of the allowance, a step each."""
    entries = _entries(series)
    figure, [above, below] = sheet([ABOVE, BELOW], top=legend_height(entries, 3) + 4)
    _draw_losses(above, series)
    _draw_shares(below, series)
    scaled_x(below, Linear(1, max(len(series.losses), 1), whole=True), "step")
    above.grid(visible=True, axis="x")
    legend(figure, entries, 3)
    return figure


def _entries(series: Series) -> list[Any]:
    one = {"marker": "o", "markersize": 5} if len(series.losses) == 1 else {}
    found = [handle(f"torch, {series.dtype} on {series.device}", color=paint("torch"), **DOTS)]
    if series.exact:
        found = [handle("exact", color=paint("exact"), linewidth=1.5, **one), *found]
    if series.exact and finite(series.drift):
        found.append(band("what rounding may do to a sound run"))
    if series.expected:
        found.append(handle("expected", color=paint("expected"), marker="o", fillstyle="none", linestyle="none", markersize=7))
    if _without(series):
        found.append(handle("fails without a share", color=paint("fail"), **CROSS))
    return found


def _draw_losses(axes: Any, series: Series) -> None:
    scale = loss_scale((*series.losses, *series.exact, *(number for _, number in series.expected)))
    steps = list(range(1, len(series.losses) + 1))
    scaled_y(axes, scale, "loss")
    if series.exact:
        low, high = scale.limits
        reach = [(exact - drift, exact + drift) for exact, drift in zip(series.exact, _numbers(series.drift), strict=True)]
        feet = [low if foot != foot or foot < low else foot for foot in placed(scale, [each[0] for each in reach])]
        tops = [min(each, high) for each in placed(scale, [each[1] for each in reach])]
        colour = paint("allowed")
        axes.fill_between(steps, feet, tops, facecolor=(colour, 0.22), edgecolor=colour, linewidth=0.8)
        one = {"marker": "o", "markersize": 5} if len(steps) == 1 else {}
        axes.plot(steps, placed(scale, series.exact), color=paint("exact"), linewidth=1.5, **one)
    axes.plot(steps, placed(scale, series.losses), color=paint("torch"), **DOTS)
    if series.expected:
        places, numbers = zip(*series.expected, strict=True)
        axes.plot(places, placed(scale, numbers), color=paint("expected"), marker="o", fillstyle="none", linestyle="none",
                  markersize=7, clip_on=False)  # fmt: skip


def _numbers(numbers: Sequence[float | None]) -> list[float]:
    """NaN where there is none."""
    return [float("nan") if each is None else each for each in numbers]


def _draw_shares(axes: Any, series: Series) -> None:
    shares = [min(each, MOST_SHARES) for each in _numbers(series.shares)]
    steps = range(1, len(shares) + 1)
    highest = max(finite(shares), default=0.0)
    scaled_y(axes, Linear(0.0, max(1.1, highest)), "share of its\nallowance")
    axes.set_ylim(0, max(1.15, highest * 1.05))
    axes.fill_between(steps, shares, step="mid", facecolor=(paint("torch"), 0.3), linewidth=0)
    axes.plot(steps, shares, color=paint("torch"), linewidth=1.2, drawstyle="steps-mid", marker="o" if len(shares) == 1 else None,
              markersize=4)  # fmt: skip
    axes.axhline(1.0, color=paint("ink"), linewidth=1.0, linestyle=(0, (4, 3)))
    over = [(step, each) for step, each in zip(steps, shares, strict=True) if each > 1]
    if over:
        axes.plot(*zip(*over, strict=True), linestyle="none", marker="X", markersize=5, color=paint("fail"), markeredgewidth=0)
    without = _without(series)
    if without:
        axes.plot(without, [axes.get_ylim()[1]] * len(without), color=paint("fail"), clip_on=False, **CROSS)


def _without(series: Series) -> list[int]:
    """The failing steps whose largest share, if they have one, is not what fails."""
    return [step for step in series.failing if (share := series.shares[step - 1]) is None or not share > 1]


def told_training(series: Series) -> str:
    """The picture in words."""
    first, last = ("NaN" if each != each else rough(each) for each in (series.losses[0], series.losses[-1]))
    parts = [f"The loss of {counted(len(series.losses), 'step')}, from {first} to {last}, in {series.dtype} on {series.device}."]
    shares, infinite = finite(series.shares), sum(each == inf for each in series.shares)
    if shares:
        most = max(shares)
        step = series.shares.index(most) + 1
        kind = "finite share" if infinite else "share"
        parts.append(f"The largest {kind} of its allowance that a step used is {rough(most)}, in step {step}.")
    if infinite:
        parts.append(f"The share is infinite in {counted(infinite, 'step')}.")
    if infinite or max(shares, default=0.0) > MOST_SHARES:
        parts.append(f"Shares beyond {MOST_SHARES:g} are drawn at {MOST_SHARES:g}.")
    if series.failing:
        parts.append(f"{counted(len(series.failing), 'step')} fail{'s' * (len(series.failing) == 1)}{_told_without(series)}.")
    return " ".join(parts)


def _told_without(series: Series) -> str:
    without = _without(series)
    if not without:
        return ""
    crosses = "a cross stands" if len(without) == 1 else f"{len(without):,} crosses stand"
    return f"; where no share of an allowance tells it, {crosses} above the strip"
