"""Numbers are set as they were spelled."""

import pytest
import sympy

from diffcheck.cases.case import Case
from diffcheck.formula.formula import read_formula
from diffcheck.mathml.setting import mathematics_of
from tests.mathml.shown import in_a_line


def test_a_float_of_sympys_is_set_as_it_prints_in_the_formula_and_in_its_derivative() -> None:
    x = sympy.Symbol("x", real=True)
    source = sympy.Float("0.1") * x + sympy.Float("0.3") * x**2 / 2
    case = Case("floats", source)
    found = mathematics_of(case, read_formula(source), (0,))
    assert in_a_line(found.formula) == "f(x)=0.15x^(2)+0.1x"
    assert in_a_line(dict(found.partials)["d/dx"]) == "(∂f)/(∂x)=0.3x+0.1"


@pytest.mark.parametrize(("digits", "shown"), [("1e400", "×10^(400)"), ("1e-7", "10^(−7)"), ("1.5", "1.5")])
def test_a_float_of_any_size_is_set(digits: str, shown: str) -> None:
    source = sympy.Float(digits) * sympy.Symbol("x", real=True)
    assert in_a_line(mathematics_of(Case("float", source), read_formula(source), (0,)).formula).endswith(f"{shown}x")
