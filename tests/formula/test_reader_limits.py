"""Limits: what is large is read, what is beyond a limit is told at once, and no text whatever does anything else."""

import time

import pytest
import sympy
from hypothesis import example, given, settings
from hypothesis import strategies as st

from diffcheck.errors import FormulaError, UnsupportedError
from diffcheck.formula.formula import Formula, read_condition, read_formula
from diffcheck.formula.functions import SPELLINGS

SECONDS = 1.0
"""What a refusal may take."""
TOO_LONG = "the constant is too long a number to be worked out"


def nested(opening: str, inner: str, closing: str, depth: int) -> str:
    return opening * depth + inner + closing * depth


LARGE = {
    "10,000 terms": ("+".join(["x"] * 10_000), 10_000),
    "10,000 different terms": (" - ".join(f"{index}*x" for index in range(10_000)), 30_000),
    "10,000 factors": ("*".join(["x"] * 10_000), 10_000),
    "10,000 divisions": ("/".join(["x"] * 10_000), 10_000),
    "10,000 variables": ("+".join(f"x{index}" for index in range(10_000)), 19_999),
    "500 calls": (nested("sin(", "x", ")", 500), 501),
    "999 brackets": (nested("(", "x", ")", 999), 1),
    "999 sums": (nested("(1 + ", "x", ")", 999), 1_999),
    "500 reciprocals": (nested("1/(", "x", ")", 500), 1_001),
    "500 powers": (nested("(", "x", ")**2", 500), 1_001),
    "500 exponents": (nested("2**(", "x", ")", 500), 1_001),
    "500 choices": (nested("where(x > 0, 1, ", "x", ")", 500), 2_001),
    "500 choices in conditions": ("where(" + nested("where(", "x > 0", ", 1, 2) > 1", 500) + ", x, 1)", None),
    "500 maxima": (nested("max(", "x", ", 1, 2)", 500), 2_001),
    "500 conditions": ("where(" + nested("not (", "x > 0", ")", 500) + ", x, 1)", None),
    "500 calls in a comparison": ("where(x > 0 and " + nested("sin(", "x", ")", 500) + " < 1, x, 1)", None),
    "500 calls in a power": ("(" + nested("sin(", "x", ")", 500) + ")**2", 503),
    "500 calls of a number": ("x*2**" + nested("sin(", "1", ")", 500), None),
    "5,000 minus signs": ("-" * 5_000 + "x", 5_001),
    "2,000 powers of powers": ("**".join(["x"] * 2_000), 2_000),
    "2,000 comparisons": (f"where({' < '.join(['x'] * 2_000)}, x, 1)", None),
    "2,000 conditions": (f"where({' and '.join(f'x > {index}' for index in range(2_000))}, x, 1)", None),
    "1,000 pairs": (f"Piecewise({', '.join(f'(x, x > {index})' for index in range(1_000))})", None),
    "towers of exp": ("exp(exp(exp(x)))", 4),
}


@pytest.mark.parametrize("name", LARGE)
def test_large_formulas_are_read_and_read_again(name):
    text, operations = LARGE[name]
    first = read_formula(text)
    read_formula.cache_clear()
    assert read_formula(text).tape == first.tape
    assert operations in (None, len(first.tape))


BEYOND = {
    "1,001 brackets": (nested("(", "x", ")", 1_001), "brackets are nested deeper than the limit of 1,000"),
    "100,000 brackets": ("(" * 100_000, "brackets are nested deeper than the limit of 1,000"),
    "10 MB of terms": ("x+" * 5_000_000, "the formula has 10,000,000 characters; the limit is 500,000"),
    "10 MB of nothing": (" " * 10_000_000, "the formula has 10,000,000 characters; the limit is 500,000"),
    "30,001 terms": ("+".join(["x"] * 30_001), "the formula has 60,001 words and signs; the limit is 60,000"),
    "100,000 signs": ("-" * 100_000 + "x", "the formula has 100,001 words and signs; the limit is 60,000"),
    "a long name": ("x" * 400_000, "the name has 400,000 characters; the limit is 100"),
    "a long name of a function": ("x" * 400_000 + "(y)", "the name has 400,000 characters; the limit is 100"),
    "a long number": ("x + " + "1" * 400_000, "the number has more than 2,000 digits"),
    "a long fraction": ("x + 0." + "1" * 400_000, "the number has more than 2,000 digits"),
    "a large number": ("x + 1e999999999", "the number has more than 2,000 digits"),
    "a tower": ("x + 9**9**9**9", "the exponent is beyond the limit of 1,000,000"),
    "a tower on x": ("x**9**9**9", "the exponent is beyond the limit of 1,000,000"),
    "large powers": ("x" + "*9**999999" * 5_000, "the power is too large a number to be worked out"),
    "long products": (f"x*({'*'.join(['1e1999'] * 10_000)})", TOO_LONG),
    "long sums": (f"x*({'+'.join(f'1/1{index:04}9' for index in range(2_000))})", TOO_LONG),
    "many arguments": ("max(" + ",".join(["x"] * 10_000) + ")", "`max` takes 2 to 1,000 arguments, not 10,000"),
}


@pytest.mark.parametrize("name", BEYOND)
def test_beyond_a_limit_there_is_one_error_within_a_second(name):
    text, message = BEYOND[name]
    started = time.perf_counter()
    with pytest.raises(FormulaError) as raised:
        read_formula(text)
    assert time.perf_counter() - started < SECONDS
    assert raised.value.message == message
    assert all(len(line) < 100 for line in str(raised.value).split("\n"))


NAMES = [*SPELLINGS, *("x", "y", "e", "pi", "E", "where", "Piecewise", "Rational", "Eq", "Pow", "True", "False")]
OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "<", "<=", "==", "!=", " and ", " or "]
SIGNS = [*OPERATORS, "(", ")", "((", "))", ",", "not ", "~", "&", "|"]
ODD = [*".[]{};'@^=`", '"', ":=", "\\", "\n", "\0", "\u00b2", "\u0445", "lambda ", "import ", "__class__"]
DIGITS = ["0", "1", "2", "0.5", "1e3", "1e-3", "10", ".5", "999999", "1e400"]
soup = st.lists(st.sampled_from(NAMES + SIGNS * 4 + ODD + DIGITS * 3), max_size=40).map("".join)


NUMERIC = [name for name, row in SPELLINGS.items() if name not in ("And", "Or", "Not") and row.ties != "x - y"]


def composed(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """What looks like formulas, most of which are."""
    condition = st.tuples(parts, st.sampled_from(OPERATORS[7:11]), parts).map("".join)
    call = st.sampled_from(NUMERIC).flatmap(
        lambda name: st.tuples(*[parts] * SPELLINGS[name].arity).map(lambda found: f"{name}({', '.join(found)})")
    )
    choice = st.tuples(condition, st.sampled_from([*OPERATORS[-2:], ", "]), condition, parts, parts)
    return st.one_of(
        call,
        choice.map(lambda found: f"where({found[0]}{found[1]}not {found[2]}, {found[3]}, {found[4]})"),
        st.tuples(parts, st.sampled_from(OPERATORS[:7]), parts).map("".join),
        parts.map("({})".format),
        parts.map("-{}".format),
    )


likely = st.recursive(st.sampled_from(["x", "y", "0", *DIGITS]), composed, max_leaves=12)


@settings(deadline=None, max_examples=1500, derandomize=True)
@given(st.one_of(st.text(max_size=60), soup, likely, likely))
@example("where(1/0 > x and x > 1/0, x, 1)")
@example("Piecewise((x, Eq(x, 0/0)), (0**-1, True))")
@example("Pow(0, -1)*x")
@example("Rational(1e400, 0)*x")
@example("x % 0 // 0")
@example("besselj(True, x)")
def test_no_text_raises_anything_but_a_formula_error_or_takes_long(text):
    started = time.perf_counter()
    for read in (read_formula, read_condition):
        error = refusal(read, text)
        if error is not None:
            assert error.message
            assert 0 <= error.start <= len(text)
            assert str(error).count("\n") == 2
    assert time.perf_counter() - started < SECONDS


def refusal(read, text: str) -> FormulaError | None:
    """Why ``text`` is no formula; None where it is one."""
    try:
        assert isinstance(read(text), Formula)
    except FormulaError as error:
        return error
    return None


def test_a_sympy_function_without_a_row_is_unsupported():
    with pytest.raises(UnsupportedError) as raised:
        read_formula(sympy.Function("mystery")(sympy.Symbol("x")))
    assert str(raised.value) == "there is no row for sympy's mystery"
