"""Devices, and the switches that make torch multiply and add in the dtype's own precision."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from diffcheck.errors import UnsupportedError
from diffcheck.formula.formula import read_formula
from diffcheck.program.devices import available, full_precision, note_on, require_device, why_missing
from diffcheck.program.gradient import Place, Request, differentiate
from diffcheck.program.modes import MODES
from diffcheck.program.program import lower

pytestmark = pytest.mark.filterwarnings("ignore:Please use the new API settings")  # releases since 2.9, of the old ones
BACKENDS = torch.backends
CUBLAS = BACKENDS.cuda.matmul


def _switches() -> dict[str, object]:
    """Everything that torch tells of them; None where it refuses, for two that contradict each other."""
    readers: dict[str, Callable[[], object]] = {
        "matmul": torch.get_float32_matmul_precision,
        "cublas tf32": lambda: CUBLAS.allow_tf32,
        "cudnn tf32": lambda: BACKENDS.cudnn.allow_tf32,
        "cublas": lambda: CUBLAS.fp32_precision,
        "conv": lambda: BACKENDS.cudnn.conv.fp32_precision,
        "rnn": lambda: BACKENDS.cudnn.rnn.fp32_precision,
        "mkldnn": lambda: BACKENDS.mkldnn.matmul.fp32_precision,
        "fp16": lambda: CUBLAS.allow_fp16_reduced_precision_reduction,
        "bf16": lambda: CUBLAS.allow_bf16_reduced_precision_reduction,
        "fp16 split": lambda: getattr(CUBLAS, "allow_fp16_reduced_precision_reduction_split_k", None),
        "accumulation": lambda: CUBLAS.allow_fp16_accumulation,
    }
    found: dict[str, object] = {}
    for name, read in readers.items():
        try:
            found[name] = read()
        except RuntimeError:
            found[name] = None
    return found


OFF = {
    "matmul": "highest", "cublas tf32": False, "cublas": "ieee", "conv": "ieee", "rnn": "ieee", "mkldnn": "ieee",
    "fp16": False, "bf16": False, "accumulation": False,
}  # fmt: skip

SETTINGS: dict[str, Callable[[], object]] = {
    "as torch starts": lambda: None,
    "the old switch": lambda: setattr(CUBLAS, "allow_tf32", True),
    "high": lambda: torch.set_float32_matmul_precision("high"),
    "medium": lambda: torch.set_float32_matmul_precision("medium"),
    "the new switch": lambda: setattr(CUBLAS, "fp32_precision", "tf32"),
    "old and new in contradiction": lambda: (
        torch.set_float32_matmul_precision("medium"),
        setattr(CUBLAS, "fp32_precision", "ieee"),
    ),
    "convolutions": lambda: setattr(BACKENDS.cudnn.conv, "fp32_precision", "ieee"),
    "cudnn without": lambda: setattr(BACKENDS.cudnn, "allow_tf32", False),
    "sums": lambda: setattr(CUBLAS, "allow_bf16_reduced_precision_reduction", False),
    "accumulation": lambda: setattr(CUBLAS, "allow_fp16_accumulation", True),
}


@pytest.fixture
def switches() -> Iterator[None]:
    """What a test sets is set back to what torch starts with."""
    yield
    torch.set_float32_matmul_precision("highest")
    BACKENDS.cudnn.allow_tf32 = True
    CUBLAS.fp32_precision = BACKENDS.mkldnn.matmul.fp32_precision = "none"
    CUBLAS.allow_bf16_reduced_precision_reduction = True
    CUBLAS.allow_fp16_accumulation = False


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.usefixtures("switches")
def test_full_precision_holds_inside_and_leaves_every_switch_as_it_was(setting: str) -> None:
    SETTINGS[setting]()
    before = _switches()
    with full_precision():
        inside = _switches()
    assert {name: inside[name] for name in OFF} == OFF
    assert _switches() == before


@pytest.mark.usefixtures("switches")
def test_full_precision_is_left_behind_when_something_raises() -> None:
    torch.set_float32_matmul_precision("high")
    before = _switches()
    with pytest.raises(ZeroDivisionError), full_precision():
        1 / 0  # noqa: B018
    assert _switches() == before


@pytest.mark.usefixtures("switches")
def test_every_run_is_in_full_precision() -> None:
    torch.set_float32_matmul_precision("high")
    seen = []
    program = lower(read_formula("x**2"))

    def spying(x: torch.Tensor) -> torch.Tensor:
        seen.append(torch.get_float32_matmul_precision())
        return program.call(x)  # type: ignore[no-any-return]

    spied = replace(program, call=spying)
    differentiate(spied, np.array([[1.0], [2.0]]), MODES["reverse"], Request((0,)), Place(1, "float32"))
    assert seen == ["highest", "highest"]
    assert torch.get_float32_matmul_precision() == "high"


def test_what_is_here_is_told_in_the_order_asked_and_what_is_not_with_torchs_reason() -> None:
    assert available(("meta", "cpu")) == ("meta", "cpu")
    assert available(("cpu", "nowhere")) == ("cpu",)
    assert "nowhere" in why_missing("nowhere")
    assert why_missing("cpu") == ""
    with pytest.raises(UnsupportedError, match="there is no nowhere here: Expected one of cpu, "):
        require_device("nowhere")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_unsupported() -> None:
    assert available(("cpu", "cuda")) == ("cpu",)
    with pytest.raises(UnsupportedError, match="there is no cuda here: "):
        require_device("cuda")


def test_results_of_a_gpu_tell_what_is_switched_off() -> None:
    assert (note_on("cpu"), note_on("cuda")) == ("", "TF32 and reduced-precision sums are switched off")
