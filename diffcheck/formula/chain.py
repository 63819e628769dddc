"""The chain rule at one operation: what a tangent or a cotangent is multiplied by, in the form that torch computes it."""

from collections.abc import Iterator
from fractions import Fraction

from diffcheck.formula.cells import cell, filled, pull_cell
from diffcheck.formula.operations import KERNEL, Operation, Role, TapeBuilder

CONDITIONS = frozenset({"lt", "le", "gt", "ge", "eq", "ne", "both", "either", "opposite"})
"""Rows whose value is a truth: nothing is carried through them."""
ONE = Fraction(1)
FEW = 2
"""So many terms have one sum, in whichever order they are added."""


class Chain:
    """Carries tangents or cotangents through operations, and emits what is needed on the way."""

    def __init__(self, builder: TapeBuilder, carries: Role, *, any_order: bool, nested: bool) -> None:
        self.builder = builder
        self.carries = carries
        """Role.TANGENT or Role.COTANGENT."""
        self.any_order = any_order
        """Sums of three and more terms may be added in any order."""
        self.nested = nested
        """What is emitted is differentiated again, or was: then it matters how torch writes it."""
        self._partials: dict[tuple[int, int], int] = {}

    def links(self, place: int) -> Iterator[tuple[int, int | str]]:
        """The arguments that the operation at ``place`` depends on, each with its partial's place, or its cell's text.

        A text is ``1``, ``-1`` or a cell in what is carried, ``g``.
        """
        operation = self.builder.operations[place]
        if operation.name == KERNEL:
            pairs = operation.arguments[2:]
            yield from ((each, partial) for each, partial in zip(pairs[::2], pairs[1::2], strict=True) if self._moves(each))
            return
        for index, argument in enumerate(operation.arguments):
            text = operation.row.partials[index]
            if not self._moves(argument) or text == "0":
                continue
            yield argument, self._pull(operation, index) or (
                text if text in ("1", "-1") else self._partial(place, operation, index, text)
            )

    def _pull(self, operation: Operation, index: int) -> str:
        pulls = operation.row.pulls if self.nested and self.carries is Role.COTANGENT else ()
        return pulls[index] if pulls else ""

    def _moves(self, place: int) -> bool:
        operation = self.builder.operations[place]
        return not operation.constant and operation.name not in CONDITIONS

    def carry(self, place: int, carried: int, partial: int | str) -> int:
        """The place of ``carried`` times ``partial`` on the way through the operation at ``place``."""
        builder = self.builder
        builder.origin, builder.role = self._origin(place), self.carries
        if isinstance(partial, str):
            if partial in ("1", "-1"):
                return carried if partial == "1" else builder.apply("neg", carried)
            tape = pull_cell(partial)
            return builder.inline(tape, [*filled(builder.operations[place].arguments, place), carried])[tape.outputs[0]]
        if builder.operations[carried].exact == 1:
            return partial
        return carried if builder.operations[partial].exact == 1 else builder.apply("mul", carried, partial)

    def total(self, place: int, terms: list[int]) -> int:
        """The place of the sum of ``terms``, which meet at the operation at ``place``."""
        builder = self.builder
        builder.origin, builder.role = self._origin(place), self.carries
        if len(terms) > FEW and self.any_order:
            return builder.any_order_sum(terms)
        total = terms[0]
        for term in terms[1:]:
            total = builder.apply("add", total, term)
        return total

    def _partial(self, place: int, operation: Operation, index: int, text: str | None) -> int:
        """The place of an operation's own partial, emitted once."""
        if (place, index) not in self._partials:
            builder = self.builder
            builder.origin, builder.role = self._origin(place), Role.KERNEL
            if text is None:
                found = builder.number("nan")  # no derivative is known: no radius of it is ever finite
            else:
                tape = cell(text)
                found = builder.inline(tape, filled(operation.arguments, place))[tape.outputs[0]]
                builder.mark(found, Role.PARTIAL)
            self._partials[place, index] = found
        return self._partials[place, index]

    def _origin(self, place: int) -> int:
        """The formula's own operation that the one at ``place`` belongs to."""
        origin = self.builder.operations[place].origin
        return origin if origin >= 0 else place

    def seed(self, value: Fraction = ONE) -> int:
        """The place of a number that a sweep begins with."""
        self.builder.role = self.carries
        return self.builder.number(value)
