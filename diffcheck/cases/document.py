"""A case file's text as tables: a table that is no TOML, or that is there twice, loses itself only."""

import re
import tomllib
from dataclasses import dataclass, field
from typing import Any

from diffcheck.cases.place import placed, titled
from diffcheck.cases.positions import Positions, Spot, read_positions
from diffcheck.errors import CaseError

_HEADER = re.compile(r"""^[ \t]*\[\[?[ \t]*(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[^\[\],\n]*\]\]?[ \t]*(?:\#.*)?$""", re.MULTILINE)


_PLAIN = {
    r"Illegal character '\n'": "the string is not closed in its line",
    "integer string conversion": "a whole number has more than 4,300 digits",
}
"""What tomllib says, where a user would not understand it."""


@dataclass
class Document:
    """What a case file holds."""

    positions: Positions
    tables: dict[str, Any] = field(default_factory=dict)
    faults: list[tuple[str, CaseError]] = field(default_factory=list)
    """What could not be read, by the name of its case; nameless before the first one."""
    headers: set[tuple[str, ...]] = field(default_factory=set)
    """The headers of the tables read one by one."""


def read_document(text: str, file: str) -> Document:
    """The tables of ``text``, and what is wrong with the others."""
    document = Document(Positions(text.split("\n")))
    try:
        document.tables = tomllib.loads(text)
        read_positions(text, document.positions)
    except (ValueError, RecursionError) as error:
        document = _read_parts(text, file)
        if not document.faults:  # each table by itself is TOML, the whole is not
            document.faults.append(("", _fault(error, text, 1, "", file, document.positions)))
    return document


def _read_parts(text: str, file: str) -> Document:
    """A broken file, each table read by itself."""
    document = Document(Positions(text.split("\n")))
    starts = [match.start() for match in _HEADER.finditer(text)]
    line = 1
    lost: set[str] = set()
    for start, end in zip([0, *starts], [*starts, len(text)], strict=True):
        part = text[start:end]
        name = _read_part(part, line, file, document, lost)
        if name is not None:
            lost.add(name)
            document.tables.pop(name, None)
        line += part.count("\n")
    return document


def _read_part(part: str, line: int, file: str, document: Document, lost: set[str]) -> str | None:
    """Read one table into ``document``; the name of a case that is lost by it."""
    positions = Positions(document.positions.lines, entries=document.positions.entries)
    path = _path_of(part)
    name = path[0] if path else ""
    try:
        tables = tomllib.loads(part)
        read_positions(part, positions, line)
    except (ValueError, RecursionError) as error:
        document.faults.append((name, _fault(error, part, line, name, file, document.positions)))
        return name
    for name in tables.keys() - lost:
        if path in document.headers or not _joins(document.tables, {name: tables[name]}):
            first = document.positions.key(*path).line
            words = "there are two cases of this name" if len(path) == 1 else f"the table `{'.'.join(path)}` is given twice"
            message = f"{titled(name)}: {words}; the first is in line {first}"
            document.faults.append((name, placed(message, file, document.positions, positions.key(*path))))
            continue
        for kind in ("keys", "values", "strings"):
            noted = getattr(document.positions, kind)
            noted.update({**getattr(positions, kind), **noted})
    if path and not part.lstrip().startswith("[["):
        document.headers.add(path)
    return None


def _joins(known: Any, table: Any) -> bool:
    """Whether ``table`` only adds to ``known``, as `[a.expect]` adds to `[a]`; if so, it does."""
    if isinstance(known, list) and isinstance(table, list):
        known += table
        return True
    if not isinstance(known, dict) or not isinstance(table, dict):
        return False
    for key, value in table.items():
        if key not in known:
            known[key] = value
        elif not _joins(known[key], value):
            return False
    return True


def _path_of(part: str) -> tuple[str, ...]:
    """The name in a table's header, by its parts; nothing where there is no header."""
    header = _HEADER.match(part)
    path: tuple[str, ...] = ()
    try:
        table: Any = tomllib.loads(header[0]) if header else {}
    except ValueError:
        return ()
    while table:
        table = table[0] if isinstance(table, list) else table
        path = (*path, next(iter(table), ""))
        table = table.get(path[-1])
    return path


def _fault(error: Exception, part: str, line: int, name: str, file: str, positions: Positions) -> CaseError:
    head = f"{titled(name)}: " if name else ""
    if isinstance(error, RecursionError):
        return placed(f"{head}the values are nested too deeply", file, positions, Spot(line, 1, len(positions.lines[line - 1])))
    repeated = Positions(positions.lines)
    read_positions(part, repeated, line)
    if repeated.repeated and "overwrite" in str(error):
        path, spot = repeated.repeated[0]
        key = ".".join(map(str, path[1:] if name else path))
        words = f"{head}the key `{key}` is given twice; the first is in line {repeated.keys[path].line}"
        return placed(words, file, positions, spot)
    words = re.sub(r" \(at .*\)$", "", str(error))
    words = next((plain for theirs, plain in _PLAIN.items() if theirs in words), words)
    found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    if found:
        spot = Spot(int(found[1]) + line - 1, int(found[2]), 1)
    else:
        last = part.rstrip().split("\n")
        spot = Spot(line + len(last) - 1, len(last[-1]) + 1, 1)
    return placed(f"{head}this is not TOML: {words[:1].lower()}{words[1:]}", file, positions, spot)
