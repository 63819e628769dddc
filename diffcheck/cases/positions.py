"""Where each key and value of a TOML text stands, for errors that name the place."""

import tomllib
from dataclasses import dataclass, field
from typing import Any

import tree_sitter
import tree_sitter_toml

from diffcheck.cases.strings import source_offsets
from diffcheck.errors import printable

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Spot:
    """A place in a text: 1-based line and column, and the length of what stands there, in characters."""

    line: int
    column: int
    length: int


@dataclass
class Positions:
    """The places of a document's keys and values by path; list entries by number."""

    lines: list[str]
    keys: dict[Path, Spot] = field(default_factory=dict)
    values: dict[Path, Spot] = field(default_factory=dict)
    strings: dict[Path, str] = field(default_factory=dict)
    """The values that are strings, as the source writes them."""
    repeated: list[tuple[Path, Spot]] = field(default_factory=list)
    """Keys that are given a value a second time."""
    entries: dict[Path, int] = field(default_factory=dict)
    """How many tables each ``[[list of tables]]`` has so far."""

    def key(self, *path: str | int) -> Spot:
        """Where a key stands, or the nearest key above it."""
        return self._nearest(self.keys, path)

    def value(self, *path: str | int) -> Spot:
        """Where a value stands, or the nearest key above it."""
        return self.values.get(path) or self._nearest(self.keys, path)

    def inside(self, start: int, end: int, *path: str | int) -> Spot:
        """Where the characters from ``start`` to ``end`` of a string stand; the value, where it is none."""
        spot, source = self.value(*path), self.strings.get(path)
        if source is None:
            return spot
        offsets = source_offsets(source, max(start + 1, end) + 1)
        first, last = (offsets[min(place, len(offsets) - 1)] for place in (start, max(start + 1, end)))
        before = source[:first].split("\n")
        column = len(before[-1]) + (spot.column if len(before) == 1 else 1)
        return Spot(spot.line + len(before) - 1, column, len(source[first : max(last, first + 1)].split("\n")[0]))

    def _nearest(self, spots: dict[Path, Spot], path: Path) -> Spot:
        while path and path not in spots:
            path = path[:-1]
        return spots.get(path, Spot(1, 1, 1))

    def marked(self, spot: Spot) -> str:
        """The source line of ``spot`` with a marker below it."""
        line = printable(self.lines[spot.line - 1]) if spot.line <= len(self.lines) else ""
        start = spot.column - 1
        width = max(1, min(spot.length, len(line) - start))
        cut = max(0, start - 60)
        shown = ("..." if cut else "") + line[cut : cut + 100] + ("..." if len(line) > cut + 100 else "")
        indent = start - cut + (3 if cut else 0)
        return f"    {shown.rstrip()}\n    {' ' * indent}^{'~' * (min(width, 100 - (start - cut)) - 1)}"


def read_positions(text: str, positions: Positions, first_line: int = 1) -> None:
    """Note in ``positions`` the places of everything in ``text``, which is TOML and starts in ``first_line``."""
    data = text.encode()
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_toml.language()))
    root = parser.parse(data).root_node
    _Walker(data, positions, first_line).pairs(root, ())


class _Walker:
    """Walks the syntax tree and notes each key's and value's place."""

    def __init__(self, data: bytes, positions: Positions, first_line: int) -> None:
        self.data = data
        self.lines = data.split(b"\n")
        self.positions = positions
        self.first_line = first_line

    def pairs(self, node: Any, prefix: Path) -> None:
        for child in node.named_children:
            if child.type == "pair":
                key, value = child.named_children[0], child.named_children[-1]
                path = (*prefix, *self._key(key))
                for depth in range(len(prefix) + 1, len(path) + 1):
                    self.positions.keys.setdefault(path[:depth], self._spot(key))
                if path in self.positions.values:
                    self.positions.repeated.append((path, self._spot(key)))
                self._value(value, path)
            elif child.type in ("table", "table_array_element"):
                header = child.named_children[0]
                path = self._numbered(self._key(header), begins=child.type == "table_array_element")
                for depth in range(1, len(path) + 1):
                    self.positions.keys.setdefault(path[:depth], self._spot(header))
                self.pairs(child, path)

    def _numbered(self, path: Path, *, begins: bool) -> Path:
        """A header's path with the number of the entry behind each list of tables; ``begins`` where it adds one."""
        entries = self.positions.entries
        found: Path = ()
        for depth, part in enumerate(path, 1):
            found = (*found, part)
            if begins and depth == len(path):
                entries[found] = entries.get(found, 0) + 1
            if found in entries:
                found = (*found, entries[found] - 1)
        return found

    def _value(self, node: Any, path: Path) -> None:
        self.positions.values.setdefault(path, self._spot(node))
        if node.type == "string":
            self.positions.strings.setdefault(path, self._text(node))
        elif node.type == "inline_table":
            self.pairs(node, path)
        elif node.type == "array":
            entries = [child for child in node.named_children if child.type != "comment"]
            for index, entry in enumerate(entries):
                self._value(entry, (*path, index))

    def _key(self, node: Any) -> Path:
        if node.type == "dotted_key":
            return tuple(part for child in node.named_children for part in self._key(child))
        text = self._text(node)
        return (next(iter(tomllib.loads(f"{text} = 0"))) if node.type == "quoted_key" else text,)

    def _text(self, node: Any) -> str:
        return self.data[node.start_byte : node.end_byte].decode(errors="replace")

    def _spot(self, node: Any) -> Spot:
        row, byte = node.start_point
        column = len(self.lines[row][:byte].decode(errors="replace"))
        return Spot(row + self.first_line, column + 1, len(self._text(node).partition("\n")[0]))
