"""Broken files: a table that is no TOML, or is there twice, loses itself only."""

import pytest

from diffcheck.cases.reader import read_text
from tests.cases.reading import complaint, expected, told

BROKEN = [
    ('[bad]\nformula = "x«\n»at.x = 1', "this is not TOML: the string is not closed in its line"),
    ('[bad]\nat = { x = 1,«,» y = 2 }\nformula = "x"', "this is not TOML: invalid initial character for a key part"),
    ("[bad]\nformula = «x»", "this is not TOML: invalid value"),
    ('[bad]\nformula = "x\\q«"»', "this is not TOML: unescaped '\\' in a string"),
    ("[bad]\nformula = 'x«\0»'", "this is not TOML: found invalid character '\\x00'"),
    ("[bad]\npoints = 1«_»", "this is not TOML: expected newline or end of document after a statement"),
    ("[bad]\nformula «x»", "this is not TOML: expected '=' after a key in a key/value pair"),
    ('[bad]\nformula = "x"\n«formula» = "y"', "the key `formula` is given twice; the first is in line 2"),
    ('[bad]\nat.x = 1\n«at.x» = 1\nformula = "x"', "the key `at.x` is given twice; the first is in line 2"),
    ('[first]\nformula = "x"\nat.x = 1\n[«first»]\nformula = "y"', "there are two cases of this name; the first is in line 1"),
    ('[first]\nformula = "x"\nat.x = 1\n[«first»]', "there are two cases of this name; the first is in line 1"),
    (
        '[first]\nformula = "x"\nat.x = 1\n[first.allow]\nfactor = 2\n[«first.allow»]\nabsolute = 2',
        "the table `first.allow` is given twice; the first is in line 4",
    ),
]


@pytest.mark.parametrize(("annotated", "message"), BROKEN, ids=[row[0] for row in BROKEN])
def test_what_is_no_toml_is_one_error_and_loses_no_other_case(annotated, message):
    name = "first" if "[first" in annotated else "bad"
    due = expected(annotated.replace("\n»", "»\n"), message, f"case `{name}`: ")
    assert told(annotated) == due.replace("\0", "?")


def test_the_first_case_of_a_name_is_read_and_the_second_is_not():
    text = '[twin]\nformula = "x"\nat.x = 1\n[between]\nformula = "y"\nat.y = 1\n[twin]\nformula = "z"\nat.z = 1\n'
    twin, between, error = read_text(text, "twins.toml")
    assert (twin.formula, between.formula) == ("x", "y")
    assert str(error.error) == (
        "twins.toml:7:2: case `twin`: there are two cases of this name; the first is in line 1\n    [twin]\n     ^~~~"
    )


def test_what_follows_a_broken_header_is_read():
    assert complaint("[bad\nformula = 1\n") == (
        "bad.toml:1:5: this is not TOML: expected ']' at the end of a table declaration\n    [bad\n        ^"
    )


def test_a_table_of_a_broken_case_is_lost_with_it():
    assert told("[bad]\nformula = «x»\n[bad.allow]\nfactor = 2\n") == expected(
        "[bad]\nformula = «x»", "this is not TOML: invalid value"
    )


def test_sub_tables_of_a_broken_file_join_their_case():
    text = '[whole]\nformula = "x"\n[whole.at]\nx = 1\n[whole.expect.gradient]\nx = 1\n[bad]\nformula = x\n'
    whole, bad = read_text(text, "f.toml")
    assert (whole.at, whole.expected_gradient) == (({"x": 1.0},), {"x": 1.0})
    assert bad.error.line == 8


def test_a_string_that_is_never_closed_ends_with_its_case():
    assert complaint('[bad]\nformula = """x\nat.x = 1\n') == (
        "bad.toml:3:9: case `bad`: this is not TOML: unterminated string\n    at.x = 1\n            ^"
    )


@pytest.mark.parametrize("depth", [2_000, 20_000])
def test_values_nested_beyond_reason_are_one_error(depth):
    found = complaint(f"[bad]\nat = {'[' * depth}{']' * depth}\n")
    assert found == "bad.toml:1:1: case `bad`: the values are nested too deeply\n    [bad]\n    ^~~~~"


def test_a_number_of_thousands_of_digits_is_one_error():
    found = complaint(f"[bad]\nat.x = {'9' * 5_000}\n")
    assert found.split("\n")[0] == "bad.toml:2:5008: case `bad`: this is not TOML: a whole number has more than 4,300 digits"


OUTSIDE = [
    ('«formula» = "x"', "`formula` stands outside of any case; a case is a table: [name]"),
    ('[[«bad»]]\nformula = "x"', "case `bad`: a case is one table: [bad]"),
    ("x = «=» 2", "this is not TOML: invalid value"),
    ("«defaults» = 3", "`defaults` is a table: [defaults]"),
    ("[[«defaults»]]\nseed = 3", "`defaults` is a table: [defaults]"),
]


@pytest.mark.parametrize(("annotated", "message"), OUTSIDE, ids=[row[0] for row in OUTSIDE])
def test_what_stands_outside_of_a_case_is_one_error(annotated, message):
    assert told(annotated) == expected(annotated, message, head="")


@pytest.mark.parametrize(
    ("annotated", "message"),
    [
        ("[defaults]\n«point» = 3\nseed = 7", "unknown key `point`; did you mean `points`?"),
        ('[defaults]\ndtypes = [«"float3"»]\nseed = 7', "unknown dtype `float3`; did you mean `float32`?"),
        ("[defaults]\nmodes = «3»\nseed = 7", "`modes` is a list of names, not a whole number"),
        ('[defaults]\nwhere = "x < «sine»(x)"\nseed = 7', "unknown function `sine`; did you mean `sin`?"),
        ('[defaults]\nformula = "«sine»(x)"\nseed = 7', "unknown function `sine`; did you mean `sin`?"),
    ],
)
def test_a_wrong_default_is_told_once_and_the_cases_are_read_without_it(annotated, message):
    due = expected(annotated, f"{message} (the cases are read without it)", head="`[defaults]`: ")
    assert told(annotated + '\n[one]\nformula = "x"\nat.x = 1\n[two]\nformula = "x"\nat.x = 1') == due
    entries = read_text(annotated.replace("«", "").replace("»", "") + '\n[one]\nformula = "x"\nat.x = 1', "f.toml")
    assert entries[-1].seed == 7


def test_defaults_hold_for_every_case_and_a_case_has_the_last_word():
    text = '[defaults]\nseed = 3\nformula = "x"\n[one]\nat.x = 1\n[two]\nat.y = 1\nseed = 4\nformula = "y"\n'
    one, two = read_text(text, "f.toml")
    assert [(one.formula, one.seed), (two.formula, two.seed)] == [("x", 3), ("y", 4)]


def test_a_default_that_does_not_fit_one_case_is_told_where_it_stands():
    bad, good = read_text('[defaults]\nsample.y = [0, 1]\n[bad]\nformula = "x"\n[good]\nformula = "y"\n', "f.toml")
    assert str(bad.error) == (
        "f.toml:2:1: case `bad`: unknown variable `y`; the formula has `x`\n    sample.y = [0, 1]\n    ^~~~~~~~"
    )
    assert good.name == "good"


def test_a_table_may_come_after_its_own_sub_table_in_a_broken_file():
    text = '[late.at]\nx = 1\n[late]\nformula = "x"\n[bad]\nformula = x\n'
    late, bad = read_text(text, "f.toml")
    assert (late.name, late.at, bad.name) == ("late", ({"x": 1.0},), "bad")
