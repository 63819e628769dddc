"""The main path: one case to its results, as the procedure on paper. Start reading here.

A formula is read once. Sympy differentiates it and ball arithmetic encloses the derivative (what is true); a walk over
its operations tells what rounding may do (what is allowed); torch differentiates its lowering, or the program that
claims to compute it (what torch says); finite differences bear witness. Then it is judged, point by point.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffcheck.cases.case import Case
from diffcheck.cases.sampling import named_points, sampled_points
from diffcheck.conduct import judge_contracts
from diffcheck.dtypes import FORMATS, Format
from diffcheck.errors import UndecidedError, UnsupportedError
from diffcheck.findings import Column, judge_column
from diffcheck.formula.adjoint import reverse
from diffcheck.formula.formula import Formula, read_condition, read_formula
from diffcheck.program.gradient import Answer, Place, differentiate, evaluate, require_device, rounded_to
from diffcheck.program.lost import lost_parts
from diffcheck.program.modes import MODES
from diffcheck.program.program import Program, bring, load_program, lower
from diffcheck.results import CaseResult, Policy, Result, Subject
from diffcheck.statements import judge_claims, judge_expectations
from diffcheck.truth.arrays import holds_on_arrays
from diffcheck.truth.derivative import derive
from diffcheck.truth.differences import differences
from diffcheck.truth.oracle import Oracle, Permission
from diffcheck.verdict import VERDICTS, Verdict

Array = NDArray[np.float64]
Condition = Callable[[Array], NDArray[np.bool_]]
VALUE = "value"
"""The mode of the primal's own result."""
OTHER_PROGRAM = 16.0
"""How much wider the allowance is for a program that is not the formula's own lowering: it may round elsewhere."""


@dataclass(frozen=True)
class Settings:
    """What holds for every case of a run."""

    allow_import: bool = False
    """Programs may be imported from outside torch."""
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True)
class Sample:
    """The points of a case in one dtype."""

    form: Format
    points: Array
    """Shape (n, variables): numbers of the dtype."""
    singles: int
    """How many of them, from the first, the case names; those run one by one."""
    note: str
    """Which points the dtype cannot hold."""


def verify(case: Case, settings: Settings) -> CaseResult:
    """Every result of one case.

    Raises FormulaError for a formula that cannot be read, SettingError for a program that cannot be
    loaded, or a condition that no sampled point meets.
    """
    formula = read_formula(case.formula)
    code = None if case.program is None else load_program(case.program, allow_import=settings.allow_import)
    samples = _samples(case, formula)
    results: list[Result] = []
    oracles: list[Oracle] = []
    try:
        derivative, adjoint = derive(formula), reverse(formula.tape)
    except UndecidedError as error:
        places = [(dtype, device) for dtype in case.dtypes for device in case.devices]
        subjects = [each for place in places for each in _subjects(case, formula, *place)]
        results += [Result(each, {Verdict.UNDECIDED: 1}, None, str(error)) for each in subjects]
        samples = []
    for sample in samples:
        oracle = Oracle(derivative, adjoint, sample.points, sample.form, _permission(case, code))
        results += judge_claims(case, oracle) if not oracles else []
        oracles.append(oracle)
        note = "; ".join(each for each in (sample.note, _told(oracle.permission)) if each)
        for device in case.devices:
            place = Place(sample.singles, sample.form.name, device)
            results += _judge_on(place, case, code, oracle, note)
            results += judge_contracts(case, code, formula, oracle.points, place)
    results += judge_expectations(case, oracles)
    found = CaseResult(case.name, case.file, case.line, formula.variables, tuple(results))
    return replace(found, expected=VERDICTS.get(case.expected_verdict), note=case.note, policy=settings.policy)


def _judge_on(place: Place, case: Case, code: Callable[..., Any] | None, oracle: Oracle, note: str) -> list[Result]:
    """The value, then the gradient in every mode, in one dtype on one device."""
    formula = oracle.derivative.formula
    results = []
    for mode, group in groupby(_subjects(case, formula, place.dtype, place.device), key=lambda each: each.mode):
        subjects = list(group)
        try:
            program = lower(formula) if code is None else bring(code, formula, case.arguments, batched=case.batched)
            answer = _answer(program, oracle.points, mode, place)
        except UnsupportedError as error:
            counts = {Verdict.UNSUPPORTED: len(oracle.points)}
            results += [Result(each, counts, None, str(error)) for each in subjects]
            continue
        for each in subjects:
            results.append(_judge_subject(each, answer, program, oracle, "; ".join(filter(None, (note, program.note)))))
    return results


def _answer(program: Program, points: Array, mode: str, place: Place) -> Answer:
    """What torch says; raises UnsupportedError where it cannot here."""
    require_device(place.device)
    if mode == VALUE:
        return evaluate(program, points, place)
    return differentiate(program, points, MODES[mode], place)


def _judge_subject(subject: Subject, answer: Answer, program: Program, oracle: Oracle, note: str) -> Result:
    """One column of what torch said, judged at every point."""
    formula = oracle.derivative.formula
    variable = -1 if subject.variable is None else formula.variables.index(subject.variable)
    column = Column(answer.numbers[:, variable], answer.detached[:, variable], answer.errors)
    witness = (lambda index: None) if variable < 0 else partial(_witness, program, oracle.points, variable)
    counts, worst = judge_column(column, oracle, variable + 1, witness)
    if worst is not None and worst.verdict in (Verdict.WRONG, Verdict.DETACHED) and program.lowered and variable >= 0:
        lost = lost_parts(formula)
        worst = replace(worst, cause=f"no gradient goes through {lost}" if lost else worst.cause)
    return Result(subject, counts, worst, note)


def _witness(program: Program, points: Array, variable: int, index: int) -> tuple[float, float] | None:
    """The program's own numerical derivative at one point in float64, where it converges."""

    def values(moved: Array) -> Array:
        return evaluate(program, moved, Place(0, "float64")).numbers[:, 0]

    try:
        estimate = differences(values, points[index : index + 1], variable)
    except UnsupportedError:
        return None
    found, doubt = float(estimate.value[0]), float(estimate.error[0])
    return None if found != found else (found, doubt)


def _subjects(case: Case, formula: Formula, dtype: str, device: str) -> list[Subject]:
    """What is judged in one dtype on one device: the value, then each variable in each mode."""
    partials = [Subject(mode, dtype, device, name, 1) for mode in case.modes for name in case.wrt or formula.variables]
    return [Subject(VALUE, dtype, device, None, 0), *partials]


def _permission(case: Case, code: Callable[..., Any] | None) -> Permission:
    """The case's own word on the allowance, or the default for whose program it is."""
    own = 1.0 if code is None else OTHER_PROGRAM
    return Permission(own if case.allow_factor is None else case.allow_factor, case.allow_absolute)


def _told(permission: Permission) -> str:
    """What a reader must know of the allowance; nothing where it is the formula's own."""
    parts = [f"{permission.factor:g} times the formula's own"] if permission.factor != 1 else []
    parts += [f"{permission.absolute:g} wider"] if permission.absolute else []
    return f"the allowance is {', '.join(parts)}" if parts else ""


def _samples(case: Case, formula: Formula) -> list[Sample]:
    """The case's points, drawn once, in each of its dtypes."""
    condition = holds_on_arrays(read_condition(case.where), formula.variables) if case.where else None
    named = named_points(case, formula.variables)
    drawn = np.concatenate([named, sampled_points(case, formula.variables, condition)])
    return [_sample(drawn, len(named), condition, case.where, FORMATS[dtype]) for dtype in case.dtypes]


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
