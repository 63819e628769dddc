"""The exceptions a user may see: what is wrong, where, and what would be right."""

from collections.abc import Iterable
from difflib import get_close_matches


class DiffcheckError(Exception):
    """The base of all that diffcheck raises on purpose."""


class FormulaError(DiffcheckError):
    """A formula that cannot be read; ``start`` and ``end`` are offsets in ``text``, in characters."""

    def __init__(self, message: str, text: str, start: int = 0, end: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.text = text
        self.start = start
        self.end = end if end is not None else start + 1

    def __str__(self) -> str:
        return f"{self.message}\n{excerpt(self.text, self.start, self.end)}"


class CaseError(DiffcheckError):
    """A case that cannot be run as written, with the place in its file (both 1-based; 0 when there is none)."""

    def __init__(self, message: str, file: str = "", line: int = 0, column: int = 0, marked: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line
        self.column = column
        self.marked = marked
        """The source line with a marker below it, or nothing."""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        head = f"{place}: {self.message}" if place else self.message
        return f"{head}\n{self.marked}" if self.marked else head


class UsageError(DiffcheckError):
    """A command line, or a call of ``check``, that asks for what does not exist."""


class UnsupportedError(DiffcheckError):
    """A mode, dtype, device or function that cannot run this program here; the text is the reason."""


class SettingError(DiffcheckError):
    """A key of a case that reads well but cannot be carried out; ``key`` names it."""

    def __init__(self, message: str, key: str) -> None:
        super().__init__(message)
        self.key = key


class UndecidedError(DiffcheckError):
    """The oracle cannot enclose a number within its limits; the text is the reason."""


def excerpt(text: str, start: int, end: int, width: int = 72) -> str:
    """``text`` around ``start``, at most ``width`` characters, with ``^~~~`` under ``start`` to ``end``."""
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", start)
    line = printable(text[line_start : line_end if line_end >= 0 else len(text)])
    start, end = start - line_start, max(start + 1, end) - line_start
    cut = max(0, min(start - width // 2, len(line) - width))
    shown = ("..." if cut else "") + line[cut : cut + width] + ("..." if cut + width < len(line) else "")
    indent = start - cut + (3 if cut else 0)
    length = max(1, min(end - start, width - (start - cut)))
    return f"    {shown}\n    {' ' * indent}^{'~' * (length - 1)}"


def printable(line: str) -> str:
    """``line``, each character that a terminal would not show, or would obey, as one that it shows."""
    return "".join(sign if sign.isprintable() else " " if sign.isspace() else "?" for sign in line)


def suggestion(word: str, known: list[str]) -> str:
    """``; did you mean `…`?`` with the nearest of ``known``, or nothing."""
    alike = [each for each in known if each.lower() == word.lower()]
    near = alike or get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`?" if near else ""


def nearest(word: str, known: Iterable[str], listed: str, mark: str = "") -> str:
    """As ``suggestion``; where none is near, all of them behind ``listed``: ``; the rules are SGD, Adam``."""
    names = list(known)
    return suggestion(word, names) or f"; {listed} {', '.join(f'{mark}{each}{mark}' for each in names)}"
