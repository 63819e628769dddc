"""Checkers side by side: false alarms on right gradients, and wrong gradients that pass, at the same points.

``python benchmarks/checkers.py [POINTS]`` runs diffcheck and ``torch.autograd.gradcheck``, the method of Julia's
ChainRulesTestUtils (``test_scalar``: its finite differences and its tolerances, written out in ``finite_differences.py``, for
Julia is not needed), and JAX's ``check_grads`` where jax can be imported (``pip install jax``). Every checker has its default
tolerances, and one point at a time.

A gradient is right where diffcheck's own judgement of it says so (``agrees``), torch's and, where it is there, JAX's; the
other points, such as those where float32 overflows, are left out for every checker.
"""

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy
import torch
from finite_differences import derivative
from tabulate import tabulate

from diffcheck import check
from diffcheck.verdict import Status, Verdict

try:
    import jax
    from jax.test_util import check_grads
except ImportError:
    jax = None

POSITIVE, REAL, INSIDE = (2.0**-10, 2.0**10), (-(2.0**5), 2.0**5), (-1 + 2.0**-10, 1 - 2.0**-10)
FORMULAS = {
    "x**2": REAL, "x**3 - 2*x": REAL, "1/x": POSITIVE, "sqrt(x)": POSITIVE, "sqrt(x**2 + 1)": REAL, "exp(x)": REAL,
    "exp(-x**2)": REAL, "log(x)": POSITIVE, "log(x)*x": POSITIVE, "log(1 + exp(x))": REAL, "sin(x)": REAL, "cos(x**2)": REAL,
    "x*sin(x)": REAL, "tan(x)": (-1.5, 1.5), "tanh(x)": REAL, "atan(x)": REAL, "asin(x)": INSIDE, "1/(1 + exp(-x))": REAL,
    "x/(1 + exp(-x))": REAL, "sinh(x)/cosh(x)": REAL,
}  # fmt: skip
"""Formulas of one variable, and the range that points are drawn from, evenly over their magnitudes."""
PLANTED: dict[str, Callable[[Any], Any]] = {
    "right": lambda gradient: gradient,
    "sign": lambda gradient: -gradient,
    "factor 2": lambda gradient: 2*gradient,
    "zeros": lambda gradient: 0*gradient,
    "1e-3 relative": lambda gradient: gradient*(1 + 1e-3),
    "1e-6 relative": lambda gradient: gradient*(1 + 1e-6),
}  # fmt: skip
"""What a backward makes of the right gradient."""
NOISE = {"float32": ("1e-6 relative",)}
"""Errors as large as rounding in a dtype: nobody can be asked to tell them."""
X = sympy.Symbol("x")


@dataclass(frozen=True)
class Passed:
    """How many points a checker passed, and how long it took for all."""

    passed: int
    seconds: float


def main(points: str = "40") -> None:
    """Print a table for each dtype."""
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", message=".*double precision.*")
    warnings.filterwarnings("ignore", category=RuntimeWarning)  # differences that reach out of a domain
    checkers: dict[str, Callable[..., Passed]] = {
        "diffcheck": by_diffcheck, "gradcheck": by_gradcheck, "ChainRulesTestUtils' method": by_chain_rules,
    }  # fmt: skip
    if jax is None:
        print("jax is not installed: check_grads is left out")
    else:
        jax.config.update("jax_enable_x64", True)
        checkers["check_grads"] = by_check_grads
    for dtype in ("float64", "float32"):
        chosen = {text: list(right_points(text, dtype, int(points))) for text in FORMULAS}
        count = sum(map(len, chosen.values()))
        rows = []
        for plant, spoil in PLANTED.items():
            if plant in NOISE.get(dtype, ()):
                continue
            found = {name: total(by, chosen, spoil, dtype) for name, by in checkers.items()}
            share = [each.passed / count for each in found.values()]
            told = [f"{(1 - each if plant == 'right' else each):.1%}" for each in share]
            rows.append([f"{plant}, {'false alarms' if plant == 'right' else 'missed'}", *told])
            if plant == "right":
                rows.append(["ms a point", *(f"{each.seconds / count * 1e3:.2f}" for each in found.values())])
        print(tabulate(rows, [f"{dtype}, {count:,} points", *checkers], tablefmt="simple", disable_numparse=True), end="\n\n")
    print(f"torch {torch.__version__}, jax {getattr(jax, '__version__', '-')}, {len(FORMULAS)} formulas")


def total(by: Callable[..., Passed], chosen: dict[str, list[float]], spoil: Callable[[Any], Any], dtype: str) -> Passed:
    """One checker over all formulas."""
    found = [by(text, points, spoil, dtype) for text, points in chosen.items()]
    return Passed(sum(each.passed for each in found), sum(each.seconds for each in found))


def right_points(text: str, dtype: str, number: int) -> Iterator[float]:
    """Points of the dtype where torch's gradient of the plain formula is right and is not zero."""
    random = np.random.default_rng(0)
    low, high = FORMULAS[text]
    magnitudes = np.exp2(random.uniform(-10, np.log2(high), number))
    signs = np.where(random.random(number) * (high - low) < high, 1.0, -1.0)
    for point in (signs * magnitudes).astype(dtype).tolist():
        if low <= point <= high:
            [*_, partial] = check(text, at={"x": point}, dtypes=[dtype], contracts=False).result.cases[0].results
            right = partial.verdict is Verdict.AGREES and partial.worst is not None and partial.worst.actual
            if right and (jax is None or right_in_jax(text, dtype, point)):
                yield point


def right_in_jax(text: str, dtype: str, point: float) -> bool:
    """JAX's own gradient is right as well: judged as that of a torch program that returns JAX's number."""
    gradient = float(jax.grad(sympy.lambdify(X, sympy.sympify(text), "jax"))(np.asarray(point, dtype=dtype)[()]))
    program = torch_program(text, lambda own: torch.full_like(own, gradient))
    return by_judging(program, text, [point], dtype) == 1


def torch_program(text: str, spoil: Callable[[Any], Any]) -> Callable[[torch.Tensor], torch.Tensor]:
    """The formula in torch, its gradient spoiled on the way back."""
    plain = sympy.lambdify(X, sympy.sympify(text), {name: getattr(torch, name) for name in dir(torch)})

    class Spoiled(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
            ctx.save_for_backward(x)
            return plain(x)

        @staticmethod
        def backward(ctx: Any, cotangent: torch.Tensor) -> torch.Tensor:
            (x,) = ctx.saved_tensors
            with torch.enable_grad():
                inner = x.detach().requires_grad_()
                (gradient,) = torch.autograd.grad(plain(inner), inner)
            return cotangent * spoil(gradient)

    return Spoiled.apply


def by_diffcheck(text: str, points: list[float], spoil: Callable[[Any], Any], dtype: str) -> Passed:
    """All points in one call."""
    program, started = torch_program(text, spoil), time.perf_counter()
    return Passed(by_judging(program, text, points, dtype), time.perf_counter() - started)


def by_judging(program: Any, text: str, points: list[float], dtype: str) -> int:
    """How many of the program's gradients diffcheck passes."""
    at = [{"x": point} for point in points]
    report = check(program, text, at=at, dtypes=[dtype], modes=["reverse"], contracts=False)
    partials = [each for each in report.result.cases[0].results if each.subject.mode == "reverse"]
    failed = sum(number for each in partials for verdict, number in each.counts.items() if verdict.status is Status.FAIL)
    return len(points) - failed


def by_gradcheck(text: str, points: list[float], spoil: Callable[[Any], Any], dtype: str) -> Passed:
    """A call a point."""
    program = torch_program(text, spoil)
    started, passed = time.perf_counter(), 0
    for point in points:
        x = torch.tensor(point, dtype=getattr(torch, dtype), requires_grad=True)
        passed += torch.autograd.gradcheck(program, (x,), raise_exception=False)
    return Passed(passed, time.perf_counter() - started)


TOLERANCE = 1e-9
"""ChainRulesTestUtils' own, absolute and relative."""


def by_chain_rules(text: str, points: list[float], spoil: Callable[[Any], Any], dtype: str) -> Passed:
    """A call a point: ``isapprox`` of the backward's gradient and of the differences, with the default tolerances."""
    program, kind = torch_program(text, spoil), np.dtype(dtype).type
    plain = sympy.lambdify(X, sympy.sympify(text), "numpy")
    started, passed = time.perf_counter(), 0
    for point in points:
        x = torch.tensor(point, dtype=getattr(torch, dtype), requires_grad=True)
        (gradient,) = torch.autograd.grad(program(x), x)
        numerical, found = derivative(plain, kind(point)), float(gradient)
        passed += bool(abs(numerical - found) <= max(TOLERANCE, TOLERANCE * max(abs(numerical), abs(found))))
    return Passed(passed, time.perf_counter() - started)


def by_check_grads(text: str, points: list[float], spoil: Callable[[Any], Any], dtype: str) -> Passed:
    """A call a point, order 1, both modes, on the same formula in JAX, differentiated by JAX, spoiled in the same way."""
    plain = sympy.lambdify(X, sympy.sympify(text), "jax")

    @jax.custom_jvp
    def program(x: Any) -> Any:
        return plain(x)

    @program.defjvp
    def _jvp(primals: Any, tangents: Any) -> Any:
        return plain(*primals), spoil(jax.grad(plain)(*primals)) * tangents[0]

    started, passed = time.perf_counter(), 0
    for point in points:
        try:
            check_grads(program, (np.asarray(point, dtype=dtype)[()],), order=1)
            passed += 1
        except AssertionError:
            pass
    return Passed(passed, time.perf_counter() - started)


if __name__ == "__main__":
    main(*sys.argv[1:])
