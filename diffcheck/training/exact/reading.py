"""Somebody's rule, read before it is used: what is wrong with it is told at its place."""

import re
from collections.abc import Collection

from diffcheck.errors import FormulaError, suggestion
from diffcheck.formula.array_functions import ARRAYS
from diffcheck.formula.functions import SPELLINGS
from diffcheck.formula.reader import read_expression
from diffcheck.training.rule import VARIANTS, Rule, words_of

WHOLE = tuple(sorted({name for row in ARRAYS for name in row.names if name.isidentifier()} - SPELLINGS.keys()))
"""Functions of whole arrays, by the names that formulas call them."""


def require_readable(rule: Rule) -> None:
    """Raise FormulaError, at its place, for what is wrong with somebody's rule.

    A line that cannot be read, a name or a word of a condition that nobody knows, a function of whole arrays, a state
    entry that no line makes.
    """
    parts = {part for name in rule.options for part in rule.parts.get(name, (name,))}
    entries = {entry.name for entry in rule.entries}
    known = {*parts, *rule.fixed, *entries, "grad", "param"}
    for entry in rule.entries:
        _require_names(f"{entry.name} starts as {entry.initial}", entry.initial or "0", parts)
    for line in rule.lines("loop"):
        if not line.name.isidentifier() or not line.text:
            row = f"{line.name} = {line.text}" if line.text else line.name
            raise FormulaError(f"`{row}` is no line of a rule, which is `name = formula`", row, 0, len(row))
        _require_names(f"{line.name} = …", line.text, known)
        for word in words_of(line.when):
            if word not in {*known, *VARIANTS, "first", "matrix"}:
                near = suggestion(word, sorted(known))
                raise FormulaError(f"`{line.name} = …`: unknown word `{word}` after `|`{near}", line.when, 0, len(line.when))
        known.add(line.name)
    made = {line.name for line in rule.lines("loop")}
    for name in ("param", *sorted(entries)):
        if name not in made:
            raise FormulaError(f"the rule has no line `{name} = …`", rule.update.strip(), 0, 1)


def _require_names(head: str, text: str, known: Collection[str]) -> None:
    written = read_expression(text)
    for name in written.variables:
        if name not in known:
            start, near = text.index(name), suggestion(name, sorted(known))
            raise FormulaError(f"`{head}`: unknown name `{name}`{near}", text, start, start + len(name))
    called = re.search(rf"\b({'|'.join(WHOLE)})\(", text)
    if called:
        words = f"`{head}`: a rule works on each element by itself, and `{called[1]}` is of a whole array"
        raise FormulaError(words, text, called.start(), called.end() - 1)
