"""Strings as TOML writes them: where each character of the text stands in the source."""

import re

_LINE_END = re.compile(r"\\[ \t]*\n[ \t\n]*")


def source_offsets(source: str, count: int) -> list[int]:
    """For each of the first characters of the string that ``source`` writes, its offset there; then that of the end."""
    quote = source[:1]
    width = 3 if source[:3] == quote * 3 and len(source) >= 6 else 1
    place, end = width, len(source) - width
    if width == 3 and source[place : place + 1] == "\n":
        place += 1
    offsets: list[int] = []
    while place < end and len(offsets) < count:
        if quote == '"' and source[place] == "\\":
            length, characters = _escape(source, place)
        else:
            length, characters = 1, 1
        offsets += [place] * characters
        place += length
    return [*offsets, place]


def _escape(source: str, place: int) -> tuple[int, int]:
    """The length of the escape at ``place``, and how many characters it stands for."""
    digits = {"x": 2, "u": 4, "U": 8}.get(source[place + 1])
    if digits is not None:
        return 2 + digits, 1
    trimmed = _LINE_END.match(source, place)
    return (trimmed.end() - place, 0) if trimmed else (2, 1)
