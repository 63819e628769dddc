"""Elements of Presentation MathML as text, every word escaped; only such as MathML Core knows."""

from xml.sax.saxutils import escape

from sympy.printing.conventions import split_super_sub
from sympy.printing.pretty.pretty_symbology import greek_unicode

APPLIED, TIMES = "\u2061", "\u2062"
"""The signs for a function applied and for a product, which nobody sees: named entities are no XML."""
MINUS = "−"

_GREEK = {**greek_unicode, "lambda": "λ", "Lambda": "Λ"}


def element(tag: str, *parts: str, **attributes: str) -> str:
    """An element around ``parts``, which are elements or escaped text."""
    words = "".join(f' {name}="{escape(value, {chr(34): "&quot;"})}"' for name, value in attributes.items())
    return f"<{tag}{words}>{''.join(parts)}</{tag}>"


def row(*parts: str) -> str:
    """``parts`` side by side, as one."""
    return parts[0] if len(parts) == 1 else element("mrow", *parts)


def identifier(word: str) -> str:
    """A name; a letter alone is set in italics by the browser."""
    return element("mi", escape(word))


def number(digits: str) -> str:
    """A number as it is written."""
    return element("mn", escape(digits))


def operator(sign: str, **attributes: str) -> str:
    """A sign between, before or behind its operands."""
    return element("mo", escape(sign), **attributes)


def subscript(base: str, below: str) -> str:
    """``base`` with ``below`` at its foot."""
    return element("msub", base, below)


def fenced(inner: str, left: str = "(", right: str = ")") -> str:
    """``inner`` between brackets or bars, which grow with it."""
    return row(operator(left, form="prefix", stretchy="true"), inner, operator(right, form="postfix", stretchy="true"))


def listed(parts: list[str]) -> str:
    """``parts`` with commas between them."""
    return row(*[each for part in parts for each in (operator(","), part)][1:])


def variable(name: str) -> str:
    """A variable: ``theta`` as a Greek letter, ``x1``, ``x_max`` and ``w[0]`` with a subscript."""
    word, _, place = name.rstrip("]").partition("[")
    letter, above, below = split_super_sub(word)
    # What sympy reads as superscripts would be mistaken for powers.
    feet = [*above, *below, *filter(None, place.split(","))]
    base = identifier(_GREEK.get(letter, letter))
    return subscript(base, listed([_foot(each) for each in feet])) if feet else base


def is_word(name: str) -> bool:
    """A variable of several letters, which would run into its neighbours in a product."""
    letter = split_super_sub(name.partition("[")[0])[0]
    return len(_GREEK.get(letter, letter)) > 1


def _foot(word: str) -> str:
    return number(word) if word.isdigit() else identifier(_GREEK.get(word, word))
