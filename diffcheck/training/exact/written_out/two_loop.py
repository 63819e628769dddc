"""The two-loop recursion: a gradient through the inverse Hessian that pairs of differences stand for.

Everything in it is linear in the gradient, so each operation's rounding is carried to the end by the same linear map;
balls that are carried along forget that their errors are one another's.
Source: Nocedal and Wright, Numerical Optimization, 2nd ed., algorithm 7.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from diffcheck.training.exact.number import Arithmetic, Kind, Number
from diffcheck.training.exact.written_out.vectors import Vector, kept_in
from diffcheck.truth.balls import SIGNS

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pair:
    """Two differences: of gradients, and of points."""

    y: Vector
    s: Vector
    ro: Number
    """One over their product."""


@dataclass(frozen=True)
class _Form:
    """Numbers that share the errors of the operations before them; a scalar is a form of one."""

    exact: list[arb]
    errors: Array
    """(n, k): what each of k roundings may add to each number, at most."""

    @property
    def sizes(self) -> Array:
        """How large each number may be, (n,)."""
        sizes: Array = abs(_middles(self.exact)) + abs(self.errors).sum(axis=1)
        return sizes


def direction(grad: Sequence[float], pairs: Sequence[Pair], scale: Number, arithmetic: Arithmetic) -> tuple[Vector, Vector]:
    """The direction, and the coefficient of each pair in the first loop; no bound where a pair's numbers have none."""
    with np.errstate(all="ignore"):  # an error without bound meets a zero
        return _directed(grad, pairs, scale, arithmetic)


def _directed(grad: Sequence[float], pairs: Sequence[Pair], scale: Number, arithmetic: Arithmetic) -> tuple[Vector, Vector]:
    work = _Work(arithmetic)
    found = _Form([-arb(each) for each in grad], np.zeros((len(grad), 0)))
    coefficients: dict[int, _Form] = {}
    for place in reversed(range(len(pairs))):
        pair = pairs[place]
        coefficients[place] = work.times(work.dot(pair.s, found), pair.ro)
        found = work.plus(found, pair.y, coefficients[place], -1)
    found = work.times(found, scale)
    for place, pair in enumerate(pairs):
        other = work.times(work.dot(pair.y, found), pair.ro)
        found = work.plus(found, pair.s, work.minus(coefficients[place], other), 1)
    return _numbers(found), [_numbers(coefficients[place])[0] for place in range(len(pairs))]


@dataclass(frozen=True)
class _Work:
    """Operations on forms, each with the rounding of its kernel."""

    arithmetic: Arithmetic

    def dot(self, known: Vector, form: _Form) -> _Form:
        """The product of a vector of numbers and a form."""
        inside, own = kept_in(self.arithmetic.form), self.arithmetic.form
        middles, sizes = _middles([each.exact for each in known]), form.sizes
        exact = sum((one.exact * other for one, other in zip(known, form.exact, strict=True)), arb(0))
        off = len(known) * inside.unit_roundoff * (abs(middles) @ sizes) + _radii(known) @ sizes
        errors = (middles @ form.errors)[None, :]
        if inside is not own:
            off += own.unit_roundoff * (abs(float(exact)) + abs(errors).sum())
        return self._rounded([exact], errors, np.array([off]))

    def times(self, form: _Form, number: Number) -> _Form:
        """A form by a number."""
        middle, sizes = float(number.exact), form.sizes
        off = self.arithmetic.form.unit_roundoff * abs(middle) * sizes + _radii([number]) * sizes
        return self._rounded([each * number.exact for each in form.exact], form.errors * middle, off)

    def minus(self, form: _Form, other: _Form) -> _Form:
        """The difference of two forms."""
        first, second = _level(form, other)
        exact = [one - two for one, two in zip(form.exact, other.exact, strict=True)]
        found = _Form(exact, first - second)
        return self._rounded(exact, found.errors, self.arithmetic.form.unit_roundoff * found.sizes)

    def plus(self, form: _Form, known: Vector, scalar: _Form, sign: int) -> _Form:
        """A form, and a vector of numbers by a form of one: two roundings, of the product and of the sum."""
        first, second = _level(form, scalar)
        factor = sign * scalar.exact[0]
        exact = [one + factor * other.exact for one, other in zip(form.exact, known, strict=True)]
        middles = _middles([each.exact for each in known])
        found = _Form(exact, first + sign * middles[:, None] * second)
        products = abs(middles) * scalar.sizes
        off = self.arithmetic.form.unit_roundoff * (products + found.sizes) + scalar.sizes * _radii(known)
        return self._rounded(exact, found.errors, off)

    def _rounded(self, exact: list[arb], errors: Array, off: Array) -> _Form:
        """A result with what its own kernel may add, each number's by itself."""
        tiny = np.where(off > 0, self.arithmetic.form.tiny, 0.0)
        return _Form(exact, np.concatenate([errors, np.diag(off + tiny)], axis=1))


def _level(form: _Form, other: _Form) -> tuple[Array, Array]:
    """The errors of both over the same roundings: the shorter has none of the later ones."""
    most = max(form.errors.shape[1], other.errors.shape[1])
    first, second = (np.pad(each.errors, ((0, 0), (0, most - each.errors.shape[1]))) for each in (form, other))
    return first, second


def _numbers(form: _Form) -> Vector:
    radii = abs(form.errors).sum(axis=1).tolist()
    return [Number(exact, exact + SIGNS * arb(radius), Kind.TENSOR) for exact, radius in zip(form.exact, radii, strict=True)]


def _middles(balls: Sequence[Any]) -> Array:
    return np.array([float(each) for each in balls])


def _radii(numbers: Sequence[Number]) -> Array:
    radii = [each.radius for each in numbers]
    return np.array([np.inf if each is None else float(each) for each in radii])
