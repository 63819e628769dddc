"""Many cases to their results: one that fails, cannot be read or breaks never loses the others."""

import platform
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from importlib.metadata import version

from diffcheck.cases.case import Case
from diffcheck.cases.reader import Unreadable
from diffcheck.errors import CaseError, DiffcheckError, SettingError
from diffcheck.results import CaseResult, Result, RunResult, Subject
from diffcheck.training.verification import verify_training
from diffcheck.verdict import Verdict
from diffcheck.verification import Settings
from diffcheck.verification import verify as verify_formula

Verifier = Callable[[Case, Settings], CaseResult]
"""Finds every result of a case."""


@dataclass(frozen=True)
class Overrides:
    """What a command line says instead of the case files; None where it says nothing."""

    modes: tuple[str, ...] | None = None
    dtypes: tuple[str, ...] | None = None
    devices: tuple[str, ...] | None = None
    points: int | None = None
    seed: int | None = None
    edges: bool | None = None

    def applied(self, case: Case) -> Case:
        """``case`` with what the command line says."""
        said = {key: value for key, value in vars(self).items() if value is not None}
        return replace(case, **said)


def run(
    entries: Iterable[Case | Unreadable],
    settings: Settings,
    overrides: Overrides | None = None,
    on_result: Callable[[CaseResult], object] = lambda result: None,
    verify: Verifier | None = None,
    on_start: Callable[[Case | Unreadable], object] = lambda entry: None,
) -> RunResult:
    """The results of all ``entries`` in order; after Ctrl-C those so far.

    ``on_start`` hears of each entry before it is looked at, ``on_result`` of each result as it comes; ``entries`` may
    end early by what they have heard.
    """
    verifier = verify or verify_case
    overrides = overrides or Overrides()
    started = time.perf_counter()
    results: list[CaseResult] = []
    interrupted = False
    try:
        for entry in entries:
            on_start(entry)
            results.append(_timed(entry, lambda case: verifier(case, settings), overrides))
            on_result(results[-1])
    except KeyboardInterrupt:
        interrupted = True
    seconds = time.perf_counter() - started
    return RunResult(tuple(results), seconds, versions(), overrides.seed or 0, interrupted)


def verify_case(case: Case, settings: Settings) -> CaseResult:
    """Every result of one case: of a formula or program, or of a training run."""
    if case.training is None:
        return verify_formula(case, settings)
    return verify_training(case, settings.policy, illustrated=settings.illustrated)


def _timed(entry: Case | Unreadable, verify: Callable[[Case], CaseResult], overrides: Overrides) -> CaseResult:
    """A case's result with the seconds that it took."""
    started = time.perf_counter()
    found = _result(entry, verify, overrides)
    return replace(found, seconds=time.perf_counter() - started)


def _result(entry: Case | Unreadable, verify: Callable[[Case], CaseResult], overrides: Overrides) -> CaseResult:
    """A case's result; where it expects to be refused, that it was."""
    found = _outcome(entry, verify, overrides)
    expected = entry.expected if isinstance(entry, Unreadable) else entry.expected_error
    return _refused(found, expected) if expected and not found.internal else found


def _refused(found: CaseResult, expected: str) -> CaseResult:
    """``found`` held against the words of the error that is expected."""
    said = found.error.message if found.error is not None else ""
    if found.error is not None and expected not in said:
        return found
    subject = Subject("expect", None, None, None, 0, "error")
    verdict = Verdict.AGREES if found.error is not None else Verdict.WRONG
    note = said or f"an error was expected that says `{expected}`, and there was none"
    return replace(found, error=None, expected=None, results=(Result(subject, {verdict: 1}, None, note),))


def _outcome(entry: Case | Unreadable, verify: Callable[[Case], CaseResult], overrides: Overrides) -> CaseResult:
    if isinstance(entry, Unreadable):
        return CaseResult(entry.name, entry.error.file, entry.error.line, error=entry.error)
    try:
        return verify(overrides.applied(entry))
    except SettingError as error:
        placed = entry.place.error(str(error), error.key) if entry.place is not None else CaseError(str(error))
        return CaseResult(entry.name, entry.file, entry.line, error=placed)
    except DiffcheckError as error:
        return _failed(entry, str(error))
    except Exception as error:
        # A bug of diffcheck's own must not read as a disagreement, nor lose the other cases.
        return replace(_failed(entry, f"internal error: {error!r}; its traceback is in {keep_traceback()}"), internal=True)


def _failed(case: Case, message: str) -> CaseResult:
    said = f"case `{case.name}`: {message}" if case.file else message
    return CaseResult(case.name, case.file, case.line, error=CaseError(said, case.file, case.line, 1 if case.line else 0))


def keep_traceback() -> str:
    """The name of a new file that holds the traceback of the exception under way."""
    with tempfile.NamedTemporaryFile("w", prefix="diffcheck-", suffix=".log", delete=False, encoding="utf-8") as file:
        traceback.print_exc(file=file)
    return file.name


def versions() -> dict[str, str]:
    """What ran: diffcheck, Python, the libraries that differentiate and enclose, the machine."""
    packages = ("diffcheck", "torch", "sympy", "python-flint", "numpy")
    return {"python": platform.python_version(), **{name: version(name) for name in packages}, "machine": platform.machine()}
