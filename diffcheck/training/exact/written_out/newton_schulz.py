"""Newton-Schulz iterations in bfloat16: the exact polynomial, and what rounding may make of it.

Balls that are carried through the iterations forget that their errors are one another's, and widen to uselessness. So
the allowance of each operation is carried forward by the exact Jacobian of all that follows it: to first order in a
unit of roundoff, the worst case of all operations at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from diffcheck.dtypes import FORMATS
from diffcheck.training.exact.number import Arithmetic, Kind, Number
from diffcheck.training.exact.written_out.vectors import Vector
from diffcheck.truth.balls import SIGNS
from diffcheck.truth.rounding import rounding_of

Array = NDArray[np.float64]
BFLOAT16 = FORMATS["bfloat16"]
UNIT = BFLOAT16.unit_roundoff
KEPT = FORMATS["float32"].unit_roundoff
"""The unit of roundoff that torch's kernels sum products of bfloat16 with."""
CHUNK = 256
"""Results whose Jacobians are held in memory at once."""


@dataclass(frozen=True)
class Iterations:
    """What decides the polynomial."""

    coefficients: tuple[float, float, float]
    """X becomes ``a*X + (b*A + c*A*A)*X`` with ``A = X*X'``."""
    count: int
    eps: float
    """The least number that the matrix is divided by."""


@dataclass(frozen=True)
class _Round:
    """One iteration at the exact numbers, and how far its kernels' results may be off."""

    start: Array
    """X, (rows, columns)."""
    gram: Array
    """A, (rows, rows)."""
    update: Array
    """b*A + c*A*A, (rows, rows)."""
    off: tuple[Array, Array, Array]
    """Of A, of the update, and of the next X."""


def orthogonal(numbers: Vector, shape: Sequence[int], iterations: Iterations, arithmetic: Arithmetic) -> Vector:
    """The iterations' result for a matrix of ``shape``, row by row; not finite where the matrix is not."""
    rows, columns = shape
    if not all(each.reached.is_finite() and each.exact.is_finite() for each in numbers):
        nothing = arb.nan()
        over = next((each.over for each in numbers if each.over), "")
        return [Number(nothing, nothing, Kind.TENSOR, over) for _ in numbers]
    order = np.arange(rows * columns).reshape(rows, columns)
    order = order.T if rows > columns else order
    wide = [numbers[place] for place in order.reshape(-1)]
    exact, radii = _iterated(wide, order.shape, iterations, arithmetic)
    found = list(wide)
    for place, ball, radius in zip(order.reshape(-1), exact, radii.tolist(), strict=True):
        found[place] = Number(ball, ball + SIGNS * arb(radius), Kind.TENSOR)
    return found


def _iterated(numbers: Vector, shape: tuple[int, ...], iterations: Iterations, arithmetic: Arithmetic) -> tuple[list[arb], Array]:
    """The exact results and their allowances, flat."""
    cast = [_cast(each, arithmetic) for each in numbers]
    off = np.array([float((abs(each - number.exact)).upper()) for each, number in zip(cast, numbers, strict=True)])
    size = sum((each.exact**2 for each in numbers), arb(0)).sqrt()
    clamped = bool(size < iterations.eps)
    size = arb(iterations.eps) if clamped else size
    if size == 0:  # nothing is divided by zero but zeros, and torch has no value either
        return [arb.nan() for _ in numbers], np.zeros(len(numbers))
    rows, columns = shape
    exact = arb_mat(rows, columns, [each.exact / size for each in numbers])
    start, rounds = _middle(exact), []
    for _ in range(iterations.count):
        exact, step = _round(exact, iterations.coefficients)
        rounds.append(step)
    jacobians = _Jacobians(start, float(size), clamped, rounds, iterations.coefficients)
    return list(exact.entries()), jacobians.radii(off.reshape(shape))


def _cast(number: Number, arithmetic: Arithmetic) -> arb:
    """What ``number`` may be once it is a bfloat16."""
    return number.reached if arithmetic.form is BFLOAT16 else rounding_of(BFLOAT16).rounded(number.reached)


def _round(start: arb_mat, coefficients: tuple[float, float, float]) -> tuple[arb_mat, _Round]:
    """The next X, and the numbers on the way."""
    a, b, c = (arb(each) for each in coefficients)
    gram = start * start.transpose()
    update = gram * b + gram * gram * c
    end = start * a + update * start
    x, g, u, e = (_middle(each) for each in (start, gram, update, end))
    size_a, size_b, size_c = (abs(each) for each in coefficients)
    off_gram = _off(g, abs(x) @ abs(x).T, x.shape[1])
    off_update = _off(u, size_b * abs(g) + size_c * abs(g) @ abs(g), len(g) + 3)
    off_end = _off(e, size_a * abs(x) + abs(u) @ abs(x), len(g) + 3)
    return end, _Round(x, g, u, (off_gram, off_update, off_end))


def _off(result: Array, sizes: Array, terms: int) -> Array:
    """How far one kernel's result may be off: its sums, and its rounding to bfloat16."""
    return UNIT * abs(result) + terms * KEPT * sizes + np.where(sizes > 0, BFLOAT16.tiny, 0.0)


@dataclass(frozen=True)
class _Jacobians:
    """Carries what each kernel may be off to the end."""

    start: Array
    """The matrix over its norm."""
    size: float
    """That norm, or the least number that stands for it."""
    clamped: bool
    """It is the least number."""
    rounds: Sequence[_Round]
    coefficients: tuple[float, float, float]

    def radii(self, off: Array) -> Array:
        """How far each result may be off, flat, where the matrix's elements are by ``off``."""
        count = self.start.size
        chunks = (np.arange(at, min(at + CHUNK, count)) for at in range(0, count, CHUNK))
        return np.concatenate([sum(self._terms(self._ones(chunk), off)) for chunk in chunks])

    def _ones(self, chunk: NDArray[np.int64]) -> Array:
        """A cotangent of 1 for each result of ``chunk``: (k, rows, columns)."""
        ones = np.zeros((len(chunk), self.start.size))
        ones[np.arange(len(chunk)), chunk] = 1.0
        return ones.reshape(len(chunk), *self.start.shape)

    def _terms(self, cotangent: Array, off: Array) -> Iterator[Any]:
        """What each kernel's result, from the last to the first, adds to the results' allowances (k,)."""
        a, b, c = self.coefficients
        for step in reversed(self.rounds):
            gram_off, update_off, end_off = step.off
            yield _weighed(cotangent, end_off)
            of_update = cotangent @ step.start.T
            yield _weighed(of_update, update_off)
            of_gram = b * of_update + c * (of_update @ step.gram + step.gram @ of_update)
            yield _weighed(of_gram, gram_off)
            cotangent = a * cotangent + step.update @ cotangent + (of_gram + of_gram.swapaxes(1, 2)) @ step.start
        yield _weighed(cotangent, UNIT * abs(self.start) + np.where(self.start != 0, BFLOAT16.tiny, 0.0))
        along = (cotangent * self.start).sum(axis=(1, 2))
        sums = 0 if self.clamped else self.start.size * KEPT / 2 + KEPT
        yield abs(along) * (UNIT + sums + BFLOAT16.tiny / self.size)
        across = cotangent if self.clamped else cotangent - along[:, None, None] * self.start
        yield _weighed(across, off) / self.size


def _weighed(cotangent: Array, off: Array) -> Any:
    return (abs(cotangent) * off).sum(axis=(1, 2))


def _middle(matrix: arb_mat) -> Array:
    """The matrix in doubles."""
    values = [float(each) for each in matrix.entries()]
    return np.array(values).reshape(matrix.nrows(), matrix.ncols())
