"""Torch's own optimizers with an error planted in a copy of their source; the originals stay as they are."""

import ast
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any

import torch
from torch.optim import optimizer as base

from diffcheck.verdict import Verdict

COUNTED = {"nth": 2}
"""The second of several occurrences."""
PAIR = {"count": 2}
"""It takes a second parameter to show."""
EXACT = {"dtypes": ("float64",)}
"""A millionth of an update is less than what float32 may round away of a parameter."""
DROPPED = "(lambda *lists, **options: {}(*(each[:-1] for each in lists), **options))("
"""A kernel that never hears of the last parameter."""

FUNCTIONS = {"loop": "_single_tensor_", "differentiable": "_single_tensor_", "foreach": "_multi_tensor_", "fused": "_fused_"}
"""How torch calls the function that a variant's step is in."""
_IMPORTED = "from .adam import Adam, adam"
"""How AdamW's module comes by Adam, whose step it uses."""


@dataclass(frozen=True)
class Plant:
    """An error: one text of torch's source that stands for another."""

    name: str
    """The class in ``torch.optim``."""
    variant: str
    words: str
    """What is wrong."""
    old: str
    new: str
    options: Mapping[str, Any]
    """The options that reach it."""
    entry: str
    """``param``, or the key of the state, that the judge names first."""
    nth: int = 0
    """Which occurrence of ``old``; 0 where there is only one."""
    within: str = ""
    """The function or method that holds ``old``; the variant's step where empty."""
    count: int = 1
    """How many parameters it takes to show."""
    dtypes: tuple[str, ...] = ("float64", "float32")
    """Where it is larger than rounding."""
    verdict: Verdict = field(default=Verdict.WRONG)

    @property
    def module(self) -> str:
        """The module that is edited: AdamW's step stands in Adam's."""
        return "adam" if self.name == "AdamW" else self.name.lower()

    @property
    def function(self) -> str:
        """The function that is edited."""
        return self.within or FUNCTIONS[self.variant] + self.module

    def __str__(self) -> str:
        return f"{self.name}, {self.variant}: {self.words}"


Row = tuple[Any, ...]
"""What is wrong, torch's text, the text for it, the options that reach it, the entry; then whatever else there is to say."""
Rows = Mapping[str, tuple[Row, ...]]
"""An optimizer's rows by variant."""


def plants(name: str, rows: Rows) -> tuple[Plant, ...]:
    """The rows of one optimizer."""
    return tuple(
        Plant(name, variant, *row[:5], **(row[5] if len(row) > 5 else {})) for variant, each in rows.items() for row in each
    )


def edited(source: str, function: str, old: str, new: str, nth: int = 0) -> str:
    """``source`` with ``new`` for the only ``old`` in ``function``, or for the ``nth`` one.

    Raises ValueError where it does not occur so: another torch may spell its step otherwise.
    """
    lines = source.splitlines(keepends=True)
    places = [each for each in ast.walk(ast.parse(source)) if isinstance(each, ast.FunctionDef) and each.name == function]
    if len(places) != 1:
        raise ValueError(f"there are {len(places)} functions `{function}`")
    first, last = places[0].lineno - 1, places[0].end_lineno
    pieces = "".join(lines[first:last]).split(old)
    found = len(pieces) - 1
    if (nth == 0 and found != 1) or nth > found:
        raise ValueError(f"`{function}` holds {old!r} {found} times")
    place = nth or 1
    return "".join([*lines[:first], old.join(pieces[:place]), new, old.join(pieces[place:]), *lines[last:]])


@lru_cache(maxsize=256)
def _source(module: str) -> str:
    return inspect.getsource(import_module(f"torch.optim.{module}"))


def planted(plant: Plant) -> type[torch.optim.Optimizer]:
    """The optimizer's class from a copy of torch's module that holds the error."""
    source = edited(_source(plant.module), plant.function, plant.old, plant.new, plant.nth)
    copied = _executed(plant.module, source, {})
    if plant.name == "AdamW":
        own = _source("adamw")
        assert own.count(_IMPORTED) == 1
        copied = _executed("adamw", own.replace(_IMPORTED, ""), {"Adam": copied.Adam, "adam": copied.adam})
    made: type[torch.optim.Optimizer] = getattr(copied, plant.name)
    return made


def _executed(module: str, source: str, names: Mapping[str, Any]) -> ModuleType:
    """A module of ``source`` that nobody can import."""
    copied = ModuleType(f"torch.optim.{module}")
    copied.__package__ = "torch.optim"
    vars(copied).update(names)
    kept = dict(vars(base))
    try:
        exec(compile(source, f"<torch.optim.{module} with an error>", "exec"), vars(copied))
    finally:  # a decorator of torch's writes the single-tensor function into the base class's module, for TorchScript
        vars(base).update(kept)
    return copied
