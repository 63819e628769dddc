"""Gradients as exact numbers with what rounding may do to them: products, sums in any order, clipping."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flint import arb

from diffcheck.judgement import Judgement
from diffcheck.training.exact.clipping import bounded, coefficient, joint_norm
from diffcheck.training.exact.number import Arithmetic, Kind, Number
from diffcheck.training.exact.verdicts import judge_number
from diffcheck.training.moment import Array
from diffcheck.training.stateful.terms import SIZE, Terms
from diffcheck.verdict import Status

Numbers = list[Number]
"""One number for each element of a parameter."""
Grad = Numbers | None
"""A gradient that is due; None where there must be none."""


@dataclass(frozen=True)
class Calculus:
    """How the gradients of one dtype are worked out."""

    arithmetic: Arithmetic
    """How each operation rounds."""

    def known(self, values: Array) -> Numbers:
        """Numbers that torch has."""
        return [self.arithmetic.given(float(each), Kind.TENSOR) for each in values]

    def python(self, value: float) -> Number:
        """A Python float."""
        return self.arithmetic.given(value, Kind.PYTHON)

    def pieces(self, terms: Terms, name: str, values: Mapping[str, Array], scales: Sequence[float] = ()) -> list[Numbers]:
        """For each element of ``name``, the products whose sum is its partial, each times ``scales``."""

        def product(factors: Sequence[str | float], element: int) -> Number:
            given = (float(values[each][element]) if isinstance(each, str) else each for each in (*factors, *scales))
            return self.product([self.arithmetic.given(each, Kind.TENSOR) for each in given])

        return [
            [product(factors, element) for term in terms for factors in term.partials(name, element)] for element in range(SIZE)
        ]

    def product(self, numbers: Numbers) -> Number:
        """One after the other."""
        found = numbers[0]
        for each in numbers[1:]:
            found = self.arithmetic.apply("mul", [found, each])
        return found

    def times(self, numbers: Numbers, factor: Number) -> Numbers:
        """Each element times ``factor``."""
        return [self.arithmetic.apply("mul", [each, factor]) for each in numbers]

    def summed(self, pieces: Numbers) -> Number:
        """A sum in whatever order; of nothing, 0.

        Source: Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 4.2.
        """
        if not pieces:
            return self.arithmetic.given(0.0, Kind.TENSOR)
        form, additions = self.arithmetic.form, len(pieces) - 1
        share = additions * form.unit_roundoff / (1 - min(0.5, additions * form.unit_roundoff))
        size = sum((each.reached.abs_upper() for each in pieces), arb(0))
        reach = (size * share + additions * form.tiny).abs_upper() if additions else arb(0)
        return Number(
            sum((each.exact for each in pieces), arb(0)),
            sum((each.reached for each in pieces), arb(0)) + arb(0, 1) * reach,
            Kind.TENSOR,
            next((each.over for each in pieces if each.over), ""),
            next((each.under for each in pieces if each.under), ""),
        )

    def accumulated(self, before: Grad, passes: Sequence[Sequence[Numbers]]) -> Numbers:
        """What was there, and for each backward its pieces by element, all added up."""
        held = [[number] for number in before] if before is not None else [[] for _ in range(SIZE)]
        return [self.summed([*held[place], *(each for new in passes for each in new[place])]) for place in range(SIZE)]

    def norm(self, gradients: Sequence[Numbers]) -> Number:
        """The joint 2-norm of several gradients."""
        found: Number = joint_norm(gradients, self.arithmetic)
        return found

    def coefficient(self, norm: Number, max_norm: float, clamped: bool = True) -> Number:
        """What torch's clipping multiplies gradients by: max_norm/(norm + 1e-6), at most 1."""
        found: Number = coefficient(norm, max_norm, self.arithmetic, clamped=clamped)
        return found

    def bounded(self, numbers: Numbers, low: float | None, high: float | None) -> Numbers:
        """Each element within the bounds that there are."""
        return bounded(numbers, low, high, self.arithmetic)

    def judged(self, actual: Array, due: Numbers) -> Iterator[tuple[int, Judgement]]:
        """The elements that are wrong."""
        for place, (value, number) in enumerate(zip(actual, due, strict=True)):
            judgement = judge_number(float(value), number, self.arithmetic.form)
            if judgement.verdict.status is Status.FAIL:
                yield place, judgement

    def agrees(self, actual: Array | None, due: Grad) -> bool:
        """``actual`` is what is due, as far as rounding allows."""
        if actual is None or due is None:
            return actual is None and due is None
        return next(self.judged(actual, due), None) is None
