"""Numbers as reports print them."""

from math import isfinite, isnan


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
    """A point: ``x = 1.0, y = 2.0``."""
    return ", ".join(f"{name} = {spelled(number)}" for name, number in point.items())
