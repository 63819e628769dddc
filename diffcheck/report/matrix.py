"""A case at a glance: a row a mode, a column a dtype, in each cell the worst verdict of its partials."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tabulate import tabulate

from diffcheck.report.numbers import short
from diffcheck.report.regions import DEVICE, DTYPE
from diffcheck.results import CaseResult, Policy, Result, total
from diffcheck.verdict import SEVERITY, Verdict, worst

ROW_WIDTH = 22
"""Characters for a mode's name, the device with it: beside it, four dtypes that are all unsupported fit 80 columns."""
NOTHING = "-"
"""The cell of a mode and dtype that were not run together."""

Paint = Callable[[str, bool, Verdict], str]
"""From a cell's text, whether it fails, and its verdict, to the text in a colour."""


@dataclass(frozen=True)
class Cell:
    """One mode in one dtype on one device."""

    verdict: Verdict
    """The worst verdict of all its partials that fails; where none fails, the worst."""
    fails: bool
    number: int
    """How many numbers got it."""
    of: int
    """Of how many."""

    @property
    def lines(self) -> tuple[str, ...]:
        """Its words, and how many numbers where it fails or is undecided in places."""
        if not self.of:
            return ("no point",)
        told = self.fails or (self.verdict is Verdict.UNDECIDED and self.number < self.of)
        return (self.verdict.word, f"{short(self.number)}/{short(self.of)}") if told else (self.verdict.word,)


@dataclass(frozen=True)
class Matrix:
    """The cells of a case."""

    dtypes: tuple[str, ...]
    """The columns."""
    rows: dict[str, dict[str, Cell]]
    """A row's cells by dtype: the value's row first, then a mode's; one for each device where there are several."""

    @property
    def telling(self) -> bool:
        """There is something to compare: more than one dtype, or more rows than the value's and one mode's."""
        return len(self.dtypes) > 1 or len(self.rows) > 2


def matrix_of(case: CaseResult) -> Matrix:
    """The table of all results of ``case`` that torch stands behind; claims and expectations are not in it."""
    results = sorted((each for each in case.results if each.subject.is_number), key=lambda each: each.subject.order > 0)
    several = len(DEVICE.values(results)) > 1
    modes = list(dict.fromkeys(each.subject.mode for each in results))
    rows: dict[str, dict[str, list[Result]]] = {}
    for each in sorted(results, key=lambda each: modes.index(each.subject.mode)):
        name = f"{each.subject.mode} ({each.subject.device})" if several else each.subject.mode
        rows.setdefault(name, {}).setdefault(DTYPE.of(each.subject), []).append(each)
    cells = {name: {dtype: _cell(group, case.policy) for dtype, group in row.items()} for name, row in rows.items()}
    return Matrix(tuple(DTYPE.values(results)), cells)


def _cell(group: Sequence[Result], policy: Policy) -> Cell:
    counts = total(each.counts for each in group)
    failing = [verdict for verdict in SEVERITY if verdict in counts and not policy.passes([verdict])]
    verdict = failing[0] if failing else worst(counts)
    return Cell(verdict, bool(failing), counts.get(verdict, 0), sum(counts.values()))


def render(matrix: Matrix, paint: Paint, width: int) -> str:
    """The table in lines of at most ``width`` characters, numbers below their verdict where they do not fit beside it."""
    for joint in (" ", "\n"):
        if len(matrix.dtypes) < 2 or _width(_table(matrix, lambda text, fails, verdict: text, joint)) <= width:
            return _table(matrix, paint, joint)
    half = (len(matrix.dtypes) + 1) // 2
    parts = (Matrix(columns, matrix.rows) for columns in (matrix.dtypes[:half], matrix.dtypes[half:]))
    return "\n\n".join(render(part, paint, width) for part in parts)


def _table(matrix: Matrix, paint: Paint, joint: str) -> str:
    rows = [[_cut(name), *(_text(row.get(each), paint, joint) for each in matrix.dtypes)] for name, row in matrix.rows.items()]
    return tabulate(rows, ["mode", *matrix.dtypes], tablefmt="simple", disable_numparse=True)


def _text(cell: Cell | None, paint: Paint, joint: str) -> str:
    """A cell's words, each line in colour by itself: a table's row of two lines holds two cells' lines side by side."""
    if cell is None:
        return NOTHING
    return "\n".join(paint(line, cell.fails, cell.verdict) for line in joint.join(cell.lines).split("\n"))


def _cut(name: str) -> str:
    """A row's name, the middle of a long mode left out: the device stays, and so do the ends that set modes apart."""
    mode, bracket, device = name.partition(" (")
    room = ROW_WIDTH - len(bracket + device)
    shown = mode if len(mode) <= room else f"{mode[: room // 2]}…{mode[1 - room + room // 2 :]}"
    return shown + bracket + device


def _width(text: str) -> int:
    return max(map(len, text.split("\n")))
