"""Fifty formulas and the wrong gradients that are planted in them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diffcheck.findings import Column
from diffcheck.formula.formula import read_formula
from diffcheck.program.gradient import Place, Request, differentiate, rounded_to
from diffcheck.program.modes import MODES
from diffcheck.program.program import lower
from diffcheck.truth.margins import Margins
from diffcheck.truth.oracle import Oracle
from diffcheck.verdict import Verdict
from tests.margins import margins_of, partial

Array = NDArray[np.float64]

FORMULAS = {
    "5*x**3 - x**2 + 2*x - 100": (-5, 5), "x**2 + y**5 - x**2*y": (-5, 5), "x*sin(x)": (-5, 5), "exp(-x**2)": (-4, 4),
    "x/(1 + exp(-x))": (-20, 20), "log(1 + x**2)": (-9, 9), "sqrt(x + 1) - sqrt(x)": (1, 100), "sin(x)*cos(y)": (-3, 3),
    "exp(x)*log(y)": (0.1, 3), "x**y": (0.5, 3), "atan2(x, y)": (0.5, 9), "sqrt(x**2 + y**2)": (0.5, 9), "hypot(x, y)": (0.5, 9),
    "tanh(x*y)": (-2, 2), "1/(1 + x**2)": (-9, 9), "x*exp(y) - y*exp(x)": (-3, 3), "log(x + y)/x": (0.5, 5),
    "(x - y)/(x + y)": (0.5, 5), "sinh(x)*cosh(y)": (-3, 3), "asin(x)*y": (-0.9, 0.9), "acos(x) + y*x": (-0.9, 0.9),
    "erf(x)": (-2, 2), "erfc(x)*y": (-2, 2), "lgamma(x)": (2.5, 9), "sigmoid(x)": (-9, 9), "softplus(x)*y": (-9, 9),
    "silu(x)": (-9, 9), "gelu(x)": (-2, 2), "mish(x)": (-5, 5), "log_ndtr(x)": (-3, 3), "expm1(x)*log1p(y)": (0.1, 3),
    "x**(1/3)": (0.5, 9), "x**2.5": (0.5, 9), "2**x": (-5, 5), "tan(x)": (-1.2, 1.2), "1/sqrt(2*pi)*exp(-x**2/2)/y": (0.5, 3),
    "x*y*z": (0.5, 3), "x*y + y*z + z*x": (-3, 3), "x/(y*z)": (0.5, 3), "sqrt(x*y)*z": (0.5, 3), "exp(-x*y)*sin(z)": (0.1, 2),
    "where(x > 0, x**2, x**3)": (-3, 3), "Piecewise((sin(x), x < 1), (cos(x), True))": (-3, 3), "max(x, y)*x": (-3, 3),
    "abs(x)*y": (-3, 3), "relu(x) + x**2": (-3, 3), "logaddexp(x, y)": (-5, 5), "x*sinc(y)": (0.5, 5), "rsqrt(x)*y": (0.5, 5),
    "atan(x/y) - x": (0.5, 5),
}  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """A formula's oracle and what torch says, at the same points."""

    margins: Margins
    partials: Array

    def column(self, numbers: Array, detached: bool = False) -> Column:
        return Column(numbers, np.full(len(numbers), detached), {})

    def beyond(self, numbers: Array, variable: int, times: float) -> NDArray[np.bool_]:
        """Where ``numbers`` are further off the exact partial than ``times`` the allowance."""
        found = []
        for index, number in enumerate(numbers.tolist()):
            exact = self.oracle.enclosures.balls[index][variable + 1]
            radius = self.margins.allowance(index, partial(variable)).radius
            # What lies within two ulps passes whatever the allowance is.
            room = max(abs(float(exact)) * 2.0 ** (2 - self.oracle.form.bits), self.oracle.form.tiny * 2)
            found.append(radius is not None and abs(number - exact) > max(times * float(radius), room))
        return np.array(found)

    @property
    def oracle(self) -> Oracle:
        return self.margins.oracle

    def at(self, places: NDArray[np.bool_]) -> Margins:
        oracle = self.oracle
        return margins_of(oracle.derivative.formula, oracle.points[places], oracle.form.name)


def judged(text: str, dtype: str, points: int = 40) -> Judged:
    formula = read_formula(text)
    low, high = FORMULAS[text]
    drawn = np.random.default_rng(7).uniform(low, high, (points, len(formula.variables)))
    rounded = rounded_to(drawn, dtype)
    request = Request(tuple(range(len(formula.variables))))
    answer = differentiate(lower(formula), rounded, MODES["reverse"], request, Place(0, dtype))
    return Judged(margins_of(formula, rounded, dtype), answer.numbers)


def _scaled(factor: float) -> Callable[[Array, int], Array]:
    return lambda partials, variable: partials[:, variable] * factor


def _swapped(partials: Array, variable: int) -> Array:
    return partials[:, (variable + 1) % partials.shape[1]]


#   what is planted                    how                                           in which dtypes             found as
PLANTED = {
    "sign":         (_scaled(-1.0),                                      ("float64", "float32"), Verdict.WRONG),
    "zero":         (_scaled(0.0),                                       ("float64", "float32"), Verdict.WRONG),
    "factor two":   (_scaled(2.0),                                       ("float64", "float32"), Verdict.WRONG),
    "swapped":      (_swapped,                                           ("float64", "float32"), Verdict.WRONG),
    "1e-6 off":     (_scaled(1 + 1e-6),                                  ("float64",),           Verdict.WRONG),
    "1e-3 off":     (_scaled(1 + 1e-3),                                  ("float32",),           Verdict.WRONG),
    "not a number": (lambda partials, _: np.full(len(partials), np.nan), ("float64", "float32"), Verdict.NAN),
    "dropped":      (lambda partials, _: np.full(len(partials), np.nan), ("float64", "float32"), Verdict.DETACHED),
}  # fmt: skip
