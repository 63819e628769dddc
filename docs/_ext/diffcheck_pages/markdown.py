"""Markdown made of rows."""

import re
from collections.abc import Iterable, Sequence

_SIGNS = re.compile(r"[\\*_<>\[\]]")


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are Markdown, and may hold the sign that parts them."""
    lines = [_line(headers), _line(["---"] * len(headers)), *map(_line, rows)]
    return "\n".join(lines) + "\n"


def code(text: str) -> str:
    """``text`` as code inside of a line; nothing for nothing."""
    one_line = " ".join(text.split())
    fence = "``" if "`" in one_line else "`"
    return f"{fence}{one_line}{fence}" if one_line else ""


def codes(texts: Iterable[str]) -> str:
    """Each of ``texts`` as code, commas between."""
    return ", ".join(map(code, texts))


def block(text: str, language: str = "text") -> str:
    """``text`` as a block of code."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def plain(text: str) -> str:
    """``text`` with the signs that Markdown would read as its own taken as they are, but for code between backticks."""
    return "`".join(part if index % 2 else _SIGNS.sub(r"\\\g<0>", part) for index, part in enumerate(text.split("`")))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"
