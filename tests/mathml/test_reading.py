"""Set mathematics, read as a human reads it, has the value of the formula that it was set from: it reads as no other."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flint import arb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import diffcheck
from diffcheck.cases.case import Case
from diffcheck.cases.reader import read_files
from diffcheck.errors import DiffcheckError
from diffcheck.formula.formula import Formula, read_formula
from diffcheck.formula.targets import Target
from diffcheck.mathml import calls, products
from diffcheck.mathml.names import Names, variable
from diffcheck.mathml.part import NAME, Part, single
from diffcheck.mathml.setting import mathematics_of
from diffcheck.strategies import formulas
from diffcheck.truth.balls import precision
from diffcheck.truth.derivative import derive
from diffcheck.truth.enclosure import ball_function
from tests.formula.arrays import FORMULAS, MORE, shapes_of
from tests.mathml.reading import read
from tests.mathml.sight import seen
from tests.mathml.working import Misread, Unreadable

BITS = 128
BITS_WANTED = 40
"""A wider ball than 2**-40 tells nothing."""
NUMBERS = (0.75, 1.25, 2.5, 0.625, 1.75, 3.5, 0.375, -1.5, -0.5)


def compared(case: Case, point: list[float], *, partials: bool = True) -> Iterator[tuple[str, str, bool | None]]:
    """What of ``case`` is set, by name, its markup, and whether it reads as what it was set from.

    None where either value is undefined or unbounded at ``point``, or the reader does not know a function.
    """
    formula = read_formula(case.formula, case.shapes)
    columns = tuple(range(len(formula.variables))) if partials else (0,)
    found = mathematics_of(case, formula, columns)
    values = _values(formula, point)
    with precision(BITS):
        if found.formula:
            yield "f", found.formula, _same(found.formula, values, _evaluated(formula.meaning, point))
        known = [(name, markup) for name, markup in found.partials if name.startswith("d/d")] if partials else []
        if not known or len(formula.tape.outputs) > 1:
            return
        derivative = derive(formula, case.order, columns)
        exact = _evaluated(derivative.tape, point)
        for name, markup in known:
            target = Target(0, (formula.variables.index(name.removeprefix("d/d")),))
            yield name, markup, _same(markup, values, [exact[derivative.places[target]]])


def _evaluated(tape: Any, point: list[float]) -> list[Any]:
    found = ball_function(tape)(*map(arb, point))
    return [arb(each) for each in (found if len(tape.outputs) > 1 else (found,))]


def _values(formula: Formula, point: list[float]) -> dict[str, Any]:
    """The variables by how they look: numbers, arrays and their elements."""
    names = Names([*(each.name for each in formula.inputs), *formula.variables])
    looks = {name: seen(names.part(name).markup) for name in formula.variables}
    assert len(set(looks.values())) == len(looks), f"two variables look alike: {looks}"
    values: dict[str, Any] = {looks[name]: arb(value) for name, value in zip(formula.variables, point, strict=True)}
    start = 0
    for each in formula.inputs:
        if each.shape:
            numbers = np.array([arb(value) for value in point[start : start + each.size]], dtype=object)
            values[seen(names.part(each.name).markup)] = numbers.reshape(each.shape)
        start += each.size
    return values


def _same(markup: str, values: dict[str, Any], exact: list[Any]) -> bool | None:
    try:
        found = [arb(each) for each in np.asarray(read(markup, values), dtype=object).ravel()]
    except Unreadable:
        return None
    except Misread:
        return False
    if len(found) != len(exact):
        return False
    pairs = list(zip(found, exact, strict=True))
    if not all(each.is_finite() and each.rad() < 2.0**-BITS_WANTED for pair in pairs for each in pair):
        return None
    return all(left.overlaps(right) for left, right in pairs)


def wrongly_read(case: Case, seed: int, *, partials: bool = True) -> list[str]:
    """What of ``case`` reads as something else, told."""
    formula = read_formula(case.formula, case.shapes)
    chosen = random.Random(seed)
    point = [chosen.choice(NUMBERS) for _ in formula.variables]
    return [f"{case.formula}: {name} at {point}: {markup}"
            for name, markup, same in compared(case, point, partials=partials) if same is False]  # fmt: skip


MISREAD_ONCE = """
2*(3*x); 100*(200*x); 1.5*(2*x); x - 2*(3*x); x*(-2*y); x*((-y)*z); 2*(-2*y); exp(x)*(-2*y); sin(x)*(-y*z)
a/b*(-c*d); 3*2**x; 3*exp2(x); 1.5*10**x; 2*0.5**x; 3*(1/2)*x; 2*(1/3)*x; 2*(1/3) + x; -Gamma*(x + 1)
-sigma*(y + 1); (a*sigma)*(x + 1); -rate*x; (a*rate)*x; 10**x*5; 2**erf(x); 2/(3*2**x); Mod(x, 2)*y; y*Mod(x, 2)
gamma(x); x1 - x_1; theta1*theta_1; x__2*x2; x__y*x_y; exp(x) + e**x; x_ + y; _ + __; abs(x*abs(y)*z)
abs(x)*y*abs(z); abs(abs(x) - y); abs(abs(x)); (sin(x)**2)**2; sin(x)**y; where(x < y, x, y)*y + 1; x + (-y)*z
x - (-2*y); x**(1/2); x**(1/3); x**(1/2)*3; Alpha*A - A; lamda*lambda_ - lamda; nu*v - v; x*cbrt(y); 3*cbrt(y)
(x/y)*(z/w); (x + y)*sin(z)*(x - y); sin(x)*(y + 1); sin(x)**2*(y + 1); sigma**2*(x + 1); x_1*(y + 1); -1/x - y
1/x*2; x**-2*3; x - (-y)*z; -(-x); -x*-y; (-x)**2*(-y); 2*pi*3**x; pi*(x + 1); E*(x + 1) + e; Mod(x, 2) + y
x + y % 2; (x + y) % 2; x % y % z; x % (y % z); -(x % y); max(where(x < y, x, y), 2); where(x < y, x, y)**2
where(where(x < y, x, y) < 1, x, -y); lgamma(x)*y; abs(x)*abs(y); x*abs(y)*z; exp(x)**y; 1e-3**x; 2.5e3**x*2
x*2*3; x*1e-3*2; -2**x; (-2)**x; (1/2)**x*3; log2(x)*3; log10(x)*y; besselj(2, x)*y; polygamma(2, x)*3; x//y*z
digamma(x)*(y + 1); psi*(x + 1); sqrt(x)*y; sqrt(x)**3*2; 1/(2*x)*(3*y); where((x < y) & ~(y < z) | (x < 0), x, z); x*inf_1
""".replace("\n", "; ")

NAMED = [each for each in MISREAD_ONCE.split("; ") if each.strip()]


@pytest.mark.parametrize("text", NAMED)
def test_what_once_read_as_another_formula_reads_as_itself(text: str) -> None:
    assert [each for seed in range(3) for each in wrongly_read(Case("case", text), seed)] == []


ARRAYS = [*FORMULAS.values(), *MORE, "sum((A*B) @ b)", "sum(A @ B @ b)", "sum(A @ (b*b))", "sum(A**2)", "sum((A @ b)*b)",
          "dot(w, x)*dot(w, x)", "prod(w)*s", "prod(w + 1)*s", "s*sum(w)", "-sum(w)*s", "s - sum(w)*sum(-2*w)",
          "norm(w)*norm(x)", "norm(w*norm(x)*w)", "w[0]*w_0 - w0", "w[-1]*w_3", "dot(w, x)/s", "dot(2*w, x + 1)",
          "w @ x*s", "s*(w @ x)", "(w*x) @ x", "2*w*3*x", "sum(w**2)**2", "sum(1/w)", "abs(dot(w, x))*abs(s)",
          "sum(A @ (B @ b))", "transpose(A)**2 @ b", "sum(w)**2", "(s*A) @ b", "sum(w) % 2", "rate*w*x"]  # fmt: skip


@pytest.mark.parametrize("text", ARRAYS)
def test_formulas_of_arrays_read_as_themselves(text: str) -> None:
    shapes = shapes_of(text) if "w_0" not in text and "w_3" not in text else (("w", (4,)),)
    assert wrongly_read(Case("case", text, shapes=shapes), 0) == []


WITHOUT = (
    (products, "runs_together", lambda left, right: False, "2*(3*x)"),
    (Part, "behind", Part.within, "x*(-2*y)"),
    (calls, "bracketed", lambda part: part, "abs(x*abs(y)*z)"),
    (Names, "part", lambda self, name: single(variable(name), NAME), "x1 - x_1"),
)  # fmt: skip
"""What keeps a formula from being misread, what it is without that, and a formula that is misread then."""


@pytest.mark.parametrize(("room", "name", "instead", "text"), WITHOUT)
def test_a_printer_without_one_of_its_cares_is_found_out(
    room: object, name: str, instead: object, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wrongly_read(Case("case", text), 1) == []
    monkeypatch.setattr(room, name, instead)
    with pytest.raises(AssertionError):
        assert [each for seed in range(9) for each in wrongly_read(Case("case", text), seed)] == []


def _joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    patterns = ("{}*{}", "{}*({})", "({})*{}", "-{}", "(-{})*{}", "{}*(-{})", "{} - {}", "{} + ({})", "{} - ({})", "({})/({})",
                "{}/({})", "({})**({})", "2**({})", "1.5*10**({})", "Mod({}, 2)", "({}) % ({})", "abs({})", "abs({}*abs({})*{})",
                "abs({})*{}*abs({})", "sin({})", "sin({})**2", "exp({})", "exp2({})", "sqrt({})", "cbrt({})", "sigmoid({})",
                "gamma({})", "1/({})", "where({} < {}, {}, {})", "({})**(1/2)", "floor({})", "max({}, {})")  # fmt: skip

    def filled(pattern: str) -> st.SearchStrategy[str]:
        return st.tuples(*[parts] * pattern.count("{}")).map(lambda each: pattern.format(*each))

    return st.sampled_from(patterns).flatmap(filled)


OF_KIND = {
    "s": ("s", "2", "0.5", "w[0]", "w_0", "sum({v})", "prod({v})", "dot({v}, {v})", "(({v}) @ ({v}))", "norm({v})",
          "norm({v}, 1)", "abs({s})", "{s}*({s})", "-({s})", "({s}) + {s}", "({s}) % 2", "{s}*abs({s})", "max({v})",
          "trace({m})"),
    "v": ("w", "x", "rate", "({v})*({v})", "{v}*{v}", "{s}*({v})", "({v})*{s}", "-({v})", "({v}) - ({v})", "sin({v})", "({v})**2",
          "exp({v})", "(({m}) @ ({v}))", "({v})/({v})"),
    "m": ("A", "B", "({m})*({m})", "(({m}) @ ({m}))", "{s}*({m})", "transpose({m})", "({m})**2",
          "({m}) + ({m})", "-({m})"),
}  # fmt: skip
"""Numbers, vectors and matrices, made of one another."""
KIND_SHAPES = {"w": (3,), "x": (3,), "rate": (3,), "A": (3, 3), "B": (3, 3)}


@st.composite
def of_kind(draw: st.DrawFn, kind: str, depth: int) -> str:
    """A formula whose value is of ``kind``, nested at most ``depth`` deep."""
    known = [each for each in OF_KIND[kind] if depth or "{" not in each]
    pattern = draw(st.sampled_from(known))
    for inner in re.findall(r"{(.)}", pattern):
        pattern = pattern.replace(f"{{{inner}}}", draw(of_kind(inner, depth - 1)), 1)
    return pattern


LEAVES = ("x", "y", "rate", "sigma", "Gamma", "e", "x_1", "x1", "theta", "2", "3", "0.5", "(1/3)", "100", "1e-3", "-2", "pi", "E")
HARD = st.recursive(st.sampled_from(LEAVES), _joined, max_leaves=7).map(lambda text: f"x + {text}")
"""Formulas of what is easily misread: signs, numbers in a row, powers of numbers, bars within bars, names like words."""
DRAWN = formulas("xy", leaves=6)

own = settings(deadline=None, derandomize=True, max_examples=300, database=None,
               suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])  # fmt: skip


def check_drawn(text: str, seed: int) -> None:
    try:
        wrong = wrongly_read(Case("drawn", text), seed)
    except DiffcheckError:
        return  # a constant beyond a limit
    assert wrong == []


@own
@given(DRAWN, st.integers(0, 9))
def test_any_formula_reads_as_itself(text: str, seed: int) -> None:
    check_drawn(text, seed)


@own
@given(HARD, st.integers(0, 9))
def test_any_formula_of_what_is_easily_misread_reads_as_itself(text: str, seed: int) -> None:
    check_drawn(text, seed)


@settings(own, max_examples=100)
@given(of_kind("s", 4), st.integers(0, 9))
def test_any_formula_of_arrays_reads_as_itself(text: str, seed: int) -> None:
    text = f"sum(w) - {text}"
    shapes = tuple((name, shape) for name, shape in KIND_SHAPES.items() if re.search(rf"\b{name}\b", text))
    assert wrongly_read(Case("drawn", text, shapes=shapes), seed, partials=False) == []


SHIPPED = [case for case in read_files([str(Path(diffcheck.__file__).parent.parent / "cases")])
           if isinstance(case, Case) and case.training is None]  # fmt: skip


def test_every_case_that_is_shipped_reads_as_itself() -> None:
    counts: Counter[bool | None] = Counter()
    for case in SHIPPED:
        formula = read_formula(case.formula, case.shapes)
        chosen = random.Random(case.name)
        point = [chosen.choice(NUMBERS[:7]) for _ in formula.variables]
        for name, markup, same in compared(case, point):
            assert same is not False, f"{case.name}: {name} at {point}: {markup}"
            counts[same] += 1
    assert counts[True] > 9 * counts[None]
