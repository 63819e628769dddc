"""Names that are there more than once, told apart, and names cut to fit."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator


def occurrences(keys: Iterable[Hashable]) -> Iterator[int]:
    """Of each key, how many times it has come so far, itself included: 1 for the first."""
    seen: Counter[Hashable] = Counter()
    for key in keys:
        seen[key] += 1
        yield seen[key]


def told_apart(name: str, occurrence: int) -> str:
    """The first of a name as it is, the second with `` (2)`` behind it."""
    return name if occurrence == 1 else f"{name} ({occurrence})"


def shortened(name: str, width: int) -> str:
    """``name`` in at most ``width`` characters, three dots at its end where it is cut."""
    return name if len(name) <= width else f"{name[: width - 3]}..."


def cut(text: str, width: int) -> str:
    """``text`` in at most ``width`` characters, the sign for an ellipsis at its end where it is cut."""
    return text if len(text) <= width else f"{text[: width - 1]}…"
