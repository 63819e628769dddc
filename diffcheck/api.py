"""diffcheck from Python: what a case file says, said as arguments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from diffcheck.cases.case import Case
from diffcheck.cases.reader import Place, Unreadable, build_case
from diffcheck.errors import CaseError, UsageError, nearest
from diffcheck.report.failure import headline
from diffcheck.report.html import page
from diffcheck.report.repro import write_repros
from diffcheck.report.terminal import Detail, Style, render, summary
from diffcheck.results import CaseResult, Policy, RunResult
from diffcheck.run import run, verify_case
from diffcheck.verdict import VERDICTS, Verdict
from diffcheck.verification import Settings


@dataclass(frozen=True, repr=False)
class Report:
    """What ``check`` found; printing it prints the table."""

    result: RunResult

    @property
    def passed(self) -> bool:
        """Nothing failed."""
        return self.result.passed

    @property
    def verdict(self) -> Verdict | None:
        """The worst verdict."""
        return self.result.cases[0].verdict

    def assert_passed(self) -> None:
        """Raise AssertionError unless nothing failed; its first line names what failed worst, and where."""
        __tracebackhide__ = True  # pytest then shows the line of the test, not this one
        if not self.passed:
            found = self.result.cases[0]
            raise AssertionError(f"{found.name}: {headline(found)}\n\n{self}")

    def repro(self, folder: str | Path) -> list[Path]:
        """Write a small Python file into ``folder`` for each failing result of a formula; their paths.

        Each needs torch alone and shows what torch returns beside what is exact. Raises UsageError where nothing can
        be written.
        """
        return write_repros(self.result, folder)

    def html(self, path: str | Path) -> None:
        """Write a page for a browser to ``path``; with mathematics and pictures where ``check`` was told ``illustrated``.

        Raises UsageError where it cannot be written.
        """
        try:
            Path(path).write_text(page.render(self.result), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from None

    def __repr__(self) -> str:
        return f"<Report: {summary(self.result)}>"

    def __str__(self) -> str:
        return render(self.result, Detail.FAILURES, Style()).rstrip("\n")


def check(
    subject: Any,
    formula: Any = None,
    *,
    strict: bool = False,
    fail_on: str | tuple[str, ...] = (),
    illustrated: bool = False,
    **keys: Any,
) -> Report:
    """Check torch on a formula, or somebody's code against a formula.

    ``check("x*sin(x)", sample={"x": (-5, 5)})`` asks whether torch is right on the formula;
    ``check(my_silu, "x/(1 + exp(-x))", sample={"x": (-20, 20)})`` whether the code computes its value and derivative.
    ``keys`` are those of a case file (``at``, ``sample``, ``points``, ``dtypes``, ``modes``, ``claim`` …), ``strict``
    and ``fail_on`` those of the command line. A sympy expression is taken wherever a formula's text is. A case of a
    case file (``each_case``) stands for the formula with all its keys. ``illustrated`` works out what ``Report.html`` sets
    and draws.

    Raises CaseError, a DiffcheckError, for arguments that make no case. A finding is returned, never raised.
    """
    meant = subject if formula is None else formula
    if isinstance(meant, Case | Unreadable):
        if keys:
            raise CaseError(f"the case `{meant.name}` has its own keys; `{next(iter(keys))}` cannot be given beside it")
        asked = meant if formula is None else _of_program(meant, subject)
        return reported(asked, verify_case, strict=strict, fail_on=fail_on, illustrated=illustrated)
    name = keys.pop("name", "") or _name_of(subject)
    if callable(meant) and not hasattr(meant, "free_symbols"):
        raise CaseError('say which formula the code is meant to compute: check(program, "formula", ...)')
    if "dtypes" in keys:
        keys["dtypes"] = dtype_names(keys["dtypes"])
    keys |= {key: [keys[key]] for key in ("modes", "devices", "wrt") if isinstance(keys.get(key), str)}
    keys |= {key: plain(keys[key]) for key in ("at", "expect") if key in keys}
    table = {"formula": subject, **keys} if formula is None else {"formula": formula, "program": subject, **keys}
    # Code that is handed over has been imported already; a name is imported as a case file's would be with leave.
    case = build_case(name, table, Place(name, table))
    return reported(case, verify_case, strict=strict, fail_on=fail_on, illustrated=illustrated)


def reported(
    case: Case | Unreadable,
    verify: Callable[[Case, Settings], CaseResult],
    *,
    strict: bool = False,
    fail_on: str | tuple[str, ...] = (),
    illustrated: bool = False,
) -> Report:
    """What ``verify`` finds of a case under the policy that the caller asks for.

    Raises CaseError for a verdict that there is none of, and for a case that cannot be run.
    """
    words = (fail_on,) if isinstance(fail_on, str) else fail_on
    unknown = [word for word in words if word not in VERDICTS]
    if unknown:
        raise CaseError(f"unknown verdict `{unknown[0]}`{nearest(unknown[0], VERDICTS, 'the verdicts are')}")
    policy = Policy.asked(words, strict=strict)
    result = run([case], Settings(allow_import=True, policy=policy, illustrated=illustrated), verify=verify)
    if result.interrupted:
        raise KeyboardInterrupt
    error = result.cases[0].error
    if error is not None:
        raise error
    return Report(result)


def dtype_names(given: Any) -> list[str]:
    """The names of a dtype, or of several: torch's own or their names."""
    return [str(each).removeprefix("torch.") for each in (given if isinstance(given, list | tuple) else [given])]


def plain(value: Any) -> Any:
    """Arrays and tensors as nested lists."""
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value.tolist() if hasattr(value, "tolist") else value


def _of_program(case: Case | Unreadable, program: Any) -> Case | Unreadable:
    """The case, asked of ``program``; what could not be read stays so."""
    if isinstance(case, Unreadable):
        return case
    if case.training is not None or case.sequence is not None:
        raise CaseError(f"the case `{case.name}` is one of training: no program stands beside its loss", case.file, case.line)
    return replace(case, program=program)


def _name_of(subject: Callable[..., Any] | Any) -> str:
    owner = getattr(subject, "__self__", None)
    own = str(getattr(subject, "__name__", "")) or str(subject)
    return f"{owner.__name__}.{own}" if isinstance(owner, type) else own
