"""Is the gradient that PyTorch computes the derivative of the formula you meant, and if not, who is wrong and where?

>>> from diffcheck import check
>>> check("x*sin(x)", sample={"x": (-5, 5)}).passed
True
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diffcheck.api import Report, check
    from diffcheck.assertion import assert_gradients, each_case
    from diffcheck.errors import CaseError, DiffcheckError
    from diffcheck.training.rule import Entry, Rule
    from diffcheck.training_api import check_training

__version__ = "0.1.0"
__all__ = [
    "CaseError",
    "DiffcheckError",
    "Entry",
    "Report",
    "Rule",
    "__version__",
    "assert_gradients",
    "check",
    "check_training",
    "each_case",
]

_HOMES = {
    "CaseError": "diffcheck.errors",
    "DiffcheckError": "diffcheck.errors",
    "Entry": "diffcheck.training.rule",
    "Report": "diffcheck.api",
    "Rule": "diffcheck.training.rule",
    "assert_gradients": "diffcheck.assertion",
    "check": "diffcheck.api",
    "check_training": "diffcheck.training_api",
    "each_case": "diffcheck.assertion",
}


def __getattr__(name: str) -> Any:
    # Imported on first use: torch and sympy take seconds, and the command line's help needs neither.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
