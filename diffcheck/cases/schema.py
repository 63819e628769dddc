"""The keys of a case: a table, one row a key, with what it must hold and how it is told when it does not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from diffcheck.cases.shapes import check_array, check_shape
from diffcheck.cases.values import dotted, is_finite, is_number, kind, said
from diffcheck.dtypes import FORMATS
from diffcheck.errors import suggestion
from diffcheck.verdict import VERDICTS

MAX_POINTS = 1_000_000
MAX_ORDER = 9
DEVICES = ("cpu", "cuda")

ALSO_CALLED = {"gpu": "cuda", "float": "float32", "double": "float64", "half": "float16"}
"""Names that others give to a device or dtype, and ours."""

Checker = Callable[[Any, Any, tuple[str | int, ...]], None]


@dataclass(frozen=True)
class Key:
    """One key of a case."""

    name: str
    checker: Checker
    says: str

    def check(self, value: Any, place: Any, key: str) -> None:
        """Raise CaseError, at its place, where ``value`` is not what this key holds."""
        self.checker(value, place, (key,))


def _text(value: Any, place: Any, path: tuple[str | int, ...]) -> None:
    if not isinstance(value, str):
        raise place.error(f"`{dotted(path)}` is a text, not {kind(value)}", *path)


def _formula(value: Any, place: Any, path: tuple[str | int, ...]) -> None:
    if not isinstance(value, str) and not hasattr(value, "free_symbols"):
        raise place.error(f"`{dotted(path)}` is a formula's text, not {kind(value)}", *path)


def _number(value: Any, place: Any, path: tuple[str | int, ...]) -> None:
    if not is_number(value):
        raise place.error(f"`{dotted(path)}` is a number, not {kind(value)}", *path)
    if not is_finite(value):
        raise place.error(f"`{dotted(path)}` is {said(value)}; numbers are finite, below 1.8e308", *path)


def _positive(value: Any, place: Any, path: tuple[str | int, ...]) -> None:
    _number(value, place, path)
    if value < 0:
        raise place.error(f"`{dotted(path)}` is {value}; it cannot be negative", *path)


def _truth(value: Any, place: Any, path: tuple[str | int, ...]) -> None:
    if not isinstance(value, bool):
        raise place.error(f"`{dotted(path)}` is true or false, not {kind(value)}", *path)


def _count(value: Any, place: Any, path: tuple[str | int, ...]) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise place.error(f"`{dotted(path)}` is a whole number, not {said(value)}", *path)
    if not 1 <= value <= MAX_POINTS:
        raise place.error(f"`{dotted(path)}` is {said(value)}; it lies between 1 and {MAX_POINTS:,}", *path)


def _order(value: Any, place: Any, path: tuple[str | int, ...]) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MAX_ORDER:
        raise place.error(f"`{dotted(path)}` is a whole number from 1 to {MAX_ORDER}, not {said(value)}", *path)


def _seed(value: Any, place: Any, path: tuple[str | int, ...]) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise place.error(f"`{dotted(path)}` is a whole number, 0 or more, not {said(value)}", *path)


def _table(value: Any, place: Any, path: tuple[str | int, ...]) -> None:
    if not isinstance(value, Mapping):
        raise place.error(f"`{dotted(path)}` is a table, not {kind(value)}", *path)


def _points(value: Any, place: Any, path: tuple[str | int, ...]) -> None:
    points = [(value, path)] if isinstance(value, Mapping) else None
    if points is None:
        if not isinstance(value, list | tuple):
            raise place.error(f"`at` is a point, or a list of points, not {kind(value)}", *path)
        if not value:
            raise place.error("`at` is an empty list", *path)
        points = [(point, (*path, index)) for index, point in enumerate(value)]
    for point, where in points:
        if not isinstance(point, Mapping):
            raise place.error(f"a point is a table such as {{ x = 1.0 }}, not {kind(point)}", *where)
        for variable, value in point.items():
            check_array(value, place, (*where, variable))


def _ranges(value: Any, place: Any, path: tuple[str | int, ...]) -> None:
    _table(value, place, path)
    for variable, given in value.items():
        where, bounds = (*path, variable), given
        if isinstance(given, Mapping):
            _subtable(given, place, where, {"range": _anything, "shape": check_shape})
            missing = [key for key in ("range", "shape") if key not in given]
            if missing:
                example = "{ range = [-1, 1], shape = [5] }"
                raise place.error(f"`{dotted(where)}` has no `{missing[0]}`; write {example}", *where)
            where, bounds = (*where, "range"), given["range"]
        if not isinstance(bounds, list | tuple) or len(bounds) != 2 or not all(map(is_number, bounds)):
            raise place.error(f"the range of `{variable}` is two numbers, such as [-1, 1]", *where)
        low, high = bounds
        if not (is_finite(low) and is_finite(high)):
            raise place.error(f"the range of `{variable}` is [{said(low)}, {said(high)}]; both ends are finite numbers", *where)
        if low > high:
            raise place.error(f"the range of `{variable}` is reversed; did you mean `[{high}, {low}]`?", *where)


def _formulas(value: Any, place: Any, path: tuple[str | int, ...]) -> None:
    _table(value, place, path)
    for variable, text in value.items():
        _formula(text, place, (*path, variable))


def _names(known: tuple[str, ...] | None, what: str) -> Checker:
    def check(value: Any, place: Any, path: tuple[str | int, ...]) -> None:
        if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
            hint = f'; did you mean `["{value}"]`?' if isinstance(value, str) else ""
            raise place.error(f"`{dotted(path)}` is a list of names, not {kind(value)}{hint}", *path)
        if not value:
            raise place.error(f"`{dotted(path)}` is an empty list", *path)
        for index, name in enumerate(value):
            if known is not None and name not in known:
                near = suggestion(ALSO_CALLED.get(name, name), list(known))
                raise place.error(f"unknown {what} `{name}`{near or _listed(what, known)}", *path, index)
            if name in value[:index]:
                raise place.error(f"the {what} `{name}` is named twice", *path, index)

    return check


def _modes(value: Any, place: Any, path: tuple[str | int, ...]) -> None:
    # The table of modes knows torch; a case file is read only where torch is about to run.
    from diffcheck.program.modes import GROUPS, MODES

    _names((*MODES, *GROUPS), "mode")(value, place, path)


def _choice(known: tuple[str, ...], what: str) -> Checker:
    def check(value: Any, place: Any, path: tuple[str | int, ...]) -> None:
        _text(value, place, path)
        if value not in known:
            raise place.error(f"unknown {what} `{value}`{suggestion(value, list(known)) or _listed(what, known)}", *path)

    return check


def _expectation(value: Any, place: Any, path: tuple[str | int, ...]) -> None:
    _subtable(value, place, path, {"gradient": _numbers, "verdict": _choice(tuple(VERDICTS), "verdict")})


def _permission(value: Any, place: Any, path: tuple[str | int, ...]) -> None:
    _subtable(value, place, path, {"factor": _positive, "absolute": _positive})


def _numbers(value: Any, place: Any, path: tuple[str | int, ...]) -> None:
    _table(value, place, path)
    for name, number in value.items():
        check_array(number, place, (*path, name))


def _anything(value: Any, place: Any, path: tuple[str | int, ...]) -> None:
    """Whoever named this checks it by itself."""


def _subtable(value: Any, place: Any, path: tuple[str | int, ...], known: dict[str, Checker]) -> None:
    _table(value, place, path)
    for key, inner in value.items():
        if key not in known:
            near = suggestion(dotted((*path, key)), [dotted((*path, each)) for each in known])
            raise place.error(f"unknown key `{dotted((*path, key))}`{near}", *path, key, key=True)
        known[key](inner, place, (*path, key))


def _program(value: Any, place: Any, path: tuple[str | int, ...]) -> None:
    if not callable(value):
        _text(value, place, path)


def _listed(what: str, known: tuple[str, ...]) -> str:
    """What there is, where nothing is near enough to be meant."""
    return f"; the {what}s are {', '.join(known)}"


KEYS = {
    row.name: row
    for row in (
        Key("formula", _formula, "the formula that is meant"),
        Key("program", _program, "somebody's code that claims to compute it: `package.module:function`"),
        Key("at", _points, "a point, or a list of points"),
        Key("sample", _ranges, "a range for each variable"),
        Key("points", _count, "how many points are sampled"),
        Key("seed", _seed, "the seed of the sample"),
        Key("spacing", _choice(("uniform", "log"), "spacing"), "how sampled points are spread"),
        Key("edges", _truth, "the hard places of formula and dtype in the ranges are points too"),
        Key("where", _text, "a condition that sampled points meet"),
        Key("wrt", _names(None, "variable"), "the variables to differentiate by"),
        Key("claim", _formulas, "hand-derived partials, by variable"),
        Key("expect", _expectation, "`gradient`: numbers by variable; `verdict`: the case's verdict"),
        Key("order", _order, "the order of the partials: all of that order, mixed ones too"),
        Key("modes", _modes, "the ways to differentiate"),
        Key("dtypes", _names(tuple(FORMATS), "dtype"), "the dtypes"),
        Key("devices", _names(DEVICES, "device"), "the devices"),
        Key("allow", _permission, "`factor` and `absolute`: a wider allowance"),
        Key("arguments", _names(None, "variable"), "the variables in the order of the program's arguments"),
        Key("batched", _truth, "the program takes 1-d tensors of points"),
        Key("contracts", _truth, "false: the contracts of a program are not held"),
        Key("source", _text, "where the formula comes from"),
        Key("note", _text, "a remark, shown with the case"),
        Key("tags", _names(None, "tag"), "words to select by"),
    )
}
"""Every key a case may hold, by name."""
