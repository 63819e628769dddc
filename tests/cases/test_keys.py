"""Every key of a case: what it refuses, with the whole error; a key without a row here fails."""

import pytest
import torch

from diffcheck.cases.schema import KEYS
from tests.cases.reading import complaint, expected, told

WRONG_TYPES = [
    ("formula", "formula = «5»", "`formula` is a formula's text, not a whole number"),
    ("formula", 'formula = «["x"]»', "`formula` is a formula's text, not a list"),
    ("program", "program = «true»", "`program` is a text, not true or false"),
    ("at", "at = «1.0»", "`at` is a point, or a list of points, not a number"),
    ("at", "at = «[]»", "`at` is an empty list"),
    ("at", "at = [«[1, 2]»]", "a point is a table such as { x = 1.0 }, not a list"),
    ("at", 'at = { x = «"1"», y = 2 }', "`x` is a number, not a text"),
    ("at", "at = { x = «true», y = 2 }", "`x` is a number, not true or false"),
    ("at", "at = [{ x = 1, y = 2 }, { x = «1979-05-27», y = 2 }]", "`x` is a number, not a date"),
    ("at", "at = { x = «07:32:00», y = 2 }", "`x` is a number, not a time"),
    ("at", "at = { x = «nan», y = 2 }", "`x` is nan; points are finite, below 1.8e308"),
    ("at", "at = { x = «-inf», y = 2 }", "`x` is -inf; points are finite, below 1.8e308"),
    ("sample", "sample = «[-1, 1]»", "`sample` is a table, not a list"),
    ("sample", "sample.x = «1»", "the range of `x` is two numbers, such as [-1, 1]"),
    ("sample", "sample.x = «[]»", "the range of `x` is two numbers, such as [-1, 1]"),
    ("sample", "sample.x = «[0, 1, 2]»", "the range of `x` is two numbers, such as [-1, 1]"),
    ("sample", 'sample.x = «[0, "1"]»', "the range of `x` is two numbers, such as [-1, 1]"),
    ("sample", "sample.x = «[2, 1]»", "the range of `x` is reversed; did you mean `[1, 2]`?"),
    ("sample", "sample.x = «[0, inf]»", "the range of `x` is [0, inf]; both ends are finite numbers"),
    ("sample", "sample.x = «[nan, 1.5]»", "the range of `x` is [nan, 1.5]; both ends are finite numbers"),
    ("points", "points = «0»", "`points` is 0; it lies between 1 and 1,000,000"),
    ("points", "points = «-3»", "`points` is -3; it lies between 1 and 1,000,000"),
    ("points", "points = «1000000000»", "`points` is 1,000,000,000; it lies between 1 and 1,000,000"),
    ("points", "points = «2.5»", "`points` is a whole number, not 2.5"),
    ("points", 'points = «"many"»', "`points` is a whole number, not a text"),
    ("points", "points = «true»", "`points` is a whole number, not true or false"),
    ("order", "order = «0»", "`order` is a whole number from 1 to 9, not 0"),
    ("order", "order = «2.0»", "`order` is a whole number from 1 to 9, not 2.0"),
    ("seed", "seed = «-1»", "`seed` is a whole number, 0 or more, not -1"),
    ("seed", "seed = «0.0»", "`seed` is a whole number, 0 or more, not 0.0"),
    ("spacing", "spacing = «2»", "`spacing` is a text, not a whole number"),
    ("spacing", 'spacing = «"unifrom"»', "unknown spacing `unifrom`; did you mean `uniform`?"),
    ("spacing", 'spacing = «"cubic"»', "unknown spacing `cubic`; the spacings are uniform, log"),
    ("edges", "edges = «1»", "`edges` is true or false, not a whole number"),
    ("edges", "«edges» = true", "`edges` are sought in the ranges of `sample`: give one for each variable"),
    ("where", "where = «true»", "`where` is a text, not true or false"),
    ("wrt", 'wrt = «"x"»', '`wrt` is a list of names, not a text; did you mean `["x"]`?'),
    ("wrt", "wrt = «[]»", "`wrt` is an empty list"),
    ("wrt", 'wrt = ["x", «"x"»]', "the variable `x` is named twice"),
    ("claim", 'claim = «"2*x"»', "`claim` is a table, not a text"),
    ("claim", "claim.x = «2»", "`claim.x` is a formula's text, not a whole number"),
    ("expect", "expect = «5.0»", "`expect` is a table, not a number"),
    ("expect", "expect.gradient = «5.0»", "`expect.gradient` is a table, not a number"),
    ("expect", 'expect.gradient.x = «"5"»', "`expect.gradient.x` is a number, not a text"),
    ("expect", "expect.gradient.x = «inf»", "`expect.gradient.x` is inf; numbers are finite, below 1.8e308"),
    ("expect", "expect.verdict = «true»", "`expect.verdict` is a text, not true or false"),
    ("expect", 'expect.verdict = «"agree"»', "unknown verdict `agree`; did you mean `agrees`?"),
    ("modes", 'modes = «"reverse"»', '`modes` is a list of names, not a text; did you mean `["reverse"]`?'),
    ("modes", 'modes = [«"revers"»]', "unknown mode `revers`; did you mean `reverse`?"),
    ("dtypes", "dtypes = «[]»", "`dtypes` is an empty list"),
    ("dtypes", "dtypes = «[64]»", "`dtypes` is a list of names, not a list"),
    ("dtypes", 'dtypes = ["float64", «"float3"»]', "unknown dtype `float3`; did you mean `float32`?"),
    ("dtypes", 'dtypes = [«"complex64"»]', "unknown dtype `complex64`; the dtypes are float64, float32, bfloat16, float16"),
    ("devices", 'devices = [«"gpu"»]', "unknown device `gpu`; did you mean `cuda`?"),
    ("devices", 'devices = [«"mps"»]', "unknown device `mps`; the devices are cpu, cuda"),
    ("dtypes", 'dtypes = [«"half"»]', "unknown dtype `half`; did you mean `float16`?"),
    ("devices", 'devices = [«"cud"»]', "unknown device `cud`; did you mean `cuda`?"),
    ("allow", "allow = «64»", "`allow` is a table, not a whole number"),
    ("allow", 'allow.factor = «"64"»', "`allow.factor` is a number, not a text"),
    ("allow", "allow.absolute = «-1.0»", "`allow.absolute` is -1.0; it cannot be negative"),
    ("allow", "allow.factor = «nan»", "`allow.factor` is nan; numbers are finite, below 1.8e308"),
    ("arguments", "arguments = «true»", "`arguments` is a list of names, not true or false"),
    ("batched", "batched = «1»", "`batched` is true or false, not a whole number"),
    ("contracts", 'contracts = «"no"»', "`contracts` is true or false, not a text"),
    ("source", "source = «1»", "`source` is a text, not a whole number"),
    ("note", "note = «[]»", "`note` is a text, not a list"),
    ("train", "train = «5»", "`train` is a table, not a whole number"),
    ("sequence", 'sequence = «"step"»', '`sequence` is a list of words, not a text; did you mean `["step"]`?'),
    ("sequence", "sequence = «[1]»", "`sequence` is a list of words, not a list"),
    ("sequence", 'sequence = ["backward", «"zero_grd"»]', "unknown word `zero_grd`; did you mean `zero_grad`?"),
    (
        "sequence",
        'sequence = [«"load"»]',
        "unknown word `load`; the words are backward, zero_grad, zero_grad_to_zero, step",
    ),
    ("tags", 'tags = «"slow"»', '`tags` is a list of names, not a text; did you mean `["slow"]`?'),
]


def case_with(line: str, key: str) -> str:
    formula = "" if key == "formula" else 'formula = "x + y"\n'
    point = "" if key == "at" else "at = { x = 1, y = 2 }\n"
    return f"[bad]\n{formula}{point}{line}\n"


@pytest.mark.parametrize(("key", "line", "message"), WRONG_TYPES, ids=[row[1] for row in WRONG_TYPES])
def test_a_value_that_a_key_does_not_hold_is_one_error_at_the_value(key, line, message):
    annotated = case_with(line, key)
    assert told(annotated) == expected(annotated, message)


def test_every_key_is_tried_with_a_wrong_value():
    assert {key for key, _, _ in WRONG_TYPES} == set(KEYS)


@pytest.mark.parametrize("name", ["int8", "int16", "int32", "int64", "uint8", "bool"])
def test_a_dtype_of_whole_numbers_is_told_to_have_no_gradients(name):
    assert getattr(torch, name).is_floating_point is False
    annotated = case_with(f'dtypes = ["float32", «"{name}"»]', "dtypes")
    message = f"`{name}` tensors cannot require gradients: torch differentiates floating-point numbers only"
    assert told(annotated) == expected(annotated, f"{message}; the dtypes are float64, float32, bfloat16, float16")


UNKNOWN = [
    ("«formla» = 1", "unknown key `formla`; did you mean `formula`?"),
    ("«dtype» = 1", "unknown key `dtype`; did you mean `dtypes`?"),
    ("«zzzzzz» = 1", "unknown key `zzzzzz`"),
    ("«expect.gradeint.x» = 1", "unknown key `expect.gradeint`; did you mean `expect.gradient`?"),
    ('expect = { «verdit» = "agrees" }', "unknown key `expect.verdit`; did you mean `expect.verdict`?"),
    ("«allow.fctor» = 2", "unknown key `allow.fctor`; did you mean `allow.factor`?"),
    ("allow = { factor = 2, «absolut» = 2 }", "unknown key `allow.absolut`; did you mean `allow.absolute`?"),
]


@pytest.mark.parametrize(("line", "message"), UNKNOWN, ids=[row[0] for row in UNKNOWN])
def test_an_unknown_key_is_named_with_the_nearest_spelling(line, message):
    annotated = case_with(line, "")
    assert told(annotated) == expected(annotated, message)


@pytest.mark.parametrize("digits", [310, 4_000])
def test_a_whole_number_beyond_every_double_is_no_point(digits):
    first = "9" * 95
    shown = f"    at.x = {first[:-2]}...\n    {' ' * 7}^{'~' * 92}"
    text = complaint(f'[bad]\nformula = "x"\nat.x = {"9" * digits}\n')
    assert text == f"bad.toml:3:8: case `bad`: `x` is a number of more than 18 digits; points are finite, below 1.8e308\n{shown}"
