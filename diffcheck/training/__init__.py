"""Training semantics: update rules, one step judged at a time, the replay of a run, the machine that explores it all.

Importing it imports neither torch nor hypothesis: the table of rules is read where both would be too slow.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diffcheck.training.machinery import Machinery
    from diffcheck.training.stateful.making import machine

__all__ = ["Machinery", "machine"]

_HOMES = {
    "Machinery": "diffcheck.training.machinery",
    "machine": "diffcheck.training.stateful.making",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
