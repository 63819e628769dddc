"""Names: every function's spellings, torch's and sympy's too, and the names that a variable may have."""

import pytest

from diffcheck.errors import FormulaError
from diffcheck.formula.calls import known_names
from diffcheck.formula.formula import read_formula
from diffcheck.formula.functions import SPELLINGS
from diffcheck.formula.reader import read_expression

OWN = """
    exp expm1 exp2 log log1p log2 log10 sqrt rsqrt cbrt abs sign sin cos tan cot sec csc asin acos atan sinh cosh tanh
    asinh acosh atanh sech csch coth erf erfc erfinv gamma lgamma digamma sigmoid logit softplus logsigmoid relu silu
    gelu mish selu softsign hardtanh hardsigmoid hardswish floor ceil round trunc frac Heaviside sinc sincpi ndtr log_ndtr
    entr i0 i0e i1 i1e bessel_j0 bessel_j1 bessel_y0 bessel_y1
"""
CALLS = {f"{name}(x)": name for name in OWN.split()} | {
    # two and three arguments, and those that may be left out
    "atan2(y, x)": "atan2", "max(x, y)": "max", "min(x, y)": "min", "clamp(x, y, z)": "clamp", "hypot(x, y)": "hypot",
    "xlogy(x, y)": "xlogy", "logaddexp(x, y)": "logaddexp", "polygamma(2, x)": "polygamma", "beta(x, y)": "beta",
    "zeta(x)": "zeta", "zeta(x, 2)": "zeta", "elu(x)": "elu", "elu(x, 2)": "elu", "celu(x)": "celu",
    "celu(x, 0.5)": "celu", "leaky_relu(x)": "leaky_relu", "leaky_relu(x, 0.2)": "leaky_relu",
    # other spellings, torch's and sympy's
    "ln(x)": "log", "Abs(x)": "abs", "loggamma(x)": "lgamma", "gammaln(x)": "lgamma", "psi(x)": "digamma",
    "Max(x, y)": "max", "maximum(x, y)": "max", "Min(x, y)": "min", "minimum(x, y)": "min", "clip(x, -1, 1)": "clamp",
    "step(x)": "Heaviside", "heaviside(x)": "Heaviside", "Heaviside(x, 1/2)": "Heaviside",
    "Heaviside(x, Rational(1, 2))": "Heaviside", "ceiling(x)": "ceil", "Mod(x, y)": "Mod", "remainder(x, y)": "Mod",
    "arcsin(x)": "asin", "arccos(x)": "acos", "arctan(x)": "atan", "arctan2(y, x)": "atan2", "arcsinh(x)": "asinh",
    "arccosh(x)": "acosh", "arctanh(x)": "atanh", "expit(x)": "sigmoid", "swish(x)": "silu", "sgn(x)": "sign",
    "besselj(0, x)": "bessel_j0", "besselj(1, x)": "bessel_j1", "bessely(0, x)": "bessel_y0", "bessely(1, x)": "bessel_y1",
    "besseli(0, x)": "i0", "besseli(1, x)": "i1", "besselj(2, x)": "besselj", "besseli(2, x)": "besseli",
    "besselk(0, x)": "modified_bessel_k0", "LambertW(x)": "LambertW", "airy_ai(x)": "airyai",
}  # fmt: skip


@pytest.mark.parametrize("text", CALLS)
def test_every_spelling_leads_to_its_row(text):
    assert read_expression(text).expression.diffcheck_row == CALLS[text]


def test_every_spelling_of_the_table_is_read():
    spelt = {text.partition("(")[0] for text in CALLS}
    for name in SPELLINGS.keys() - spelt:
        row = SPELLINGS[name]
        part = "{} > 0" if name in ("And", "Or", "Not") else "{}"
        arguments = ", ".join(part.format(variable) for variable in "xyz"[: row.arity])
        found = read_expression(f"{name}({arguments})").expression
        assert getattr(found, "diffcheck_row", type(found).__name__) in (row.name, *row.names)


@pytest.mark.parametrize("text", ["elu(x)", "celu(x)"])
def test_an_argument_left_out_is_one(text):
    assert read_formula(text).tape == read_formula(text.replace(")", ", 1)")).tape


def test_the_slope_of_leaky_relu_is_torchs_where_it_is_left_out():
    assert read_formula("leaky_relu(x)").tape == read_formula("leaky_relu(x, 0.01)").tape


VARIABLES = [
    "e", "gamma", "S", "N", "I", "Q", "O", "C", "beta", "zeta", "x_1", "_x", "x1", "torch", "math", "np", "sympy", "lambda_",
    "lam", "sin", "max", "where", "Piecewise", "Rational", "exec", "eval", "print", "__class__", "self",
    "inf", "nan", "oo", "v0", "t3", "r", "θ", "Δt", "ε_0", "größe", "скорость", "x" * 100,
]  # fmt: skip


@pytest.mark.parametrize("name", VARIABLES)
def test_a_name_that_stands_alone_is_a_variable(name):
    assert read_formula(f"1 + {name}*2").variables == (name,)


def test_a_name_of_more_than_a_hundred_characters_is_told():
    with pytest.raises(FormulaError, match="the name has 101 characters; the limit is 100"):
        read_formula("x" * 101)
    with pytest.raises(FormulaError, match="the name has 101 characters; the limit is 100"):
        read_formula("x" * 101 + "(y)")


def test_pi_and_capital_e_are_constants_and_small_e_is_a_variable():
    formula = read_formula("pi*E*e")
    assert formula.variables == ("e",)
    assert [operation.value for operation in formula.tape.operations if operation.name == "number"] == ["pi", "E"]


@pytest.mark.parametrize("name", ["gamma", "beta", "zeta", "sin", "max", "where", "log"])
def test_a_name_may_be_a_variable_and_a_function_at_once(name):
    arguments = {"beta": "x, y", "max": "x, y", "where": "x > 0, x, y"}.get(name, "x")
    formula = read_formula(f"{name} + {name}({arguments})*{name}")
    assert formula.variables[0] == name
    assert set(formula.variables) == {name, "x"} | ({"y"} if "y" in arguments else set())


def test_variables_come_in_the_order_of_their_first_appearance():
    assert read_formula("c*a + b*a*c + where(d > a, 1, 2)").variables == ("c", "a", "b", "d")


def test_white_space_and_line_ends_mean_nothing():
    assert read_formula(" x\t+\n\n  sin( x )\r\n").tape == read_formula("x+sin(x)").tape


def test_every_known_name_is_a_name():
    assert all(name.isidentifier() for name in known_names())
