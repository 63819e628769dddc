"""The three derivatives in one plot: exact as a line, torch's as dots, finite differences as dashes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import quantiles
from typing import Any

from diffcheck.illustrations import Portrait, Slice
from diffcheck.report.numbers import counted, rough, spelled
from diffcheck.report.pictures.palette import paint
from diffcheck.report.pictures.scales import Linear, Magnitudes, Scale, finite, placed, scale_of
from diffcheck.report.pictures.sheet import legend, legend_height, mark, scaled_x, scaled_y, sheet, told_marks
from diffcheck.report.pictures.signs import handle

HEIGHT = 210.0
DASHES = (0, (4, 3))
EXACT_WIDTH = 3.6
"""Wide enough to be seen below the two that should lie on it."""
SEEN = 0.01
"""What lies nearer to a line, as a share of the axes, is not told apart from it."""
ARROW = {"linestyle": "none", "markersize": 5, "markeredgewidth": 0}
CROSS = {"linestyle": "none", "marker": "x", "markersize": 4.5, "markeredgewidth": 1.2}
CROWD = 6.0
"""The heights are cut where the range of all is so many times beyond that of the middle eight tenths."""
BREAKS = frozenset({"kink", "jump", "pole", "border", "tie"})
"""Marks that lines do not cross."""


def draw_derivatives(portrait: Portrait) -> Any:
    """A figure of matplotlib."""
    drawn = portrait.slice
    assert drawn is not None
    along, upwards = _scale_along(drawn), _scale_upwards(drawn)
    dots = _Curve(drawn, along, upwards, drawn.automatic)
    entries = _entries(drawn, len(dots.beyond(1)) + len(dots.beyond(-1)))
    figure, [axes] = sheet([HEIGHT], top=legend_height(entries) + (14 if drawn.marks else 5))
    scaled_x(axes, along, _held(drawn))
    scaled_y(axes, upwards, _subject(portrait))
    low, high = upwards.limits
    exact = _Curve(drawn, along, upwards, drawn.symbolic)
    axes.plot(*exact.broken, color=paint("exact"), linewidth=EXACT_WIDTH, solid_joinstyle="round")
    seen = _Curve(drawn, along, upwards, drawn.numerical)
    axes.plot(*seen.broken, color=paint("numerical"), linewidth=1.5, linestyle=DASHES)
    axes.plot(*dots.within, color=paint("torch"), linestyle="none", marker="o", markersize=2.6, markeredgewidth=0)
    for side, shape, edge in ((1, "^", high), (-1, "v", low)):
        beyond = dots.beyond(side)
        axes.plot(beyond, [edge] * len(beyond), color=paint("torch"), marker=shape, clip_on=False, **ARROW)
    _draw_nothing(axes, drawn, along)
    mark(axes, [axes], along, drawn.marks)
    legend(figure, entries)
    return figure


def _entries(drawn: Slice, cut: int) -> list[Any]:
    """The legend, what is cut off included."""
    style = {"linestyle": "none", "marker": "o", "markersize": 3.6, "markeredgewidth": 0}
    found = [handle("exact", color=paint("exact"), linewidth=EXACT_WIDTH), handle("torch", color=paint("torch"), **style)]
    if finite(drawn.numerical):
        found.append(handle("finite differences", color=paint("numerical"), linewidth=1.5, linestyle=DASHES))
    if cut:
        found.append(handle(f"{counted(cut, 'number')} beyond", color=paint("torch"), marker="^", **ARROW))
    nothing = sum(map(_is_nothing, drawn.automatic))
    if nothing:
        found.append(handle(f"torch: no number ({nothing:,})", color=paint("fail"), **CROSS))
    return found


def _subject(portrait: Portrait) -> str:
    """``d/dx``; a dtype, a device and a mode are no part of an axis's name."""
    return ".".join(portrait.subject.split(".")[3:])


def _held(drawn: Slice) -> str:
    """The axis's name, with where the others stand."""
    held = ", ".join(f"{name} = {rough(number)}" for name, number in drawn.held.items())
    return f"{drawn.variable}, at {held}" if held else drawn.variable


def _scale_along(drawn: Slice) -> Scale:
    """Linear where the places are evenly spread, else one of magnitudes."""
    places = drawn.places
    widest = max(after / 2 - before / 2 for before, after in pairwise(places))
    even = widest <= 4 * (places[-1] / 2 - places[0] / 2) / (len(places) - 1)
    return Linear(places[0], places[-1]) if even else scale_of(places)


def _scale_upwards(drawn: Slice) -> Scale:
    """All numbers, unless a few of them would press the others flat: then about the middle eight tenths."""
    numbers = finite((*drawn.symbolic, *drawn.automatic))
    if not numbers:
        return Linear(0.0, 1.0)
    low, high = min(numbers), max(numbers)
    inner = [_crowd(finite(each)) for each in (drawn.symbolic, drawn.automatic)]
    least, most = min(each[0] for each in inner if each), max(each[1] for each in inner if each)
    if (high / 2 - low / 2) <= CROWD * (most / 2 - least / 2) or least == most:
        return _or_magnitudes(low, high, numbers)
    margin = (most / 2 - least / 2) * 0.6
    return _or_magnitudes(max(low, least - margin), min(high, most + margin), numbers)


def _or_magnitudes(low: float, high: float, numbers: Sequence[float]) -> Scale:
    """Linear; of numbers over a hundred magnitudes by magnitude."""
    size = max(abs(low), abs(high))
    small = sorted(abs(each) for each in numbers if each)[len(numbers) // 4 : len(numbers) // 4 + 1]
    if small and small[0] < size * 1e-100:
        return Magnitudes(low, high, max(small[0], size * 1e-200, 5e-324))
    return Linear(low, high)


def _crowd(numbers: list[float]) -> tuple[float, float] | None:
    """Between which the middle eight tenths lie."""
    if len(numbers) < 20:
        return (min(numbers), max(numbers)) if numbers else None
    parts = quantiles([each / 2 for each in numbers], n=10)  # halves, because differences of large numbers overflow
    return parts[0] * 2, parts[-1] * 2


@dataclass(frozen=True)
class _Curve:
    """Numbers along the slice, where they stand."""

    drawn: Slice
    along: Scale
    upwards: Scale
    numbers: tuple[float | None, ...]

    @property
    def heights(self) -> list[float]:
        """NaN for what stands nowhere."""
        return placed(self.upwards, self.numbers)

    @property
    def places(self) -> list[float]:
        """Along."""
        return placed(self.along, self.drawn.places)

    @property
    def broken(self) -> tuple[list[float], list[float]]:
        """A line that breaks where there is no number, and at kinks, jumps and poles; what is far beyond is brought near."""
        low, high = self.upwards.limits
        reach = high - low
        breaks = [each.place for each in self.drawn.marks if each.kind in BREAKS]
        xs: list[float] = []
        ys: list[float] = []
        before = None
        for number, x, y in zip(self.drawn.places, self.places, self.heights, strict=True):
            if before is not None and any(before <= each <= number for each in breaks):
                xs.append(x)
                ys.append(float("nan"))
            xs.append(x)
            ys.append(min(max(y, low - reach), high + reach) if y == y else y)
            before = number
        return xs, ys

    @property
    def within(self) -> tuple[list[float], list[float]]:
        """What stands on the axes; of what lies on the exact line, as far as can be seen, every third."""
        low, high = self.upwards.limits
        exact = placed(self.upwards, self.drawn.symbolic)
        triples = enumerate(zip(self.places, self.heights, exact, strict=True))
        seen = SEEN * (high - low)
        found = [(x, y) for index, (x, y, line) in triples if low <= y <= high and (index % 3 == 0 or not abs(y - line) < seen)]
        return [x for x, _ in found], [y for _, y in found]

    def beyond(self, side: int) -> list[float]:
        """Along: what stands above (1) or below (-1) them, infinities too."""
        low, high = self.upwards.limits
        triples = zip(self.places, self.heights, self.numbers, strict=True)
        return [x for x, y, number in triples
                if number is not None and (number == side * float("inf") or (y > high if side > 0 else y < low))]  # fmt: skip


def _draw_nothing(axes: Any, drawn: Slice, along: Scale) -> None:
    """Where torch returned NaN or no gradient, or raised: crosses at the foot."""
    pairs = zip(drawn.places, drawn.automatic, strict=True)
    places = [along.place(place) for place, number in pairs if _is_nothing(number)]
    if places:
        axes.plot(places, [axes.get_ylim()[0]] * len(places), color=paint("fail"), clip_on=False, **CROSS)


def _is_nothing(number: float | None) -> bool:
    return number is None or number != number


def told_derivatives(portrait: Portrait) -> str:
    """The picture in words."""
    drawn = portrait.slice
    assert drawn is not None
    pairs = [(abs(each - exact), place) for each, exact, place in zip(drawn.automatic, drawn.symbolic, drawn.places, strict=True)
             if each is not None and exact is not None and abs(each - exact) < float("inf")]  # fmt: skip
    span = f"from {spelled(drawn.places[0])} to {spelled(drawn.places[-1])}"
    parts = [f"The exact derivative, torch's and finite differences at {counted(len(drawn.places), 'place')} {span}."]
    if pairs:
        off, place = max(pairs)
        furthest = f"Torch is furthest off at {drawn.variable} = {spelled(place)}, by {rough(off)}."
        parts.append(furthest if off else "Where both are numbers torch's is the exact one, rounded.")
    nothing = sum(map(_is_nothing, drawn.automatic))
    if nothing:
        parts.append(f"Torch returns no number at {counted(nothing, 'place')}.")
    if drawn.marks:
        parts.append(f"Marked: {told_marks([each.kind for each in drawn.marks])}.")
    if drawn.unmarked:
        parts.append(f"{drawn.unmarked[0].upper()}{drawn.unmarked[1:]}.")
    return " ".join(parts)
