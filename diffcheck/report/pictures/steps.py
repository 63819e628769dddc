"""The V-curve: how far finite differences are off, step by step, beside torch's own error and gradcheck's word."""

from typing import Any

from diffcheck.illustrations import Portrait, Steps
from diffcheck.report.numbers import rough, spelled
from diffcheck.report.pictures.palette import paint
from diffcheck.report.pictures.scales import Logarithmic, placed
from diffcheck.report.pictures.sheet import FONT, legend, legend_height, scaled_x, scaled_y, sheet
from diffcheck.report.pictures.signs import handle

HEIGHT = 210.0
LEAST = 1e-300
"""Errors below this stand at the foot."""
TINY = 5e-324
"""Stands for what is nearer to zero than any double."""


def draw_steps(portrait: Portrait) -> Any:
    """A figure of matplotlib."""
    drawn = portrait.steps
    assert drawn is not None
    along = Logarithmic(min(drawn.steps[0], drawn.gradcheck_step), max(drawn.steps[-1], drawn.gradcheck_step))
    upwards = _scale_upwards(drawn)
    lines = _lines(drawn)
    entries = [handle("finite differences", color=paint("numerical"), linewidth=1.2, marker="o", markersize=3)]
    entries += [handle(label, **style) for label, _, style in lines]
    figure, [axes] = sheet([HEIGHT], top=legend_height(entries, 3) + 14)
    scaled_x(axes, along, f"step in {drawn.variable}")
    scaled_y(axes, upwards, "off the exact derivative by")
    foot = upwards.limits[0]
    heights = [y if y == y or error != 0 else foot for y, error in zip(placed(upwards, drawn.errors), drawn.errors, strict=True)]
    axes.plot(placed(along, drawn.steps), heights, color=paint("numerical"), linewidth=1.2, marker="o", markersize=3,
              markeredgewidth=0, clip_on=False)  # fmt: skip
    for _, error, style in lines:
        axes.axhline(upwards.place(error) if error > LEAST else foot, **style)
    _draw_gradcheck(axes, drawn, along)
    legend(figure, entries, 3)
    return figure


def _scale_upwards(drawn: Steps) -> Logarithmic:
    errors = (*drawn.errors, drawn.torch_error, drawn.gradcheck_allows)
    found = [each for each in errors if each is not None and LEAST < each < float("inf")]
    low, high = min(found, default=1e-16), max(found, default=1.0)
    return Logarithmic(low / 4, high * 4 if high < 1e300 else high)


def _lines(drawn: Steps) -> list[tuple[str, float, dict[str, Any]]]:
    """Torch's own error and gradcheck's tolerance: what each is, its height and how it is drawn."""
    found: list[tuple[str, float, dict[str, Any]]] = []
    if drawn.torch_error is not None:
        exactly = "torch's gradient, right to the last bit" if drawn.torch_error == 0 else "torch's gradient"
        found.append((exactly, drawn.torch_error, {"color": paint("torch"), "linewidth": 2.0}))
    if drawn.gradcheck_allows > 0:
        style = {"color": paint("allowed"), "linewidth": 1.2, "linestyle": (0, (5, 3))}
        found.append(("gradcheck's tolerance", drawn.gradcheck_allows, style))
    return found


def _draw_gradcheck(axes: Any, drawn: Steps, along: Logarithmic) -> None:
    colour = paint("pass" if drawn.gradcheck_passes else "fail")
    place = along.place(drawn.gradcheck_step)
    axes.axvline(place, color=colour, linewidth=1.2, linestyle=(0, (1.5, 1.5)))
    low, high = along.limits
    share = (place - low) / (high - low)
    axes.annotate(_word(drawn), (place, 1), (0, 3), xycoords=("data", "axes fraction"), textcoords="offset points",
                  ha="left" if share < 0.2 else "right" if share > 0.8 else "center", va="bottom", color=colour,
                  fontsize=FONT, annotation_clip=False)  # fmt: skip


def _word(drawn: Steps) -> str:
    return f"gradcheck: {drawn.gradcheck}"


def told_steps(portrait: Portrait) -> str:
    """The picture in words."""
    drawn = portrait.steps
    assert drawn is not None
    errors = [(each, step) for each, step in zip(drawn.errors, drawn.steps, strict=True) if each is not None]
    where = f"{drawn.variable} = {spelled(drawn.point[drawn.variable])}"
    exact = "nearer to zero than any double" if abs(drawn.exact) == TINY else spelled(drawn.exact)
    parts = [f"Central differences at {where}, where the derivative is {exact}."]
    if errors:
        least, step = min(errors)
        parts.append(f"The best step, {rough(step)}, is {_off(least)}.")
    alone = ", of this point run alone," if drawn.alone else ""
    off = drawn.torch_without if drawn.torch_error is None else f"is {_off(drawn.torch_error)}"
    parts.append(f"Torch's own gradient in float64{alone} {off}." if drawn.torch_error is not None
                 else f"In float64 torch's own backward{alone} {off or 'returns no number'}.")  # fmt: skip
    return " ".join([*parts, _told_gradcheck(drawn)])


def _off(error: float) -> str:
    """``off by 1.2e-9``; where it is nothing, or too small to be told, that."""
    if error == 0:
        return "right to the last bit"
    return "off by less than a double can tell" if error == TINY else f"off by {rough(error)}"


def _told_gradcheck(drawn: Steps) -> str:
    """What gradcheck says, and what it compares by this variable."""
    said = f"torch.autograd.gradcheck {drawn.gradcheck}"
    if drawn.gradcheck_error is None:
        return f"With its step of {drawn.gradcheck_step:g} {said}."
    apart = f"{rough(drawn.gradcheck_error)} apart, and {rough(drawn.gradcheck_allows)} is allowed"
    if drawn.within == drawn.gradcheck_passes:
        return f"With its step of {drawn.gradcheck_step:g} {said}: the two are {apart}."
    more = "" if drawn.gradcheck_passes else ": it asks for more than this partial"
    return f"With its step of {drawn.gradcheck_step:g} {said}, though the two are {apart}{more}."
