"""Where each key and value of a TOML text stands, for errors that name the place."""

from dataclasses import dataclass, field
from typing import Any

import tree_sitter
import tree_sitter_toml

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
    duplicates: list[tuple[Path, Spot]] = field(default_factory=list)
    """Tables that are opened a second time under the same name."""

    def key(self, *path: str | int) -> Spot:
        """Where a key stands, or the nearest key above it."""
        return self._nearest(self.keys, path)

    def value(self, *path: str | int) -> Spot:
        """Where a value stands, or the nearest key above it."""
        return self.values.get(path) or self._nearest(self.keys, path)

    def _nearest(self, spots: dict[Path, Spot], path: Path) -> Spot:
        while path and path not in spots:
            path = path[:-1]
        return spots.get(path, Spot(1, 1, 1))

    def marked(self, spot: Spot, offset: int = 0, length: int | None = None) -> str:
        """The source line of ``spot`` with a marker below it; ``offset`` characters into it."""
        line = self.lines[spot.line - 1] if spot.line <= len(self.lines) else ""
        start = spot.column - 1 + offset
        width = max(1, min(length if length is not None else spot.length, len(line) - start))
        cut = max(0, start - 60)
        shown = ("..." if cut else "") + line[cut : cut + 100] + ("..." if len(line) > cut + 100 else "")
        indent = start - cut + (3 if cut else 0)
        return f"    {shown.rstrip()}\n    {' ' * indent}^{'~' * (min(width, 100) - 1)}"


def read_positions(text: str) -> Positions:
    """The places of everything in ``text``, which is TOML."""
    data = text.encode()
    positions = Positions(text.split("\n"))
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_toml.language()))
    root = parser.parse(data).root_node
    _Walker(data, positions).pairs(root, ())
    return positions


class _Walker:
    """Walks the syntax tree and notes each key's and value's place."""

    def __init__(self, data: bytes, positions: Positions) -> None:
        self.data = data
        self.lines = data.split(b"\n")
        self.positions = positions
        self.tables: set[Path] = set()

    def pairs(self, node: Any, prefix: Path) -> None:
        for child in node.named_children:
            if child.type == "pair":
                key, value = child.named_children[0], child.named_children[-1]
                path = (*prefix, *self._key(key))
                for depth in range(len(prefix) + 1, len(path) + 1):
                    self.positions.keys.setdefault(path[:depth], self._spot(key))
                self._value(value, path)
            elif child.type == "table":
                header = child.named_children[0]
                path = self._key(header)
                if path in self.tables:
                    self.positions.duplicates.append((path, self._spot(header)))
                self.tables.add(path)
                self.positions.keys.setdefault(path, self._spot(header))
                self.pairs(child, path)

    def _value(self, node: Any, path: Path) -> None:
        self.positions.values.setdefault(path, self._spot(node))
        if node.type == "inline_table":
            self.pairs(node, path)
        elif node.type == "array":
            entries = [child for child in node.named_children if child.type != "comment"]
            for index, entry in enumerate(entries):
                self._value(entry, (*path, index))

    def _key(self, node: Any) -> Path:
        if node.type == "dotted_key":
            return tuple(part for child in node.named_children for part in self._key(child))
        text = self.data[node.start_byte : node.end_byte].decode()
        return (text[1:-1] if node.type == "quoted_key" else text,)

    def _spot(self, node: Any) -> Spot:
        row, byte = node.start_point
        column = len(self.lines[row][:byte].decode(errors="replace"))
        length = len(self.data[node.start_byte : node.end_byte].decode(errors="replace").split("\n")[0])
        return Spot(row + 1, column + 1, length)
