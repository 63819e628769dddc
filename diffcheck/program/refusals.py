"""How torch says that it cannot run, or cannot differentiate, a program: its own words, which are reasons, not findings."""

import re

_REFUSALS = tuple(
    re.compile(words)
    for words in (
        # No kernel, or no derivative.
        r"\".+\" not implemented for '.+'",
        r"derivative for ('.+'|aten::\w+) is not implemented",
        r"Could not run '.+' with arguments from the",
        r"Low precision dtypes not supported",
        r"Trying to use forward AD with .+ that does not support it",
        r"is not differentiable twice|marked with @once_differentiable",
        # A custom autograd.Function without what the mode needs.
        r"In order to use an autograd\.Function with functorch transforms",
        r"You must implement the jvp function for custom autograd\.Function",
        r"You tried to vmap over .+, but it does not have vmap support",
        # A program that decides by its numbers, or leaves torch.
        r"attempting to use a Tensor in some data-dependent control flow",
        r"trying to get value out of a tracing tensor",
        r"Cannot access data pointer of Tensor that doesn't have storage",
        r"vmap: .+ is not possible because there exists a Tensor",
        r"vmap: called random operation while in randomness error mode",
        r"vmap: We do not support batching operators that can output dynamic shape",
        r"Batching rule not implemented for",
        # A compiler that is missing, or gives up.
        r"No working C\+\+ compiler found",
        r"InvalidCxxCompiler",
    )
)
"""A program's own words never read so by accident."""


def refusal(error: BaseException) -> str:
    """Torch's reason in one line, where ``error`` is its way to say that it cannot; else empty."""
    if not isinstance(error, RuntimeError):  # NotImplementedError is one
        return ""
    text = str(error).strip()
    if type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
        return f"torch cannot compile it: {text.splitlines()[0] if text else type(error).__name__}"
    found = next((line for line in text.splitlines() if any(pattern.search(line) for pattern in _REFUSALS)), "")
    return f"torch: {found.strip()}" if found else ""
