"""Decisions of a step that hang on numbers: made where rounding cannot turn them, told where it can."""

from collections.abc import Mapping
from typing import Any

from diffcheck.training.exact.number import Arithmetic, Number
from diffcheck.training.exact.update import worked_out

RELATIONS = (" <= ", " >= ", " < ", " > ")


class OpenError(Exception):
    """What follows is not known; the words tell why. It never leaves the step that is judged."""


class MissingError(OpenError):
    """The rule asks for a call that was not made."""


def decided(text: str, known: Mapping[str, Any], arithmetic: Arithmetic) -> bool:
    """Whether the condition ``text`` holds; raises OpenError where rounding, or a number out of range, may turn it."""
    relation = next(each for each in RELATIONS if each in text)
    sides = [worked_out(side, known, arithmetic) for side in text.split(relation)]
    told = " and ".join(side.exact.str(5) for side in sides)
    over = next((side.over for side in sides if side.over), "")
    if over:
        raise OpenError(f"{over} may leave the dtype's range, and {text} hangs on it")
    both = dict(zip(("left", "right"), sides, strict=True))
    found: Number = worked_out(f"where(left{relation}right, 1, 0)", both, arithmetic)
    if found.reached == 1:
        return True
    if found.reached == 0:
        return False
    raise OpenError(f"rounding may turn whether {text}, of {told}")
