"""The selection of cases by name: words joined by ``and``, ``or``, ``not`` and brackets, as pytest's ``-k``."""

from collections.abc import Callable, Iterable
from typing import Any

from lark import Lark, Transformer
from lark.exceptions import UnexpectedInput

from diffcheck.errors import UsageError

_GRAMMAR = r"""
?start: conjunction ("or" conjunction)*   -> either
?conjunction: negation ("and" negation)*  -> both
?negation: "not" negation                 -> opposite
    | WORD                                -> word
    | "(" start ")"
WORD: /(?!(and|or|not)\b)[^\s()]+/
%ignore /\s+/
"""

Matcher = Callable[[Iterable[str]], bool]


class _Meaning(Transformer[Any, Any]):
    """Each rule as a function from a case's words to a truth."""

    def either(self, parts: list[Matcher]) -> Matcher:
        return lambda words: any(part(words) for part in parts)

    def both(self, parts: list[Matcher]) -> Matcher:
        return lambda words: all(part(words) for part in parts)

    def opposite(self, parts: list[Matcher]) -> Matcher:
        return lambda words: not parts[0](words)

    def word(self, parts: list[str]) -> Matcher:
        wanted = str(parts[0]).lower()
        return lambda words: any(wanted in each.lower() for each in words)


def selects(expression: str) -> Matcher:
    """A test of a case's name and tags; raises UsageError for an expression that cannot be read."""
    try:
        matcher: Matcher = _Meaning().transform(Lark(_GRAMMAR, parser="lalr").parse(expression))
    except UnexpectedInput:
        raise UsageError(f"`-k {expression}` cannot be read; write words with and, or, not and brackets between") from None
    return matcher
