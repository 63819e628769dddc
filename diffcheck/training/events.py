"""What happened in a run: each action, and all that torch had before and after it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from diffcheck.training.actions import Action
from diffcheck.training.moment import Moment


@dataclass(frozen=True)
class World:
    """All that torch has at one moment."""

    moments: Mapping[str, Moment]
    """Each parameter by name."""
    options: tuple[Mapping[str, Any], ...] = ()
    """The options of each parameter group."""


@dataclass(frozen=True)
class Event:
    """One action, and what torch had before and after it."""

    action: Action
    before: World
    after: World
    loss: float | None = None
    """Of a backward: the loss, unweighted."""
    error: str = ""
    """What torch or the optimizer raised; nothing happens after that."""
    joint: tuple[Moment, Moment] | None = None
    """Of a step that calls a closure: all parameters as one, before with the calls and after."""
