"""diffcheck from Python: what a case file says, said as arguments."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from diffcheck.cases.reader import Place, build_case
from diffcheck.errors import CaseError
from diffcheck.report.terminal import Detail, Style, render
from diffcheck.results import Policy, RunResult
from diffcheck.run import run
from diffcheck.verdict import VERDICTS, Verdict
from diffcheck.verification import Settings


@dataclass(frozen=True)
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
        """Raise AssertionError, with the table, unless nothing failed."""
        if not self.passed:
            raise AssertionError(f"the gradient is not the derivative of the formula\n{self}")

    def __str__(self) -> str:
        return render(self.result, Detail.FAILURES, Style()).rstrip("\n")


def check(subject: Any, formula: Any = None, *, strict: bool = False, fail_on: tuple[str, ...] = (), **keys: Any) -> Report:
    """Check torch on a formula, or somebody's code against a formula.

    ``check("x*sin(x)", sample={"x": (-5, 5)})`` asks whether torch is right on the formula;
    ``check(my_silu, "x/(1 + exp(-x))", sample={"x": (-20, 20)})`` whether the code computes its value and derivative.
    ``keys`` are those of a case file (``at``, ``sample``, ``points``, ``dtypes``, ``modes``, ``claim`` …), ``strict``
    and ``fail_on`` those of the command line. A sympy expression is taken wherever a formula's text is.

    Raises CaseError, a DiffcheckError, for arguments that make no case. A finding is returned, never raised.
    """
    name = keys.pop("name", "") or _name_of(subject)
    table = {"formula": subject, **keys} if formula is None else {"formula": formula, "program": subject, **keys}
    unknown = [word for word in fail_on if word not in VERDICTS]
    if unknown:
        raise CaseError(f"unknown verdict `{unknown[0]}`; the verdicts are {', '.join(VERDICTS)}")
    failing = {VERDICTS[word] for word in fail_on} | ({Verdict.UNDECIDED} if strict else set())
    case = build_case(name, table, Place(name, table))
    # Code that is handed over has been imported already; a name is imported as a case file's would be with leave.
    result = run([case], Settings(allow_import=True, policy=Policy(frozenset(failing))))
    if result.interrupted:
        raise KeyboardInterrupt
    error = result.cases[0].error
    if error is not None:
        raise error
    return Report(result)


def _name_of(subject: Callable[..., Any] | Any) -> str:
    return str(getattr(subject, "__name__", "")) or str(subject)
