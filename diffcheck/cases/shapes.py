"""Variables with shapes: nested lists of numbers, told apart from ragged ones, and laid out as columns."""

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod
from typing import Any

from diffcheck.cases.values import dotted, is_finite, is_number, kind, said
from diffcheck.formula.inputs import MAX_COLUMNS, Input, Shape

Path = tuple[str | int, ...]
MAX_AXES = 2
"""Numbers, vectors and matrices."""


def each_of(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """The one table, or each of a list of them, with its path."""
    if isinstance(value, Mapping):
        yield path, value
    else:
        yield from (((*path, index), each) for index, each in enumerate(value))


def check_array(value: Any, place: Any, path: Path) -> None:
    """Raise CaseError, at its place, where ``value`` is no number, and no list of numbers or of lists of one length."""
    _check(value, place, path, _name(path), 0)
    shape = shape_of(value)
    for where, part in _parts(value, path):
        if shape_of(part) != shape[len(where) - len(path) :]:
            wanted = shape[len(where) - len(path)]
            raise place.error(f"`{_name(path)}` is ragged: {len(part)} numbers stand where {wanted} are wanted", *where)


def _check(value: Any, place: Any, path: Path, name: str, depth: int) -> None:
    if isinstance(value, list | tuple):
        if not value:
            raise place.error(f"`{name}` holds an empty list", *path)
        if depth == MAX_AXES:
            raise place.error(f"`{name}` is a number, a list of numbers or a list of such lists, no deeper", *path)
        of_lists = isinstance(value[0], list | tuple)
        for index, each in enumerate(value):
            if isinstance(each, list | tuple) is not of_lists:
                raise place.error(f"`{name}` mixes numbers and lists", *path, index)
            _check(each, place, (*path, index), name, depth + 1)
        return
    if not is_number(value):
        raise place.error(f"`{name}` is a number, not {kind(value)}", *path)
    if not is_finite(value):
        raise place.error(f"`{name}` is {said(value)}; {_FINITE[path[0] == 'at']}", *path)


_FINITE = {True: "points are finite, below 1.8e308", False: "numbers are finite, below 1.8e308"}


def _parts(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every list inside of ``value``, with its path."""
    for index, each in enumerate(value if isinstance(value, list | tuple) else ()):
        if isinstance(each, list | tuple):
            yield (*path, index), each


def _name(path: Path) -> str:
    """What a path leads to: a point's variable, or the whole key."""
    words = [part for part in path if isinstance(part, str)]
    return words[-1] if path[0] == "at" else dotted(tuple(words))


def check_shape(value: Any, place: Any, path: Path) -> None:
    """Raise CaseError where ``value`` is no shape of a vector or a matrix."""
    sizes = value if isinstance(value, list | tuple) else []
    whole = all(isinstance(each, int) and not isinstance(each, bool) and each >= 1 for each in sizes)
    if not 1 <= len(sizes) <= MAX_AXES or not whole:
        raise place.error(f"`{dotted(path)}` is one or two whole numbers, such as [5] or [2, 3]", *path)
    if prod(sizes) > MAX_COLUMNS:
        raise place.error(f"`{dotted(path)}` holds more than {MAX_COLUMNS:,} numbers, which is the limit", *path)


def shape_of(value: Any) -> Shape:
    """The shape of a number or of nested lists, by their first entries."""
    return (len(value), *shape_of(value[0])) if isinstance(value, list | tuple) else ()


def shapes_in(table: Mapping[str, Any], place: Any) -> tuple[tuple[str, Shape], ...]:
    """The shapes of a case's arrays, from ``at`` and ``sample``; raises CaseError where they do not agree."""
    known: dict[str, tuple[Shape, str]] = {}
    for name, shape, path in _mentions(table):
        before = known.setdefault(name, (shape, dotted(path)))
        if before[0] != shape:
            words = f"`{name}` has the shape {list(shape)} here and {list(before[0])} in `{before[1]}`"
            raise place.error(words, *path)
    return tuple((name, shape) for name, (shape, _) in known.items() if shape)


def _mentions(table: Mapping[str, Any]) -> Iterator[tuple[str, Shape, Path]]:
    for path, point in each_of(table.get("at", {}), ("at",)):
        yield from ((name, shape_of(value), (*path, name)) for name, value in point.items())
    for name, bounds in table.get("sample", {}).items():
        shape = tuple(bounds["shape"]) if isinstance(bounds, Mapping) else ()
        yield name, shape, ("sample", name)


def require_shapes(values: Mapping[str, Any], inputs: tuple[Input, ...], place: Any, path: Path) -> None:
    """Raise CaseError where a value has not its variable's shape, or an entry's is no number."""
    shapes = {each.name: each.shape for each in inputs}
    for name, value in values.items():
        wanted, found = shapes.get(name, ()), shape_of(value)
        if found != wanted:
            told = f"the shape {list(found)}" if found else "one number"
            due = f"the shape {list(wanted)}" if wanted else "one number"
            raise place.error(f"`{dotted((*path, name))}` has {told}, and the variable has {due}", *path, name)


def columns_in(values: Mapping[str, Any]) -> dict[str, float]:
    """Numbers and nested lists by variable, as numbers by column."""
    found = {}
    for name, value in values.items():
        array = Input(name, shape_of(value))
        for column, indices in zip(array.columns, product(*map(range, array.shape)), strict=True):
            number = value
            for index in indices:
                number = number[index]
            found[column.replace(" ", "")] = float(number)
    return found


def spread(name: str, inputs: tuple[Input, ...]) -> tuple[str, ...]:
    """The columns that ``name`` stands for: all of a variable's, or one entry; empty where it is neither."""
    for each in inputs:
        if name == each.name:
            return each.columns
    column = name.replace(" ", "")
    return (column,) if any(column in each.columns for each in inputs) else ()
