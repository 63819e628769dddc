"""Selecting cases by name and tag."""

import pytest

from diffcheck.cases.selection import selects
from diffcheck.errors import UsageError

NAMES = ["sine_small", "sine_log", "log", "notes", "android"]


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        ("sine", ["sine_small", "sine_log"]),
        ("SINE", ["sine_small", "sine_log"]),
        ("sine and log", ["sine_log"]),
        ("sine or log", ["sine_small", "sine_log", "log"]),
        ("not sine", ["log", "notes", "android"]),
        ("sine and not log", ["sine_small"]),
        ("not (sine or log)", ["notes", "android"]),
        ("notes or android", ["notes", "android"]),
        ("log or sine and small", ["sine_small", "sine_log", "log"]),
        ("nothing", []),
    ],
)
def test_words_and_or_not_and_brackets_select(expression, chosen):
    matches = selects(expression)
    assert [name for name in NAMES if matches([name])] == chosen


def test_a_tag_selects_as_a_name_does():
    assert selects("slow")(["cubic", "slow"])
    assert not selects("slow")(["cubic", "fast"])


@pytest.mark.parametrize("expression", ["", "and", "(sine", "sine log", "not", "sine or"])
def test_an_expression_that_cannot_be_read_is_told(expression):
    with pytest.raises(UsageError) as raised:
        selects(expression)
    assert str(raised.value) == f"`-k {expression}` cannot be read; write words with and, or, not and brackets between"
