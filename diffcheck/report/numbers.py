"""Numbers as reports print them."""

from math import isfinite, isnan
from typing import Any


def spelled(number: float | None) -> str:
    """A number as Python would read it back; ``no gradient`` for None."""
    if number is None:
        return "no gradient"
    if isnan(number):
        return "NaN"
    if not isfinite(number):
        return "infinity" if number > 0 else "-infinity"
    return repr(number)


def rough(number: float | None) -> str:
    """A distance or a share, three digits; a dash for None."""
    if number is None or isnan(number):
        return "-"
    if not isfinite(number):
        return "infinite"
    if number != 0 and not 1e-3 <= abs(number) < 1e7:
        return f"{number:.2e}"
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"


def counted(number: int, noun: str) -> str:
    """``1 case``, ``2,000 cases``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def short(number: int) -> str:
    """A count in at most seven characters: ``999,999``, ``14.0 M``."""
    return f"{number:,}" if number < 1_000_000 else f"{number / 1_000_000:.1f} M"


def located(point: dict[str, float]) -> str:
    """A point: ``x = 1.0, w = [0.1, 0.2]``; of a long array the first numbers."""
    return ", ".join(f"{name} = {_array(value)}" for name, value in folded(point).items())


def _array(value: Any) -> str:
    if not isinstance(value, list):
        return spelled(value)
    shown = [_array(each) for each in value[:SHOWN]]
    return f"[{', '.join(shown + (['…'] if len(value) > SHOWN else []))}]"


SHOWN = 8
"""So many numbers of an array are told."""


def folded(point: dict[str, float]) -> dict[str, Any]:
    """A point with its columns ``w[0]``, ``w[1]`` … as lists again, those of matrices as lists of rows."""
    found: dict[str, Any] = {}
    for column, number in point.items():
        name, _, subscripts = column.rstrip("]").partition("[")
        if not subscripts:
            found[name] = number
            continue
        rows = found.setdefault(name, [])
        first, *rest = map(int, subscripts.split(","))
        if not rest:
            rows.append(number)
        elif first == len(rows):
            rows.append([number])
        else:
            rows[first].append(number)
    return found
