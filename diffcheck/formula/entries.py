"""An array as the places of its numbers in a tape, row by row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from diffcheck.formula.inputs import Shape


class Misfit(Exception):
    """Shapes that do not go together; the text says which."""


@dataclass(frozen=True)
class Entries:
    """The numbers of one array."""

    shape: Shape
    places: tuple[int, ...]

    @property
    def rows(self) -> list[tuple[int, ...]]:
        """Of a matrix, its rows; of a vector, one row."""
        width = self.shape[-1]
        return [self.places[start : start + width] for start in range(0, len(self.places), width)]

    def broadcast(self, shape: Shape) -> tuple[int, ...]:
        """The places as an array of ``shape``, whose trailing axes are its own or longer than 1."""
        own = (1,) * (len(shape) - len(self.shape)) + self.shape
        strides = [prod(own[axis + 1 :]) if own[axis] > 1 else 0 for axis in range(len(own))]
        steps = product(*map(range, shape))
        return tuple(self.places[sum(each * stride for each, stride in zip(step, strides, strict=True))] for step in steps)


def common_shape(arrays: Sequence[Entries]) -> Shape:
    """The shape that ``arrays`` broadcast to; raises Misfit where there is none."""
    length = max(len(each.shape) for each in arrays)
    axes = [[1] * (length - len(each.shape)) + list(each.shape) for each in arrays]
    found = []
    for sizes in zip(*axes, strict=True):
        longest = max(sizes)
        if any(size not in (1, longest) for size in sizes):
            shapes = " and ".join(spelled(each.shape) for each in arrays if each.shape)
            raise Misfit(f"the shapes {shapes} do not go together")
        found.append(longest)
    return tuple(found)


def spelled(shape: Shape) -> str:
    """``[2, 3]``; ``[]`` is a number."""
    return str(list(shape))


def square(array: Entries, limit: int) -> int:
    """The number of rows of a square matrix; raises Misfit for any other array, and beyond ``limit``."""
    if len(array.shape) != 2 or array.shape[0] != array.shape[1]:
        raise Misfit(f"wants a square matrix, not the shape {spelled(array.shape)}")
    if array.shape[0] > limit:
        raise Misfit(f"has a limit of {limit} rows, and the matrix has {array.shape[0]}")
    return array.shape[0]


def vector(array: Entries) -> tuple[int, ...]:
    """The numbers of a vector; raises Misfit for any other array."""
    if len(array.shape) != 1:
        raise Misfit(f"wants a vector, not the shape {spelled(array.shape)}")
    return array.places


def pairs(left: Sequence[int], right: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The numbers of two vectors side by side; raises Misfit where one is longer."""
    if len(left) != len(right):
        raise Misfit(f"wants vectors of one length, not {len(left)} and {len(right)} numbers")
    return zip(left, right, strict=True)
