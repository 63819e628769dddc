"""The main path: one case to its results, as the procedure on paper. Start reading here.

A formula is read once. Sympy differentiates it and ball arithmetic encloses the derivative (what is true); a walk over
its operations tells what rounding may do (what is allowed); torch differentiates its lowering, or the program that
claims to compute it (what torch says); finite differences bear witness. Then it is judged, point by point.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from diffcheck.cases.case import Case
from diffcheck.conduct import judge_contracts
from diffcheck.culprit import Ground, explained
from diffcheck.dtypes import FORMATS
from diffcheck.errors import UndecidedError, UnsupportedError
from diffcheck.findings import Column, judge_column
from diffcheck.formula.formula import Formula, read_formula
from diffcheck.formula.operations import Tape
from diffcheck.formula.sweeps import swept
from diffcheck.formula.targets import Target, partials_of
from diffcheck.program.devices import note_on, require_device
from diffcheck.program.gradient import Answer, Place, Request, differentiate, evaluate
from diffcheck.program.lost import lost_parts
from diffcheck.program.modes import MODES, chosen
from diffcheck.program.program import Program, bring, load_program, lower
from diffcheck.results import CaseResult, Policy, Result, Subject
from diffcheck.samples import samples_of
from diffcheck.statements import judge_claims, judge_expectations
from diffcheck.truth.derivative import derive
from diffcheck.truth.margins import OTHER_PROGRAM, Margins, Permission, told_of
from diffcheck.truth.oracle import Oracle
from diffcheck.verdict import VERDICTS, Verdict
from diffcheck.witness import witness

if TYPE_CHECKING:
    from diffcheck.portraits.gallery import Gallery

Array = NDArray[np.float64]
VALUE = "value"
"""The mode of the primal's own result."""


@dataclass(frozen=True)
class Settings:
    """What holds for every case of a run."""

    allow_import: bool = False
    """Programs may be imported from outside torch."""
    policy: Policy = field(default_factory=Policy)
    illustrated: bool = False
    """A report wants pictures and mathematics: what they are made from is worked out too.

    Pictures run a program more often, at points of their own and at steps around them. Random numbers are drawn as without
    them; a program with a state of its own, which counts its calls or keeps a running mean, may answer differently later.
    """


def verify(case: Case, settings: Settings) -> CaseResult:
    """Every result of one case.

    Raises FormulaError for a formula that cannot be read, SettingError for a program that cannot be
    loaded, or a condition that no sampled point meets.
    """
    formula = read_formula(case.formula, case.shapes)
    code = None if case.program is None else load_program(case.program, allow_import=settings.allow_import)
    asked = _asked(case, formula)
    results: list[Result] = []
    known: list[Margins] = []
    samples = samples_of(case, formula)
    gallery = _gallery() if settings.illustrated else None
    try:
        derivative = derive(formula, case.order, asked.derived)
    except UndecidedError as error:
        places = [(dtype, device) for dtype in case.dtypes for device in case.devices]
        subjects = [each for place in places for mode in (VALUE, *asked.modes) for each in _subjects(asked, mode, *place)]
        results += [Result(each, {Verdict.UNDECIDED: 1}, None, str(error)) for each in subjects]
        samples = []
    for sample in samples:
        table = _Table(asked, Oracle(derivative, sample.points, sample.form), _permission(case, code), gallery)
        first = table.margins(("reverse",))
        found = judge_claims(case, first) if not known else []
        known.append(first)
        note = "; ".join(each for each in (sample.note, told_of(table.permission)) if each)
        for device in case.devices:
            place = Place(sample.singles, sample.form.name, device)
            found += _judge_on(place, case, code, table, note)
            found += judge_contracts(case, code, formula, sample.points, place)
        results += found if sample.edges is None else map(sample.edges.told, found)
    results += judge_expectations(case, known)
    whole = CaseResult(case.name, case.file, case.line, tuple(each.name for each in formula.inputs), tuple(results))
    whole = replace(whole, formula=formula.text, source=case.source, tags=case.tags)
    if gallery is not None:
        from diffcheck.mathml.setting import mathematics_of

        whole = replace(whole, mathematics=mathematics_of(case, formula, asked.derived), portraits=gallery.portraits())
    return replace(whole, expected=VERDICTS.get(case.expected_verdict), note=case.note, policy=settings.policy)


def _gallery() -> "Gallery":
    # Imported where a report asks for pictures only: most runs want none, and need not wait for it.
    from diffcheck.portraits.gallery import Gallery

    return Gallery()


@dataclass(frozen=True)
class _Asked:
    """What a case asks of its formula."""

    formula: Formula
    modes: tuple[str, ...]
    order: int
    columns: tuple[int, ...]
    """The variables to differentiate by, by number."""
    derived: tuple[int, ...]
    """Those, and the ones that claims and expectations name."""
    tapes: dict[tuple[str, ...], Tape] = field(default_factory=dict)
    """The formula's operations with sweeps behind them, by the sweeps: made once for all dtypes."""

    def targets(self, mode: str) -> tuple[Target, ...]:
        """What is judged in a mode."""
        return partials_of(len(self.formula.tape.outputs), self.columns, 0 if mode == VALUE else self.order)


def _asked(case: Case, formula: Formula) -> _Asked:
    number = formula.variables.index
    columns = tuple(number(each) for each in case.wrt or formula.variables)
    stated = {number(each) for each in (*case.claim, *case.expected_gradient)}
    return _Asked(formula, chosen(case.modes, case.order), case.order, columns, tuple(sorted({*columns, *stated})))


@dataclass(frozen=True)
class _Table:
    """The truth of one formula in one dtype, and the allowances beside it, one for each way to sweep."""

    asked: _Asked
    oracle: Oracle
    permission: Permission
    gallery: "Gallery | None" = None
    """What sees every result, to make pictures of the worst; None where no report asks for them."""
    known: dict[tuple[tuple[str, ...], str], Margins] = field(default_factory=dict)

    def margins(self, sweeps: tuple[str, ...], narrower: str = "") -> Margins:
        """How far a program that sweeps so, and casts to a ``narrower`` dtype, may be off."""
        key = (sweeps, narrower)
        if key not in self.known:
            asked = self.asked
            columns = asked.derived if len(sweeps) == 1 else asked.columns
            if sweeps not in asked.tapes:
                asked.tapes[sweeps] = swept(asked.formula.tape, sweeps, columns)
            permission = replace(self.permission, narrower=FORMATS.get(narrower))
            self.known[key] = Margins(self.oracle, asked.tapes[sweeps], columns, len(sweeps), permission)
        return self.known[key]

    def of_mode(self, name: str, place: Place) -> Margins:
        """How far a program in this mode may be off."""
        if name == VALUE:
            return self.margins(("reverse",))
        mode, asked = MODES[name], self.asked
        return self.margins(mode.sweeps(asked.order), mode.narrower(asked.formula.written, place.dtype, place.device))


def _judge_on(place: Place, case: Case, code: Callable[..., Any] | None, table: _Table, note: str) -> list[Result]:
    """The value, then the partials in every mode, in one dtype on one device."""
    asked, results = table.asked, []
    for mode in (VALUE, *asked.modes):
        subjects = _subjects(asked, mode, place.dtype, place.device)
        try:
            program = lower(asked.formula) if code is None else bring(code, asked.formula, case.arguments, batched=case.batched)
            answer = _answer(program, table.oracle.points, asked, mode, place)
        except UnsupportedError as error:
            counts = {Verdict.UNSUPPORTED: len(table.oracle.points)}
            results += [Result(each, counts, None, str(error)) for each in subjects]
            continue
        margins = table.of_mode(mode, place)
        cast = "" if margins.rounds is margins.form else f"the allowance is that of {margins.rounds.name}, which it casts to"
        told = "; ".join(filter(None, (note, program.note, note_on(place.device), cast)))
        answers = tuple(Column(*parts, answer.errors) for parts in zip(answer.numbers.T, answer.detached.T, strict=True))
        found = _judge_mode(subjects, asked.targets(mode), answers, program, margins, told)
        if table.gallery is not None:
            from diffcheck.portraits.sitting import Scene

            scene = Scene(program, answers, margins, MODES.get(mode), asked.columns, place, asked.targets(mode))
            table.gallery.see(found, scene)
        ground = Ground(asked.formula, table.oracle.points, asked.columns, place, table.permission.factor)
        pairs = zip(found, asked.targets(mode), strict=True)
        results += [explained(*each, ground) for each in pairs] if program.lowered and asked.formula.is_scalar else found
    return results


def _answer(program: Program, points: Array, asked: _Asked, mode: str, place: Place) -> Answer:
    """What torch says; raises UnsupportedError where it cannot here."""
    require_device(place.device)
    if mode == VALUE:
        return evaluate(program, points, place)
    return differentiate(program, points, MODES[mode], Request(asked.columns, asked.order), place)


def _judge_mode(
    subjects: list[Subject], targets: Sequence[Target], answers: Sequence[Column], program: Program, margins: Margins, note: str
) -> list[Result]:
    """Every column of what torch said in one mode, judged at every point."""
    results = []
    for subject, target, column in zip(subjects, targets, answers, strict=True):
        seen = partial(witness, program, margins.oracle.points, target) if target.order else lambda index: None
        counts, worst = judge_column(column, margins, target, seen)
        if worst is not None and worst.verdict in (Verdict.WRONG, Verdict.DETACHED) and program.lowered and target.order:
            lost = lost_parts(margins.oracle.derivative.formula)
            worst = replace(worst, cause=f"no gradient goes through {lost}" if lost else worst.cause)
        results.append(Result(subject, counts, worst, note))
    return results


def _subjects(asked: _Asked, mode: str, dtype: str, device: str) -> list[Subject]:
    """What is judged in one mode and dtype on one device, a subject a target."""
    names = asked.formula.variables
    several = len(asked.formula.tape.outputs) > 1
    return [
        Subject(mode, dtype, device, _variable(target, names), target.order, f"f[{target.entry}]" if several else "")
        for target in asked.targets(mode)
    ]


def _variable(target: Target, names: tuple[str, ...]) -> str | None:
    return ",".join(names[column] for column in target.columns) or None


def _permission(case: Case, code: Callable[..., Any] | None) -> Permission:
    """The case's own word on the allowance, or the default for whose program it is."""
    own = 1.0 if code is None else OTHER_PROGRAM
    return Permission(own if case.allow_factor is None else case.allow_factor, case.allow_absolute)
