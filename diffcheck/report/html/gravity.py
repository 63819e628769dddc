"""How grave a case is: the one order by which a page is sorted, and in which its cases get pictures."""

from collections.abc import Sequence

from diffcheck.report.html.rows import NOT_RUN, Row
from diffcheck.verdict import SEVERITY

_TONES = ("fail", "open", "counted", "pass")
"""What does not pass, what is undecided or could not run, what is counted or a defect that is expected, and what passes."""
_SEVERITY = {word: place for place, word in enumerate([NOT_RUN, *(verdict.word for verdict in SEVERITY)])}


def gravity_of(row: Row) -> tuple[int, int, float]:
    """A key to sort by, the gravest first: by how the case came out, then by its verdict, then by the worst share."""
    return _TONES.index(row.tone), _SEVERITY[row.verdict], -row.weight


def ranks_of(rows: Sequence[Row]) -> dict[str, int]:
    """Each row's place, by its key, where the gravest has 0; of rows equally grave the first keeps its place."""
    return {row.key: rank for rank, row in enumerate(sorted(rows, key=gravity_of))}
