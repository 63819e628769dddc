"""A formula set, and what of it is seen in a line."""

from xml.etree import ElementTree

from diffcheck.cases.case import Case
from diffcheck.formula.formula import Shapes, read_formula
from diffcheck.illustrations import Mathematics
from diffcheck.mathml.marks import APPLIED, TIMES
from diffcheck.mathml.setting import mathematics_of


def mathematics(text: str, shapes: Shapes = (), **keys: object) -> Mathematics:
    """The mathematics of a case with ``keys`` that differentiates ``text`` by all its variables."""
    case = Case("case", text, shapes=shapes, **keys)  # type: ignore[arg-type]
    formula = read_formula(text, case.shapes)
    return mathematics_of(case, formula, tuple(range(len(formula.variables))))


def in_a_line(markup: str) -> str:
    """What a reader sees of an element, in a line: fractions as ``(a)/(b)``, powers as ``a^(b)``, feet as ``a_(b)``."""
    return _line(ElementTree.fromstring(markup)).replace(APPLIED, "").replace(TIMES, "")


_JOINTS = {"mfrac": "({})/({})", "msup": "{}^({})", "msub": "{}_({})", "mroot": "root({},{})"}


def _line(element: ElementTree.Element) -> str:
    parts = [_line(child) for child in element]
    if element.tag in _JOINTS:
        return _JOINTS[element.tag].format(*parts)
    inside = (element.text or "") + "".join(parts)
    return f"√({inside})" if element.tag == "msqrt" else inside


def right_of(text: str, shapes: Shapes = ()) -> str:
    """The right side of the formula, as it is seen."""
    found = mathematics(text, shapes)
    assert found.formula, found.note
    return in_a_line(found.formula).partition("=")[2]
