"""The usual mistakes of an optimizer are named."""

from typing import Any

import pytest
import torch

from diffcheck import Report, check_training
from diffcheck.training.mistakes import AMISS, MISTAKES

RUN: dict[str, Any] = {
    "loss": "sum((x@w + b - y)**2)",
    "parameters": {"w": [1.0, -0.5], "b": 0.5},
    "data": [{"x": [[1.0, 2.0], [-1.0, 0.5]], "y": [3.0, -1.0]}],
    "steps": 5,
}


def _sly(base: type[torch.optim.Optimizer], **changed: Any) -> type[torch.optim.Optimizer]:
    """``base`` with options that it tells, and others that it works with."""

    class Sly(base):  # type: ignore[misc, valid-type]
        def step(self, closure: Any = None) -> None:
            told = [dict(group) for group in self.param_groups]
            for group in self.param_groups:
                group.update({key: value(group[key]) if callable(value) else value for key, value in changed.items()})
            super().step()
            for group, before in zip(self.param_groups, told, strict=True):
                group.update({key: before[key] for key in changed})

    return Sly


def _checked(name: str, options: dict[str, Any], **changed: Any) -> Report:
    return check_training(**RUN, optimizer=_sly(getattr(torch.optim, name), **changed), rule=name, options=options)


@pytest.mark.parametrize(
    ("name", "options", "changed", "words"),
    [
        ("SGD", {"lr": 0.1, "weight_decay": 0.1}, {"weight_decay": 0}, "`weight_decay` were left out"),
        ("SGD", {"lr": 0.1}, {"maximize": True}, "`maximize` were the other way"),
        ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}, {"nesterov": False}, "`nesterov` were the other way"),
        ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.5}, {"dampening": 0}, "`dampening` were left out"),
        ("SGD", {"lr": 0.1}, {"lr": lambda rate: -rate}, "`maximize` were the other way"),
        ("Adam", {"lr": 0.1, "betas": (0.8, 0.9)}, {"betas": lambda pair: pair[::-1]}, "`betas` were swapped"),
        ("Adam", {"lr": 0.1, "eps": 0.1}, {"eps": 0.0}, "`eps` were left out"),
        ("Adam", {"lr": 0.1, "weight_decay": 0.3}, {"decoupled_weight_decay": True}, "coupled instead of decoupled"),
        ("Adagrad", {"lr": 0.1, "lr_decay": 0.5}, {"lr_decay": 0}, "`lr_decay` were left out"),
        ("Rprop", {"lr": 0.1, "etas": (0.5, 1.2)}, {"etas": lambda pair: pair[::-1]}, "`etas` were swapped"),
    ],
)
def test_the_mistake_that_explains_the_numbers_is_named(
    name: str, options: dict[str, Any], changed: dict[str, Any], words: str
) -> None:
    report = _checked(name, options, **changed)
    assert not report.passed
    assert words in " ".join(str(report).split())


def test_a_count_that_is_off_by_one_is_named() -> None:
    class Late(torch.optim.Adam):
        def step(self, closure: Any = None) -> None:  # type: ignore[override]
            states = list(self.state.values())
            for state in states:
                state["step"] += 1
            super().step()
            for state in states:
                state["step"] -= 1

    report = check_training(**RUN, optimizer=Late, rule="Adam", options={"lr": 0.1})
    assert AMISS[1][0] in " ".join(str(report).split())


def test_what_no_usual_mistake_explains_has_none_named() -> None:
    report = _checked("SGD", {"lr": 0.1}, lr=0.11)
    assert not report.passed
    assert "as if" not in str(report)


def test_each_mistake_has_words_of_its_own() -> None:
    words = [mistake.words for mistake in MISTAKES]
    assert len(set(words)) == len(words)
