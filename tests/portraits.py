"""Cases verified with their portraits, and programs with errors planted in their gradients."""

from collections.abc import Callable
from typing import Any

import torch

from diffcheck.cases.case import Case
from diffcheck.cases.reader import Place, build_case
from diffcheck.illustrations import Portrait, Steps
from diffcheck.results import CaseResult, Result
from diffcheck.verification import Settings, verify

Code = Callable[..., Any]


def verified(formula: str, *, illustrated: bool = True, **keys: Any) -> CaseResult:
    """The results of a case made of a case file's keys."""
    table = {"formula": formula, **keys}
    case = build_case("case", table, Place("case", table))
    assert isinstance(case, Case), case
    return verify(case, Settings(allow_import=True, illustrated=illustrated))


def with_gradient(value: Code, gradient: Code) -> Code:
    """A program of one variable that computes ``value`` and claims that its derivative is ``gradient``."""

    class Program(torch.autograd.Function):
        @staticmethod
        def forward(context: Any, x: torch.Tensor) -> Any:
            context.save_for_backward(x)
            return value(x)

        @staticmethod
        def backward(context: Any, cotangent: torch.Tensor) -> Any:  # type: ignore[override]
            (x,) = context.saved_tensors
            return gradient(x) * cotangent

    def program(x: torch.Tensor) -> Any:
        return Program.apply(x)  # type: ignore[no-untyped-call]

    return program


def cube(x: torch.Tensor) -> torch.Tensor:
    return x**3


PLANTED: dict[str, tuple[Code, str]] = {
    "sign": (with_gradient(cube, lambda x: -3 * x**2), "wrong"),
    "factor": (with_gradient(cube, lambda x: 3.001 * x**2), "wrong"),
    "zeros": (with_gradient(cube, lambda x: 0 * x), "wrong"),
    "detached": (lambda x: (x.detach() ** 3), "detached"),
    "NaN in one place": (with_gradient(cube, lambda x: torch.where((x > 1) & (x < 1.2), torch.nan, 3 * x**2)), "nan"),
    "raised": (with_gradient(cube, lambda x: torch.linalg.inv(x)), "error"),
}
"""Programs of x**3 by what is planted in them, and the verdict that it brings."""


def portrait_of(case: CaseResult) -> Portrait:
    """The first portrait of a case, which has one."""
    assert case.portraits
    return case.portraits[0]


def result_of(case: CaseResult, portrait: Portrait) -> Result:
    """The result that a portrait is of."""
    [found] = [each for each in case.results if str(each.subject) == portrait.subject]
    return found


def steps_of(case: CaseResult) -> Steps:
    """The V-curve of the first portrait, which has one."""
    steps = portrait_of(case).steps
    assert steps is not None
    return steps
