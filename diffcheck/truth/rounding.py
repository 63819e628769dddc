"""How a dtype rounds: the balls that results are widened by."""

from functools import lru_cache

from flint import arb

from diffcheck.dtypes import Format
from diffcheck.truth.balls import NAN, SIGNS


class Rounding:
    """How one dtype rounds: the balls that results are widened by."""

    def __init__(self, form: Format) -> None:
        self.form = form
        self.eta = arb(0, form.tiny)
        self.half_eta = arb(0, form.tiny / 2) if form.tiny > 5e-324 else self.eta / 2
        self.largest = arb(form.largest)
        self.tiny = arb(form.tiny) / 2

    def widen(self, value: arb, slack: float) -> arb:
        """``value`` with ``slack`` units of roundoff and one smallest subnormal."""
        widened: arb = value * _one_with(slack * self.form.unit_roundoff) + self.eta
        return widened

    def rounded(self, value: arb) -> arb:
        """A Python number as it meets a tensor; what the dtype holds exactly does not round."""
        if is_beyond(value, self):
            return NAN
        return value if self.holds(value) else self.widen(value, 1.0)

    def holds(self, value: arb) -> bool:
        """``value`` is exactly a number of the dtype."""
        if not value.is_exact() or is_beyond(value, self):
            return False
        mantissa, exponent = map(int, value.man_exp())
        return mantissa.bit_length() <= self.form.bits and (mantissa == 0 or exponent >= self.form.min_exponent)

    def spread(self, value: arb, size: arb) -> arb:
        """The result of one kernel of many numbers, ``size`` units of roundoff beyond its own last rounding."""
        reach = size.abs_upper() * self.form.unit_roundoff if size.is_finite() else arb(0)
        return self.widen(value + SIGNS * reach, 1.0)

    def widen_inside(self, value: arb, slack: float) -> arb:
        """The same inside a kernel: gradual underflow is rounding, vanishing is range, which is not excused there."""
        widened = value * _one_with(slack * self.form.unit_roundoff)
        return widened + (self.eta if slack > 1 else self.half_eta) if abs(value) > self.form.tiny else widened


@lru_cache(maxsize=8)
def rounding_of(form: Format) -> Rounding:
    """The rounding of ``form``, made once."""
    return Rounding(form)


@lru_cache(maxsize=64)
def _one_with(radius: float) -> arb:
    return arb(1, radius)


def is_beyond(constant: arb, rounding: Rounding) -> bool:
    """The dtype may not hold ``constant``: it is too large."""
    return not abs(constant) < rounding.largest


def is_below(constant: arb, rounding: Rounding) -> bool:
    """``constant`` is not zero and rounds to zero."""
    return not constant.is_zero() and bool(abs(constant) < rounding.tiny)
