"""The program that repeats what the machine did: torch's own calls, or calls named after the pieces of a Machinery."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from diffcheck.training.machinery import Machinery

TEMPLATES: Mapping[str, str] = {
    "backward": "{0}.backward()",
    "zero_grad": "{0}.zero_grad(set_to_none={1})",
    "step": "{0}.step({1})",
    "state_dict": "copy.deepcopy({0}.state_dict())",
    "load_state_dict": "{0}.load_state_dict(copy.deepcopy({1}))",
    "add_param_group": "{0}.add_param_group({1})",
    "clip_grad_norm": "torch.nn.utils.clip_grad_norm_({0}, {1})",
    "clip_grad_value": "torch.nn.utils.clip_grad_value_({0}, {1})",
    "register_hook": "{0}.register_hook({1})",
    "scheduler": "torch.optim.lr_scheduler.ExponentialLR({0}, {1})",
    "scaler": 'torch.amp.GradScaler("cpu", init_scale={0})',
}
"""How each piece is spelled where it is torch's own."""


class Journal:
    """Lines of Python, one or a few an action."""

    def __init__(self, machinery: Machinery) -> None:
        self.own = frozenset(machinery.own())
        self.lines = ["import copy", "import torch", *(imported(getattr(machinery, name), name) for name in machinery.own())]

    def note(self, *lines: str) -> None:
        """Lines as they stand."""
        self.lines.extend(lines)

    def spelled(self, piece: str, texts: Sequence[str]) -> str:
        """The call of a piece of the Machinery; an argument that is not given is empty."""
        if piece in self.own:
            return f"{piece}({', '.join(filter(None, texts))})"
        return TEMPLATES[piece].format(*texts)

    def text(self) -> str:
        """The program so far."""
        return "\n".join(self.lines)


def imported(piece: Any, name: str) -> str:
    """The line that makes ``piece`` known as ``name``; a comment where it cannot be imported."""
    module, qualified = getattr(piece, "__module__", None), getattr(piece, "__qualname__", None)
    if module == "__main__" or qualified is None or getattr(sys.modules.get(str(module)), qualified, None) is not piece:
        return f"# {name} is yours: {piece!r}"
    return f"from {module} import {qualified}" + (f" as {name}" if qualified != name else "")
