"""How far torch is off at each point, in ulps, over what rounding may do to a sound program."""

from dataclasses import dataclass
from math import isfinite
from typing import Any

from diffcheck.illustrations import Errors, Mark, Portrait
from diffcheck.report.numbers import counted, rough, spelled
from diffcheck.report.pictures.palette import paint
from diffcheck.report.pictures.scales import Linear, Magnitudes, Scale, finite, placed, runs, scale_of
from diffcheck.report.pictures.sheet import legend, legend_height, mark, scaled_x, scaled_y, sheet
from diffcheck.report.pictures.signs import band, handle, present, sign
from diffcheck.results import Policy
from diffcheck.verdict import VERDICTS, Status, Verdict

HEIGHT, STRIP = 190.0, 14.0
"""Of the axes, and of a row of the strip above them, in points."""
FEW_ULPS = 6
"""Errors, and allowances, up to so many ulps need no logarithm."""
FARTHEST = 1e120
"""Errors beyond so many ulps stand in the strip, as infinite ones do."""
ALLOWED = "what rounding may do"
DASH = {"linestyle": "none", "marker": "_", "markersize": 5, "markeredgewidth": 1.0}


def draw_errors(portrait: Portrait) -> Any:
    """A figure of matplotlib."""
    drawn = _Drawn(portrait.errors, portrait.variable)
    marks = portrait.slice.marks if portrait.slice is not None else ()
    entries = [handle(_counted(drawn.errors, each), **sign(each)) for each in reversed(drawn.verdicts)]
    entries += _allowance_entry(drawn)
    top = legend_height(entries) + (14 if marks else 4)
    rows = drawn.rows
    figure, axes = sheet([STRIP * len(rows), HEIGHT] if rows else [HEIGHT], top=top)
    _draw_points(axes[-1], drawn)
    if rows:
        _draw_strip(axes[0], drawn, rows)
    scaled_x(axes[-1], drawn.along, portrait.variable)
    mark(axes[0], axes, drawn.along, _within(marks, drawn.errors.columns[portrait.variable]))
    legend(figure, entries)
    return figure


def _allowance_entry(drawn: "_Drawn") -> list[Any]:
    if not drawn.has_allowance:
        return []
    return [band(ALLOWED)] if drawn.moves_alone else [handle(ALLOWED, color=paint("allowed"), **DASH)]


def _counted(errors: Errors, verdict: Verdict) -> str:
    """``wrong``, with how many are shown where there are several kinds, and of how many where not all of them are."""
    shown, whole = errors.verdicts.count(verdict.word), errors.counts[verdict.word]
    if shown < whole:
        return f"{verdict.word} ({shown:,} of {whole:,})"
    return verdict.word if shown == len(errors.verdicts) else f"{verdict.word} ({shown:,})"


def _within(marks: tuple[Mark, ...], along: tuple[float, ...]) -> tuple[Mark, ...]:
    return tuple(each for each in marks if min(along) <= each.place <= max(along))


@dataclass(frozen=True)
class _Drawn:
    """What of the errors stands where."""

    errors: Errors
    variable: str

    @property
    def verdicts(self) -> list[Verdict]:
        """Those there are, the worst last."""
        return present(self.errors.verdicts)

    @property
    def along(self) -> Scale:
        """The scale of the variable."""
        return scale_of(self.errors.columns[self.variable])

    @property
    def scale(self) -> Scale:
        """The scale of errors: linear up to one ulp, or where all are small."""
        numbers = [each for each in finite((*self.errors.off_ulps, *self.errors.allowed_ulps)) if each < FARTHEST]
        highest = max([*numbers, 1.0])
        return Magnitudes(0.0, highest * 1.5, 1.0) if highest > FEW_ULPS else Linear(0.0, highest * 1.05)

    def stands(self, index: int) -> bool:
        """The point has a distance that can be drawn."""
        off = self.errors.off_ulps[index]
        return off is not None and off < FARTHEST

    @property
    def rows(self) -> list[Verdict]:
        """The verdicts of points without one, a row of the strip each, the worst on top."""
        return present([word for index, word in enumerate(self.errors.verdicts) if not self.stands(index)])

    def places(self, verdict: Verdict, *, standing: bool) -> list[int]:
        """The points of a verdict that stand among the errors, or those that do not."""
        words = enumerate(self.errors.verdicts)
        return [index for index, word in words if word == verdict.word and self.stands(index) is standing]

    @property
    def has_allowance(self) -> bool:
        """There is one to be drawn."""
        return any(each is not None for each in self.errors.allowed_ulps)

    @property
    def moves_alone(self) -> bool:
        """No other variable differs between the points, so that the allowance is a line along this one."""
        return all(len(set(column)) == 1 for name, column in self.errors.columns.items() if name != self.variable)


def _draw_points(axes: Any, drawn: _Drawn) -> None:
    along = placed(drawn.along, drawn.errors.columns[drawn.variable])
    scaled_y(axes, drawn.scale, "off by, in ulps")
    if drawn.has_allowance:
        _draw_allowance(axes, drawn, along)
    for verdict in drawn.verdicts:
        chosen = drawn.places(verdict, standing=True)
        offs = placed(drawn.scale, [drawn.errors.off_ulps[index] for index in chosen])
        axes.plot([along[index] for index in chosen], offs, **sign(verdict), clip_on=False)


def _draw_allowance(axes: Any, drawn: _Drawn, along: list[float]) -> None:
    """A band from zero; beyond the axes where it is infinite; by point where other variables move it too."""
    highest = drawn.scale.limits[1]
    allowed = [None if each is None else drawn.scale.place(each) if each < FARTHEST else highest
               for each in drawn.errors.allowed_ulps]  # fmt: skip
    colour = paint("allowed")
    if len(along) == 1 and allowed[0] is not None:
        axes.axhspan(0, allowed[0], facecolor=(colour, 0.22), edgecolor=colour, linewidth=0.8)
    elif not drawn.moves_alone:
        heights = [float("nan") if each is None else each for each in allowed]
        axes.plot(along, heights, color=colour, **DASH)
    else:
        for stretch in runs(allowed):
            places = [along[index] for index in stretch]
            tops = [allowed[index] or 0.0 for index in stretch]
            axes.fill_between(places, tops, facecolor=(colour, 0.22), linewidth=0)
            axes.plot(places, tops, color=colour, linewidth=0.8, marker="_" if len(places) == 1 else None)


def _draw_strip(axes: Any, drawn: _Drawn, rows: list[Verdict]) -> None:
    """Above: points that are no distance off, a row a verdict."""
    along = placed(drawn.along, drawn.errors.columns[drawn.variable])
    for height, verdict in enumerate(rows):
        places = [along[index] for index in drawn.places(verdict, standing=False)]
        axes.plot(places, [height] * len(places), **sign(verdict), clip_on=False)
    axes.set_ylim(-0.5, len(rows) - 0.5)
    axes.set_yticks(range(len(rows)), labels=[each.word for each in rows])
    axes.grid(visible=True, axis="x")
    axes.spines["bottom"].set_visible(False)


def told_points(errors: Errors, policy: Policy, where: str = "") -> str:
    """How many points were judged, how many of them are shown, and which do not pass, a sentence without its full stop."""
    shown = len(errors.verdicts)
    chosen = f"; {shown:,} are shown, the worst of each verdict among them" if errors.of > shown else ""
    failing = {word: count for word, count in errors.counts.items() if not policy.passes([VERDICTS[word]])}
    kinds = ", ".join(f"{count:,} {word}" for word, count in failing.items())
    by_policy = "" if all(VERDICTS[word].status is Status.FAIL for word in failing) else ", which the run fails on"
    return f"{counted(errors.of, 'point')}{where}{chosen}: {kinds or 'none fails'}{by_policy}"


def told_errors(portrait: Portrait, policy: Policy) -> str:
    """The picture in words."""
    errors = portrait.errors
    parts = [f"{told_points(errors, policy)}."]
    ranked = [index for index, off in enumerate(errors.off_ulps) if off is not None]
    if ranked:
        worst = max(ranked, key=lambda index: errors.off_ulps[index] or 0.0)
        where = f"{portrait.variable} = {spelled(errors.columns[portrait.variable][worst])}"
        parts.append(f"The largest error is {rough(errors.off_ulps[worst])} ulps, at {where}{_room(errors, worst)}.")
    without = len(errors.off_ulps) - len(ranked)
    if without:
        stand = "stands" if without == 1 else "stand"
        parts.append(f"{counted(without, 'point')} without a distance {stand} in the strip above.")
    return " ".join(parts)


def _room(errors: Errors, index: int) -> str:
    """How far a sound program may be off at a point, and why it agrees where it is further off."""
    allowed, off = errors.allowed_ulps[index], errors.off_ulps[index]
    if allowed is None:
        return ""
    agrees = errors.verdicts[index] == Verdict.AGREES.word and off is not None and off > allowed
    why = ": two units in the last place agree whatever is allowed" if agrees else ""
    return f", where {rough(allowed)} {'is' if not isfinite(allowed) else 'are'} allowed{why}"
