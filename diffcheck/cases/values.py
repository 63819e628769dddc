"""What stands where a value is expected, in the words of TOML."""

import datetime
import math
from collections.abc import Mapping
from typing import Any


def is_number(value: Any) -> bool:
    """A number; a truth is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_finite(value: Any) -> bool:
    """Within the range of a double."""
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond every double
        return False


def said(value: Any) -> str:
    """What was found: a number as written, anything else by its kind."""
    if not is_number(value):
        return kind(value)
    if isinstance(value, float):
        return str(value)
    return f"{value:,}" if abs(value) < 10**18 else "a number of more than 18 digits"


def kind(value: Any) -> str:
    """A value's type in TOML's words."""
    return next((words for kind, words in _KINDS if isinstance(value, kind)), type(value).__name__)


_KINDS = (
    (bool, "true or false"),
    (str, "a text"),
    (int, "a whole number"),
    (float, "a number"),
    (Mapping, "a table"),
    (list | tuple, "a list"),
    (datetime.date, "a date"),
    (datetime.time, "a time"),
)


def dotted(path: tuple[str | int, ...]) -> str:
    """A key's path as TOML spells it."""
    return ".".join(map(str, path))
