"""``machine``: what a user asks for, made into a machine that hypothesis explores."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch

from diffcheck.dtypes import FORMATS
from diffcheck.errors import UnsupportedError, UsageError, nearest
from diffcheck.training.machinery import Machinery
from diffcheck.training.rule import FLAGS, Rule
from diffcheck.training.rules import RULES
from diffcheck.training.stateful.journal import imported
from diffcheck.training.stateful.world import Setting

if TYPE_CHECKING:
    from hypothesis.stateful import RuleBasedStateMachine

EXPLORED = {variant: FLAGS[variant] for variant in ("loop", "foreach", "fused")}
"""How torch's own optimizers are asked for a variant; the others do not run in a loop like this one."""

TORCH = Machinery()
"""All of it torch's own."""


def machine(
    rule: str = "Adam",
    optimizer: Callable[..., Any] | None = None,
    options: Mapping[str, Any] | None = None,
    machinery: Machinery = TORCH,
    dtype: str = "float32",
    variant: str = "loop",
) -> "type[RuleBasedStateMachine]":
    """A state machine that explores training with ``optimizer``, and judges every action against ``rule``.

    ``optimizer`` is a class or factory, called with a list of groups and ``options`` as keywords, as torch's are; None is
    torch's own of the rule's name, in its ``variant``. Assign the result's ``TestCase`` to a name that a test runner finds:

        TestMyAdam = machine(rule="Adam", optimizer=MyAdam).TestCase

    How much it explores is hypothesis' to say: ``TestMyAdam.settings = settings(max_examples=1000, deadline=None)``. A
    checkpoint is what the machinery's ``state_dict`` returns, and must not change with later training: torch's own dictionary
    holds the live tensors, and is copied here before it is called one.

    A failure is an AssertionError that names the action, the parameter and the numbers, and holds a program that repeats it.

    Raises UsageError for a rule, dtype or variant that does not exist, UnsupportedError for one that cannot be explored,
    and where hypothesis is not installed.
    """
    found = _chosen("rule", rule, RULES)
    form = _chosen("dtype", dtype, FORMATS)
    flags = dict(_chosen("variant", variant, EXPLORED))
    if found.written_out:
        raise UnsupportedError(f"the rule {rule} is no formula for each element by itself: its steps cannot be explored")
    if optimizer is None:
        optimizer, given = _own(found, variant), flags
    else:
        given = {}
    name = getattr(optimizer, "__name__", "optimizer")
    spelling = ("", f"torch.optim.{name}") if given else (imported(optimizer, name), name)
    setting = Setting(found, optimizer, spelling, {**(options or {}), **given}, machinery, form, variant)
    return _explored(setting)


def _chosen(key: str, word: str, table: Mapping[str, Any]) -> Any:
    if word not in table:
        raise UsageError(f"unknown {key} `{word}`{nearest(word, table, 'there are', '`')}")
    return table[word]


def _own(rule: Rule, variant: str) -> Callable[..., Any]:
    """torch's own class of a rule."""
    if not hasattr(torch.optim, rule.name):
        raise UsageError(f"torch has no optimizer `{rule.name}`: say which one follows the rule, with optimizer=")
    if variant not in rule.variants:
        there = ", ".join(each for each in rule.variants if each in EXPLORED)
        raise UnsupportedError(f"torch has no {variant} {rule.name}; there are {there}")
    made: Callable[..., Any] = getattr(torch.optim, rule.name)
    return made


def _explored(setting: Setting) -> "type[RuleBasedStateMachine]":
    try:
        from diffcheck.training.stateful.exploring import QUIET, Exploration
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "hypothesis":
            raise
        raise UnsupportedError("exploring needs hypothesis, which is not installed: pip install 'diffcheck[fuzz]'") from error
    name = setting.rule.name
    made: Any = type(f"Machine{name}", (Exploration,), {"setting": setting, "__doc__": f"Explores {name}."})
    made.TestCase.settings = QUIET
    explored: type[RuleBasedStateMachine] = made
    return explored
