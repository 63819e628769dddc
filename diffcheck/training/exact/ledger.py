"""All numbers of a run, exactly, and how far a sound run's may have drifted from them."""

from collections.abc import Mapping

import numpy as np
from flint import arb
from numpy.typing import NDArray

from diffcheck.training.exact.number import Arithmetic, Number
from diffcheck.training.exact.sensitive import Sensitive, SensitiveArithmetic, Slope
from diffcheck.training.exact.zonotope import Zonotope
from diffcheck.truth.balls import SIGNS

Array = NDArray[np.float64]
SURE_BITS = 80
"""The fewest bits that an exact number must be known to, unless its drift is far wider than what is not known of it."""

Place = tuple[str, str, int]
"""One number of a run: a parameter's name; ``param``, ``grad`` or a state entry; the element."""


class Ledger:
    """A run's numbers by place, and the zonotope of their drifts, a row each."""

    def __init__(self, balls: Arithmetic) -> None:
        self.balls = balls
        self.worker = SensitiveArithmetic(balls, lambda slope: self.drift.reach(slope.middle, slope.radius))
        """Works on numbers that know how they move with those of the ledger."""
        self.numbers: dict[Place, Number] = {}
        self.rows: dict[Place, int] = {}
        self.drift = Zonotope.none(0)
        self.excuse = ""
        """The operation that may leave the dtype's range, if one did."""

    def add(self, place: Place, number: Number) -> None:
        """A number that has not drifted."""
        self.rows[place] = len(self.rows)
        self.numbers[place] = number
        generators = self.drift.generators
        self.drift = Zonotope(np.vstack([generators, np.zeros((1, generators.shape[1]))]))

    def drop(self, place: Place) -> None:
        """Forget a number."""
        row = self.rows.pop(place)
        del self.numbers[place]
        self.drift = Zonotope(np.delete(self.drift.generators, row, axis=0))
        self.rows = {each: number - (number > row) for each, number in self.rows.items()}

    def assign(self, made: Mapping[Place, Sensitive]) -> None:
        """Take an action's numbers, and carry the drift on."""
        for place, each in made.items():
            if place not in self.rows:
                self.add(place, each.number)
        rows, radii = {}, np.zeros(len(self.rows))
        for place, each in made.items():
            row = self.rows[place]
            rows[row] = np.zeros(0) if each.slope is None else each.slope.middle
            radii[row] = self._own_radius(each)
            self.excuse = self.excuse or str(each.number.over)
            self.numbers[place] = each.number
        self.drift = self.drift.moved(rows, radii)

    def sensitive(self, place: Place) -> Sensitive:
        """A number as an action meets it: exact, and moving with itself."""
        middle = np.zeros(len(self.rows))
        middle[self.rows[place]] = 1.0
        number = self.numbers[place]
        return Sensitive(Number(number.exact, number.exact, number.kind), self.box(place), Slope(middle, np.zeros(len(middle))))

    def box(self, place: Place) -> arb:
        """Where a sound run's number may be by now."""
        return self.around(self.numbers[place].exact, float(self.drift.radii[self.rows[place]]))

    def around(self, exact: arb, radius: float) -> arb:
        """All numbers within ``radius``; not finite where that is not."""
        ball: arb = exact + SIGNS * arb(radius) if np.isfinite(radius) else arb.nan()
        return ball

    def slope(self, slope: Slope, places: list[Place]) -> Slope:
        """Slopes by the numbers at ``places`` as slopes by all of them."""
        rows = [self.rows[each] for each in places]
        middle, radius = np.zeros(len(self.rows)), np.zeros(len(self.rows))
        middle[rows], radius[rows] = slope.middle, slope.radius
        return Slope(middle, radius)

    @property
    def is_sure(self) -> bool:
        """Every exact number is known well enough for what is asked of it."""
        radii, tiny = self.drift.radii, self.balls.form.tiny
        return all(
            each.exact.rel_accuracy_bits() > SURE_BITS
            or not each.exact.is_finite()
            or float(each.exact.rad()) < max(tiny, radii[self.rows[place]] * 2.0**-20)
            for place, each in self.numbers.items()
        )

    def _own_radius(self, made: Sensitive) -> float:
        """What an action adds to the drift: its own rounding, at numbers that have drifted too, and its curvature."""
        if made.slope is None:
            return made.noise
        known = self.drift.radii[: len(made.slope.radius)]
        with np.errstate(all="ignore"):
            return made.noise + float(np.where(made.slope.radius == 0, 0.0, made.slope.radius * known).sum())
