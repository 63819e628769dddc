"""Panels packed for a page: compressed in packs, each of which the browser unpacks when a case of it is opened.

MathML and pictures shrink to a tenth, and a browser reads two thousand cases as a few lines of letters.
"""

import base64
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

PACK = 200_000
"""A pack is full with so many characters: it is unpacked in some milliseconds."""


@dataclass(frozen=True)
class Pack:
    """Some panels, in order."""

    first: int
    """The number of its first panel, from 0."""
    text: str
    """A JSON list of their HTML, compressed by zlib, in base64."""


def packed(panels: Iterable[str]) -> Iterator[Pack]:
    """``panels`` in packs."""
    first, held, size = 0, list[str](), 0
    for panel in panels:
        held.append(panel)
        size += len(panel)
        if size >= PACK:
            yield _pack(first, held)
            first, held, size = first + len(held), [], 0
    if held:
        yield _pack(first, held)


def _pack(first: int, panels: list[str]) -> Pack:
    return Pack(first, base64.b64encode(zlib.compress(json.dumps(panels).encode(), 9)).decode("ascii"))
