"""The machine that hypothesis drives: a rule for each action, and what each is drawn from."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from diffcheck.training.exact.stepping import BITS
from diffcheck.training.stateful import checkpoints, gradients, scaling, schedules, updates
from diffcheck.training.stateful.terms import SHAPES, SIZE, Term, Terms
from diffcheck.training.stateful.world import LATE, NAMES, Setting, World
from diffcheck.truth.balls import precision

NUMBERS = (1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 1.5, 0.25, -3.0)
"""Short, and exact in every dtype."""
LRS = (0.5, 0.25, 0.125, 0.0625, 0.01)
BOUNDS = (1.0, 0.5, 0.125, 4.0, 100.0)
"""Of clipping: below and above what gradients are."""

QUIET = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    stateful_step_count=30,
    phases=[phase for phase in Phase if phase is not Phase.explain],
)
"""What a ``TestCase`` runs with, unless its user says otherwise; hypothesis would explain by lines of this checker."""


def squares(coefficients: Sequence[float]) -> Terms:
    """A loss of all parameters."""
    return [Term("square", name, name, each, each) for name, each in zip(NAMES, coefficients, strict=True)]


numbers = st.sampled_from(NUMBERS)
names = st.sampled_from(NAMES)
members = st.sampled_from(("p0", "p1", "p2"))
lrs = st.sampled_from(LRS)
bounds = st.sampled_from(BOUNDS)
factors = st.sampled_from((2.0, 0.5, -1.0))
terms = st.builds(Term, st.sampled_from(tuple(SHAPES)), names, names, numbers, numbers)
losses = st.lists(terms, min_size=1, max_size=4)
everything = st.lists(numbers, min_size=len(NAMES), max_size=len(NAMES)).map(squares)
values = st.fixed_dictionaries({name: st.lists(numbers, min_size=SIZE, max_size=SIZE) for name in NAMES})


def _runs(condition: Callable[[World], bool] = lambda world: True) -> Callable[[Any], Any]:
    """The precondition of a rule: the world is there, its numbers are tame, and ``condition`` holds."""
    return precondition(lambda self: self.world is not None and self.world.is_tame and condition(self.world))


class Exploration(RuleBasedStateMachine):
    """Every action of a training loop, in any order."""

    setting: ClassVar[Setting]
    """What is explored; each subclass has its own."""

    def __init__(self) -> None:
        super().__init__()
        self.world: World | None = None
        self.last: Terms = [Term("line", "p0", "p0", 1.0, 1.0)]

    def teardown(self) -> None:
        """Leave no mode behind, whatever the user's code left."""
        torch.set_grad_enabled(True)

    def act(self, action: Callable[..., None], *arguments: Any) -> None:
        """One action, in balls of enough bits."""
        assert self.world is not None
        self.world.actions += 1
        with precision(BITS):
            action(self.world, *arguments)

    def on_loss(self, action: Callable[..., None], drawn: Terms, *arguments: Any) -> None:
        """One action on a loss that reaches somebody."""
        assert self.world is not None
        self.last = gradients.differentiable(self.world, drawn)
        self.act(action, self.last, *arguments)

    @initialize(start=values, second_lr=lrs, before=st.lists(losses | everything, max_size=2))
    def begin(self, start: dict[str, list[float]], second_lr: float, before: list[Terms]) -> None:
        """Parameters, an optimizer of two groups, and none to two updates."""
        self.world = World(self.setting, {name: start[name] for name in NAMES})  # drawn in any order
        self.act(updates.begin, second_lr)
        for each in before:
            self.on_loss(checkpoints.update, each)

    @precondition(lambda self: self.world is not None and not self.world.is_tame)
    @rule()
    def start_over(self) -> None:
        """Numbers that grew too large are set back."""
        self.act(updates.calm)

    @_runs()
    @rule(loss=losses)
    def backward(self, loss: Terms) -> None:
        """Of some parameters."""
        self.on_loss(gradients.backward, loss)

    @_runs()
    @rule(loss=everything)
    def backward_of_all(self, loss: Terms) -> None:
        """Of all parameters."""
        self.on_loss(gradients.backward, loss)

    @_runs()
    @rule()
    def backward_again(self) -> None:
        """Of the same loss as before."""
        self.on_loss(gradients.backward, self.last)

    @_runs()
    @rule(loss=losses)
    def backward_twice(self, loss: Terms) -> None:
        """Through one retained graph."""
        self.on_loss(gradients.backward_twice, loss)

    @_runs()
    @rule(first=terms, second=terms)
    def share(self, first: Term, second: Term) -> None:
        """Two losses of their own graphs share a parameter."""
        self.on_loss(gradients.backward, [first])
        self.on_loss(gradients.backward, [second, Term("square", first.a, first.a, second.c, second.d)])

    @_runs()
    @rule(set_to_none=st.booleans())
    def zero_grad(self, set_to_none: bool) -> None:
        """To None or to zeros."""
        self.act(gradients.zero_grad, set_to_none)

    @_runs()
    @rule()
    def step(self) -> None:
        """With whatever gradients there are."""
        self.act(updates.step)

    @_runs()
    @rule(loss=losses)
    def step_with_closure(self, loss: Terms) -> None:
        """The closure does not clear."""
        self.on_loss(updates.step_with_closure, loss)

    @_runs()
    @rule(place=st.integers(0, 1), lr=lrs)
    def set_lr(self, place: int, lr: float) -> None:
        """By hand, on the way."""
        self.act(updates.set_lr, place, lr)

    @_runs(lambda world: LATE not in world.members)
    @rule(lr=lrs)
    def add_param_group(self, lr: float) -> None:
        """A late parameter with an lr of its own."""
        self.act(updates.join, lr)

    @_runs()
    @rule(name=st.sampled_from(("p1", "p2", LATE)))
    def freeze_or_thaw(self, name: str) -> None:
        """The one where the other was."""
        assert self.world is not None
        self.act(updates.freeze if name in self.world.trainable else updates.thaw, name)

    @_runs()
    @rule(name=names)
    def change_under_no_grad(self, name: str) -> None:
        """In place."""
        self.act(updates.halve, name)

    @_runs()
    @rule(loss=losses)
    def evaluate(self, loss: Terms) -> None:
        """In inference mode."""
        self.act(updates.evaluate, loss)

    @_runs()
    @rule(name=members, factor=factors)
    def hook_or_unhook(self, name: str, factor: float) -> None:
        """The one where the other was."""
        assert self.world is not None
        if name in self.world.hooks:
            self.act(gradients.unhook, name)
        elif name in self.world.trainable:  # torch takes no hook on a frozen one
            self.act(gradients.hook, name, factor)

    @_runs()
    @rule(name=members, factor=factors, loss=losses)
    def hook_for_a_while(self, name: str, factor: float, loss: Terms) -> None:
        """On some backwards, and then no more."""
        assert self.world is not None
        if name in self.world.trainable and name not in self.world.hooks:
            self.act(gradients.hook_for_a_while, name, factor, loss)

    @_runs(lambda world: any(world.sight.moments[name].grad is not None for name in world.members))
    @rule(bound=bounds)
    def clip_grad_norm(self, bound: float) -> None:
        """Jointly."""
        self.act(gradients.clip_norm, bound)

    @_runs(lambda world: any(world.sight.moments[name].grad is not None for name in world.members))
    @rule(bound=bounds)
    def clip_grad_value(self, bound: float) -> None:
        """On both sides."""
        self.act(gradients.clip_value, bound)

    @_runs()
    @rule(loss=everything, bound=bounds, clip=st.sampled_from((gradients.clip_norm, gradients.clip_value)))
    def backward_and_clip(self, loss: Terms, bound: float, clip: Callable[[World, float], None]) -> None:
        """Of all parameters: what is clipped may lie on either side."""
        self.on_loss(gradients.backward, loss)
        self.act(clip, bound)

    @_runs()
    @rule()
    def save(self) -> None:
        """A checkpoint, for later."""
        self.act(checkpoints.save)

    @_runs(checkpoints.may_load)
    @rule(into_new=st.booleans())
    def load(self, into_new: bool) -> None:
        """The checkpoint, into the same optimizer or a new one."""
        self.act(checkpoints.load, into_new)

    @_runs()
    @rule(
        first=losses,
        second=losses,
        count=st.integers(1, 6),
        into_new=st.booleans(),
        lr=st.none() | lrs,
    )
    def save_go_on_load(self, first: Terms, second: Terms, count: int, into_new: bool, lr: float | None) -> None:
        """A checkpoint, more training, back to it."""
        assert self.world is not None
        both = [gradients.differentiable(self.world, each) for each in (first, second)]
        self.act(checkpoints.rewind, both, count, into_new, lr)

    @_runs()
    @rule(gamma=st.sampled_from((0.5, 0.9)), times=st.integers(1, 3))
    def schedule(self, gamma: float, times: int) -> None:
        """A scheduler over all groups."""
        self.act(schedules.schedule, gamma, times)

    @_runs(lambda world: world.setting.form.name not in scaling.UNSUPPORTED)
    @rule(loss=losses, scale=st.sampled_from((4.0, 8.0)), finite=st.booleans(), explicit=st.booleans())
    def scaled_step(self, loss: Terms, scale: float, finite: bool, explicit: bool) -> None:
        """A scaler, on finite or infinite gradients."""
        self.on_loss(scaling.scaled_step, loss, scale, finite, explicit)
