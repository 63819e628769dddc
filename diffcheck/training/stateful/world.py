"""The training loop under test, beside it the shadow: what it must be, by the actions so far."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

import torch

from diffcheck.dtypes import FORMATS, Format
from diffcheck.training.exact.number import Arithmetic
from diffcheck.training.machinery import Machinery
from diffcheck.training.rule import Rule
from diffcheck.training.stateful.exact import Calculus
from diffcheck.training.stateful.finding import Finding
from diffcheck.training.stateful.journal import Journal
from diffcheck.training.stateful.sight import Sight, look

MEMBERS = (("p0", "p1"), ("p2",))
"""The groups that the optimizer starts with."""
LATE = "p3"
"""The parameter that may join."""
OUTSIDER = "p4"
"""The one that never does."""
NAMES = ("p0", "p1", "p2", LATE, OUTSIDER)
TAME = 512.0
"""Numbers beyond it are brought back before they leave a narrow dtype's range."""


@dataclass(frozen=True)
class Setting:
    """What is explored."""

    rule: Rule
    """What every step must follow."""
    make: Callable[..., Any]
    """Called with groups and ``options``, makes an optimizer."""
    spelling: tuple[str, str]
    """The line that imports it, which may be empty, and its name in a program."""
    options: Mapping[str, Any]
    """The options that it is called with, the variant's flags among them."""
    machinery: Machinery
    """Who does the work."""
    form: Format
    """The parameters' dtype."""
    variant: str
    """The implementation that the rule is read for."""

    @property
    def scalar(self) -> Format:
        """The dtype of 0-d state, which follows the default dtype."""
        return FORMATS["float64" if torch.get_default_dtype() == torch.float64 else "float32"]


@dataclass
class Group:
    """A group as it must be."""

    names: tuple[str, ...]
    """Its parameters."""
    options: dict[str, Any]
    """Those that the optimizer shows of the rule's, as given, else by the rule's default."""


@dataclass(frozen=True)
class Checkpoint:
    """A saved state, and what it must stay and restore."""

    saved: Any
    """What ``state_dict`` returned."""
    copy: Any
    """The numbers in ``saved`` when it was made."""
    states: Mapping[str, Mapping[str, Any]]
    """Each member's state at that moment."""
    groups: tuple[Group, ...]
    """The groups and their options at that moment."""


@dataclass
class World:
    """The loop under test and its shadow."""

    setting: Setting
    """What is explored."""
    values: Mapping[str, Sequence[float]]
    """What the parameters start with."""
    parameters: dict[str, torch.Tensor] = field(init=False)
    """The program's tensors, by name, in the program's order."""
    optimizer: Any = field(init=False)
    """The one in use; loading into a new one replaces it."""
    groups: list[Group] = field(init=False)
    """The groups as they must be."""
    trainable: set[str] = field(init=False)
    """The parameters that must require a gradient."""
    hooks: dict[str, tuple[float, Any]] = field(default_factory=dict)
    """For each parameter with a hook, what it multiplies gradients by, and the handle."""
    calls: Counter[str] = field(default_factory=Counter)
    """How often each parameter's hook was called since it was last asked, and the closure."""
    checkpoint: Checkpoint | None = None
    """The last one made."""
    loaded: bool = False
    """The checkpoint was loaded since it was made."""
    lrs: list[float] = field(default_factory=list)
    """Every lr that there was: a step may have taken an old one."""
    sight: Sight = field(init=False)
    """What was seen after the last action, and judged."""
    journal: Journal = field(init=False)
    """The program that repeats the actions so far."""
    actions: int = 0
    """How many there were."""

    def __post_init__(self) -> None:
        self.journal = Journal(self.setting.machinery)
        dtype = getattr(torch, self.setting.form.name)
        self.parameters = {
            name: torch.tensor(list(value), dtype=dtype, requires_grad=True) for name, value in self.values.items()
        }
        for name, value in self.values.items():
            self.journal.note(f"{name} = torch.tensor({list(value)}, dtype={dtype}, requires_grad=True)")
        self.journal.note(*filter(None, self.setting.spelling[:1]))
        self.trainable = set(NAMES)

    @property
    def calculus(self) -> Calculus:
        """The arithmetic of its gradients."""
        return Calculus(Arithmetic(self.setting.form, self.setting.scalar))

    @property
    def members(self) -> tuple[str, ...]:
        """The optimizer's parameters, in its order."""
        return tuple(name for group in self.groups for name in group.names)

    @property
    def is_tame(self) -> bool:
        """All values and gradients are well within any dtype's range."""
        found = [array for each in self.sight.moments.values() for array in (each.values, each.grad) if array is not None]
        return all(bool((abs(array) < TAME).all()) for array in found)  # not so for NaN

    def group_of(self, name: str) -> int | None:
        """The place of a parameter's group; None for one that the optimizer does not have."""
        return next((place for place, group in enumerate(self.groups) if name in group.names), None)

    def look(self) -> Sight:
        """What can be seen now."""
        return look(self.parameters, self.optimizer)

    def call(self, piece: str, *arguments: tuple[Any, str], result: str = "") -> Any:
        """A piece of the Machinery; each argument comes with its text, ``result`` is what the program names it."""
        line = self.journal.spelled(piece, [text for _, text in arguments])
        self.journal.note(f"{result} = {line}" if result else line)
        with self.watching(piece):
            return getattr(self.setting.machinery, piece)(*(value for value, text in arguments if text))

    @contextmanager
    def watching(self, action: str, *lines: str) -> Iterator[None]:
        """Whatever the user's code raises is a finding; ``lines`` are what it does, noted in the program first."""
        self.journal.note(*lines)
        try:
            yield
        except AssertionError as error:
            if getattr(error, "is_finding", False):
                raise
            self.fail(Finding(action, f"raised AssertionError: {error}"), error)
        except Exception as error:
            self.fail(Finding(action, f"raised {type(error).__name__}: {error}"), error)

    def fail(self, finding: Finding, cause: BaseException | None = None) -> NoReturn:
        """Raise AssertionError with the whole story."""
        failure = AssertionError(finding.told(self.journal.text()))
        failure.is_finding = True  # type: ignore[attr-defined]
        raise failure from cause
