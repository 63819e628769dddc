"""What is seen of set mathematics: marks one behind the other, whatever the markup groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

BARS = ("|", "‖")
CLOSING = {"(": ")", "⌊": "⌋", "⌈": "⌉", "[": "]"}
PRODUCTS = ("·", "×", "⊙", "@")
INVISIBLE = ("\u2061", "\u2062")


class Misread(Exception):
    """The marks can be read in two ways, or in none."""


@dataclass(frozen=True)
class Mark:
    """What is seen at one place of a line."""

    kind: str
    """An element's tag; ``msup`` and ``msub`` for what stands above or below the mark before."""
    text: str = ""
    parts: tuple[ElementTree.Element, ...] = ()
    upright: bool = False


def marks_of(element: ElementTree.Element) -> list[Mark]:
    """The marks of an element, from left to right."""
    if element.tag in ("mrow", "math", "mtd"):
        return [mark for child in element for mark in marks_of(child)]
    if element.tag in ("msup", "msub"):
        return [*marks_of(element[0]), Mark(element.tag, parts=(element[1],))]
    text = element.text or ""
    if text in INVISIBLE:
        return []
    return [Mark(element.tag, text, tuple(element), element.get("mathvariant") == "normal")]


def seen(markup: str) -> str:
    """A name as it looks: its letter, and what stands at its foot."""
    return look(marks_of(ElementTree.fromstring(markup)))


def look(marks: Sequence[Mark]) -> str:
    """Marks in a line, feet behind an underscore."""
    return "".join(f"_{look(marks_of(mark.parts[0]))}" if mark.kind == "msub" else mark.text for mark in marks)


def touching(marks: Sequence[Mark]) -> list[Mark]:
    """Digits that touch are one number."""
    found: list[Mark] = []
    for mark in marks:
        if mark.kind == "mn" and found and found[-1].kind == "mn":
            found[-1] = Mark("mn", found[-1].text + mark.text)
        else:
            found.append(mark)
    return found


def require_apart(marks: Sequence[Mark], place: int) -> None:
    """Raise Misread where the mark at ``place`` and the one before it, side by side, are not read as factors."""
    before, first = marks[place - 1], marks[place]
    if first.kind in ("mn", "mroot"):
        raise Misread("digits, or a root's, behind something else")
    if first.kind == "mfrac" and before.kind == "mfrac":
        raise Misread("two fractions run together")
    if before.kind == "mn" and first.kind == "mfrac" and marks_of(first.parts[0])[0].kind == "mn":
        raise Misread("a mixed number")
    if first.text in BARS and before.text in BARS:
        raise Misread("two bars")
    if _is_word(before) or (_is_word(first) and not _calls(marks[place + 1 :])):
        raise Misread("words run together")


def _is_word(mark: Mark) -> bool:
    return mark.kind == "mi" and len(mark.text) > 1


def _calls(rest: Sequence[Mark]) -> bool:
    """A bracket is what follows, whatever stands above or below the name before it."""
    return next((mark.text == "(" for mark in rest if mark.kind not in ("msup", "msub")), False)
