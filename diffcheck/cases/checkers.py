"""What a key may hold: one checker a kind of value, which raises CaseError, at its place, for any other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from diffcheck.cases.shapes import Path, check_array, each_of
from diffcheck.cases.values import dotted, is_finite, is_number, kind, said
from diffcheck.errors import nearest, suggestion

MAX_COUNT = 1_000_000

Checker = Callable[[Any, Any, Path], None]
"""Takes a value, the Place of its case and the path to it."""


@dataclass(frozen=True)
class Key:
    """One key of a case, or of a table in it."""

    name: str
    checker: Checker
    """What raises CaseError, at its place, where a value is not what this key holds."""
    says: str
    """What the key means."""


def text(value: Any, place: Any, path: Path) -> None:
    """Any text."""
    if not isinstance(value, str):
        raise place.error(f"`{dotted(path)}` is a text, not {kind(value)}", *path)


def formula(value: Any, place: Any, path: Path) -> None:
    """A formula's text, or a sympy expression; it is read later."""
    if not isinstance(value, str) and not hasattr(value, "free_symbols"):
        raise place.error(f"`{dotted(path)}` is a formula's text, not {kind(value)}", *path)


def number(value: Any, place: Any, path: Path) -> None:
    """A finite number."""
    if not is_number(value):
        raise place.error(f"`{dotted(path)}` is a number, not {kind(value)}", *path)
    if not is_finite(value):
        raise place.error(f"`{dotted(path)}` is {said(value)}; numbers are finite, below 1.8e308", *path)


def positive(value: Any, place: Any, path: Path) -> None:
    """A finite number, 0 or more."""
    number(value, place, path)
    if value < 0:
        raise place.error(f"`{dotted(path)}` is {value}; it cannot be negative", *path)


def truth(value: Any, place: Any, path: Path) -> None:
    """True or false."""
    if not isinstance(value, bool):
        raise place.error(f"`{dotted(path)}` is true or false, not {kind(value)}", *path)


def count(value: Any, place: Any, path: Path) -> None:
    """A whole number, 1 or more, of things that are done one by one."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise place.error(f"`{dotted(path)}` is a whole number, not {said(value)}", *path)
    if not 1 <= value <= MAX_COUNT:
        raise place.error(f"`{dotted(path)}` is {said(value)}; it lies between 1 and {MAX_COUNT:,}", *path)


def table(value: Any, place: Any, path: Path) -> None:
    """A table of anything."""
    if not isinstance(value, Mapping):
        raise place.error(f"`{dotted(path)}` is a table, not {kind(value)}", *path)


def arrays(value: Any, place: Any, path: Path) -> None:
    """Numbers, or nested lists of them, by name."""
    table(value, place, path)
    for name, array in value.items():
        check_array(array, place, (*path, name))


def numbers(value: Any, place: Any, path: Path) -> None:
    """Numbers by name."""
    table(value, place, path)
    for name, each in value.items():
        number(each, place, (*path, name))


def one_or_several(one: str, several: str) -> Checker:
    """A table of numbers and arrays by name, or a list of such tables that is not empty; errors call it as told."""

    def check(value: Any, place: Any, path: Path) -> None:
        if not isinstance(value, Mapping | list | tuple):
            raise place.error(f"`{dotted(path)}` is a {one}, or a list of {several}, not {kind(value)}", *path)
        if isinstance(value, list | tuple) and not value:
            raise place.error(f"`{dotted(path)}` is an empty list", *path)
        for where, each in each_of(value, path):
            if not isinstance(each, Mapping):
                raise place.error(f"a {one} is a table such as {{ x = 1.0 }}, not {kind(each)}", *where)
            arrays(each, place, where)

    return check


def list_of(checker: Checker, what: str) -> Checker:
    """A list that is not empty, each entry as ``checker`` wants it; ``what`` names the entries in errors."""

    def check(value: Any, place: Any, path: Path) -> None:
        if not isinstance(value, list | tuple):
            raise place.error(f"`{dotted(path)}` is a list of {what}, not {kind(value)}", *path)
        if not value:
            raise place.error(f"`{dotted(path)}` is an empty list", *path)
        for index, each in enumerate(value):
            checker(each, place, (*path, index))

    return check


def names(known: tuple[str, ...] | None, what: str, also: Mapping[str, str] | None = None) -> Checker:
    """A list of names, each once, of ``known`` ones or any; ``also`` has ours for what others call them."""

    def check(value: Any, place: Any, path: Path) -> None:
        if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
            hint = f'; did you mean `["{value}"]`?' if isinstance(value, str) else ""
            raise place.error(f"`{dotted(path)}` is a list of names, not {kind(value)}{hint}", *path)
        if not value:
            raise place.error(f"`{dotted(path)}` is an empty list", *path)
        for index, name in enumerate(value):
            if known is not None:
                require_name(name, known, what, place, (*path, index), also)
            if name in value[:index]:
                raise place.error(f"the {what} `{name}` is named twice", *path, index)

    return check


def choice(known: tuple[str, ...], what: str) -> Checker:
    """One name of ``known`` ones."""

    def check(value: Any, place: Any, path: Path) -> None:
        text(value, place, path)
        require_name(value, known, what, place, path)

    return check


def require_name(
    name: str, known: tuple[str, ...], what: str, place: Any, path: Path, also: Mapping[str, str] | None = None
) -> None:
    """Raise CaseError where ``name`` is none of ``known``, with the nearest of them, or with all."""
    if name not in known:
        near = nearest((also or {}).get(name, name), known, f"the {what}s are")
        raise place.error(f"unknown {what} `{name}`{near}", *path)


def subtable(value: Any, place: Any, path: Path, known: Mapping[str, Checker]) -> None:
    """A table of ``known`` keys, each as its checker wants it."""
    table(value, place, path)
    for key, inner in value.items():
        if key not in known:
            near = suggestion(dotted((*path, key)), [dotted((*path, each)) for each in known])
            raise place.error(f"unknown key `{dotted((*path, key))}`{near}", *path, key, key=True)
        known[key](inner, place, (*path, key))


def anything(value: Any, place: Any, path: Path) -> None:
    """Whoever named this checks it by itself."""
