"""Elements of Presentation MathML as text, every word escaped; only such as MathML Core knows."""

from xml.sax.saxutils import escape

APPLIED, TIMES = "\u2061", "\u2062"
"""The signs for a function applied and for a product, which nobody sees: named entities are no XML."""
MINUS = "−"


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


def constant(letter: str) -> str:
    """A letter that is upright, as no variable is."""
    return element("mi", escape(letter), mathvariant="normal")


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
