"""The functions of arrays number by number: their mathematics, and how torch's kernels round and differentiate them.

Each takes a Writer and the arguments' entries to the result's. What a kernel of torch does in an order of its own is
one operation (operations.KERNEL) that tells its value, how far its own order of work may lead, and its partials in the
form of torch's backward. Error bounds are those of Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed.,
sections 3.1 (inner products) and 4.2 (sums).
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce

from diffcheck.formula.entries import Entries, Misfit, pairs, spelled, vector
from diffcheck.formula.matrices import determinant, inverse, solution
from diffcheck.formula.writer import Writer


def _sum(writer: Writer, array: Entries) -> Entries:
    return writer.number_of(writer.total(array.places))


def _mean(writer: Writer, array: Entries) -> Entries:
    return writer.number_of(writer.apply("div", writer.total(array.places), writer.number(len(array.places))))


def _prod(writer: Writer, array: Entries) -> Entries:
    factors = array.places
    if len(factors) == 1:
        return writer.number_of(factors[0])
    with writer.inside():
        value = reduce(lambda left, right: writer.apply("mul", left, right), factors)
        spread = writer.times(len(factors), writer.apply("abs", value))
        partials = [_without(writer, value, factors, index) for index in range(len(factors))]
    return writer.number_of(writer.kernel(value, spread, list(zip(factors, partials, strict=True))))


def _without(writer: Writer, product: int, factors: Sequence[int], index: int) -> int:
    """The product of all factors but one: torch divides by the one, unless it is zero."""
    others = [*factors[:index], *factors[index + 1 :]]
    rest = reduce(lambda left, right: writer.apply("mul", left, right), others)
    is_zero = writer.apply("eq", factors[index], writer.number(0))
    return writer.apply("select", is_zero, rest, writer.apply("div", product, factors[index]))


def _dot(writer: Writer, left: Entries, right: Entries) -> Entries:
    return writer.number_of(writer.inner(list(pairs(vector(left), vector(right)))))


def _matmul(writer: Writer, left: Entries, right: Entries) -> Entries:
    if not 1 <= len(left.shape) <= 2 or not 1 <= len(right.shape) <= 2:
        raise Misfit(f"wants vectors and matrices, not the shapes {spelled(left.shape)} and {spelled(right.shape)}")
    columns = [right.places] if len(right.shape) == 1 else list(zip(*right.rows, strict=True))
    if left.shape[-1] != right.shape[0]:
        raise Misfit(f"the shapes {spelled(left.shape)} and {spelled(right.shape)} do not go together")
    places = tuple(writer.inner(list(pairs(row, column))) for row in left.rows for column in columns)
    return Entries((*left.shape[:-1], *right.shape[1:]), places)


def _norm(writer: Writer, array: Entries) -> Entries:
    numbers = array.places
    with writer.inside():
        value = writer.apply("sqrt", writer.total([writer.apply("mul", each, each) for each in numbers]))
        spread = writer.times(Fraction(len(numbers), 2) + 1, value)
        partials = [writer.apply("div", each, value) for each in numbers]
    return writer.number_of(writer.kernel(value, spread, list(zip(numbers, partials, strict=True))))


def _norm_1(writer: Writer, array: Entries) -> Entries:
    return writer.number_of(writer.total([writer.apply("abs", each) for each in array.places]))


def _norm_inf(writer: Writer, array: Entries) -> Entries:
    sizes = [writer.apply("abs", each) for each in array.places]
    return writer.number_of(reduce(lambda left, right: writer.apply("max", left, right), sizes))


def _extreme(name: str) -> Callable[[Writer, Entries], Entries]:
    def form(writer: Writer, array: Entries) -> Entries:
        if not array.shape:
            raise Misfit("wants an array, or more than one number")
        return writer.number_of(reduce(lambda left, right: writer.apply(name, left, right), array.places))

    return form


def _variance(correction: int, *, root: bool) -> Callable[[Writer, Entries], Entries]:
    def form(writer: Writer, array: Entries) -> Entries:
        numbers, freedom = array.places, len(array.places) - correction
        if freedom < 1:
            raise Misfit(f"wants more than {correction} number{'' if correction == 1 else 's'}")
        with writer.inside():
            mean = writer.apply("div", writer.total(numbers), writer.number(len(numbers)))
            apart = [writer.apply("sub", each, mean) for each in numbers]
            squares = writer.total([writer.apply("mul", each, each) for each in apart])
            value = writer.apply("div", squares, writer.number(freedom))
            spread = writer.times(len(numbers), value)
            partials = [writer.apply("mul", writer.ratio(2, freedom), each) for each in apart]
            inner = list(zip(numbers, partials, strict=True))
            found = writer.kernel(value, spread, inner) if root else 0
        return writer.number_of(writer.apply("sqrt", found) if root else writer.kernel(value, spread, inner))

    return form


def _exponentials(writer: Writer, numbers: Sequence[int]) -> tuple[int, list[int], int]:
    """The largest of ``numbers``, the exponentials of their distances from it, and those's sum."""
    pivot = reduce(lambda left, right: writer.apply("pivot", left, right), numbers)
    found = [writer.apply("exp", writer.apply("sub", each, pivot)) for each in numbers]
    return pivot, found, writer.total(found)


def _logsumexp(writer: Writer, array: Entries) -> Entries:
    numbers = vector(array)
    with writer.inside():
        pivot, _, total = _exponentials(writer, numbers)
        value = writer.apply("add", pivot, writer.apply("log", total))
        partials = [writer.apply("exp", writer.apply("sub", each, value)) for each in numbers]
    return writer.number_of(writer.kernel(value, writer.number(0), list(zip(numbers, partials, strict=True))))


def _softmax(writer: Writer, array: Entries) -> Entries:
    numbers = vector(array)
    with writer.inside():
        _, exponentials, total = _exponentials(writer, numbers)
        shares = [writer.apply("div", each, total) for each in exponentials]
        rest = [writer.apply("sub", writer.number(1), each) for each in shares]
        minus = [writer.apply("neg", each) for each in shares]
    found = []
    for index, share in enumerate(shares):
        with writer.inside():
            partials = [
                writer.apply("mul", rest[other] if other == index else minus[other], share) for other in range(len(numbers))
            ]
        found.append(writer.kernel(share, writer.number(0), list(zip(numbers, partials, strict=True))))
    return Entries(array.shape, tuple(found))


def _log_softmax(writer: Writer, array: Entries) -> Entries:
    numbers = vector(array)
    with writer.inside():
        pivot, _, total = _exponentials(writer, numbers)
        logarithm = writer.apply("log", total)
        values = [writer.apply("sub", writer.apply("sub", each, pivot), logarithm) for each in numbers]
        shares = [writer.apply("exp", each) for each in values]
        rest = [writer.apply("sub", writer.number(1), each) for each in shares]
        minus = [writer.apply("neg", each) for each in shares]
    found = []
    for index, value in enumerate(values):
        partials = [rest[other] if other == index else minus[other] for other in range(len(numbers))]
        found.append(writer.kernel(value, writer.number(0), list(zip(numbers, partials, strict=True))))
    return Entries(array.shape, tuple(found))


def _item(writer: Writer, array: Entries, *indices: Entries) -> Entries:
    if len(indices) > len(array.shape):
        raise Misfit(f"has {len(indices)} subscripts, and the array's shape is {spelled(array.shape)}")
    places, shape = array.places, array.shape
    for each in indices:
        index = writer.whole_number(each.places[0])
        if not -shape[0] <= index < shape[0]:
            raise Misfit(f"the subscript {index} is outside of {shape[0]} numbers")
        size = len(places) // shape[0]
        places, shape = places[index % shape[0] * size :][:size], shape[1:]
    return Entries(shape, places)


def _transpose(writer: Writer, array: Entries) -> Entries:
    if len(array.shape) != 2:
        raise Misfit(f"wants a matrix, not the shape {spelled(array.shape)}")
    return Entries(array.shape[::-1], tuple(place for column in zip(*array.rows, strict=True) for place in column))


def _trace(writer: Writer, array: Entries) -> Entries:
    if len(array.shape) != 2:
        raise Misfit(f"wants a matrix, not the shape {spelled(array.shape)}")
    return writer.number_of(writer.total([row[index] for index, row in enumerate(array.rows) if index < len(row)]))


FORMS: dict[str, Callable[..., Entries]] = {
    "dot": _dot, "matmul": _matmul, "sum": _sum, "mean": _mean, "prod": _prod,
    "var": _variance(1, root=False), "var_0": _variance(0, root=False),
    "std": _variance(1, root=True), "std_0": _variance(0, root=True),
    "norm": _norm, "norm_1": _norm_1, "norm_inf": _norm_inf,
    "largest": _extreme("max"), "smallest": _extreme("min"), "amax": _extreme("max"), "amin": _extreme("min"),
    "logsumexp": _logsumexp, "softmax": _softmax, "log_softmax": _log_softmax,
    "item": _item, "item2": _item, "transpose": _transpose, "trace": _trace,
    "det": determinant, "inv": inverse, "solve": solution,
}  # fmt: skip
"""By row: how it stands number by number."""
