"""A case's points in each of its dtypes: those it names, the edges of its formula, those it samples."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from diffcheck.cases.case import Case
from diffcheck.cases.sampling import named_points, sampled_points
from diffcheck.dtypes import FORMATS, Format
from diffcheck.edge_points import EdgePoints, edge_points
from diffcheck.formula.formula import Formula, read_condition
from diffcheck.program.gradient import rounded_to
from diffcheck.truth.arrays import holds_on_arrays

Array = NDArray[np.float64]
Condition = Callable[[Array], NDArray[np.bool_]]


@dataclass(frozen=True)
class Sample:
    """The points of a case in one dtype."""

    form: Format
    points: Array
    """Shape (n, variables): numbers of the dtype."""
    singles: int
    """How many of them, from the first, the case names or are edges; those run one by one."""
    note: str
    """Which points the dtype cannot hold, and how many edges there are."""
    edges: EdgePoints | None = None
    """The edges among its points; None before they are sought."""


def samples_of(case: Case, formula: Formula) -> list[Sample]:
    """The case's points, drawn once, in each of its dtypes, with its edges there.

    Raises SettingError where next to no sampled point meets the case's condition.
    """
    condition = holds_on_arrays(read_condition(case.where), formula.variables) if case.where else None
    named = named_points(case, formula.variables)
    sampled = sampled_points(case, formula.variables, condition)
    drawn = np.concatenate([named, sampled])
    samples = [_sample(drawn, len(named), condition, case.where, FORMATS[dtype]) for dtype in case.dtypes]
    return [_with_edges(each, edge_points(case, formula, sampled, condition, each.form)) for each in samples]


def _with_edges(sample: Sample, edges: EdgePoints) -> Sample:
    """``sample`` with ``edges`` behind its named points."""
    points = np.insert(sample.points, sample.singles, edges.points, axis=0)
    note = "; ".join(filter(None, (sample.note, edges.note)))
    return replace(sample, points=points, singles=sample.singles + len(edges.points), note=note, edges=edges)


def _sample(drawn: Array, named: int, condition: Condition | None, where: str, form: Format) -> Sample:
    """``drawn`` as numbers of ``form``; those that it cannot hold, or that now miss ``where``, are left out and told."""
    rounded = rounded_to(drawn, form.name)
    held: NDArray[np.bool_] = np.all(np.isfinite(rounded), axis=1)
    if condition is not None:
        held[named:] &= condition(rounded[named:])
    left_out = int((~held).sum())
    why = f"{form.name} cannot hold them" + (f", or rounded to it they miss `{where}`" if condition is not None else "")
    note = f"{left_out} of {len(held)} points are left out: {why}" if left_out else ""
    return Sample(form, rounded[held], int(held[:named].sum()), note)
