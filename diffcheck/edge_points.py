"""A case's edges: where its formula's own hard places lie in its ranges, as points to run, each with its words."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from diffcheck.cases.case import Case
from diffcheck.dtypes import Format
from diffcheck.formula.formula import Formula
from diffcheck.results import Result
from diffcheck.truth.edges import find_edges

Array = NDArray[np.float64]
Condition = Callable[[Array], NDArray[np.bool_]]
THROUGH = 2
"""How many sampled points lines are drawn through, where there are several variables; one more goes through zero."""


@dataclass(frozen=True)
class EdgePoints:
    """The edges of a case in one dtype."""

    points: Array
    """Shape (n, variables): numbers of the dtype."""
    origins: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    """What is special about a point, in words, by its coordinates in hexadecimal."""
    note: str = ""
    """How many there are, and whether the search was complete; nothing where none was asked for."""

    def told(self, result: Result) -> Result:
        """``result``, its worst point with its origin where that is an edge."""
        worst = result.worst
        origin = "" if worst is None else self.origins.get(_key(worst.point.values()), "")
        return replace(result, worst=replace(worst, origin=origin)) if worst is not None and origin else result


def edge_points(case: Case, formula: Formula, sampled: Array, condition: Condition | None, form: Format) -> EdgePoints:
    """The edges of ``case`` in ``form``, where it asks for them; those that miss its condition are left out.

    ``sampled`` (n, variables) are its sampled points: with several variables the lines go through the first of them.
    """
    nothing = np.empty((0, len(formula.variables)))
    if not case.edges:
        return EdgePoints(nothing)
    if not case.sample:
        return EdgePoints(nothing, note="no edge points: they are sought in the ranges of `sample`, and there are none")
    ranges = [(case.sample[name].low, case.sample[name].high) for name in formula.variables]
    center = tuple(min(max(0.0, low), high) for low, high in ranges)
    bases = [*map(tuple, sampled[:THROUGH].tolist()), center]
    found = find_edges(formula, ranges, bases, form)
    points = np.array([edge.point for edge in found.edges], dtype=float).reshape(len(found.edges), len(formula.variables))
    held = np.ones(len(points), dtype=bool) if condition is None else np.asarray(condition(points))
    origins = {_key(edge.point): edge.origin for edge in found.edges}
    number = int(held.sum())
    told = f"{number:,} edge point{'' if number == 1 else 's'}: {'; '.join(found.remarks) or 'the search was complete'}"
    return EdgePoints(points[held], origins, told)


def _key(coordinates: Iterable[float]) -> tuple[str, ...]:
    return tuple(float(each).hex() for each in coordinates)
