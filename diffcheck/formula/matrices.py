"""Determinants, inverses and solutions number by number, by minors: no pivot, so no pole that the mathematics has not.

Torch works by elimination with partial pivoting, which is exact for a matrix that is off by at most
``2 n**2`` units of roundoff of each column's largest entry (Higham, Accuracy and Stability of Numerical Algorithms, 2nd
ed., section 9.3, growth taken as 2). What that does to a result is a product of sums over rows and columns.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, reduce

from diffcheck.formula.entries import Entries, Misfit, spelled, square
from diffcheck.formula.writer import Writer

MAX_ROWS = 5
"""The minors of larger matrices are too many."""


@dataclass(frozen=True)
class _Matrix:
    """A square matrix and what its minors tell; all of it is inside a kernel."""

    writer: Writer
    rows: list[tuple[int, ...]]
    determinant: int
    cofactors: list[list[int]]
    largest: list[int]
    """By column of the matrix: its largest entry's size."""
    columns: list[int]
    """By column of the matrix: the sum of its cofactors' sizes."""
    reaches: list[int]
    """By row: the sum over columns of the largest entry's size times the cofactor's."""

    @property
    def numbers(self) -> list[tuple[int, int]]:
        """Every row and column."""
        return [(row, column) for row in range(len(self.rows)) for column in range(len(self.rows))]

    @property
    def growth(self) -> int:
        """How many units of roundoff of a column's largest entry elimination may be off by."""
        return 2 * len(self.rows) ** 2

    def off(self, row: int, column: int) -> int:
        """How far elimination may move the inverse's entry, times the determinant's square."""
        return self.writer.times(self.growth, self.writer.apply("mul", self.columns[row], self.reaches[column]))

    def inverse(self) -> dict[tuple[int, int], int]:
        """The entries of the inverse, as elimination gets them."""
        apply = self.writer.apply
        squared = apply("mul", self.determinant, self.determinant)
        found = {}
        for row, column in self.numbers:
            value = apply("div", self.cofactors[column][row], self.determinant)
            found[row, column] = self.writer.passing(value, apply("div", self.off(row, column), squared))
        return found


def _matrix(writer: Writer, array: Entries) -> _Matrix:
    size, rows = square(array, MAX_ROWS), array.rows
    every = tuple(range(size))
    minor = _minors(writer, rows)
    cofactors = [
        [
            _signed(writer, minor(_without(every, row), _without(every, column)), row + column)
            for column in every
        ]
        for row in every
    ]
    sizes = [[writer.apply("abs", each) for each in row] for row in cofactors]
    largest = [_largest(writer, [writer.apply("abs", row[column]) for row in rows]) for column in every]
    columns = [_chain(writer, [row[column] for row in sizes]) for column in every]
    reaches = [_chain(writer, [writer.apply("mul", largest[column], row[column]) for column in every]) for row in sizes]
    return _Matrix(writer, rows, minor(every, every), cofactors, largest, columns, reaches)


def _without(numbers: tuple[int, ...], left_out: int) -> tuple[int, ...]:
    return tuple(each for each in numbers if each != left_out)


def _signed(writer: Writer, place: int, power: int) -> int:
    return writer.apply("neg", place) if power % 2 else place


def _chain(writer: Writer, terms: Sequence[int]) -> int:
    return reduce(lambda left, right: writer.apply("add", left, right), terms)


def _largest(writer: Writer, sizes: Sequence[int]) -> int:
    return reduce(lambda left, right: writer.apply("pivot", left, right), sizes)


def _minors(writer: Writer, rows: list[tuple[int, ...]]) -> Callable[[tuple[int, ...], tuple[int, ...]], int]:
    """A function from rows and columns to the place of that minor, each written once."""

    @cache
    def minor(kept: tuple[int, ...], columns: tuple[int, ...]) -> int:
        if not kept:
            return writer.number(1)
        if len(kept) == 1:
            return rows[kept[0]][columns[0]]
        terms = [
            writer.apply("mul", rows[kept[0]][column], minor(kept[1:], _without(columns, column))) for column in columns
        ]
        total = terms[0]
        for index, term in enumerate(terms[1:], 1):
            total = writer.apply("sub" if index % 2 else "add", total, term)
        return total

    return minor


def determinant(writer: Writer, array: Entries) -> Entries:
    """The determinant; ``g*det*inv.T`` is its backward."""
    with writer.inside():
        matrix = _matrix(writer, array)
        values = matrix.inverse()
        moved = [writer.apply("mul", *each) for each in zip(matrix.largest, matrix.columns, strict=True)]
        spread = writer.times(matrix.growth, _chain(writer, moved))
        plain = [
            (matrix.rows[row][column], writer.apply("mul", matrix.determinant, values[column, row]))
            for row, column in matrix.numbers
        ]
        known = writer.kernel(matrix.determinant, spread, plain)
        inverted = _inverse(writer, matrix, values)
        partials = [
            (matrix.rows[row][column], writer.apply("mul", known, inverted[column, row])) for row, column in matrix.numbers
        ]
        nothing = writer.number(0)
    return writer.number_of(writer.kernel(known, nothing, partials))


def inverse(writer: Writer, array: Entries) -> Entries:
    """The inverse; ``-inv.T @ g @ inv.T`` is its backward."""
    with writer.inside():
        matrix = _matrix(writer, array)
        values = matrix.inverse()
    found = _inverse(writer, matrix, values)
    return Entries(array.shape, tuple(found[place] for place in matrix.numbers))


def _inverse(writer: Writer, matrix: _Matrix, values: dict[tuple[int, int], int]) -> dict[tuple[int, int], int]:
    """The entries of the inverse, each with its partials by the matrix's entries."""
    found = {}
    for row, column in matrix.numbers:
        with writer.inside():
            partials = [
                (matrix.rows[each][other], writer.apply("neg", writer.apply("mul", values[row, each], values[other, column])))
                for each, other in matrix.numbers
            ]
            nothing = writer.number(0)
        found[row, column] = writer.kernel(values[row, column], nothing, partials)
    return found


def solution(writer: Writer, array: Entries, right: Entries) -> Entries:
    """The solution of ``A @ x = b`` for a vector or a matrix ``b``."""
    if not 1 <= len(right.shape) <= 2 or right.shape[0] != array.shape[0]:
        raise Misfit(f"the shapes {spelled(array.shape)} and {spelled(right.shape)} do not go together")
    with writer.inside():
        matrix = _matrix(writer, array)
        values = matrix.inverse()
    columns = [right.places] if len(right.shape) == 1 else list(zip(*right.rows, strict=True))
    solved = [_solved(writer, matrix, values, column) for column in columns]
    return Entries(right.shape, tuple(place for row in zip(*solved, strict=True) for place in row))


def _solved(writer: Writer, matrix: _Matrix, values: dict[tuple[int, int], int], column: Sequence[int]) -> list[int]:
    """The solution for one column."""
    every = range(len(matrix.rows))
    with writer.inside():
        numbers = [_chain(writer, [writer.apply("mul", values[row, each], column[each]) for each in every]) for row in every]
        size = writer.apply("abs", matrix.determinant)
        sizes = [writer.apply("abs", each) for each in numbers]
        moved = _chain(writer, [writer.apply("mul", *each) for each in zip(matrix.largest, sizes, strict=True)])
    found = []
    for row in every:
        with writer.inside():
            off = writer.apply("div", writer.apply("mul", matrix.columns[row], moved), size)
            spread = writer.times(matrix.growth, off)
            partials = [(column[each], values[row, each]) for each in every]
            partials += [
                (matrix.rows[each][other], writer.apply("neg", writer.apply("mul", values[row, each], numbers[other])))
                for each, other in matrix.numbers
            ]
        found.append(writer.kernel(numbers[row], spread, partials))
    return found
