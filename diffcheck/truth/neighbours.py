"""The numbers of a dtype next to any number."""

from math import copysign, frexp, inf, isfinite, ldexp

from diffcheck.dtypes import Format


def nearest(value: float, form: Format) -> float:
    """``value`` rounded to ``form``, ties to even; infinite where that is beyond its largest number."""
    if value == 0 or not isfinite(value):
        return value
    if frexp(value)[1] > form.max_exponent:
        return inf if value > 0 else -inf
    quantum = _quantum(value, form)
    rounded = copysign(ldexp(round(ldexp(value, -quantum)), quantum), value)
    return rounded if abs(rounded) <= form.largest else inf if value > 0 else -inf


def neighbour(value: float, form: Format, side: int) -> float:
    """The number of ``form`` next to its number ``value``, below (``side`` -1) or above (1); infinite beyond the largest."""
    if value == 0:
        return side * form.tiny
    quantum = _quantum(value, form)
    inwards = (value > 0) != (side > 0)
    if inwards and abs(frexp(value)[0]) == 0.5:  # below a power of two the numbers lie twice as close
        quantum = max(quantum - 1, form.min_exponent)
    moved = value + side * ldexp(1.0, quantum)
    return moved if abs(moved) <= form.largest else inf if moved > 0 else -inf


def _quantum(value: float, form: Format) -> int:
    """The exponent of the gap between the numbers of ``form`` that are as large as ``value``."""
    return max(frexp(value)[1] - form.bits, form.min_exponent)
