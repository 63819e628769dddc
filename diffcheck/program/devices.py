"""What torch can use here, and how exactly it computes there; the only place that asks torch for devices."""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import torch

from diffcheck.errors import UnsupportedError

EXACT_DEVICE = "cpu"
"""Where torch multiplies and adds in the dtype's own precision unless it is asked for less."""
FULL_PRECISION = "TF32 and reduced-precision sums are switched off"
"""What a reader must know of results from every other device."""

_IEEE: Final = "ieee"
_BACKENDS: Any = torch.backends  # torch's own types do not know all of its parts
_CUBLAS = _BACKENDS.cuda.matmul
_PRECISIONS = (_CUBLAS, _BACKENDS.cudnn.conv, _BACKENDS.cudnn.rnn, _BACKENDS.mkldnn.matmul)
"""What has an `fp32_precision`, the switch of torch 2.9 and later: the kinds of kernel that TF32 changes."""

_SUMS = ("allow_fp16_reduced_precision_reduction", "allow_bf16_reduced_precision_reduction")
"""Switches of cuBLAS that let sums of products be rounded to the narrow dtype on the way."""


def available(known: Iterable[str]) -> tuple[str, ...]:
    """Those of the ``known`` devices that torch can use here, in their order."""
    return tuple(device for device in known if not why_missing(device))


def why_missing(device: str) -> str:
    """Torch's own reason why ``device`` cannot be used here; empty where it can."""
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        return str(error).strip().splitlines()[0]
    return ""


def require_device(device: str) -> None:
    """Raise UnsupportedError, with torch's reason, where ``device`` cannot be used here."""
    reason = why_missing(device)
    if reason:
        raise UnsupportedError(f"there is no {device} here: {reason}")


def note_on(device: str) -> str:
    """What a reader must know of results from ``device``; nothing for the CPU."""
    return "" if device.partition(":")[0] == EXACT_DEVICE else FULL_PRECISION


@contextmanager
def full_precision() -> Iterator[None]:
    """Inside, torch multiplies and adds in the dtype's own precision: no TF32, no narrow sums; after it, as before.

    Torch keeps two sets of these switches, an old and a new one, and refuses to read the old one where a program has
    set them to contradict each other. Such a program's old switches are left alone: the new ones rule the kernels.
    """
    with _unwarned():
        saved = _read()
    try:
        with _unwarned():
            _switch_off(saved)
        yield
    finally:
        with _unwarned():
            _restore(saved)


@contextmanager
def _unwarned() -> Iterator[None]:
    """Releases since torch 2.9 warn whoever touches an old switch; a program may have set it, so it is touched here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Please use the new API settings")
        yield


def _read() -> dict[str, Any]:
    """The switches as they stand, the old ones where torch tells them."""
    saved: dict[str, Any] = {name: _sum_setting(name) for name in _SUMS}
    saved["accumulation"] = _CUBLAS.allow_fp16_accumulation
    saved["precisions"] = [each.fp32_precision for each in _PRECISIONS]
    with suppress(RuntimeError):
        saved["matmul"] = torch.get_float32_matmul_precision()
    with suppress(RuntimeError):
        saved["cudnn"] = torch.backends.cudnn.allow_tf32
    return saved


def _sum_setting(name: str) -> bool | tuple[bool, bool]:
    """A switch of sums with its companion for split sums, which setting the first alone would set too."""
    split = getattr(_CUBLAS, f"{name}_split_k", None)
    return getattr(_CUBLAS, name) if split is None else (getattr(_CUBLAS, name), split)


def _switch_off(saved: dict[str, Any]) -> None:
    for name in _SUMS:
        setattr(_CUBLAS, name, False)
    _CUBLAS.allow_fp16_accumulation = False
    if "matmul" in saved:
        torch.set_float32_matmul_precision("highest")
    if "cudnn" in saved:
        torch.backends.cudnn.allow_tf32 = False
    for each in _PRECISIONS:
        each.fp32_precision = _IEEE


def _restore(saved: dict[str, Any]) -> None:
    for name in _SUMS:
        setattr(_CUBLAS, name, saved[name])
    _CUBLAS.allow_fp16_accumulation = saved["accumulation"]
    if "matmul" in saved:
        torch.set_float32_matmul_precision(saved["matmul"])
    if "cudnn" in saved:
        torch.backends.cudnn.allow_tf32 = saved["cudnn"]
    for each, precision in zip(_PRECISIONS, saved["precisions"], strict=True):
        # A switch that was never set follows its parent; `none` lets it follow again.
        each.fp32_precision = "none"
        if each.fp32_precision != precision:
            each.fp32_precision = precision
