"""Pictures of training runs: the loss, torch's and exact, and how much of its allowance each step used."""

from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from diffcheck.errors import UsageError
from diffcheck.illustrations import Series
from diffcheck.report.repro import safe_name
from diffcheck.results import RunResult

MISSING = "pictures need matplotlib, which the extra `plots` brings: pip install 'diffcheck[plots]'"
TORCH, EXACT, EXPECTED = "#c2410c", "#1d4ed8", "#047857"
"""Colours that stay apart for the colour-blind, and on paper."""


def write_plots(result: RunResult, folder: str | Path) -> list[Path]:
    """Write a picture for each training run into ``folder``, which is made where it is not; their paths.

    Files are called after the case, dtype and device: ``descent_by_sgd.float32.cpu.svg``. Raises UsageError where
    matplotlib is missing, or where nothing can be written.
    """
    made: list[Path] = []
    for name, series in _runs(result):
        path = next(path for path in _paths(Path(folder), name) if path not in made)
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
            picture(series, name).savefig(path, format="svg")
        except OSError as error:
            raise UsageError(f"cannot write {error.filename or folder}: {error.strerror}") from None
        made.append(path)
    return made


def _paths(folder: Path, name: str) -> Iterator[Path]:
    """Names for the cases of one name, in several files."""
    yield folder / f"{name}.svg"
    yield from (folder / f"{name}-{number}.svg" for number in count(2))


def _runs(result: RunResult) -> Iterator[tuple[str, Series]]:
    for case in result.cases:
        for series in case.series:
            if series.losses:
                yield f"{safe_name(case.name) or 'case'}.{series.dtype}.{series.device}", series


def picture(series: Series, title: str) -> Any:
    """A figure of matplotlib: above the losses, below the largest share of the allowance, a step each.

    Raises UsageError where matplotlib is missing.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError(MISSING) from None
    figure = Figure(figsize=(7.5, 5.5), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    _draw_losses(above, series)
    above.set_title(title)
    steps = range(1, len(series.shares) + 1)
    shares = _drawn(series.shares)
    below.fill_between(steps, shares, step="mid", color=TORCH, alpha=0.35)
    below.plot(steps, shares, color=TORCH, linewidth=1, marker="." if len(series.shares) == 1 else None)
    below.axhline(1.0, color="0.3", linewidth=0.8, linestyle="--")
    highest = max((min(each, 10.0) for each in shares if each == each), default=0.0)
    below.set(xlabel="step", ylabel="share of the\nallowance", ylim=(0, max(1.15, highest)))
    return figure


LARGEST = 1e100
"""Beyond this a scale has no ticks that can be drawn; such numbers, and those that are not finite, are left out."""


def _drawn(numbers: Iterable[float | None]) -> list[float]:
    return [float("nan") if each is None or not abs(each) < LARGEST else each for each in numbers]


def _draw_losses(axes: Any, series: Series) -> None:
    steps = list(range(1, len(series.losses) + 1))
    if series.exact:
        exactly = _drawn(series.exact)
        axes.plot(steps, exactly, color=EXACT, linewidth=1.5, label="exact", marker="o" if len(steps) == 1 else None)
        drifts = _drawn(series.drift)
        low = [exact - drift for exact, drift in zip(exactly, drifts, strict=True)]
        high = [exact + drift for exact, drift in zip(exactly, drifts, strict=True)]
        axes.fill_between(steps, low, high, color=EXACT, alpha=0.2, linewidth=0, label="what rounding may do to a sound run")
    axes.plot(steps, _drawn(series.losses), ".", color=TORCH, markersize=4, label=f"torch, {series.dtype} on {series.device}")
    if series.expected:
        places, numbers = zip(*series.expected, strict=True)
        axes.plot(places, numbers, "o", color=EXPECTED, fillstyle="none", markersize=7, label="expected")
    if min(each for each in (*_drawn(series.losses), 1.0) if each == each) > 0:
        axes.set_yscale("log")
    axes.set_ylabel("loss")
    axes.grid(visible=True, linewidth=0.4, alpha=0.5)
    axes.legend(frameon=False, fontsize="small")
