"""The exact replay of a whole run from its start, and how far a sound run may have drifted from it.

Each action is carried out in balls at the exact numbers before it; what it rounds itself is added to the drift, which
the exact Jacobian of each later action carries on (section 6 of the design).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from flint import arb
from numpy.typing import NDArray

from diffcheck.cases.shapes import columns_in
from diffcheck.dtypes import FORMATS
from diffcheck.errors import UndecidedError
from diffcheck.training.actions import Action
from diffcheck.training.exact.clipping import CLIPPED
from diffcheck.training.exact.ledger import Ledger, Place
from diffcheck.training.exact.number import Arithmetic, Kind, Number
from diffcheck.training.exact.schedules import rate, wander
from diffcheck.training.exact.sensitive import Sensitive, Slope, still
from diffcheck.training.exact.slopes import Loss, loss_of
from diffcheck.training.exact.update import Memo, Update, updated
from diffcheck.training.setting import Setting
from diffcheck.truth.balls import ball_number, precision
from diffcheck.truth.neighbours import nearest

Array = NDArray[np.float64]
BITS = 256
MAX_BITS = 2**13

@dataclass(frozen=True)
class Drifted:
    """One exact number of a run, and how far a sound run may be off by then."""

    exact: arb
    drift: float | None
    """None where there is no bound."""
    excuse: str = ""
    """The operation that may leave the dtype's range, if one does that the number depends on."""


@dataclass(frozen=True)
class Replayed:
    """A whole run, exactly."""

    losses: Mapping[int, Drifted]
    """Each step's loss, before it: that of its window, as the run weights it."""
    parameters: Mapping[int, Mapping[str, tuple[Drifted, ...]]]
    """The parameters after each step, by name."""
    gradients: Mapping[str, tuple[Drifted, ...] | None]
    """The gradients at the end; None where there is none."""


def replay(setting: Setting, actions: Iterable[Action]) -> Replayed:
    """The exact run of an elementwise rule.

    The working precision is doubled until every number is known well enough. Raises UndecidedError for a rule that is
    written out, for a run of too many parameters, and where MAX_BITS do not suffice.
    """
    if setting.rule.written_out:
        raise UndecidedError(f"a whole run of {setting.rule.name} is not replayed")
    steps, bits = list(actions), BITS
    while bits <= MAX_BITS:
        with precision(bits):
            run = _Run(setting)
            if all(run.perform(action) for action in steps):
                return run.found()
        bits *= 2
    raise UndecidedError(f"{MAX_BITS} bits do not suffice for the exact run")


class _Run:
    """The state of a replay: exact numbers, and how far a sound run's may be off."""

    def __init__(self, setting: Setting) -> None:
        self.setting, self.training = setting, setting.training
        self.balls = Arithmetic(setting.form, setting.scalar)
        self.ledger = Ledger(self.balls)
        self.worker = self.ledger.worker
        self.moves = 0
        self.losses: dict[int, list[Drifted]] = {}
        self.parameters: dict[int, Mapping[str, tuple[Drifted, ...]]] = {}
        for one in setting.inputs:
            values = columns_in({one.name: self.training.parameters[one.name]}).values()
            for element, value in enumerate(values):
                self.ledger.add((one.name, "param", element), self.balls.given(nearest(value, setting.form), Kind.TENSOR))

    def perform(self, action: Action) -> bool:
        """Carry out an action; whether the numbers are still known well enough."""
        _PERFORMED[action.word](self, action)
        return self.ledger.is_sure

    def found(self) -> Replayed:
        """What was replayed."""
        losses = {step: _total(parts) for step, parts in self.losses.items()}
        names = [one.name for one in self.setting.inputs]
        return Replayed(losses, self.parameters, {name: self._drifted(name, "grad") or None for name in names})

    def zero_grad(self, action: Action) -> None:
        """Gradients to none, or to zeros."""
        for place in [each for each in self.ledger.numbers if each[1] == "grad"]:
            if action.word == "zero_grad":
                self.ledger.drop(place)
            else:
                self.ledger.assign({place: self.worker.given(0.0, Kind.TENSOR)})

    def backward(self, action: Action) -> None:
        """The loss, and its gradient added to what is there."""
        loss, known = self._loss(action.batch), columns_in(self.training.data[action.batch])
        point, box = [], []
        for column in loss.columns:
            place = self._columns.get(column)
            exact = arb(nearest(known[column], self.setting.form)) if place is None else self.ledger.numbers[place].exact
            point.append(exact)
            box.append(exact if place is None else self.ledger.box(place))
        found = loss.at(point, box, self.setting.form)
        self.ledger.excuse = self.ledger.excuse or found.excuse
        places = [self._columns[loss.columns[column]] for column in loss.moving]
        moving = self.ledger.slope(found.gradient, places)
        self.losses.setdefault(action.step, []).append(self._summand(found.loss, moving, action.weight))
        made = {}
        for place, number, slopes, noise in zip(places, found.gradients, found.hessian, found.noises, strict=True):
            slope = self.ledger.slope(slopes, places)
            new = Sensitive(number, self.ledger.around(number.exact, self.worker.reach(slope)), slope, noise)
            if action.weight != 1:
                new = self.worker.apply("mul", [new, self._weight(action.weight)])
            there = (place[0], "grad", place[2])
            made[there] = self.worker.apply("add", [self.ledger.sensitive(there), new]) if there in self.ledger.rows else new
        self.ledger.assign(made)

    def clip(self, action: Action) -> None:
        """All gradients, clipped together."""
        assert self.training.clip is not None
        way, bound = self.training.clip
        by_name: dict[str, list[Place]] = {}
        for place in self.ledger.numbers:
            if place[1] == "grad":
                by_name.setdefault(place[0], []).append(place)
        grads = {name: [self.ledger.sensitive(each) for each in places] for name, places in by_name.items()}
        if grads:
            clipped = CLIPPED[way](grads, bound, self.worker)
            made = {place: new for name, places in by_name.items() for place, new in zip(places, clipped[name], strict=True)}
            self.ledger.assign(made)

    def step(self, action: Action) -> None:
        """One update of every parameter that has a gradient."""
        for one in self.setting.inputs:
            if (one.name, "grad", 0) in self.ledger.rows:
                self._update(one.name, one.size)
        self.parameters[action.step] = {one.name: self._drifted(one.name, "param") for one in self.setting.inputs}

    def _update(self, name: str, size: int) -> None:
        group = self.setting.group_of(name)
        options = self.setting.settings(group, {})
        first = not any(place[0] == name and place[1] not in ("param", "grad") for place in self.ledger.rows)
        tensors, loose = self.setting.tensors(group), self.setting.is_brought
        update = Update(self.setting.rule, options, self.setting.variant, tensors, first, loose=loose)
        made: dict[Place, Sensitive] = {}
        memo: Memo = {}
        rate = {"lr": self._rate(group)} if self.training.schedule is not None else {}
        for element in range(size):
            before: dict[str, Sensitive] = {each[1]: self.ledger.sensitive(each) for each in self._own(name, element, update)}
            before |= rate
            for entry, number in updated(update, before, self.worker, memo):
                made[name, entry, 0 if entry in update.scalars else element] = number
        self.ledger.assign(made)

    def _own(self, name: str, element: int, update: Update) -> list[Place]:
        """The numbers that the step of one element starts from."""
        scalars = update.scalars
        return [each for each in self.ledger.rows if each[0] == name and (each[2] == element or each[1] in scalars)]

    def _rate(self, group: int) -> Sensitive:
        """The learning rate by now, as Python works it out."""
        assert self.training.schedule is not None
        base = float(self.setting.settings(group, {})["lr"])
        exact = rate(self.training.schedule, base, self.moves)
        tensor = "lr" in self.setting.tensors(group)
        radius = wander(base, exact, self.moves, FORMATS["float32" if tensor else "float64"])
        return still(Number(exact, exact + arb(0, radius), Kind.PYTHON))

    def move_on(self, action: Action) -> None:
        """The schedule's next rate."""
        self.moves += 1

    def _loss(self, batch: int) -> Loss:
        return loss_of(self.setting.loss, self.training.shapes(batch), tuple(self.training.parameters))

    @cached_property
    def _columns(self) -> Mapping[str, Place]:
        """The place of each parameter's number, by the formula's name for it."""
        return {column.replace(" ", ""): (one.name, "param", element)
                for one in self.setting.inputs for element, column in enumerate(one.columns)}  # fmt: skip

    def _weight(self, weight: Fraction) -> Sensitive:
        return still(self.balls.weight(weight))

    def _summand(self, loss: Number, slope: Slope, weight: Fraction) -> Drifted:
        """One loss of a window, weighted, by how far a sound run may be off."""
        factor = ball_number(weight)
        radius = loss.radius
        drift = self.worker.reach(slope) * float(weight)
        bound = None if radius is None or not np.isfinite(drift) else float(radius) * float(weight) + drift
        return Drifted(loss.exact * factor, bound, str(loss.over) or self.ledger.excuse)

    def _drifted(self, name: str, entry: str) -> tuple[Drifted, ...]:
        radii = self.ledger.drift.radii
        return tuple(
            Drifted(self.ledger.numbers[place].exact, float(radii[row]) if np.isfinite(radii[row]) else None, self.ledger.excuse)
            for place, row in sorted(self.ledger.rows.items(), key=lambda each: each[0][2])
            if place[0] == name and place[1] == entry
        )


_PERFORMED: Mapping[str, Callable[[_Run, Action], None]] = {
    "zero_grad": _Run.zero_grad,
    "zero_grad_to_zero": _Run.zero_grad,
    "backward": _Run.backward,
    "clip": _Run.clip,
    "step": _Run.step,
    "schedule": _Run.move_on,
}


def _total(parts: list[Drifted]) -> Drifted:
    """The loss of a window."""
    exact = sum((each.exact for each in parts), arb(0))
    drifts = [each.drift for each in parts]
    known = None if None in drifts else sum(each for each in drifts if each is not None)
    return Drifted(exact, known, next((each.excuse for each in parts if each.excuse), ""))
