"""The points of a formula where bugs live, in given ranges, as numbers of a dtype.

Kinks, ties, borders, poles, removable singularities, zeros of the derivative, cancellation, over- and underflow and
saturation are roots of functions, found and proved along lines parallel to the coordinates; the dtype's own numbers
come to them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite

from diffcheck.dtypes import Format
from diffcheck.formula.formula import Formula
from diffcheck.truth.events import events_on, lost_on
from diffcheck.truth.lines import Line
from diffcheck.truth.neighbours import nearest, neighbour
from diffcheck.truth.roots import BUDGET, Root, Roots, find_roots
from diffcheck.truth.sought import Kind, Meaning, sought_in, valued_in

Range = tuple[float, float]
Point = tuple[float, ...]
LIMIT = 400
"""How many edges are enough."""
ROOTS_EACH = 24
"""How many roots of one function on one line are taken, spread evenly."""
MAX_OPERATIONS = 300
"""A formula of more operations is not searched for roots."""
FEW = 3
"""How many functions a remark names."""


@dataclass(frozen=True)
class Edge:
    """One point, with what is special about it."""

    point: Point
    """Numbers of the dtype, in the order of the formula's variables."""
    origin: str
    """In words: ``kink of abs(3*x - 1) at x = 1/3``."""


@dataclass(frozen=True)
class Edges:
    """What a search found."""

    edges: tuple[Edge, ...]
    """No two points alike; +0 and -0 are not alike."""
    remarks: tuple[str, ...] = ()
    """What was left open or left out, in words; nothing where the search was complete."""


def find_edges(
    formula: Formula, ranges: Sequence[Range], bases: Sequence[Point], form: Format, limit: int = LIMIT, each: int = ROOTS_EACH
) -> Edges:
    """At most ``limit`` edges of ``formula``, each a point of ``form`` within ``ranges``, one range a variable.

    At most ``each`` roots of one function on one line are taken.

    The lines go through each of ``bases``; for one variable there is one line, and no base is needed. Every root is
    rounded to the dtype and brings its neighbour on either side.
    """
    width = len(formula.variables)
    through = [tuple(nearest(float(each), form) for each in base) for base in bases] if width > 1 else [(0.0,)]
    through = [base for base in dict.fromkeys(through) if all(map(isfinite, base))]
    collected = _Collected(form, limit, each)
    for base in through:
        for variable in range(width):
            line = Line(variable, formula.variables[variable], ranges[variable], _without(base, variable))
            if len(formula.tape) <= MAX_OPERATIONS:
                _add_roots(collected, formula, line)
                _add_events(collected, formula, line)
            _add_own_numbers(collected, line)
    if len(formula.tape) > MAX_OPERATIONS:
        collected.remarks.append(f"a formula of more than {MAX_OPERATIONS} operations is not searched for roots")
    return collected.edges()


class _Collected:
    """Edges as they come, each point once."""

    def __init__(self, form: Format, limit: int, each: int) -> None:
        self.form = form
        self.limit = limit
        self.each = each
        self.found: dict[tuple[str, ...], Edge] = {}
        self.remarks: list[str] = []
        self.unsettled: dict[str, None] = {}

    def add(self, line: Line, coordinate: float, origin: str) -> None:
        """The point on ``line`` that is nearest to ``coordinate``, and its neighbours."""
        coordinate = nearest(coordinate, self.form)
        for value, words in (
            (coordinate, origin),
            (neighbour(coordinate, self.form, -1), f"next {self.form.name} before {origin}"),
            (neighbour(coordinate, self.form, 1), f"next {self.form.name} after {origin}"),
        ):
            if isfinite(value) and line.bounds[0] <= value <= line.bounds[1]:
                point = line.point(value)
                self.found.setdefault(tuple(each.hex() for each in point), Edge(point, words))

    def edges(self) -> Edges:
        """As many as are enough, with what is left out told."""
        edges = tuple(self.found.values())
        if len(edges) > self.limit:
            self.remarks.append(f"{len(edges) - self.limit} edge points beyond {self.limit} are left out")
        if self.unsettled:
            names = list(self.unsettled)
            more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
            self.remarks.append(f"the search was not completed for {', '.join(names[:FEW])}{more}")
        return Edges(edges[: self.limit], tuple(dict.fromkeys(self.remarks)))


def _without(base: Point, variable: int) -> Point:
    """``base`` with zero for its own coordinate, so that one search serves all bases that differ there alone."""
    return (*base[:variable], 0.0, *base[variable + 1 :])


def _add_roots(collected: _Collected, formula: Formula, line: Line) -> None:
    """Every root on a line of every function that is sought."""
    for index, sought in enumerate(sought_in(formula)):
        first = sought.meanings[0].words
        roots = _roots(formula, index, line)
        if roots.unsettled:
            collected.unsettled.setdefault(first)
        for root in _spread(collected, roots, first):
            words = [told for each in sought.meanings if (told := _meant(each, line, root))]
            if words:
                collected.add(line, root.nearest, line.told(words[0], root))
        if sought.ratio is not None and not roots.found:
            for root in lost_on(line, sought.ratio, collected.form):
                words_lost = f"{first}, to the last bit of {collected.form.name},"
                collected.add(line, root.nearest, line.told(words_lost, root))


def _add_events(collected: _Collected, formula: Formula, line: Line) -> None:
    """Wherever on a line a value leaves the dtype's range, or saturates."""
    for valued in valued_in(formula):
        for root, happens in events_on(line, valued.lines, valued.name, collected.form):
            collected.add(line, root.nearest, line.told(f"{valued.text} {happens} {collected.form.name}", root))


@lru_cache(maxsize=4096)
def _roots(formula: Formula, index: int, line: Line) -> Roots:
    """The roots of the sought function number ``index``, once for all dtypes; many variables share a budget."""
    lines = sought_in(formula)[index].lines
    return find_roots(line.on(lines), *line.bounds, BUDGET // (lines.price * len(line.base)))


def _spread(collected: _Collected, roots: Roots, words: str) -> Iterator[Root]:
    """At most ``collected.each`` of the roots, the first and the last among them; the others are told to be left out."""
    size = len(roots.found)
    if size > collected.each:
        collected.remarks.append(f"{words}: {collected.each} of {size} places are taken")
    taken = min(size, collected.each)
    yield from (roots.found[round(step * (size - 1) / max(taken - 1, 1))] for step in range(taken))


def _meant(meaning: Meaning, line: Line, root: Root) -> str:
    """What a root is, in words; nothing where a sum is zero only because its terms are."""
    vanishes = meaning.term is not None and line.is_zero(meaning.term, root)
    if vanishes and meaning.kind is Kind.CANCELLATION:
        return ""
    return f"{Kind.REMOVABLE.value} {meaning.subject}" if vanishes and meaning.kind is Kind.POLE else meaning.words


OWN: tuple[tuple[str, Callable[[Format], float]], ...] = (
    ("zero", lambda form: 0.0),
    ("negative zero", lambda form: -0.0),
    ("one", lambda form: 1.0),
    ("smallest {}", lambda form: form.tiny),
    ("smallest normal {}", lambda form: form.smallest_normal),
    ("largest {}", lambda form: form.largest),
)
"""A dtype's own numbers; all but the zeros also with a minus."""


def _add_own_numbers(collected: _Collected, line: Line) -> None:
    """The dtype's own numbers that lie on a line."""
    form = collected.form
    where = f" as {line.name}" if len(line.base) > 1 else ""
    for words, number in OWN:
        value, told = number(form), words.format(form.name)
        collected.add(line, value, f"{told}{where}")
        if value:
            collected.add(line, -value, f"minus the {told}{where}" if "{}" in words else f"minus {told}{where}")
