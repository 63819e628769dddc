"""Reading keeps a formula's structure: the operations are those that Python would run, in its order."""

import ast
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from diffcheck.errors import FormulaError
from diffcheck.formula.formula import read_condition, read_formula, read_over
from diffcheck.formula.inputs import Input
from diffcheck.formula.operations import Tape


def tree(tape: Tape, place: int | None = None):
    """A tape's output as nested tuples; numbers exact, variables by name."""
    operation = tape.operations[tape.outputs[0] if place is None else place]
    if operation.name in ("variable", "number"):
        return operation.value
    return (operation.name, *(tree(tape, argument) for argument in operation.arguments))


def read(text: str):
    return tree(read_formula(text).tape)


HALF = Fraction(1, 2)

KEPT = [
    ("x - x", ("sub", "x", "x")),
    ("x/x", ("div", "x", "x")),
    ("exp(log(x))", ("exp", ("log", "x"))),
    ("(exp(x) - 1)/x", ("div", ("sub", ("exp", "x"), 1), "x")),
    ("2*x/3", ("div", ("mul", 2, "x"), 3)),
    ("2*(x/3)", ("mul", 2, ("div", "x", 3))),
    ("-x**2", ("neg", ("pow", "x", 2))),
    ("(-x)**2", ("pow", ("neg", "x"), 2)),
    ("--x", ("neg", ("neg", "x"))),
    ("+x", "x"),
    ("x**-1", ("pow", "x", -1)),
    ("1/x", ("reciprocal", "x")),
    ("3/x", ("mul", ("reciprocal", "x"), 3)),
    ("pi/(2*x)", ("mul", ("reciprocal", ("mul", 2, "x")), "pi")),
    ("x**0.5", ("pow", "x", HALF)),
    ("x**(1/2)", ("pow", "x", ("div", 1, 2))),
    ("x**-0.5", ("pow", "x", -HALF)),
    ("sqrt(x)", ("sqrt", "x")),
    ("x*y**-1", ("mul", "x", ("pow", "y", -1))),
    ("x**y**2", ("pow", "x", ("pow", "y", 2))),
    ("(x**y)**2", ("pow", ("pow", "x", "y"), 2)),
    ("a/b/c", ("div", ("div", "a", "b"), "c")),
    ("a/(b/c)", ("div", "a", ("div", "b", "c"))),
    ("a*(b*c)", ("mul", "a", ("mul", "b", "c"))),
    ("a - (b - c)", ("sub", "a", ("sub", "b", "c"))),
    ("a - b - c", ("sub", ("sub", "a", "b"), "c")),
    ("a + (b + c)", ("add", "a", ("add", "b", "c"))),
    ("b + a", ("add", "b", "a")),
    ("1 + x", ("add", 1, "x")),
    ("x + 0", ("add", "x", 0)),
    ("x*1", ("mul", "x", 1)),
    ("x*0", ("mul", "x", 0)),
    ("x**1", ("pow", "x", 1)),
    ("x**0", ("pow", "x", 0)),
    ("x + x", ("add", "x", "x")),
    ("x*x", ("mul", "x", "x")),
    ("x % y", ("Mod", "x", "y")),
    ("x // y", ("floor", ("div", "x", "y"))),
    ("a*b % c*d", ("mul", ("Mod", ("mul", "a", "b"), "c"), "d")),
    ("abs(-x)", ("abs", ("neg", "x"))),
    ("sin(-x)", ("sin", ("neg", "x"))),
    ("log(x**2)", ("log", ("pow", "x", 2))),
    ("log(x, 10)", ("div", ("log", "x"), ("log", 10))),
    ("sqrt(x**2)", ("sqrt", ("pow", "x", 2))),
    ("max(x, x)", ("max", "x", "x")),
    ("Max(x, y, z, x)", ("max", ("max", ("max", "x", "y"), "z"), "x")),
    ("Min(x, y, z)", ("min", ("min", "x", "y"), "z")),
    ("x + 1/0", ("add", "x", ("div", 1, 0))),
    ("x + sin(0)", ("add", "x", ("sin", 0))),
    ("Rational(1, 3)*x", ("mul", Fraction(1, 3), "x")),
    ("Pow(x, Rational(-1, 2))", ("pow", "x", -HALF)),
    ("where(x > 0, x, -x)", ("select", ("gt", "x", 0), "x", ("neg", "x"))),
    ("where(True, x, y)", "x"),
    ("Piecewise((x, x > 0), (y, x < -1), (2, True))",
     ("select", ("gt", "x", 0), "x", ("select", ("lt", "x", -1), "y", 2))),
    ("Piecewise((x, x > 0))", ("select", ("gt", "x", 0), "x", "nan")),
    ("Piecewise((y, False), (x, True))", "x"),
    ("where(where(x > 0, 1, 2) > 1, x, y)", ("select", ("gt", ("select", ("gt", "x", 0), 1, 2), 1), "x", "y")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "operations"), KEPT, ids=[row[0] for row in KEPT])
def test_no_operation_is_rewritten(text, operations):
    assert read(text) == operations


CONDITIONS = [
    ("x < y", ("lt", "x", "y")),
    ("Lt(x, y)", ("lt", "x", "y")),
    ("x >= y", ("ge", "x", "y")),
    ("x > x", ("gt", "x", "x")),
    ("Ge(x, y)", ("ge", "x", "y")),
    ("Eq(x, y)", ("eq", "x", "y")),
    ("x == y", ("eq", "x", "y")),
    ("Ne(x, x)", ("ne", "x", "x")),
    ("x != y", ("ne", "x", "y")),
    ("0 < x <= y", ("both", ("lt", 0, "x"), ("le", "x", "y"))),
    ("x > y and y > 0", ("both", ("gt", "x", "y"), ("gt", "y", 0))),
    ("y > 0 and x > y", ("both", ("gt", "y", 0), ("gt", "x", "y"))),
    ("(x > 0) & (y > 0)", ("both", ("gt", "x", 0), ("gt", "y", 0))),
    ("And(x > 0, y > 0)", ("both", ("gt", "x", 0), ("gt", "y", 0))),
    ("x > 0 or y > 0", ("either", ("gt", "x", 0), ("gt", "y", 0))),
    ("(x > 0) | (y > 0)", ("either", ("gt", "x", 0), ("gt", "y", 0))),
    ("Or(x > 0, y > 0)", ("either", ("gt", "x", 0), ("gt", "y", 0))),
    ("not x > 0", ("opposite", ("gt", "x", 0))),
    ("~(x > 0)", ("opposite", ("gt", "x", 0))),
    ("Not(x > 0)", ("opposite", ("gt", "x", 0))),
    ("not x > 0 and y > 0", ("both", ("opposite", ("gt", "x", 0)), ("gt", "y", 0))),
    ("not (x > 0 and y > 0)", ("opposite", ("both", ("gt", "x", 0), ("gt", "y", 0)))),
    ("x > 0 and y > 0 or z > 0", ("either", ("both", ("gt", "x", 0), ("gt", "y", 0)), ("gt", "z", 0))),
    ("x < 0 and x >= 0", ("both", ("lt", "x", 0), ("ge", "x", 0))),
    ("x > 0 and True", ("gt", "x", 0)),
    ("x > 0 or False", ("gt", "x", 0)),
]


@pytest.mark.parametrize(("text", "operations"), CONDITIONS, ids=[row[0] for row in CONDITIONS])
def test_conditions_keep_their_order_and_are_not_decided(text, operations):
    assert tree(read_condition(text).tape) == operations


NUMBERS = {
    "0.1": Fraction(1, 10), "1e-3": Fraction(1, 1000), "1_000": Fraction(1000), "5.": Fraction(5), ".5": HALF,
    "1E3": Fraction(1000), "1e+2": Fraction(100), "2.5e-1": Fraction(1, 4),
    "0.30000000000000004": Fraction(30000000000000004, 10**17),
    "007": Fraction(7), "1e-400": Fraction(1, 10**400), "3.14_15": Fraction(31415, 10**4),
}  # fmt: skip


@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_is_exactly_the_rational_that_is_written(text):
    assert read(f"x*{text}") == ("mul", "x", NUMBERS[text])


OPERATORS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow"}


def python_tree(node: ast.expr):
    """Python's own reading of the same text; ``a + -b`` is ``a - b``, the same number in any arithmetic."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Constant):
        return Fraction(str(node.value))
    if isinstance(node, ast.UnaryOp):
        operand = python_tree(node.operand)
        return -operand if isinstance(operand, Fraction) else ("neg", operand)
    assert isinstance(node, ast.BinOp)
    left, right = python_tree(node.left), python_tree(node.right)
    if isinstance(node.op, ast.Add) and isinstance(right, tuple) and right[0] == "neg":
        return ("sub", left, right[1])
    if isinstance(node.op, ast.Div) and not _varies(left) and _varies(right):
        # Torch runs a number over a tensor as the tensor's reciprocal, times the number.
        return ("reciprocal", right) if left == 1 else ("mul", ("reciprocal", right), left)
    return (OPERATORS[type(node.op)], left, right)


def _varies(tree) -> bool:
    return isinstance(tree, str) or (isinstance(tree, tuple) and any(map(_varies, tree[1:])))


def formulas(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(parts, st.sampled_from([" + ", " - ", "*", "/", "**"]), parts).map("".join),
        parts.map("({})".format),
        parts.map("-{}".format),
    )


@settings(deadline=None, max_examples=400, derandomize=True)
@given(st.recursive(st.sampled_from(["x", "y", "z", "2", "3", "0.5"]), formulas, max_leaves=12))
def test_operators_bind_as_in_python(text):
    try:
        found = tree(read_over(text, (Input("x"), Input("y"), Input("z"))))
    except FormulaError as error:
        assume("number to be worked out" not in error.message and "exponent" not in error.message)
        raise
    assert found == python_tree(ast.parse(text, mode="eval").body)
