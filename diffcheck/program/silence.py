"""Warnings that torch's own ways to differentiate set off in torch itself, silenced one by one."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_TORCH_S_OWN = (
    # Forward mode's decompositions, and inductor's imports, use torch.jit.script and its like, which torch has deprecated.
    (DeprecationWarning, r"`torch\.jit\.\w+`"),
    # Dynamo makes an instance of a custom Function to trace it.
    (DeprecationWarning, r".*should not be instantiated\. Methods on autograd functions are all static"),
    # vmap goes through the points one by one where an operation has no rule of its own.
    (UserWarning, r"There is a performance drop because we have not yet implemented the batching rule for"),
    # torch.func.linearize traces the tangent program, and reads its own constants by name.
    (UserWarning, r"Attempted to insert a get_attr Node with no underlying reference"),
)


@contextmanager
def quietly() -> Iterator[None]:
    """Without torch's complaints about torch; every other warning is heard."""
    with warnings.catch_warnings():
        for category, message in _TORCH_S_OWN:
            warnings.filterwarnings("ignore", message, category)
        yield
