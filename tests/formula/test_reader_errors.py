"""What is no formula: one clear error at its place, with the nearest right spelling, and nothing is ever executed."""

# ruff: noqa: RUF001 (look-alikes are what is tested)

import builtins

import pytest

from diffcheck.errors import FormulaError
from diffcheck.formula.formula import read_condition, read_formula, read_over
from diffcheck.formula.inputs import Input
from tests.marks import marker, unmarked

ENDS = "the formula ends where a number, a variable or a function is wanted"
PAIR = "a pair in brackets belongs into `Piecewise` only"
NO_NUMBER = "a condition stands where a number is wanted"
NO_CONDITION = "a number stands where a condition is wanted"
TOO_LARGE = "the exponent is beyond the limit of 1,000,000"
NO_ATTRIBUTES = "a formula has no attributes"
NO_STRINGS = "a formula holds no strings"

NOT_A_FORMULA = [
    ("__import__(«'»os')", NO_STRINGS),
    ("x«.»real", NO_ATTRIBUTES),
    ("exp«.»__globals__", NO_ATTRIBUTES),
    ("(1)«.»__class__", NO_ATTRIBUTES),
    ("x«[»y]", "a subscript is a whole number"),
    ("«[»x for x in y]", "a formula holds no lists"),
    ("x + y«[»0", "`[` is never closed"),
    ("x[0«)»]", "unmatched `)`"),
    ("«{»x}", "a formula holds no dictionaries or sets"),
    ("«lambda» x: x", "`lambda` is a word of Python's, not part of a formula"),
    ("x «for» x in y", "`for` is a word of Python's, not part of a formula"),
    ("x «if» x > 0 else y", "`if` is a word of Python's, not part of a formula"),
    ("«import» os", "`import` is a word of Python's, not part of a formula"),
    ("«class»*x", "`class` is a word of Python's, not a variable"),
    ("«None» + x", "`None` is a word of Python's, not a variable"),
    ("«'»abc'", NO_STRINGS),
    ('f«"»{x}"', NO_STRINGS),
    ("(y «:»= x)", "a formula holds no lambda, slice or assignment"),
    ("x «=» 1", "a formula holds no assignment; write `==` to compare"),
    ("x«;» y", "a formula is one expression"),
    ("x«^»2", "write `**` for a power"),
    ("x «#» the variable", "a formula holds no comments"),
    ("x «\\» y", "`\\` is not part of a formula"),
    ("x «?»", "`?` is not part of a formula"),
    ("n«!»", "`!` is not part of a formula; write `gamma(n + 1)` for a factorial, `!=` for unequal"),
]

UNICODE = [
    ("x«\0»", "the character U+0000 is not part of a formula"),
    ("x«\x1b»[31m", "the character U+001B is not part of a formula"),
    ("x«\u200b»", "the character U+200B (ZERO WIDTH SPACE) is not part of a formula"),
    ("x«\xa0»+ 1", "the character U+00A0 (NO-BREAK SPACE) is not part of a formula"),
    ("1 + «х»", "`х` holds the character U+0445 (CYRILLIC SMALL LETTER HA), which only looks Latin; did you mean `x`?"),
    ("1 + «ｘ»", "`ｘ` is not a name; did you mean `x`?"),
    ("1 + «𝑥»", "`𝑥` is not a name; did you mean `x`?"),
    ("«٣»*x", "the character U+0663 (ARABIC-INDIC DIGIT THREE) is not part of a formula"),
    ("«x²» + 1", "write `**2` for `²`"),
    ("x «−» 1", "write `-` for `−`"),
    ("x «×» 2", "write `*` for `×`"),
    ("«√»x", "write `sqrt(x)` for a root"),
    ("2*«π»*x", "write `pi`"),
]

SYNTAX = [
    ("x +«»", ENDS), ("x **«» ", ENDS), ("x and«»", ENDS), ("«*» x", "unexpected `*`"), ("x«,» y", "unexpected `,`"),
    ("«(»x + 1", "`(` is never closed"), ("sin«(»x", "`(` is never closed"), ("«(»x + (y)", "`(` is never closed"),
    ("x«)»", "unmatched `)`"), ("(«)»", "a number, a variable or a function is missing before `)`"),
    ("(x + «)»", "a number, a variable or a function is missing before `)`"),
    ("2«x»", "an operator is missing before `x`"), ("x «y»", "an operator is missing before `y`"),
    ("2«(»x + 1)", "an operator is missing before `(`"), ("0«x10»", "an operator is missing before `x10`"),
    ("1.2«.3»*x", "an operator is missing before `.3`"), ("1«__0»*x", "an operator is missing before `__0`"),
    ("x*1«e»", "an operator is missing before `e`"), ("1«j»*x", "an operator is missing before `j`"),
]  # fmt: skip

CALLS = [
    ("1 + «sine»(x)", "unknown function `sine`; did you mean `sin`?"),
    ("«Sin»(x)", "unknown function `Sin`; did you mean `sin`?"),
    ("«eval»(x)", "unknown function `eval`"),
    ("«__import__»(os)", "unknown function `__import__`"),
    ("«add»(x, y)", "unknown function `add`"),
    ("«sin»()", "`sin` takes 1 argument, not 0"),
    ("«sin»(x, y)", "`sin` takes 1 argument, not 2"),
    ("«atan2»(x)", "`atan2` takes 2 arguments, not 1"),
    ("«elu»(x, 1, 2)", "`elu` takes 1 or 2 arguments, not 3"),
    ("«log»(x, 2, 3)", "`log` takes 1 or 2 arguments, not 3"),
    ("«Heaviside»(x, 0)", "`Heaviside` takes 1 argument, not 2"),
    ("«where»(x > 0, 1)", "`where` takes 3 arguments, not 2"),
    ("«where»(x, 1, 2)", NO_CONDITION),
    ("«where»(x > 0, x > 1, 2)", NO_NUMBER),
    ("«Piecewise»(x)", "`Piecewise` takes pairs: Piecewise((value, condition), ..., (value, True))"),
    ("«Piecewise»((x, 1))", NO_CONDITION),
    ("«Piecewise»((x, False))", "no condition can hold"),
    ("«sin»((x, y))", PAIR),
    ("«(x, y)»", PAIR),
    ("«Rational»(1, 0)*x", "`Rational` takes two whole numbers"),
    ("«Rational»(x, 3)", "`Rational` takes two whole numbers"),
    ("«Eq»(x)", "`Eq` takes 2 arguments, not 1"),
    ("«And»(x > 0, x)", NO_CONDITION),
    ("«Not»(x > 0, x > 1)", "`Not` takes 1 condition"),
    ("x + y «+» (x > 0)", NO_NUMBER),
    ("x*y «/» (x > 0)", NO_NUMBER),
    ("«-»(x > 0)", NO_NUMBER),
    ("where(x > 0 «and» y, 1, x)", NO_CONDITION),
    ("where(«not» x, 1, x)", NO_CONDITION),
]

NUMBERS = [
    ("9**9«**»9**9", TOO_LARGE),
    ("x«**»(10**9)", TOO_LARGE),
    ("x + «Pow»(x, 10**9)", TOO_LARGE),
    ("x + 9«**»999999", "the power is too large a number to be worked out"),
    ("x + 1e1500«*»1e1500*1e1500", "the constant is too long a number to be worked out"),
    ("x + «1e2001»", "the number has more than 2,000 digits"),
    ("x + «1e-999999999999»", "the number has more than 2,000 digits"),
]

WHOLE = [
    ("«x < 1»", "a condition stands where a formula is wanted"),
    ("«2*pi»", "the formula has no variable"),
]

ROWS = [*NOT_A_FORMULA, *UNICODE, *SYNTAX, *CALLS, *NUMBERS, *WHOLE]


@pytest.mark.parametrize(("annotated", "message"), ROWS, ids=[ascii(row[0]) for row in ROWS])
def test_what_is_no_formula_is_one_error_at_its_place(annotated, message):
    with pytest.raises(FormulaError) as raised:
        read_formula(unmarked(annotated))
    assert str(raised.value) == f"{message}\n{_shown(marker(annotated))}"


def _shown(text: str) -> str:
    """What a terminal gets to see."""
    return text.replace("\0", "?").replace("\x1b", "?").replace("\u200b", "?").replace("\xa0", " ")


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_an_empty_formula_says_so(text):
    with pytest.raises(FormulaError) as raised:
        read_formula(text)
    assert raised.value.message == "the formula is empty"


def test_the_line_of_the_error_is_shown_of_a_formula_of_several():
    with pytest.raises(FormulaError) as raised:
        read_formula("x +\n  sine(x) +\n  y")
    assert str(raised.value) == "unknown function `sine`; did you mean `sin`?\n      sine(x) +\n      ^~~~"


def test_a_formula_where_a_condition_is_wanted_is_told():
    with pytest.raises(FormulaError) as raised:
        read_condition("x + y")
    assert str(raised.value) == "a formula stands where a condition is wanted\n    x + y\n    ^~~~~"


def test_an_unknown_variable_of_a_claim_is_named_with_the_nearest_spelling():
    with pytest.raises(FormulaError) as raised:
        read_over("2*width + widht", (Input("width"), Input("height")))
    assert str(raised.value) == "unknown variable `widht`; did you mean `width`?\n    2*width + widht\n              ^~~~~"


@pytest.mark.parametrize(
    "text",
    [
        "open(SENTINEL)",
        "__import__('pathlib').Path('sentinel').touch()",
        "(lambda: print(x))()",
        "exec(x)",
        "x.__class__.__mro__[1].__subclasses__()",
        "sin.__call__(x)",
        "E.__class__(x)",
        "pi._print(x)",
    ],
)
def test_nothing_of_a_formula_is_executed(text, monkeypatch, tmp_path):
    def run(*arguments, **keys):
        raise AssertionError(f"executed: {arguments}")

    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as guarded:
        for name in ("eval", "exec", "compile", "open", "print", "__import__"):
            guarded.setattr(builtins, name, run)
        with pytest.raises(FormulaError):
            read_formula(text)
    assert not any(tmp_path.iterdir())
