"""Keys of ``train`` in ``[defaults]``, and options that torch refuses."""

from pathlib import Path

import pytest

from diffcheck.cases.case import Case
from diffcheck.cases.reader import read_text
from diffcheck.cli import main

DEFAULTS = """[defaults]
train.loss       = "(w*x - y)**2"
train.parameters = { w = 1.0 }
train.data       = { x = 2.0, y = 10.0 }
train.optimizer  = { name = "SGD", lr = 0.5 }
train.steps      = 5
"""


def test_the_keys_of_train_are_merged_one_by_one() -> None:
    [case] = read_text(f"{DEFAULTS}[short]\ntrain.steps = 2\n", "case.toml")
    assert isinstance(case, Case)
    assert case.training is not None
    assert (case.training.steps, case.training.options, case.formula) == (2, {"lr": 0.5}, "(w*x - y)**2")


def test_options_that_torch_refuses_are_told_at_their_place_with_its_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "case.toml").write_text(f'{DEFAULTS}[bad]\ntrain.optimizer = {{ name = "SGD", lr = -0.5 }}\n')
    assert main([str(tmp_path / "case.toml")]) == 3
    told = capsys.readouterr().out
    assert "case.toml:8:1: case `bad`: torch refuses this `SGD`: ValueError: Invalid learning rate: -0.5" in told
