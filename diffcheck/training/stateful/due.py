"""What an action must change, and what it may have done instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from diffcheck.training.stateful.exact import Grad, Numbers

Suspects = Mapping[str, Sequence[tuple[str, Grad]]]
"""For each parameter, what else its gradient may be, each with the words for it."""
LrSuspects = Sequence[tuple[str, Sequence[Any]]]
"""What else the groups' lrs may be, group by group, each with the words for it; ``{group}`` stands for the group."""


@dataclass(frozen=True)
class Due:
    """What an action must change; all that is not named must stay as it was."""

    grads: Mapping[str, Grad] = field(default_factory=dict)
    """The gradients."""
    suspects: Suspects = field(default_factory=dict)
    """What else the gradients may be."""
    any_grad: frozenset[str] = frozenset()
    """Parameters whose gradient may be anything."""
    values: Mapping[str, Numbers] = field(default_factory=dict)
    """Values that are set."""
    stepped: bool = False
    """Members that have a gradient take one step of the rule."""
    started: frozenset[str] = frozenset()
    """Parameters whose state may be made now, as the rule starts it."""
    states: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """States that are restored."""
    lr_suspects: LrSuspects = ()
    """What else the lrs may be."""


NOTHING = Due()
"""Nothing may change."""
