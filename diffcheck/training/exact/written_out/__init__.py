"""Steps that are no formula for each element by itself: a module for each, named by its row of the table of rules."""

from collections.abc import Callable
from importlib import import_module

from diffcheck.training.exact.number import Arithmetic
from diffcheck.training.exact.update import Entries, Update
from diffcheck.training.moment import Moment

Steps = Callable[[Update, Moment, Arithmetic], Entries]
"""Yields each entry's name with its next numbers, and is sent what was observed of it: arrays (n,), or a float.

A name with None for its numbers asks what was observed, and judges nothing."""


def entries_of(name: str) -> Steps:
    """The step of the module ``name``."""
    found: Steps = import_module(f"{__name__}.{name}").entries
    return found
