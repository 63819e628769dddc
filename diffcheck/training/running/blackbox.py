"""Somebody's whole training function, carried out: what it leaves in the parameters."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from diffcheck.program.devices import full_precision, require_device
from diffcheck.training.running.raised import said
from diffcheck.training.running.snapshot import numbers, tensor_of
from diffcheck.training.setting import Setting

Runner = Callable[[dict[str, torch.Tensor], list[dict[str, torch.Tensor]]], Any]
"""Takes the parameters by name, which require gradients, and the batches; trains in place, or returns new parameters by
name."""


@dataclass(frozen=True)
class Ran:
    """What the function left."""

    parameters: Mapping[str, Sequence[float]]
    error: str = ""


def left_by(setting: Setting, run: Runner) -> Ran:
    """What ``run`` leaves; raises UnsupportedError where the device is not there."""
    require_device(setting.device)
    parameters = {name: tensor_of(value, setting).requires_grad_() for name, value in setting.training.parameters.items()}
    data = [{name: tensor_of(value, setting) for name, value in batch.items()} for batch in setting.training.data]
    try:
        with full_precision(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            returned = run(parameters, data)
        left = returned if isinstance(returned, Mapping) else parameters
        for name, start in parameters.items():
            if left[name].shape != start.shape:
                shapes = f"{list(left[name].shape)}, and started with {list(start.shape)}"
                return Ran({}, f"`{name}` came back with the shape {shapes}")
        return Ran({name: numbers(left[name]).tolist() for name in parameters})
    except (Exception, SystemExit) as error:  # whatever somebody's function raises is a finding
        return Ran({}, said(error))
