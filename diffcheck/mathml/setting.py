"""The mathematics of a case for a page: its formula, its claims and its exact derivatives as MathML."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any
from xml.etree import ElementTree

import sympy

from diffcheck.cases.case import Case
from diffcheck.errors import DiffcheckError
from diffcheck.formula.formula import Formula
from diffcheck.formula.reader import read_expression
from diffcheck.illustrations import Mathematics
from diffcheck.mathml.marks import element, fenced, identifier, listed, number, operator, row
from diffcheck.mathml.names import Names, variable
from diffcheck.mathml.numbers import Numbers
from diffcheck.mathml.printer import MathPrinter
from diffcheck.results import Subject
from diffcheck.truth.derivative import derive

MOST_PARTS = 250
"""An expression of more parts than this (names, numbers, operations) is not set: nobody would read it."""
MOST_OPERATIONS = 400
"""Nor is the derivative of a formula of more operations for each of its numbers: it is taken piece by piece."""
MOST_PARTIALS = 12
"""So many partials of a case are set."""
NESTED = 120
"""Elements within elements; browsers cut what is nested much deeper."""
CUT = 240
"""So many characters of a text that is not set are told."""


def mathematics_of(case: Case, formula: Formula, columns: tuple[int, ...]) -> Mathematics:
    """What there is to set of a case that differentiates ``formula`` by ``columns``.

    What cannot be set is told in the note; nothing is raised, for a picture never loses a result.
    """
    setting = _Setting(case, [*(each.name for each in formula.inputs), *formula.variables])
    left = row(identifier("f"), fenced(listed([setting.names.part(each.name).markup for each in formula.inputs])))
    whole = setting.whole("the formula", lambda: formula.expression, left, shown=formula.text)
    partials = [*setting.claims(case), *setting.partials(case, formula, columns)]
    return Mathematics(whole, tuple(partials), "; ".join(setting.notes))


def mathematics_of_loss(case: Case) -> Mathematics:
    """The loss of a training case."""
    text = str(case.formula)
    try:
        written = read_expression(text) if isinstance(case.formula, str) else None
    except DiffcheckError:
        written = None  # told below, where it is read again
    names = written.variables if written is not None else [each.name for each in getattr(case.formula, "free_symbols", ())]
    setting = _Setting(case, names)
    read = (lambda: read_expression(text).expression) if isinstance(case.formula, str) else lambda: case.formula
    return Mathematics(setting.whole("the loss", read, identifier("loss"), shown=text), (), "; ".join(setting.notes))


class _Setting:
    """Sets one case's mathematics, and notes what it does not set."""

    def __init__(self, case: Case, names: Iterable[str]) -> None:
        self.written = isinstance(case.formula, str)
        self.numbers = Numbers(case.formula)
        self.names = Names(names)
        self.shapes = dict(case.shapes)
        self.notes: list[str] = []

    def _printer(self, numbers: Numbers, *, written: bool) -> MathPrinter:
        return MathPrinter(numbers, self.names, self.shapes, written=written)

    def whole(self, what: str, expression: Callable[[], Any], left: str, *, shown: str) -> str:
        """``left = expression`` as written, a whole element; empty, with a note, where it is not set."""
        return self._set(what, expression, left, shown, self._printer(self.numbers, written=self.written))

    def claims(self, case: Case) -> Iterator[tuple[str, str]]:
        """The hand-derived partials that a case claims."""
        for name, text in case.claim.items():
            printer = self._printer(Numbers(text), written=True)
            partial = self._partial((name,))
            made = self._set(f"the claim for d/d{name}", lambda text=text: read_expression(text).expression,  # type: ignore[misc]
                             partial, text, printer)  # fmt: skip
            if made:
                yield f"claim.d/d{name}", made

    def partials(self, case: Case, formula: Formula, columns: tuple[int, ...]) -> Iterator[tuple[str, str]]:
        """The exact partials, in sympy's mathematics."""
        operations = len(formula.meaning) - len(formula.variables)
        if _parts(formula.expression) > MOST_PARTS or operations > MOST_OPERATIONS * len(formula.meaning.outputs):
            self.notes.append("the derivative of so large a formula is not set")
            return
        try:
            derivative = derive(formula, case.order, columns)
        except DiffcheckError:
            return  # the results tell why
        known = derivative.expressions
        targets = sorted((target for target in known if target.order), key=lambda target: known[target] is sympy.S.Zero)
        if not targets:
            self.notes.append("the derivative is taken piece by piece, so that it is not one expression")
        several = len(formula.tape.outputs) > 1
        for target in targets[:MOST_PARTIALS]:
            names = tuple(formula.variables[column] for column in target.columns)
            entry = f"f[{target.entry}]" if several else ""
            name = Subject("", None, None, ",".join(names), target.order, entry).partial
            if target in derivative.unknown:
                self.notes.append(f"{name} is not known to diffcheck: a function in it has no derivative there")
                continue
            printer = self._printer(self.numbers, written=False)
            made = self._set(name, lambda target=target: known[target], self._partial(names, entry), "", printer)  # type: ignore[misc]
            if made:
                yield name, made
        if len(targets) > MOST_PARTIALS:
            self.notes.append(f"{len(targets) - MOST_PARTIALS:,} more partials are not set")

    def _set(self, what: str, expression: Callable[[], Any], left: str, shown: str, printer: MathPrinter) -> str:
        try:
            meant = expression()
            if _parts(meant) > MOST_PARTS:
                self._note(f"{what} is too large to be set", shown)
                return ""
            return _checked(element("math", row(left, operator("="), printer.part(meant).markup), display="block"))
        # Whatever a printer stumbles over, the case has been judged, and its results stand.
        except Exception as error:
            self._note(f"{what} cannot be set ({type(error).__name__})", shown)
            return ""

    def _partial(self, names: tuple[str, ...], entry: str = "f") -> str:
        """The sign of a partial: ∂f over ∂x; of a higher order with the order beside."""
        round_d = identifier("∂")
        power = [element("msup", round_d, number(str(len(names))))] if len(names) > 1 else [round_d]
        below = [each for name in names for each in (round_d, self.names.part(name).markup)]
        return element("mfrac", row(*power, variable(entry or "f")), row(*below))

    def _note(self, words: str, shown: str) -> None:
        text = " ".join(shown.split())
        cut = text if len(text) <= CUT else f"{text[:CUT]}…"
        self.notes.append(f"{words}: `{cut}`" if cut else words)


def _parts(expression: Any) -> int:
    """How many parts an expression has, counted no further than matters."""
    return sum(1 for _ in islice(sympy.preorder_traversal(expression), MOST_PARTS + 1))


def _checked(markup: str) -> str:
    """``markup``, which is XML; raises ValueError where it is nested too deeply, ParseError where it is none."""
    deepest = depth = 0
    for event, _ in ElementTree.iterparse(_Text(markup), ("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    if deepest > NESTED:
        raise ValueError("nested too deeply")
    return markup


class _Text:
    """A text to be read as a file of bytes, once."""

    def __init__(self, text: str) -> None:
        self.rest = text.encode()

    def read(self, size: int = -1) -> bytes:
        """All of it, then nothing."""
        found, self.rest = self.rest, b""
        return found
