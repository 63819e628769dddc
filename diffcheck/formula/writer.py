"""Writes a formula of arrays number by number."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction

from diffcheck.formula.entries import Entries, Misfit
from diffcheck.formula.operations import Role, TapeBuilder


class Writer:
    """Emits operations; what it writes inside a kernel is marked as the kernel's own."""

    def __init__(self, variables: Sequence[str]) -> None:
        self.builder = TapeBuilder(variables)
        self.text = ""
        """The operation on arrays that is being written, in the formula's words."""

    @contextmanager
    def inside(self) -> Iterator[None]:
        """What is written belongs to a kernel of torch."""
        before, self.builder.role = self.builder.role, Role.KERNEL
        yield
        self.builder.role = before

    def apply(self, name: str, *places: int) -> int:
        """The place of row ``name`` at ``places``."""
        return self.builder.apply(name, *places)

    def number(self, value: int | Fraction) -> int:
        """The place of a number."""
        return self.builder.number(Fraction(value))

    def ratio(self, numerator: int, denominator: int) -> int:
        """The place of a quotient of whole numbers, as Python works it out."""
        return self.number(Fraction(numerator, denominator))

    def times(self, factor: int | Fraction, place: int) -> int:
        """The place of ``factor`` times the number at ``place``."""
        return self.apply("mul", self.number(factor), place)

    def total(self, terms: Sequence[int]) -> int:
        """The place of the sum of ``terms``, added in any order."""
        if len(terms) < 3:
            return terms[0] if len(terms) == 1 else self.apply("add", *terms)
        return self.builder.any_order_sum(terms, self.text)

    def inner(self, factors: Sequence[tuple[int, int]]) -> int:
        """The place of an inner product, its terms added in any order."""
        if len(factors) == 1:
            return self.apply("mul", *factors[0])
        with self.inside():
            terms = [self.apply("mul", left, right) for left, right in factors]
            value, size = terms[0], self.apply("abs", terms[0])
            for term in terms[1:]:
                value, size = self.apply("add", value, term), self.apply("add", size, self.apply("abs", term))
            spread = self.times(len(terms), size)
        return self.kernel(value, spread, [*factors, *((right, left) for left, right in factors)])

    def kernel(self, value: int, spread: int, partials: Sequence[tuple[int, int]]) -> int:
        """The place of the kernel's result; constants among its numbers have no partial."""
        moving = [pair for pair in partials if not self.builder.operations[pair[0]].constant]
        return self.builder.kernel(value, spread, moving, self.text)

    def passing(self, value: int, spread: int) -> int:
        """The place of ``value`` as a kernel passes it on, up to ``spread`` units of roundoff off."""
        return self.builder.kernel(value, spread, [(value, self.number(1))], self.text)

    def number_of(self, place: int) -> Entries:
        """One number as the entries of an array."""
        return Entries((), (place,))

    def whole_number(self, place: int) -> int:
        """A constant that is a whole number; raises Misfit for any other."""
        exact = self.builder.operations[place].exact
        if exact is None or exact.denominator != 1:
            raise Misfit("wants whole numbers as subscripts")
        return exact.numerator
