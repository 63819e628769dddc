"""Points and ranges as words of a command line: ``x=2``, ``w=[1,2]``, ``x=-5:5``, ``w[5]=-1:1``."""

import ast
import re
from collections.abc import Iterator
from typing import Any

from diffcheck.errors import UsageError

_NAMED = re.compile(r"(?P<variable>\w+)(\[(?P<brackets>[\d\s,]+)\])?")


def points_of(words: list[str]) -> list[dict[str, Any]]:
    """The points that ``--at`` gives, in order: a name that is given again begins another point.

    Raises UsageError for a word that is no ``NAME=NUMBER``.
    """
    points: list[dict[str, Any]] = []
    for word in words:
        for name, text in _pairs(word, "--at", "x=2"):
            if not points or name in points[-1]:
                points.append({})
            points[-1][name] = _value(text, "--at", word)
    return points


def ranges_of(words: list[str]) -> dict[str, Any]:
    """The ranges that ``--sample`` gives, by variable, as the key ``sample`` of a case has them.

    Raises UsageError for a word that is no ``NAME=LOW:HIGH``, and for a variable that is given twice.
    """
    found: dict[str, Any] = {}
    for word in words:
        for name, text in _pairs(word, "--sample", "x=-5:5"):
            low, colon, high = text.partition(":")
            named = _NAMED.fullmatch(name)
            if not colon or named is None:
                raise UsageError(f"`--sample {word}` is no range; write --sample x=-5:5, or w[3]=-5:5 for an array of three")
            variable = named["variable"]
            if variable in found:
                raise UsageError(f"--sample gives `{variable}` two ranges")
            bounds = [_number(each, "--sample", word) for each in (low, high)]
            shape = [int(each) for each in (named["brackets"] or "").split(",") if each.strip()]
            found[variable] = {"range": bounds, "shape": shape} if shape else bounds
    return found


def claims_of(words: list[str]) -> dict[str, str]:
    """The derivatives that ``--claim`` gives, by variable; raises UsageError for a word that is no ``NAME=FORMULA``."""
    found: dict[str, str] = {}
    for word in words:
        name, _, text = (part.strip() for part in word.partition("="))
        if not _NAMED.fullmatch(name) or not text:
            raise UsageError(f'`--claim {word}` is no claim; write --claim "x=2*x"')
        if name in found:
            raise UsageError(f"--claim gives `{name}` two derivatives")
        found[name] = text
    return found


def _pairs(word: str, option: str, example: str) -> Iterator[tuple[str, str]]:
    """Each ``NAME=TEXT`` of a word."""
    for part in _parts(word):
        name, sign, text = (each.strip() for each in part.partition("="))
        if not sign or not name or not text:
            raise UsageError(f"`{option} {word}` says no number of any variable; write {option} {example}")
        yield name, text


def _parts(word: str) -> list[str]:
    """``word`` between its commas, but for those inside of brackets."""
    parts, depth = [""], 0
    for sign in word:
        depth += (sign == "[") - (sign == "]")
        if sign == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _value(text: str, option: str, word: str) -> Any:
    """A number, or lists of them."""
    found = _literal(text)
    if not isinstance(found, int | float | list) or isinstance(found, bool):
        raise UsageError(f'`{text}` in `{option} {word}` is no number; write x=2, x=-1e-3 or "w=[1, 2]"')
    return found


def _number(text: str, option: str, word: str) -> int | float:
    found = _literal(text.strip())
    if not isinstance(found, int | float) or isinstance(found, bool):
        raise UsageError(f"`{text}` in `{option} {word}` is no number")
    return found


def _literal(text: str) -> Any:
    """What ``text`` stands for in Python; None where it is no literal. Nothing is executed."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
