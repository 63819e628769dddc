"""Reverse accumulation, as operations: what torch's backward pass runs for a formula.

The same list serves two ends. Walked with rounding it is the allowance; walked without, it tells where a local
partial is infinite. Source: Griewank and Walther, Evaluating Derivatives, 2nd ed., section 3.2.
"""

from fractions import Fraction

from diffcheck.formula.cells import cell, filled
from diffcheck.formula.operations import Operation, Role, Tape, TapeBuilder


def reverse(tape: Tape) -> Tape:
    """``tape`` and behind it the sweep back from its first output.

    The outputs are the value and the partial by each variable; -1 stands for one that no cotangent reaches.
    """
    builder = TapeBuilder(tape.variables)
    builder.extend(tape)
    sweep = _Sweep(builder, tape)
    sweep.run(tape.outputs[0])
    partials = (sweep.cotangents.get(place, -1) for place in range(len(tape.variables)))
    return builder.tape(tape.outputs[0], *partials)


class _Sweep:
    """One sweep back, collecting a cotangent for each operation."""

    def __init__(self, builder: TapeBuilder, tape: Tape) -> None:
        self.builder = builder
        self.tape = tape
        self.cotangents: dict[int, int] = {}

    def run(self, output: int) -> None:
        self.builder.role = Role.COTANGENT
        self.cotangents[output] = self.builder.number(Fraction(1))
        for place in range(output, len(self.tape.variables) - 1, -1):
            operation = self.tape.operations[place]
            if place in self.cotangents and not operation.constant:
                self._push_back(place, operation)

    def _push_back(self, place: int, operation: Operation) -> None:
        for index, argument in enumerate(operation.arguments):
            if self.tape.operations[argument].constant or self._is_condition(argument):
                continue
            text = operation.row.partials[index]
            if text != "0":
                self._accumulate(argument, self._contribution(place, operation, text))

    def _is_condition(self, place: int) -> bool:
        return self.tape.operations[place].name in CONDITIONS

    def _contribution(self, place: int, operation: Operation, text: str | None) -> int:
        builder, cotangent = self.builder, self.cotangents[place]
        builder.origin = place
        if text is None:
            return builder.number("nan")  # no derivative is known: no radius of it is ever finite
        if text == "1":
            return cotangent
        if text == "-1":
            return builder.apply("neg", cotangent)
        builder.role = Role.KERNEL
        tape = cell(text)
        partial = builder.inline(tape, filled(operation.arguments, place))[tape.outputs[0]]
        builder.mark(partial, Role.PARTIAL)
        builder.role = Role.COTANGENT
        seed = builder.operations[cotangent].exact == 1
        return partial if seed else builder.apply("mul", cotangent, partial)

    def _accumulate(self, argument: int, contribution: int) -> None:
        known = self.cotangents.get(argument)
        self.cotangents[argument] = contribution if known is None else self.builder.apply("add", known, contribution)


CONDITIONS = frozenset({"lt", "le", "gt", "ge", "eq", "ne", "both", "either", "opposite"})
"""Rows whose value is a truth: no cotangent goes through them."""
