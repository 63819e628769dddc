"""Programs that compute the right value, and lose, falsify or refuse its derivative."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from diffcheck import check

Tensor = torch.Tensor


def function(forward: Callable[[Tensor], Tensor], backward: Callable[[Tensor, Tensor], Any]) -> Callable[..., Any]:
    """A custom autograd function; ``backward`` takes the cotangent and x."""

    class Custom(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            ctx.save_for_backward(x)
            return forward(x)

        @staticmethod
        def backward(ctx: Any, cotangent: Tensor) -> Any:  # type: ignore[override]
            return backward(cotangent, *ctx.saved_tensors)

    return Custom.apply  # type: ignore[no-any-return]


def square_by(backward: Callable[[Tensor, Tensor], Any]) -> Callable[..., Any]:
    return function(torch.square, backward)


def relu_by(backward: Callable[[Tensor, Tensor], Any]) -> Callable[..., Any]:
    return function(torch.relu, backward)


def raises(*_: Tensor) -> Tensor:
    raise ValueError("out of luck")


def half_under_no_grad(x: Tensor) -> Tensor:
    with torch.no_grad():
        square = x**2
    return square + x


def overwritten_under_no_grad(x: Tensor) -> Tensor:
    x2 = x.clone()
    with torch.no_grad():
        x2[...] = x2**2
    return x2


def overwritten(x: Tensor) -> Tensor:
    x2 = x.clone()
    square = x2 * x2
    x2[...] = 0
    return square


def overwritten_by_its_own_result(x: Tensor) -> Tensor:
    x2 = x.clone()
    x2[...] = x2 * x2
    return x2


def multiplied_behind_the_back(x: Tensor) -> Tensor:
    square = x * x
    square.data.mul_(2)
    return square


def input_multiplied(x: Tensor) -> Tensor:
    x.data.mul_(2)
    return x**2


def input_multiplied_in_the_open(x: Tensor) -> Tensor:
    return x.mul_(2) ** 2


def hooked(x: Tensor) -> Tensor:
    square = x**2
    if square.requires_grad:
        square.register_hook(lambda cotangent: 2 * cotangent)
    return square


def three_paths(x: Tensor) -> Tensor:
    return x * x + torch.sin(x.detach()) + torch.exp(x)


def twice_saved(cotangent: Tensor, x: Tensor) -> Tensor:
    return 2 * (2 * x * cotangent)


def guarded(x: Tensor) -> Tensor:
    return torch.where(x == 0, 1, torch.sin(x) / torch.where(x == 0, 1, x))


SQUARE = "x**2"
#    what it does                          formula       at   value and gradient      program
PROGRAMS: dict[str, tuple[str, float, str, Callable[..., Any]]] = {
    "detaches":                           (SQUARE,      1.5,  "agrees detached",     lambda x: x.detach() ** 2),
    "takes .data":                        (SQUARE,      1.5,  "agrees detached",     lambda x: x.data * x.data),
    "takes .data once":                   (SQUARE,      1.5,  "agrees wrong",        lambda x: x.data * x),
    "goes through .item()":               (SQUARE,      1.5,  "agrees detached",     lambda x: torch.full_like(x, x.item() ** 2)),
    "goes through whole numbers":         (SQUARE,      3.0,  "agrees detached",     lambda x: x.to(torch.int64) ** 2),
    "rounds to whole numbers":            ("trunc(x)",  1.5,  "agrees agrees",       lambda x: x.to(torch.int64)),
    "goes through float32":               (SQUARE,      0.1,  "wrong wrong",         lambda x: (x.float() ** 2).double()),
    "works under no_grad":                (SQUARE,      1.5,  "agrees detached",     torch.no_grad()(lambda x: x**2)),
    "works under no_grad in part":        ("x**2 + x",  1.5,  "agrees wrong",        half_under_no_grad),
    "detaches one of three paths":        ("x**2 + sin(x) + exp(x)",  1.5,  "agrees wrong",        three_paths),
    "overwrites under no_grad":           (SQUARE,      1.5,  "agrees wrong",        overwritten_under_no_grad),
    "overwrites what backward needs":     (SQUARE,      1.5,  "agrees error",        overwritten),
    "overwrites by its own result":       (SQUARE,      1.5,  "agrees error",        overwritten_by_its_own_result),
    "multiplies its result's data":       ("2*x**2",    1.5,  "agrees wrong",        multiplied_behind_the_back),
    "multiplies its input's data":        ("4*x**2",    1.5,  "agrees wrong",        input_multiplied),
    "multiplies its input in place":      ("4*x**2",    1.5,  "agrees error",        input_multiplied_in_the_open),
    "doubles its cotangent in a hook":    (SQUARE,      1.5,  "agrees wrong",        hooked),
    "rounds straight through":            ("round(x)",  1.3,  "agrees wrong",        lambda x: x + (x.round() - x).detach()),
    "rounds straight through at a tie":   ("round(x)",  0.5,  "agrees phantom",      lambda x: x + (x.round() - x).detach()),
    "raises everywhere":                  (SQUARE,      1.5,  "error error",         raises),
    "raises backward only":               (SQUARE,      1.5,  "agrees error",        square_by(raises)),
    "returns no cotangent":               (SQUARE,      1.5,  "agrees detached",     square_by(lambda g, x: None)),
    "returns a zero":                     (SQUARE,      1.5,  "agrees wrong",        square_by(lambda g, x: 0 * g)),
    "returns the other sign":             (SQUARE,      1.5,  "agrees wrong",        square_by(lambda g, x: -2 * x * g)),
    "counts twice":                       (SQUARE,      1.5,  "agrees wrong",        square_by(twice_saved)),
    "returns NaN backwards":              (SQUARE,      1.5,  "agrees nan",          square_by(lambda g, x: g * torch.nan)),
    "returns NaN":                        (SQUARE,      1.5,  "nan nan",             lambda x: x * torch.nan),
    "returns NaN where there is nothing": ("log(x)",   -1.0,  "undefined undefined", lambda x: x * torch.nan),
    "raises where there is nothing":      ("log(x)",   -1.0,  "undefined undefined", raises),
    "returns a number where is nothing":  ("log(x)",   -1.0,  "phantom phantom",     lambda x: torch.log(x.abs())),
    "returns two numbers":                (SQUARE,      1.5,  "error error",         lambda x: torch.stack([x, x])),
    "returns no tensor":                  (SQUARE,      1.5,  "error error",         lambda x: float(x) ** 2),
    "takes a root of a square at 0":      ("abs(x)",    0.0,  "agrees nan",          lambda x: (x * x).sqrt()),
    "takes a root of a square near 0":    ("abs(x)",   1e-200,  "wrong nan",           lambda x: (x * x).sqrt()),
    "takes a root of a square far out":   ("abs(x)",   1e200,  "nan wrong",           lambda x: (x * x).sqrt()),
    "chooses the right side":             ("relu(x)",   0.0,  "agrees kink",         relu_by(lambda g, x: g * (x >= 0))),
    "chooses the middle":                 ("relu(x)",   0.0,  "agrees kink",         lambda x: torch.maximum(x, 0 * x)),
    "chooses beyond both sides":          ("relu(x)",   0.0,  "agrees phantom",      relu_by(lambda g, x: g * 1.001)),
    "clamps by minimum and maximum":      ("min(max(x, -1), 1)",  1.0,  "agrees kink",         lambda x: x.clamp(-1, 1)),
    "guards both branches":               ("sinc(x)",   0.0,  "agrees agrees",       guarded),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_verdicts_on_a_program_that(name: str) -> None:
    formula, at, words, program = PROGRAMS[name]
    results = check(program, formula, at={"x": at}, contracts=False).result.cases[0].results
    assert " ".join(result.verdict.word for result in results) == words


@pytest.mark.parametrize(("name", "convention"), [
    ("chooses the right side", "the right derivative"), ("chooses the middle", "the middle"),
    ("clamps by minimum and maximum", "the left derivative"), ("chooses beyond both sides", ""),
])  # fmt: skip
def test_a_program_s_own_convention_is_told(name: str, convention: str) -> None:
    formula, at, _, program = PROGRAMS[name]
    finding = check(program, formula, at={"x": at}).result.cases[0].results[1].worst
    assert finding is not None
    assert finding.convention == convention


@pytest.mark.parametrize(("name", "words"), [
    ("raises backward only", "ValueError: out of luck"), ("overwrites what backward needs", "modified by an inplace operation"),
    ("multiplies its input in place", "leaf Variable that requires grad"), ("returns no tensor", "returned float, not a tensor"),
])  # fmt: skip
def test_what_was_raised_is_told(name: str, words: str) -> None:
    formula, at, _, program = PROGRAMS[name]
    finding = check(program, formula, at={"x": at}).result.cases[0].results[1].worst
    assert finding is not None
    assert words in finding.cause
