"""The floating-point formats that can be judged: a table of numbers, one row a dtype."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Format:
    """A binary floating-point format, as IEEE 754 describes one."""

    name: str
    """Torch's name for it."""
    bits: int
    """Bits of the significand, the hidden one included."""
    min_exponent: int
    """The smallest subnormal is 2**min_exponent."""
    max_exponent: int
    """Every finite number is below 2**max_exponent."""

    @property
    def unit_roundoff(self) -> float:
        """Half the gap between 1 and the next number."""
        return 2.0**-self.bits

    def holds(self, value: Fraction) -> bool:
        """``value`` is one of its numbers, its range aside."""
        if value.denominator & (value.denominator - 1):
            return False
        size = abs(value.numerator)
        return size == 0 or (size // (size & -size)).bit_length() <= self.bits

    @property
    def tiny(self) -> float:
        """The smallest positive number, a subnormal."""
        return 2.0**self.min_exponent

    @property
    def smallest_normal(self) -> float:
        """The smallest positive number that carries all its bits."""
        return 2.0 ** (self.min_exponent + self.bits - 1)

    @property
    def largest(self) -> float:
        """The largest finite number."""
        return (2.0 - 2.0 ** (1 - self.bits)) * 2.0 ** (self.max_exponent - 1)


#                       name        bits  min    max
FORMATS = {
    row.name: row
    for row in (
        Format("float64", 53, -1074, 1024),
        Format("float32", 24, -149, 128),
        Format("bfloat16", 8, -133, 128),
        Format("float16", 11, -24, 16),
    )
}
"""Every dtype that diffcheck judges, by torch's name."""
