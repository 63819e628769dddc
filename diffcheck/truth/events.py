"""What happens to a value in a dtype: it overflows, underflows to zero, saturates, or loses its last bit.

Each is a level that the exact value passes somewhere on a line.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

from flint import arb

from diffcheck.dtypes import Format
from diffcheck.truth.balls import precision
from diffcheck.truth.intervals import ball_over
from diffcheck.truth.lines import Line, Lines
from diffcheck.truth.neighbours import nearest, neighbour
from diffcheck.truth.roots import BITS, Function, Root, find_roots

BUDGET = 1_000
"""How many intervals are looked at for each level: these searches are many, and need not be complete."""
MOST = 24
"""How many places are told for each level."""

LIMITS = {"tanh": (1.0, -1.0), "sigmoid": (1.0,), "erf": (1.0, -1.0), "erfc": (2.0,), "ndtr": (1.0,), "expm1": (-1.0,),
          "coth": (1.0, -1.0)}  # fmt: skip
"""By row: the numbers that its value rounds to from somewhere on."""
EXACT_BELOW = frozenset({"add", "sub"})
"""Rows whose results are exact where they are as small as subnormals."""


@dataclass(frozen=True)
class _Event:
    """What happens to a value where it passes a level."""

    level: arb
    words: str
    above: arb | None = None
    """It happens to numbers of this size, and beyond; None for any."""
    below: arb | None = None
    """It happens to numbers below this size that are not zero; None for any."""


def events_on(line: Line, lines: Lines, row: str, form: Format) -> Iterator[tuple[Root, str]]:
    """Where on ``line`` a value, that of the table's ``row``, leaves the range of ``form`` or saturates, with the words."""
    function = line.on(lines)
    with precision(BITS):
        whole, _ = function(ball_over(*line.bounds))
    for event in _events(row, form):
        if whole is not None and whole.is_finite() and not whole.contains(event.level):
            continue
        for root in find_roots(_less(function, event.level), *line.bounds, BUDGET // lines.price).found[:MOST]:
            if _happens(function, nearest(root.nearest, form), form, event):
                yield root, event.words


def lost_on(line: Line, ratio: Lines, form: Format) -> Iterator[Root]:
    """Where a sum that is never zero is one unit of roundoff of its first term: there the last bit is lost."""
    for level in (form.unit_roundoff, -form.unit_roundoff):
        yield from find_roots(_less(line.on(ratio), arb(level)), *line.bounds, BUDGET // ratio.price).found[:MOST]


def _events(row: str, form: Format) -> list[_Event]:
    largest, vanishing = arb(form.largest), arb(form.tiny) / 2
    events = [_Event(side * largest, "overflows in", above=largest / 16) for side in (1, -1)]
    if row not in EXACT_BELOW:
        events += [_Event(side * vanishing, "underflows in", below=vanishing) for side in (1, -1)]
    limits = (bound * (1 - form.unit_roundoff / 2) for bound in LIMITS.get(row, ()))
    return [*events, *(_Event(arb(level), "saturates in") for level in limits)]


def _happens(function: Function, place: float, form: Format, event: _Event) -> bool:
    """The event happens at ``place`` or next to it, not only between two numbers of the dtype.

    Near a root, or a pole, that is no number of the dtype the exact function passes every level between two numbers.
    """
    if event.above is None and event.below is None:
        return True
    for each in (place, neighbour(place, form, -1), neighbour(place, form, 1)):
        with precision(BITS):
            value, _ = function(arb(each)) if isfinite(each) else (None, None)
            if value is None or not value.is_finite() or value.contains(0):
                continue
            if (event.above is not None and abs(value) > event.above) or (event.below is not None and abs(value) < event.below):
                return True
    return False


def _less(function: Function, level: arb) -> Function:
    """``function`` less a constant."""

    def shifted(interval: arb) -> tuple[arb | None, arb]:
        value, slope = function(interval)
        return None if value is None else value - level, slope

    return shifted
