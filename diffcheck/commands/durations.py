"""Which cases took longest."""

from tabulate import tabulate

from diffcheck.report.naming import shortened
from diffcheck.report.numbers import counted
from diffcheck.results import RunResult

NAME_WIDTH = 40


def durations(result: RunResult, number: int) -> str:
    """A table of the ``number`` slowest cases, the slowest first; of all of them where it is 0."""
    slowest = sorted(result.cases, key=lambda case: -case.seconds)[: number or None]
    rows = [
        (f"{case.seconds:.3f}", shortened(case.name or "-", NAME_WIDTH), f"{case.file}:{case.line}" if case.line else case.file)
        for case in slowest
    ]
    head = f"the slowest of {counted(len(result.cases), 'case')}:"
    table = tabulate(
        rows, ("seconds", "case", "where"), tablefmt="simple", disable_numparse=True, colalign=("right", "left", "left")
    )
    return f"\n{head}\n{table}" if rows else f"\n{head} none"
