"""Variables and points: every one is the formula's, and every one has a value."""

import pytest

from tests.cases.reading import complaint, expected, told

HEAD = '[bad]\nformula = "width*height"\n'
POINT = "at = { width = 1, height = 2 }\n"
NEAR = "unknown variable `widht`; did you mean `width`?"

MISSPELT = [
    (HEAD + "at = { «widht» = 1, height = 2 }", NEAR),
    (HEAD + "at = [{ width = 1, height = 2 }, { height = 2, «widht» = 1 }]", NEAR),
    (HEAD + "at.height = 1\n«at.widht» = 2", NEAR),
    (HEAD + POINT + "sample = { «widht» = [0, 1], height = [0, 1] }", NEAR),
    (HEAD + POINT + 'wrt = ["height", «"widht"»]', NEAR),
    (HEAD + POINT + '«claim.widht» = "1"', NEAR),
    (HEAD + POINT + 'claim.height = "2*«widht»"', NEAR),
    (HEAD + POINT + 'where = "height < «widht»"', NEAR),
    (HEAD + POINT + "«expect.gradient.widht» = 1", NEAR),
    (HEAD + POINT + 'arguments = ["height", «"widht"»]', NEAR),
    (HEAD + "at = { «mass» = 1 }", "unknown variable `mass`; the formula has `width`, `height`"),
    ('[bad]\nformula = "x"\n«at.X» = 1', "unknown variable `X`; did you mean `x`?"),
]


@pytest.mark.parametrize(("annotated", "message"), MISSPELT, ids=[row[0].split("\n", 2)[2] for row in MISSPELT])
def test_an_unknown_variable_is_named_with_the_nearest_spelling(annotated, message):
    assert told(annotated) == expected(annotated, message)


INCOMPLETE = [
    ("[«bad»]\nat.x = 1", "the key `formula` is missing"),
    ('[«bad»]\nformula = "x"', "there is no point to check: give `at` or `sample`"),
    (HEAD + "«at.width» = 1", "the point has no value for `height`"),
    (HEAD + "at = «{}»", "the point has no value for `width`, `height`"),
    (HEAD + "at = [{ width = 1, height = 2 }, «{ width = 1 }»]", "the point has no value for `height`"),
    (HEAD + "«sample.width» = [0, 1]", "`sample` has no range for `height`"),
    (HEAD + POINT + "«sample.width» = [0, 1]\n", "`sample` has no range for `height`"),
    (HEAD + POINT + 'arguments = «["width"]»', "`arguments` names each variable once: `width`, `height`"),
    (
        HEAD + "at = [{ width = 1, height = 2 }, { width = 2, height = 2 }]\n«expect.gradient.width» = 1",
        "`expect.gradient` needs exactly one point, given by `at`",
    ),
    (
        HEAD + POINT + "sample = { width = [0, 1], height = [0, 1] }\n«expect.gradient.width» = 1",
        "`expect.gradient` needs exactly one point, given by `at`",
    ),
]


@pytest.mark.parametrize(("annotated", "message"), INCOMPLETE, ids=[row[0] for row in INCOMPLETE])
def test_what_a_case_lacks_is_one_error(annotated, message):
    assert told(annotated) == expected(annotated, message)


FORMULAS = [
    ('[bad]\nformula = "1 + «sine»(x)"', "unknown function `sine`; did you mean `sin`?"),
    ("[bad]\nformula = '1 + «sine»(x)'", "unknown function `sine`; did you mean `sin`?"),
    ('[bad]\nformula = "__import__(«\'»os\')"', "a formula holds no strings"),
    ('[bad]\nformula = """\n  x +\n  «sine»(y)"""', "unknown function `sine`; did you mean `sin`?"),
    ("[bad]\nformula = '''x +\n«sine»(y)'''", "unknown function `sine`; did you mean `sin`?"),
    ('[bad]\nformula = """x + \\\n     «sine»(y)"""', "unknown function `sine`; did you mean `sin`?"),
    ('[bad]\nformula = "x\\t+ «sine»(y)"', "unknown function `sine`; did you mean `sin`?"),
    ('[bad]\nformula = "x + «\\u0073in\\U00000065»(y)"', "unknown function `sine`; did you mean `sin`?"),
    ('[bad]\nformula = "x + y +«"»', "the formula ends where a number, a variable or a function is wanted"),
    ('[bad]\nformula = "x"\nat.x = 1\nclaim.x = "2 + «sine»(x)"', "unknown function `sine`; did you mean `sin`?"),
    ('[bad]\nformula = "x"\nat.x = 1\nwhere = "x < «sine»(x)"', "unknown function `sine`; did you mean `sin`?"),
    ('[bad]\nformula = "x"\nat.x = 1\nwhere = "«x»"', "a formula stands where a condition is wanted"),
    ('[bad]\nformula = "«x < 1»"', "a condition stands where a formula is wanted"),
    ('[bad]\nformula = "θ + «sine»(x)"', "unknown function `sine`; did you mean `sin`?"),
]


@pytest.mark.parametrize(("annotated", "message"), FORMULAS, ids=[row[0] for row in FORMULAS])
def test_an_error_inside_a_formula_has_its_own_line_and_column(annotated, message):
    assert told(annotated) == expected(annotated, message)


def test_a_long_line_is_cut_around_the_marker():
    annotated = f'[bad]\nformula = "{"x + " * 60}«sine»(x){" + x" * 60}"'
    source = annotated.replace("«", "").replace("»", "").split("\n")[1]
    column = source.index("sine") + 1
    shown = f"    ...{source[column - 61 : column + 39]}...\n    {' ' * 63}^~~~"
    found = complaint(f"[bad]\n{source}\n")
    assert found == f"bad.toml:2:{column}: case `bad`: unknown function `sine`; did you mean `sin`?\n{shown}"


def test_the_first_of_several_faults_is_told():
    annotated = '[bad]\n«formla» = 1\npoint = 2\nat = "x"'
    assert told(annotated) == expected(annotated, "unknown key `formla`; did you mean `formula`?")
