"""The colours of all pictures: a table, a row a colour, each with a value for light and one for dark paper.

Pictures are drawn with the light values, no two of which are alike; in SVG each becomes a CSS variable.
"""

from dataclasses import dataclass
from enum import Enum


class Use(Enum):
    """What a colour is for, which settles how much it must stand out from the paper (WCAG 2.2, 1.4.3 and 1.4.11)."""

    PAPER = 1.0
    DECORATION = 1.05
    """Nothing is lost where it is not seen."""
    GRAPHICS = 3.0
    TEXT = 4.5


@dataclass(frozen=True)
class Shade:
    """One colour."""

    light: str
    """On light paper, as ``#rrggbb``."""
    dark: str
    """On dark paper."""
    use: Use


PALETTE = {
    #                  light      dark       use
    "paper":     Shade("#ffffff", "#111827", Use.PAPER),
    "ink":       Shade("#1f2937", "#e5e7eb", Use.TEXT),
    "soft":      Shade("#4b5563", "#a3acba", Use.TEXT),        # axes, marks and their words
    "grid":      Shade("#e2e5ea", "#2b3546", Use.DECORATION),
    "exact":     Shade("#3069f0", "#4d7cf3", Use.TEXT),
    "torch":     Shade("#ea580c", "#fba94c", Use.GRAPHICS),
    "numerical": Shade("#065f46", "#4eeab5", Use.TEXT),
    "expected":  Shade("#14532d", "#d9f99d", Use.TEXT),
    "allowed":   Shade("#7486a0", "#8494ad", Use.GRAPHICS),    # what rounding may do
    "pass":      Shade("#2563eb", "#6f9dff", Use.TEXT),
    "counted":   Shade("#c27803", "#ffd866", Use.GRAPHICS),
    "fail":      Shade("#9f1239", "#ff6b81", Use.TEXT),
    "open":      Shade("#6b7280", "#b3bccb", Use.TEXT),
    "level-0":   Shade("#5f93c9", "#51658c", Use.GRAPHICS),    # shares of an allowance, from small to large
    "level-1":   Shade("#3b74bd", "#5b86bd", Use.GRAPHICS),
    "level-2":   Shade("#2f559e", "#7fb0d8", Use.GRAPHICS),
    "level-3":   Shade("#2b3877", "#b5d7e6", Use.GRAPHICS),
    "level-4":   Shade("#1c1a48", "#f1f6d8", Use.GRAPHICS),
}  # fmt: skip
"""Every colour, by its name; its CSS variable is ``--dc-NAME``."""
LEVELS = tuple(name for name in PALETTE if name.startswith("level-"))
"""The steps of a scale, from small to large."""


def paint(name: str) -> str:
    """The colour that a picture is drawn with."""
    return PALETTE[name].light


def variables(scheme: str) -> str:
    """CSS declarations of every variable for the ``light`` or the ``dark`` scheme."""
    return " ".join(f"--dc-{name}: {getattr(shade, scheme)};" for name, shade in PALETTE.items())
