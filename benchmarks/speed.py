"""Exact verdicts beside gradcheck, the oracle beside a bare arb loop, and how cost grows. Ratios, one thread."""

import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

import numpy as np
import torch
from flint import arb, ctx

from diffcheck.cases.case import Case, Range
from diffcheck.dtypes import FORMATS
from diffcheck.formula.formula import read_formula
from diffcheck.formula.sweeps import swept
from diffcheck.program.program import lower
from diffcheck.truth.derivative import derive
from diffcheck.truth.enclosure import START_BITS, enclose
from diffcheck.truth.margins import Margins, Permission
from diffcheck.truth.oracle import Oracle
from diffcheck.verification import Settings, verify

FORMULAS = ("x*sin(x) + exp(-x**2)", "x*sin(y) + exp(-x**2)*log(1 + z**2)")


def seconds(run: Callable[[], object], times: int = 7) -> float:
    """The median of ``times`` runs, after one that warms up."""
    run()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        taken.append(time.perf_counter() - started)
    return median(taken)


def case(text: str, points: int) -> Case:
    return Case("case", text, sample={name: Range(-3.0, 3.0) for name in read_formula(text).variables}, points=points)


def beside_gradcheck(text: str) -> None:
    asked, program = case(text, 1000), lower(read_formula(text)).call
    inputs = [torch.rand(1000, dtype=torch.float64, requires_grad=True) for _ in read_formula(text).variables]
    ours = seconds(lambda: verify(asked, Settings()))
    theirs = seconds(lambda: torch.autograd.gradcheck(program, inputs), times=3)
    times = f"diffcheck {ours * 1e3:.1f} ms, gradcheck {theirs * 1e3:.0f} ms: {theirs / ours:.0f} times"
    print(f"{len(inputs)} inputs, 1,000 points: {times}")


def beside_a_bare_loop(text: str) -> None:
    formula, form = read_formula(text), FORMATS["float64"]
    derivative = derive(formula)
    points = np.random.default_rng(0).uniform(-3, 3, (1000, len(formula.variables)))
    functions = {
        1: lambda x: (x * x.sin() + (-(x**2)).exp(), x * x.cos() + x.sin() - 2 * x * (-(x**2)).exp()),
        3: lambda x, y, z: (
            x * y.sin() + (-(x**2)).exp() * (1 + z**2).log(),
            y.sin() - 2 * x * (-(x**2)).exp() * (1 + z**2).log(),
            x * y.cos(),
            (-(x**2)).exp() * 2 * z / (1 + z**2),
        ),
    }

    def bare() -> None:
        ctx.prec = form.bits + START_BITS
        function = functions[len(formula.variables)]
        for point in points.tolist():
            function(*map(arb, point))
        ctx.prec = 53

    columns = tuple(range(len(formula.variables)))
    tape = swept(formula.tape, ("reverse",), columns)
    oracle = seconds(lambda: enclose(derivative.tape, points, form))
    with_allowance = seconds(lambda: Margins(Oracle(derivative, points, form), tape, columns, 1, Permission()).quick)
    loop = seconds(bare)
    print(
        f"{len(formula.variables)} inputs: enclosures {oracle / loop:.2f} times a bare loop written by hand "
        f"({loop * 1e3:.1f} ms); the quick allowance adds {with_allowance / loop:.2f}"
    )


def per_point(text: str) -> None:
    costs = {}
    for points in (10**2, 10**3, 10**4, 10**5):
        asked = case(text, points)
        costs[points] = seconds(lambda asked=asked: verify(asked, Settings()), times=3) / points
    print("microseconds a point: " + ", ".join(f"{points:,}: {cost * 1e6:.1f}" for points, cost in costs.items()))


def per_operation() -> None:
    costs = []
    for operations in (10, 100, 1000):
        text = " + ".join(f"sin(x*{index}.5)" for index in range(1, operations // 3 + 1))
        size = len(read_formula(text).tape)
        costs.append((size, seconds(lambda text=text: verify(case(text, 1000), Settings()), times=3) / size / 1000))
    print("microseconds a point and operation: " + ", ".join(f"{size:,}: {cost * 1e6:.2f}" for size, cost in costs))


EAGER = ("reverse", "forward", "func_grad", "jacrev", "vmap")


def several_modes(text: str) -> None:
    one = seconds(lambda: verify(case(text, 1000), Settings()))
    five = seconds(lambda: verify(replace(case(text, 1000), modes=EAGER), Settings()))
    print(f"{', '.join(EAGER)}, 1,000 points: {five * 1e3:.1f} ms, one mode {one * 1e3:.1f} ms: {five / one:.2f} times")


def beside_gradgradcheck(text: str) -> None:
    asked, program = replace(case(text, 1000), order=2), lower(read_formula(text)).call
    inputs = [torch.rand(1000, dtype=torch.float64, requires_grad=True) for _ in read_formula(text).variables]
    ours = seconds(lambda: verify(asked, Settings()))
    started = time.perf_counter()
    torch.autograd.gradgradcheck(program, inputs)
    theirs = time.perf_counter() - started
    times = f"diffcheck {ours * 1e3:.1f} ms, gradgradcheck {theirs * 1e3:.0f} ms: {theirs / ours:.0f} times"
    print(f"order 2, {len(inputs)} inputs, 1,000 points: {times}")


def main() -> None:
    torch.set_num_threads(1)
    for text in FORMULAS:
        beside_gradcheck(text)
    for text in FORMULAS:
        several_modes(text)
    beside_gradgradcheck(FORMULAS[1])
    for text in FORMULAS:
        beside_a_bare_loop(text)
    per_point(FORMULAS[0])
    per_operation()


if __name__ == "__main__":
    main()
