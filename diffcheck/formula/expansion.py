"""A formula of arrays to one of numbers: broadcasting, and each function of arrays by its form."""

from collections.abc import Sequence
from dataclasses import replace

from diffcheck.errors import FormulaError
from diffcheck.formula.entries import Entries, Misfit, common_shape
from diffcheck.formula.forms import FORMS
from diffcheck.formula.inputs import MAX_COLUMNS, Input, Shape, columns_of
from diffcheck.formula.operations import KERNEL, Operation, Tape, TapeBuilder, postorder_needed
from diffcheck.formula.writer import Writer


def expanded(written: Tape, inputs: Sequence[Input], text: str) -> tuple[Tape, Shape]:
    """``written``, whose variables are ``inputs``, number by number; and the shape of its value.

    The tape's variables are the inputs' columns, its outputs the value's numbers row by row. Raises FormulaError for
    shapes that do not go together.
    """
    columns = columns_of(inputs)
    if len(columns) > MAX_COLUMNS:
        raise FormulaError(f"the variables hold {len(columns):,} numbers; the limit is {MAX_COLUMNS:,}", text, 0, len(text))
    writer = Writer(columns)
    values, start = [], 0
    for each in inputs:
        values.append(Entries(each.shape, tuple(range(start, start + each.size))))
        start += each.size
    for place, operation in enumerate(written.operations[len(inputs) :], len(inputs)):
        writer.text = written.text(place)
        try:
            values.append(_written_out(writer, operation, [values[each] for each in operation.arguments]))
        except Misfit as misfit:
            words = f"`{writer.text}`: {misfit}"
            raise FormulaError(words, text, *_place(operation, text)) from None
    output = values[written.outputs[0]]
    return writer.builder.tape(*output.places), output.shape


def _place(operation: Operation, text: str) -> tuple[int, int]:
    """Where ``text`` may call the operation: the first time it is named, else all of it."""
    start = text.find(f"{operation.name}(")
    return (start, start + len(operation.name)) if start >= 0 else (0, len(text))


def _written_out(writer: Writer, operation: Operation, arguments: list[Entries]) -> Entries:
    if operation.name == "number":
        assert operation.value is not None
        return writer.number_of(writer.builder.number(operation.value))
    if operation.name in FORMS:
        return FORMS[operation.name](writer, *arguments)
    shape = common_shape(arguments)
    columns = zip(*(each.broadcast(shape) for each in arguments), strict=True)
    return Entries(shape, tuple(writer.apply(operation.name, *places) for places in columns))


def meaning_of(tape: Tape) -> Tape:
    """``tape`` with every kernel's value in the kernel's place: the mathematics alone."""
    if all(operation.name != KERNEL for operation in tape.operations):
        return tape
    stands: dict[int, int] = {}
    for place, operation in enumerate(tape.operations):
        if operation.name == KERNEL:
            inner = operation.arguments[0]
            stands[place] = stands.get(inner, inner)
    plain = [
        tuple(stands.get(each, each) for each in operation.arguments) if operation.name != KERNEL else ()
        for operation in tape.operations
    ]
    outputs = tuple(stands.get(each, each) for each in tape.outputs)
    builder = TapeBuilder(tape.variables)
    moved = {place: place for place in range(len(tape.variables))}
    for place in postorder_needed(replace(tape, outputs=outputs), plain.__getitem__):
        operation = tape.operations[place]
        if place not in moved:
            again = None if operation.value is None else builder.number(operation.value)
            moved[place] = builder.apply(operation.name, *(moved[each] for each in plain[place])) if again is None else again
    return builder.tape(*(moved[each] for each in outputs))
