"""Case files: TOML to Case, one clear error for each thing that is wrong, and never another case lost."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diffcheck.cases.case import Case
from diffcheck.cases.document import Document, read_document
from diffcheck.cases.making import build_case, check_key
from diffcheck.cases.place import Place, placed, titled
from diffcheck.errors import CaseError

__all__ = ["MAX_BYTES", "Place", "Unreadable", "build_case", "find_files", "read_file", "read_files", "read_text"]

MAX_BYTES = 20_000_000


@dataclass(frozen=True)
class Unreadable:
    """A case, or a whole file (then without a name), that could not be read."""

    name: str
    error: CaseError
    expected: str = ""
    """Words that the case's own ``expect.error`` says are in the error."""


def find_files(paths: list[str]) -> Iterator[Path]:
    """Every case file below ``paths``, once, in order of name; raises CaseError for a path or folder without any."""
    seen: set[Path] = set()
    for path in _found(paths):
        place = path.resolve()
        if place not in seen:
            seen.add(place)
            yield path


def _found(paths: list[str]) -> Iterator[Path]:
    for given in paths:
        path = Path(given)
        if os.path.isdir(given):
            found = sorted(each for each in path.rglob("*.toml") if each.is_file())
            if not found:
                raise CaseError(f"the folder {given} holds no case file (*.toml)", given)
            yield from found
        elif os.path.exists(given):  # Path.exists raises where the name is too long
            yield path
        else:
            raise CaseError(f"there is no file or folder {given}", given)


def read_files(paths: list[str]) -> list[Case | Unreadable]:
    """The cases of every case file at or below ``paths``, in order; raises CaseError as ``find_files`` does."""
    return [entry for path in find_files(paths) for entry in read_file(path)]


def read_file(path: Path) -> list[Case | Unreadable]:
    """The cases of one file in order, each read or told why not."""
    file = path.as_posix()
    try:
        with path.open("rb") as stream:
            # Some things that can be opened, as /dev/zero, never end.
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        return [Unreadable("", CaseError(f"the file cannot be read: {error.strerror}", file))]
    if len(data) > MAX_BYTES:
        return [Unreadable("", CaseError(f"the file is larger than {MAX_BYTES:,} bytes", file))]
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        start = data.rfind(b"\n", 0, error.start) + 1
        line, column = data.count(b"\n", 0, error.start) + 1, len(data[start : error.start].decode()) + 1
        return [Unreadable("", CaseError(f"the file is not UTF-8 text: byte 0x{data[error.start]:02x}", file, line, column))]
    return read_text(text, file)


def read_text(text: str, file: str) -> list[Case | Unreadable]:
    """The cases of a file's text in order, each read or told why not."""
    document = read_document(text, file)
    faults: list[Case | Unreadable] = [Unreadable(name, error) for name, error in document.faults]
    defaults, wrong = _read_defaults(document, file)
    cases = [_read_case(name, table, defaults, file, document) for name, table in document.tables.items() if name != "defaults"]
    if not cases and not faults and not wrong:
        return [Unreadable("", CaseError("the file holds no case", file))]
    return sorted([*faults, *wrong, *cases], key=_line)


def _line(entry: Case | Unreadable) -> int:
    return entry.error.line if isinstance(entry, Unreadable) else entry.line


def _read_defaults(document: Document, file: str) -> tuple[dict[str, Any], list[Unreadable]]:
    """The keys of ``[defaults]`` that every case may have; one error for each other key, which no case gets."""
    given = document.tables.get("defaults", {})
    if not isinstance(given, Mapping):
        spot = document.positions.key("defaults")
        return {}, [Unreadable("defaults", placed("`defaults` is a table: [defaults]", file, document.positions, spot))]
    place = Place("defaults", given, file, document.positions)
    defaults, wrong = {}, []
    for key, value in given.items():
        try:
            check_key(key, value, place)
            defaults[key] = value
        except CaseError as error:
            error.message += " (the cases are read without it)"
            wrong.append(Unreadable("defaults", error))
    return defaults, wrong


def _merged(defaults: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """A case's keys over those of ``[defaults]``, the keys of ``train`` one by one."""
    whole = {**defaults, **table}
    if isinstance(defaults.get("train"), Mapping) and isinstance(table.get("train"), Mapping):
        whole["train"] = {**defaults["train"], **table["train"]}
    return whole


def _read_case(name: str, table: Any, defaults: Mapping[str, Any], file: str, document: Document) -> Case | Unreadable:
    place = Place(name, table if isinstance(table, Mapping) else {}, file, document.positions)
    try:
        if not isinstance(table, Mapping):
            spot = document.positions.key(name)
            several = isinstance(table, list) and table and isinstance(table[0], Mapping)
            words = f"`{name}` stands outside of any case; a case is a table: [name]"
            words = f"{titled(name)}: a case is one table: [{name}]" if several else words
            raise placed(words, file, document.positions, spot)
        return build_case(name, _merged(defaults, table), place)
    except CaseError as error:
        expect = table.get("expect") if isinstance(table, Mapping) else None
        words = expect.get("error", "") if isinstance(expect, Mapping) else ""
        return Unreadable(name, error, words if isinstance(words, str) else "")
