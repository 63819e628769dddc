"""The exact replay: against rational arithmetic, and around every run of torch."""

from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from diffcheck.cases.place import Place
from diffcheck.cases.reader import build_case
from diffcheck.dtypes import FORMATS
from diffcheck.errors import UndecidedError
from diffcheck.training.actions import actions_of
from diffcheck.training.exact.replay import Replayed, replay
from diffcheck.training.exact.zonotope import MOST, Zonotope
from diffcheck.training.rules import RULES
from diffcheck.training.running.session import run_actions
from diffcheck.training.setting import Setting
from diffcheck.training.whole import Whole, judge_losses, judge_parameters
from diffcheck.verdict import Status
from tests.training.cases import random_training

LINE = {"loss": "(w*x + b - y)**2", "parameters": {"w": 1.0, "b": 0.0}, "data": {"x": 2.0, "y": 10.0}}


def _setting(train: dict[str, Any], dtype: str) -> Setting:
    case = build_case("case", {"train": train}, Place("case", {"train": train}))
    assert case.training is not None
    return Setting(case.formula, case.training, dtype)


def _replay(train: dict[str, Any], dtype: str = "float32") -> Replayed:
    setting = _setting(train, dtype)
    return replay(setting, actions_of(setting.training))


def test_descent_on_a_line_is_what_rational_arithmetic_says() -> None:
    rate, w, b = Fraction(1, 64), Fraction(1), Fraction(0)
    losses = []
    for _ in range(30):
        off = 2 * w + b - 10
        losses.append(off**2)
        w, b = w - rate * 2 * off * 2, b - rate * 2 * off
    found = _replay({**LINE, "optimizer": {"name": "SGD", "lr": 1 / 64}, "steps": 30})
    for step, exact in enumerate(losses, 1):
        assert found.losses[step].exact.overlaps(arb(exact.numerator) / arb(exact.denominator))
        assert found.losses[step].exact.rel_accuracy_bits() > FORMATS["float64"].bits


def test_momentum_and_decay_are_what_rational_arithmetic_says() -> None:
    rate, w, b, v, u = Fraction(1, 64), Fraction(1), Fraction(0), None, None
    for _ in range(10):
        off = 2 * w + b - 10
        g, h = 4 * off + w / 4, 2 * off + b / 4
        v, u = (g, h) if v is None or u is None else (v / 2 + g, u / 2 + h)
        w, b = w - rate * v, b - rate * u
    options = {"name": "SGD", "lr": 1 / 64, "momentum": 0.5, "weight_decay": 0.25}
    found = _replay({**LINE, "optimizer": options, "steps": 10})
    assert found.parameters[10]["w"][0].exact.overlaps(arb(w.numerator) / arb(w.denominator))
    assert found.parameters[10]["b"][0].exact.overlaps(arb(b.numerator) / arb(b.denominator))


def test_a_window_is_the_gradient_of_all_its_items_at_once() -> None:
    items = [([[1.0], [2.0]], [1.0, 3.0]), ([[4.0]], [2.0]), ([[0.5], [1.5], [-1.0]], [0.0, 1.0, 2.0])]
    loss = "mean((x@w + b - y)**2)"
    start = {"w": [1.0], "b": 0.0}
    optimizer = {"name": "SGD", "lr": 0.01}
    apart = {"loss": loss, "parameters": start, "data": [{"x": x, "y": y} for x, y in items], "accumulate": 3,
             "reduction": "items", "optimizer": optimizer, "steps": 5}  # fmt: skip
    whole = {"loss": loss, "parameters": start, "optimizer": optimizer, "steps": 5,
             "data": {"x": [each for x, _ in items for each in x], "y": [each for _, y in items for each in y]}}  # fmt: skip
    first, second = _replay(apart), _replay(whole)
    for step in range(1, 6):
        assert first.losses[step].exact.overlaps(second.losses[step].exact)
        assert first.parameters[step]["w"][0].exact.overlaps(second.parameters[step]["w"][0].exact)


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if not rule.written_out])
def test_no_run_of_torch_drifts_further_than_the_replay_allows(name: str, dtype: str) -> None:
    for seed in range(3):
        setting = _setting(random_training(name, Random(seed))["train"], dtype)
        actions = list(actions_of(setting.training))
        whole = Whole(setting, list(run_actions(setting, actions)), replay(setting, actions))
        assert judge_losses(whole).verdict.status is not Status.FAIL, seed
        assert all(each.finding.verdict.status is not Status.FAIL for each in judge_parameters(whole)), seed


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"optimizer": {"name": "SGD", "lr": 0.01 * (1 + 1e-5)}}, "a rate that is off by 1e-5"),
        ({"optimizer": {"name": "SGD", "lr": 0.01, "momentum": 0.01}}, "a little momentum"),
        ({"optimizer": {"name": "SGD", "lr": 0.01, "weight_decay": 1e-4}}, "a little weight decay"),
        ({"zero_grad": "never"}, "gradients that nobody clears"),
        ({"clip": {"norm": 10.0}}, "clipping"),
        ({"schedule": {"name": "ExponentialLR", "gamma": 0.999}}, "a rate that decays"),
        ({"parameters": {"w": 1.0, "b": 1e-4}}, "another start"),
    ],
)
def test_a_run_of_something_else_is_outside(changed: dict[str, Any], words: str) -> None:
    asked: dict[str, Any] = {**LINE, "optimizer": {"name": "SGD", "lr": 0.01}, "steps": 20}
    setting, other = _setting(asked, "float32"), _setting({**asked, **changed}, "float32")
    events = list(run_actions(other, actions_of(other.training)))
    found = judge_losses(Whole(setting, events, replay(setting, actions_of(setting.training))))
    assert found.verdict.status is Status.FAIL, words


def test_what_is_written_out_is_not_replayed_and_says_so() -> None:
    with pytest.raises(UndecidedError, match="Muon is not replayed"):
        _replay({**LINE, "parameters": {"w": 1.0, "b": 0.0}, "optimizer": {"name": "Muon"}, "steps": 2})


def test_a_loss_of_too_many_numbers_is_not_replayed_and_says_so() -> None:
    train = {"loss": "sum(w**2)", "parameters": {"w": [1.0] * 41}, "optimizer": {"name": "SGD"}, "steps": 1}
    with pytest.raises(UndecidedError, match="41 numbers to train"):
        _replay(train)


@settings(deadline=None)
@given(st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_a_reduced_zonotope_holds_what_the_whole_one_holds(size: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    whole = Zonotope(random.normal(size=(size, 3 * MOST * size)))
    jacobian, radii = random.normal(size=(size, size)), abs(random.normal(size=size))
    reduced = whole.moved(dict(enumerate(jacobian)), radii)
    assert reduced.generators.shape[1] <= MOST * size
    carried = np.hstack([jacobian @ whole.generators, np.diag(radii)])
    slope, still = random.normal(size=size), np.zeros(size)
    assert reduced.reach(slope, still) >= Zonotope(carried).reach(slope, still) * (1 - 1e-12)
