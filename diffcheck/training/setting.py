"""Where a run takes place, and what it is held to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from diffcheck.cases.training import Training
from diffcheck.dtypes import FORMATS, Format
from diffcheck.formula.inputs import Input
from diffcheck.training.rule import Rule
from diffcheck.training.rules import RULES
from diffcheck.truth.margins import Permission
from diffcheck.truth.neighbours import nearest

Factory = Callable[[list[dict[str, Any]]], Any]
"""Makes an optimizer of parameter groups, each a dict with ``params`` and the group's own options."""


@dataclass(frozen=True)
class Setting:
    """One run: its loss, its start, its rule, and the place where torch carries it out."""

    loss: Any
    """The loss's formula, text or sympy's."""
    training: Training
    dtype: str
    device: str = "cpu"
    factory: Factory | None = None
    """Somebody's optimizer; None for torch's own."""
    own_rule: Rule | None = None
    """Somebody's rule; None for the one of the table that the run names."""
    permission: Permission = field(default_factory=Permission)
    """How much wider than the rule's own the allowance is: somebody's code may round elsewhere."""

    @property
    def rule(self) -> Rule:
        """The rule that updates are held to."""
        return self.own_rule or RULES[self.training.optimizer]

    @property
    def is_brought(self) -> bool:
        """The code is somebody's own, and may round elsewhere than torch does."""
        return self.permission.factor != 1

    @property
    def form(self) -> Format:
        """The parameters' dtype."""
        return FORMATS[self.dtype]

    @property
    def scalar(self) -> Format:
        """The dtype that 0-d state is held to."""
        return FORMATS[self.training.scalars]

    @property
    def variant(self) -> str:
        """The variant that runs: torch's own choice where none is asked for."""
        default = "foreach" if self.device.startswith("cuda") else "loop"
        return self.training.variant or (default if default in self.rule.variants else "loop")

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The parameters with their shapes."""
        return self.training.moving()

    def group_of(self, name: str) -> int:
        """The number of the group that a parameter is in."""
        return next((number for number, group in enumerate(self.training.groups) if name in group.parameters), 0)

    def wanted(self, group: int) -> dict[str, Any]:
        """The options that the case asks for, of a group by number; a 0-d tensor of float32 at its own value."""
        form, asked = FORMATS["float32"], self._asked(group)
        return {key: nearest(value["tensor"], form) if isinstance(value, Mapping) else value for key, value in asked.items()}

    def tensors(self, group: int) -> frozenset[str]:
        """The options that are 0-d tensors."""
        return frozenset(key for key, value in self._asked(group).items() if isinstance(value, Mapping))

    def _asked(self, group: int) -> dict[str, Any]:
        """What the case says of a group; a group that somebody's optimizer adds has the run's options."""
        groups = self.training.groups
        return {**self.training.options, **(groups[group].options if group < len(groups) else {})}

    def settings(self, group: int, observed: Mapping[str, Any]) -> dict[str, Any]:
        """All options of a group, pairs taken apart: what torch received where it says so, else what was asked for."""
        known = {key: value for key, value in observed.items() if key in self.rule.options}
        options = self.rule.settings({**self.wanted(group), **known})
        return {**options, **self.rule.fixed}
