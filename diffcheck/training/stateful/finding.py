"""What is wrong after an action: who and what, the numbers, and the program that shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffcheck.judgement import Judgement
from diffcheck.training.exact.number import Number


@dataclass(frozen=True)
class Finding:
    """One wrong thing."""

    action: str
    """The action that brought it to light."""
    kind: str
    """What happened instead of what is due, with names."""
    place: str = ""
    """Where the numbers stand: ``p1.grad[0]``."""
    actual: str = ""
    """What is there."""
    exact: str = ""
    """What is due."""
    allowance: str = ""
    """How far off rounding may take a sound implementation; empty where nothing rounds."""

    def told(self, program: str) -> str:
        """The whole message."""
        allowance = self.allowance or "0"
        numbers = f"\n  {self.place}: actual {self.actual}, exact {self.exact}, allowance {allowance}" if self.place else ""
        indented = "\n".join(f"    {line}" for line in program.splitlines())
        return f"{self.action}: {self.kind}{numbers}\nThis program shows it:\n{indented}"


def spelled(value: Any) -> str:
    """Numbers for a message."""
    if isinstance(value, np.ndarray):
        return str(value.tolist())
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {spelled(each)}" for key, each in value.items()) + "}"
    return repr(value)


def numbers_of(number: Number, judgement: Judgement) -> dict[str, str]:
    """The exact number and the allowance, for a message."""
    allowed = "none: beyond the dtype's range" if judgement.allowed is None else f"{float(judgement.allowed.mid()):.3g}"
    return {"exact": repr(float(number.exact.mid())), "allowance": allowed}
