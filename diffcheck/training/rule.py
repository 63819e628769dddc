"""What an update rule is: its options, its state, and how a step makes the next numbers of the present ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

FLAGS: Mapping[str, Mapping[str, bool]] = {
    "loop": {"foreach": False},
    "foreach": {"foreach": True},
    "fused": {"fused": True},
    "differentiable": {"differentiable": True, "foreach": False},
    "capturable": {"capturable": True, "foreach": False},
}
"""The implementations that torch may have of one rule, and how its constructors are asked for them."""
VARIANTS = tuple(FLAGS)


@dataclass(frozen=True)
class Entry:
    """A number, or a tensor of the parameter's shape, that an optimizer keeps for a parameter."""

    name: str
    """Its key in torch's ``state``."""
    initial: str = "0"
    """Its value before the first step, a number or a formula of the options; empty where it is not there before it."""
    scalar: bool = False
    """It lives in a 0-d tensor of the default dtype, float32 unless somebody changed that."""
    when: str = ""
    """The options that it is kept for; always where empty."""
    on_tensors: tuple[str, ...] | None = None
    """The variants that work on it as a tensor; None where ``Rule.on_tensors`` tells."""


@dataclass(frozen=True)
class Line:
    """One line of a rule: the next value of a state entry, of ``param``, or of a number on the way."""

    name: str
    text: str
    """A formula of the options, ``grad``, ``param``, the state entries and the numbers on the way."""
    when: str = ""
    """The options, variants, or ``first`` that it is taken for; always where empty."""


@dataclass(frozen=True)
class Rule:
    """One row of the table of update rules."""

    name: str = "rule"
    """The class in ``torch.optim``, or the user's own word."""
    source: str = ""
    """The paper."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Every option by name, with its default."""
    state: tuple[Entry, ...] | Mapping[str, Any] = ()
    """What is kept for each parameter, in the order in which torch creates it; a mapping of names to initial values
    stands for tensors that start as them."""
    update: str = ""
    """The lines of a step, ``name = formula  | when``, in torch's own order of work."""
    orders: Mapping[str, str] = field(default_factory=dict)
    """The same mathematics in another order, by the variant that works so."""
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The names of the numbers in an option that is a pair, as ``betas`` is ``beta1`` and ``beta2``."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Settings that nobody can choose."""
    variants: tuple[str, ...] = ("loop",)
    """The implementations that there are."""
    on_tensors: tuple[str, ...] = ("differentiable", "capturable")
    """The variants that work on 0-d state as tensors; the others take its value out into Python first."""
    unrounded: tuple[str, ...] = ("fused",)
    """The variants that work in float32 throughout in half precision, and round only what they store."""
    gradients: str = "dense"
    """What its gradients are: ``dense``; ``sparse``, by rows; or ``closure``, which it calls for them, and for losses."""
    written_out: str = ""
    """The module of its step, where that is no formula for each element by itself."""

    def __post_init__(self) -> None:
        if isinstance(self.state, Mapping):
            object.__setattr__(self, "state", tuple(Entry(name, str(value)) for name, value in self.state.items()))

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The state, as entries."""
        assert not isinstance(self.state, Mapping)
        return self.state

    def lines(self, variant: str) -> tuple[Line, ...]:
        """The lines of a step as ``variant`` works."""
        return _lines(self.orders.get(variant, self.update))

    def kept(self, settings: Mapping[str, Any]) -> tuple[Entry, ...]:
        """The entries that are kept under ``settings``."""
        return tuple(entry for entry in self.entries if holds(entry.when, settings))

    def settings(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """``options`` over the defaults, pairs taken apart."""
        found: dict[str, Any] = {}
        for name, value in {**self.options, **options}.items():
            if name in self.parts and value is not None:
                found.update(zip(self.parts[name], value, strict=True))
            else:
                found[name] = value
        return found


def holds(when: str, settings: Mapping[str, Any]) -> bool:
    """Whether all words of ``when`` hold: a setting that is true or not zero; after ``not``, one that is neither."""
    for word in filter(None, when.split(" and ")):
        wanted, name = not word.startswith("not "), word.removeprefix("not ").strip()
        if bool(settings.get(name)) is not wanted:
            return False
    return True


@lru_cache(maxsize=256)
def _lines(text: str) -> tuple[Line, ...]:
    rows = (row.partition("#")[0].strip() for row in text.splitlines())
    return tuple(_line(row) for row in rows if row)


def _line(row: str) -> Line:
    formula, _, when = row.partition("|")
    name, _, formula = formula.partition("=")
    return Line(name.strip(), formula.strip(), when.strip())


def words_of(when: str) -> tuple[str, ...]:
    """The words of a condition, ``not`` left out."""
    return tuple(word.removeprefix("not ").strip() for word in filter(None, when.split(" and ")))
