"""Random numbers kept as they were: pictures that run a program with chance in it change nothing that comes later."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def chance_kept() -> Iterator[None]:
    """Whatever is drawn inside, the states of torch's, Python's and NumPy's global generators are afterwards as before.

    Of torch that of the processor, and of every CUDA device where that was used before.
    """
    pythons, numpys = random.getstate(), np.random.get_state()
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()  # type: ignore[no-untyped-call]
    with torch.random.fork_rng(devices=devices):
        try:
            yield
        finally:
            random.setstate(pythons)
            np.random.set_state(numpys)
