"""Scales: from any double to a place on an axis that can be drawn, with ticks in words.

Matplotlib's own have no ticks for 1e300, subnormal numbers or a range of one number; it only ever sees the places.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, copysign, floor, isfinite, log10

Ticks = list[tuple[float, str]]
MOST_TICKS = 8
SPREAD = 64
"""Numbers whose largest is so many times beyond their middle one lie over many magnitudes."""
FEW = 33
NAN = float("nan")


@dataclass(frozen=True)
class Linear:
    """Numbers in units of a power of ten, which is told in the axis's label where it is not 1."""

    low: float
    high: float
    whole: bool = False
    """Between whole numbers there is nothing."""

    @property
    def exponent(self) -> int:
        """The unit's."""
        size = max(abs(self.low), abs(self.high))
        return 0 if size == 0 or self.whole or 1e-3 <= size < 1e5 else floor(Decimal(size).adjusted())

    @property
    def unit(self) -> str:
        """The unit in words; empty where it is 1."""
        return f"in units of {power(self.exponent)}" if self.exponent else ""

    def place(self, number: float) -> float:
        """Where ``number`` stands."""
        return float(Decimal(number).scaleb(-self.exponent)) if self.exponent and isfinite(number) else number

    @property
    def limits(self) -> tuple[float, float]:
        """The ends of the axis, with a margin."""
        low, high = self.place(self.low), self.place(self.high)
        margin = (high - low) * 0.03 or max(abs(low) * 2.0**-20, 2.0**-20) if low != high else max(abs(low) / 2, 0.5)
        return low - margin, high + margin

    @property
    def ticks(self) -> Ticks:
        """Round numbers between the ends."""
        low, high = self.limits
        step = max(_round_step((high - low) / (MOST_TICKS - 2)), 1.0 if self.whole else 0.0)
        digits, first = max(0, -floor(log10(step) + 1e-9)), ceil(low / step)
        return [(each * step, f"{each * step + 0.0:.{digits}f}") for each in range(first, floor(high / step) + 1)]


def _round_step(width: float) -> float:
    """The least of 1, 2 and 5 times a power of ten that is not below ``width``."""
    size = 10.0 ** floor(log10(width))
    return next((each * size for each in (1, 2, 5) if each * size >= width), 10 * size)


@dataclass(frozen=True)
class Magnitudes:
    """A logarithmic scale for numbers of either sign, with a linear part between minus and plus ``smallest``."""

    low: float
    high: float
    smallest: float
    unit = ""

    def place(self, number: float) -> float:
        """Decades beyond the linear part, which is one unit wide on either side."""
        size = abs(number)
        if not isfinite(number):
            return NAN
        if size <= self.smallest:
            return number / self.smallest
        return copysign(1 + log10(size) - log10(self.smallest), number)

    @property
    def limits(self) -> tuple[float, float]:
        """The ends of the axis, with a margin."""
        low, high = self.place(self.low), self.place(self.high)
        margin = max((high - low) * 0.03, 0.05)
        return low - (min(margin, 0.3) if self.low == 0 else margin), high + margin

    @property
    def ticks(self) -> Ticks:
        """Zero, and powers of ten of either sign."""
        low, high = self.limits
        first, last = floor(log10(self.smallest)), ceil(log10(max(abs(self.low), abs(self.high), self.smallest)))
        stride = max(1, ceil((last - first + 1) * (2 if low < -1 and high > 1 else 1) / MOST_TICKS))
        found: Ticks = [(0.0, "0")]
        for exponent in range(first + (stride if high - low > 1.5 * MOST_TICKS else 0), last + 1, stride):
            size = self.place(float(f"1e{exponent}")) if exponent < 309 else self.place(1e308) + exponent - 308
            found += [(-size, f"-{power(exponent)}"), (size, power(exponent))]
        return sorted(each for each in found if low <= each[0] <= high)


@dataclass(frozen=True)
class Logarithmic:
    """A logarithmic scale for numbers above zero; what is zero or below stands nowhere."""

    low: float
    high: float
    unit = ""

    def place(self, number: float) -> float:
        """Decades."""
        return log10(number) if number > 0 and isfinite(number) else NAN

    @property
    def limits(self) -> tuple[float, float]:
        """The ends of the axis, with a margin."""
        low, high = self.place(self.low), self.place(self.high)
        margin = max((high - low) * 0.04, 0.1)
        return low - margin, high + margin

    @property
    def ticks(self) -> Ticks:
        """Powers of ten; of less than a decade also twice and five times."""
        low, high = self.limits
        stride = max(1, ceil((high - low) / MOST_TICKS))
        decades: Ticks = [(float(each), power(each)) for each in range(ceil(low / stride) * stride, floor(high) + 1, stride)]
        between = [(each + log10(times), f"{times}·{power(each)}" if each else str(times))
                   for each in range(floor(low), ceil(high) + 1) for times in (2, 5)]  # fmt: skip
        return decades if high - low > 1.5 else sorted([*decades, *(each for each in between if low <= each[0] <= high)])


Scale = Linear | Magnitudes | Logarithmic


def power(exponent: int) -> str:
    """``10⁻³``; ``1`` and ``10`` as they are."""
    small = str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return {0: "1", 1: "10"}.get(exponent, f"10{small}")


def finite(numbers: Iterable[float | None]) -> list[float]:
    """Those that are numbers."""
    return [each for each in numbers if each is not None and isfinite(each)]


def scale_of(numbers: Sequence[float]) -> Scale:
    """A linear scale, or where there are many ``numbers`` over many magnitudes one of those."""
    found = finite(numbers)
    low, high = (min(found), max(found)) if found else (0.0, 1.0)
    sizes = sorted(abs(each) for each in found if each)
    if len(sizes) > FEW and sizes[-1] > SPREAD * sizes[len(sizes) // 2]:
        return Magnitudes(low, high, _decade(sizes[len(sizes) // 20]))
    return Linear(low, high)


def loss_scale(numbers: Iterable[float | None]) -> Scale:
    """Logarithmic where all numbers are above zero, else linear."""
    found = finite(numbers)
    if found and min(found) > 0:
        return Logarithmic(min(found), max(found))
    return Linear(min(found, default=0.0), max(found, default=1.0))


def _decade(size: float) -> float:
    """The power of ten at or below ``size``, where a double holds it."""
    return max(float(f"1e{Decimal(size).adjusted()}"), 5e-324)


def placed(scale: Scale, numbers: Iterable[float | None]) -> list[float]:
    """Where ``numbers`` stand; nowhere (NaN) for None and for what is not finite."""
    return [NAN if each is None or not isfinite(each) else scale.place(each) for each in numbers]


def runs(numbers: Sequence[float | None]) -> Iterator[range]:
    """Stretches of neighbours that are numbers."""
    start = 0
    for index, each in enumerate((*numbers, None)):
        if each is None or each != each:
            if index > start:
                yield range(start, index)
            start = index + 1
