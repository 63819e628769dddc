"""Formulas as MathML: what is written is what is set, and nothing that cannot be set loses a result."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import diffcheck
from diffcheck.cases.case import Case
from diffcheck.cases.reader import read_files
from diffcheck.formula.array_functions import ARRAY_SPELLINGS
from diffcheck.formula.formula import read_formula
from diffcheck.formula.functions import INTERNAL, TABLE
from diffcheck.mathml import setting
from diffcheck.mathml.printer import MathPrinter
from diffcheck.mathml.setting import MOST_PARTIALS, mathematics_of, mathematics_of_loss
from diffcheck.verification import Settings, verify
from tests.formula.arrays import FORMULAS, MORE, SHAPES, shapes_of
from tests.mathml.shown import in_a_line, mathematics, right_of

CORE = {"math", "mrow", "mi", "mn", "mo", "mtext", "mfrac", "msqrt", "mroot", "msub", "msup", "mtable", "mtr", "mtd"}
"""Elements of MathML Core that are used."""


WRITTEN = {
    "x - x": "x−x",
    "x/x": "(x)/(x)",
    "2*3*x": "2·3x",
    "(x + y)*(x - y)": "(x+y)(x−y)",
    "x*(y + 1)": "x·(y+1)",
    "-x*y": "−xy",
    "x - (y - z)": "x−(y−z)",
    "x + -3": "x+(−3)",
    "x - -y": "x−(−y)",
    "-x**2": "−x^(2)",
    "(-x)**2": "(−x)^(2)",
    "x**y**z": "x^(y^(z))",
    "(x**y)**z": "(x^(y))^(z)",
    "x**-1": "x^(−1)",
    "1/x": "(1)/(x)",
    "x/y/z": "((x)/(y))/(z)",
    "x/y*z": "(x)/(y)z",
    "sqrt(x)**3": "(√(x))^(3)",
    "sin(x)**2": "sin^(2)(x)",
    "exp(x)**2": "(e^(x))^(2)",
    "0.10*x + 1e-3*y": "0.10x+10^(−3)y",
    "1.0*x**2 + 2.5e3": "1.0x^(2)+2.5×10^(3)",
    "1/3*x": "(1)/(3)x",
    "theta_1*alpha": "θ_(1)α",
    "lr*grad": "lr·grad",
    "x1 + x_max": "x_(1)+x_(max)",
    "bessel_j0(x)*gamma(y)": "J_(0)(x)Γ(y)",
    "abs(x)*floor(y)": "|x|⌊y⌋",
    "pi*x": "πx",
    "2*(3*x)": "2·3x",
    "x*(-2*y)": "x·(−2y)",
    "x - (-2*y)": "x−(−2y)",
    "x + (-y)*z": "x+(−yz)",
    "3*2**x": "3·2^(x)",
    "3*(1/2)*x": "3·(1)/(2)x",
    "2*(x/3)": "2(x)/(3)",
    "-Gamma*(x + 1)": "−Γ·(x+1)",
    "(a*rate)*x": "a·rate·x",
    "Mod(x, 2)*y": "(xmod2)y",
    "y + Mod(x, 2)": "y+(xmod2)",
    "(sin(x)**2)**2": "(sin^(2)(x))^(2)",
    "sin(x)**y": "(sin(x))^(y)",
    "abs(x*abs(y)*z)": "|(x|y|z)|",
    "where(x > y, x, y)*y + 1": "({xif\u00a0x>yyotherwise)y+1",
    "x**(1/2)": "x^((1)/(2))",
    "x**(1/3)": "x^((1)/(3))",
    "x**-2": "x^(−2)",
    "-1/x": "−(1)/(x)",
    "x1 - x_1": "x1−x_1",
    "theta1*theta_1": "theta1·theta_1",
    "x_*y": "x_·y",
    "Alpha - A": "Alpha−A",
    "where(x > 0, x, -x)": "{xif\u00a0x>0−xotherwise",
}  # fmt: skip


@pytest.mark.parametrize("text", WRITTEN)
def test_a_formula_is_set_as_it_is_written(text: str) -> None:
    assert right_of(text) == WRITTEN[text]


@pytest.mark.parametrize("text", ["zeta(x, 2)*y", "besselj(x, 2)*y"])
def test_a_partial_without_a_derivative_in_the_table_is_told_and_not_set(text: str) -> None:
    found = mathematics(text)
    assert [name for name, _ in found.partials] == ["d/dy"]
    assert found.note == "d/dx is not known to diffcheck: a function in it has no derivative there"


def test_what_is_too_large_to_be_set_is_not_differentiated(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*arguments: object) -> None:
        raise AssertionError("differentiated")

    monkeypatch.setattr(setting, "derive", never)
    found = mathematics(" + ".join(f"sin({number}*x)" for number in range(setting.MOST_PARTS)))
    assert "the derivative of so large a formula is not set" in found.note


def test_a_small_formula_of_a_large_array_is_differentiated() -> None:
    assert len(mathematics("w[0]*w[1]", (("w", (390,)),)).partials) == MOST_PARTIALS


def test_derivatives_are_set_beside_the_formula() -> None:
    found = mathematics("u**2*v")
    assert [(name, in_a_line(markup)) for name, markup in found.partials] == [
        ("d/du", "(∂f)/(∂u)=2uv"), ("d/dv", "(∂f)/(∂v)=u^(2)"),
    ]  # fmt: skip


def test_a_derivative_has_the_decimals_of_its_formula() -> None:
    assert in_a_line(dict(mathematics("0.5*u**3*v + 0.25*u").partials)["d/du"]) == "(∂f)/(∂u)=1.5u^(2)v+0.25"


def test_partials_of_higher_order_and_of_entries_are_called_by_their_names() -> None:
    assert "d2/du dv" in dict(mathematics("u**2*v", order=2).partials)
    assert "d f[2]/d w[0]" in dict(mathematics("softmax(w)", (("w", (3,)),)).partials)


def test_partials_that_are_zero_come_last() -> None:
    found = [in_a_line(markup).rpartition("=")[2] for _, markup in mathematics("w*x", (("w", (4,)), ("x", (4,)))).partials]
    assert found[0] != "0"
    assert found == sorted(found, key=lambda right: right == "0")


def test_a_claim_is_set_as_it_is_written() -> None:
    found = dict(mathematics("x**2", claim={"x": "x + x"}).partials)
    assert in_a_line(found["claim.d/dx"]) == "(∂f)/(∂x)=x+x"


def test_the_loss_of_a_run_is_set() -> None:
    found = mathematics_of_loss(Case("line", "(w*x - y)**2"))
    assert in_a_line(found.formula) == "loss=(wx−y)^(2)"


CALLS = [f"{row.name}({', '.join('xyz'[: row.arity])})" for row in TABLE if row.name not in INTERNAL]
ARRAYS = [*FORMULAS.values(), *MORE]


@pytest.mark.parametrize("text", [*CALLS, *ARRAYS])
def test_every_function_is_set_in_elements_that_browsers_know(text: str) -> None:
    found = mathematics(text, shapes_of(text) if text in ARRAYS else ())
    assert found.formula, found.note
    for markup in (found.formula, *dict(found.partials).values()):
        assert {element.tag for element in ElementTree.fromstring(markup).iter()} <= CORE
        assert "&" not in markup.replace("&lt;", "").replace("&gt;", "").replace("&amp;", "")


def test_every_function_of_arrays_is_among_them() -> None:
    assert set(ARRAY_SPELLINGS) <= {name.removesuffix("_0") for name in FORMULAS}
    assert SHAPES


CASES = read_files([str(Path(diffcheck.__file__).parent.parent / "cases")])


def test_every_case_that_is_shipped_has_its_formula_set_or_is_told_why_not() -> None:
    for case in (each for each in CASES if isinstance(each, Case)):
        if case.training is not None:
            found = mathematics_of_loss(case)
        else:
            found = mathematics_of(case, read_formula(case.formula, case.shapes), (0,))
        assert found.formula or "too large" in found.note, case.name
        assert "cannot be set" not in found.note, case.name


def test_what_is_too_large_is_told_by_its_text_cut() -> None:
    text = " + ".join(f"sin({number}*x)" for number in range(setting.MOST_PARTS))
    found = mathematics(text)
    assert found.formula == ""
    assert f"the formula is too large to be set: `{text[: setting.CUT]}…`" in found.note


def test_what_is_nested_too_deeply_for_a_browser_is_not_set() -> None:
    depth = setting.NESTED
    found = mathematics("sin(" * depth + "x" + ")" * depth)
    assert found.formula == ""
    assert found.note.startswith("the formula cannot be set")


def test_partials_beyond_some_are_counted() -> None:
    names = [f"x{number}" for number in range(MOST_PARTIALS + 3)]
    found = mathematics("*".join(names))
    assert len(found.partials) == MOST_PARTIALS
    assert found.note == "3 more partials are not set"


def test_a_printer_that_stumbles_loses_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(self: MathPrinter, node: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(MathPrinter, "_print_Pow", stumble)
    case = Case("square", "x**2", at=({"x": 1.0},))
    found = verify(case, Settings(illustrated=True))
    assert found.passed
    assert found.results == verify(case, Settings()).results
    assert found.mathematics is not None
    assert found.mathematics.note.startswith("the formula cannot be set (ZeroDivisionError): `x**2`")


def test_nothing_is_set_unless_a_report_asks() -> None:
    case = Case("square", "x**2", at=({"x": 1.0},))
    assert verify(case, Settings()).mathematics is None
    illustrated = verify(case, Settings(illustrated=True))
    assert replace(illustrated, mathematics=None, portraits=()) == verify(case, Settings())


LEAVES = st.sampled_from(["x", "y", "theta", "2", "0.5", "1e-3", "pi", "x1"])


def _grown(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    unary = st.builds("{0}({1})".format, st.sampled_from(["sin", "exp", "sqrt", "abs", "-", "relu", "log"]), parts)
    binary = st.builds("({0} {1} {2})".format, parts, st.sampled_from(["+", "-", "*", "/", "**", "%"]), parts)
    return unary | binary | st.builds("where({0} < {1}, {0}, {2})".format, parts, parts, parts)


@given(st.recursive(LEAVES, _grown, max_leaves=12))
def test_any_formula_becomes_xml_with_each_of_its_names(text: str) -> None:
    text = f"x + {text}"
    found = mathematics_of_loss(Case("any", text))
    seen = {element.text for element in ElementTree.fromstring(found.formula).iter("mi")}
    assert {"θ" if name == "theta" else name for name in ("y", "theta") if name in text} <= seen


def test_setting_mathematics_imports_no_torch() -> None:
    code = "import sys, diffcheck.mathml.setting; print('torch' in sys.modules)"
    root = Path(diffcheck.__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "False"
