"""What is wrong with a text that is no formula: the limits, checked before anything is built, and the parser's refusals."""

import keyword
import re
import unicodedata

from lark import Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from diffcheck.errors import FormulaError

MAX_CHARACTERS = 500_000
MAX_TOKENS = 60_000
MAX_DEPTH = 1_000
MAX_DIGITS = 2_000
"""Of a number as written, and of its exponent's size: the longest exact double has 1,074 decimals."""
MAX_NAME = 100

_REFUSED = {
    "'": "a formula holds no strings",
    '"': "a formula holds no strings",
    ".": "a formula has no attributes",
    "{": "a formula holds no dictionaries or sets",
    "}": "a formula holds no dictionaries or sets",
    ":": "a formula holds no lambda, slice or assignment",
    "=": "a formula holds no assignment; write `==` to compare",
    "^": "write `**` for a power",
    ";": "a formula is one expression",
    "#": "a formula holds no comments",
    "!": "`!` is not part of a formula; write `gamma(n + 1)` for a factorial, `!=` for unequal",
    "√": "write `sqrt(x)` for a root",
    "∞": "a formula holds no infinities",
    "π": "write `pi`",
}
_SIGNS = {"−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "∗": "*", "÷": "/", "∕": "/", "≤": "<=", "≥": ">=", "≠": "!=",  # noqa: RUF001
          "（": "(", "）": ")", "，": ",", "²": "**2", "³": "**3", "½": "1/2", "¼": "1/4", "¾": "3/4"}  # fmt: skip # noqa: RUF001
"""Signs that are printed in books, and how a formula spells them."""

_TWINS = dict(
    zip(
        "аеорсхуіјѕԁһАВЕЅІЈКМНОРСТХУ" "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",  # noqa: RUF001 (they are the point)
        "aeopcxyijsdhABESIJKMHOPCTXY" "ABEZHIKMNOPTYXo",
        strict=True,
    )
)
"""Cyrillic and Greek letters that look like a Latin one."""

_SKETCH = re.compile(r"\d[\w.]*|\w+|\*\*|[^\s\w]")


def check_limits(text: str) -> None:
    """Raise FormulaError for a text that is beyond a limit of this module, or empty."""
    if len(text) > MAX_CHARACTERS:
        raise FormulaError(f"the formula has {len(text):,} characters; the limit is {MAX_CHARACTERS:,}", text[:80])
    if not text.strip():
        raise FormulaError("the formula is empty", text)
    depth = tokens = 0
    for token in _SKETCH.finditer(text):
        tokens += 1
        depth += (token[0] == "(") - (token[0] == ")" and depth > 0)
        if depth > MAX_DEPTH:
            raise FormulaError(f"brackets are nested deeper than the limit of {MAX_DEPTH:,}", text, token.start())
    if tokens > MAX_TOKENS:
        raise FormulaError(f"the formula has {tokens:,} words and signs; the limit is {MAX_TOKENS:,}", text[:80])


def refusal_of_name(word: str) -> str:
    """Why ``word`` cannot name a variable, or nothing."""
    if len(word) > MAX_NAME:
        return f"the name has {len(word):,} characters; the limit is {MAX_NAME}"
    if keyword.iskeyword(word):
        return f"`{word}` is a word of Python's, not a variable"
    if word == "π":
        return _REFUSED["π"]
    if word.isascii():
        return ""
    plain = unicodedata.normalize("NFKC", word)
    if plain != word or not word.isidentifier():
        sign = next((each for each in word if each in _SIGNS), None)
        # Python itself would read the one as the other.
        return f"write `{_SIGNS[sign]}` for `{sign}`" if sign else f"`{word}` is not a name; did you mean `{plain}`?"
    foreign = [letter for letter in word if not letter.isascii()]
    if all(letter in _TWINS for letter in foreign):
        latin = "".join(_TWINS.get(letter, letter) for letter in word)
        return f"`{word}` holds {_named(foreign[0])}, which only looks Latin; did you mean `{latin}`?"
    return ""


def explain(error: UnexpectedInput, text: str) -> FormulaError:
    """Lark's complaint in the words of a formula."""
    place = error.pos_in_stream if error.pos_in_stream is not None and error.pos_in_stream >= 0 else len(text.rstrip())
    if isinstance(error, UnexpectedCharacters):
        return FormulaError(_refusal_of_sign(text[place]), text, place)
    token = error.token if isinstance(error, UnexpectedToken) else None
    if token is None or token.type == "$END":
        opened = _unclosed(text)
        if opened is not None:
            return FormulaError(f"`{text[opened]}` is never closed", text, opened)
        return FormulaError("the formula ends where a number, a variable or a function is wanted", text, len(text.rstrip()))
    if token == "[":
        return FormulaError("a formula holds no lists", text, place)
    if token == ")" and (_depth_before(text, place) == 0 or "[" not in text):
        missing = "a number, a variable or a function is missing before `)`"
        return FormulaError("unmatched `)`" if _depth_before(text, place) == 0 else missing, text, place)
    return _explain_token(token, text, place)


def _explain_token(token: Token, text: str, place: int) -> FormulaError:
    if keyword.iskeyword(str(token)):
        return FormulaError(f"`{token}` is a word of Python's, not part of a formula", text, place, place + len(token))
    before = text[:place].rstrip()
    found = re.search(r"\w+$", before)
    if found and keyword.iskeyword(found[0]):
        return FormulaError(f"`{found[0]}` is a word of Python's, not part of a formula", text, found.start(), found.end())
    wanted = "an operator is missing before" if token.type in ("NAME", "NUMBER", "LPAR") else "unexpected"
    return FormulaError(f"{wanted} `{token}`", text, place, place + len(token))


def _refusal_of_sign(sign: str) -> str:
    if sign in _REFUSED:
        return _REFUSED[sign]
    if sign in _SIGNS:
        return f"write `{_SIGNS[sign]}` for `{sign}`"
    return f"{f'`{sign}`' if sign.isascii() and sign.isprintable() else _named(sign)} is not part of a formula"


def _named(sign: str) -> str:
    """A character by its code point, for those that do not show or look like another."""
    name = unicodedata.name(sign, "")
    return f"the character U+{ord(sign):04X}" + (f" ({name})" if name else "")


def _unclosed(text: str) -> int | None:
    opened: list[int] = []
    for place, sign in enumerate(text):
        if sign in "([":
            opened.append(place)
        elif sign in ")]" and opened:
            opened.pop()
    return opened[-1] if opened else None


def _depth_before(text: str, place: int) -> int:
    return max(0, text.count("(", 0, place) - text.count(")", 0, place))
