"""The results as Markdown, short enough for a comment on a pull request."""

import re
from collections.abc import Iterable, Iterator
from string import punctuation

from diffcheck.report.failure import blamed, in_full, storable
from diffcheck.report.naming import cut
from diffcheck.report.numbers import counted, rough, spelled
from diffcheck.report.terminal import summary
from diffcheck.results import CaseResult, Finding, RunResult
from diffcheck.verdict import Verdict

LONGEST = 60_000
"""Characters of a report: GitHub takes 65,536, and whoever posts it may add some."""
TABLE = 20_000
"""So many of them the table of failing cases may have."""
CASE = 15_000
"""So many the terminal's text of one case may have."""
CELL = 100
"""Characters of a cell, before they are escaped."""
HEADERS = ("case", "subject", "verdict", "torch", "exact", "off by")
NOTHING = "-"

_PLAIN = "-+.,:;/()[]=_*^ "
"""Punctuation that is itself in a code span, in a table too."""
_ESCAPED = {ord(sign): f"&#{ord(sign)};" for sign in punctuation}


def render(result: RunResult) -> str:
    """The whole report in at most ``LONGEST`` characters, with a newline at its end.

    What does not fit is left out, the last cases first, and a note says how many they are.
    """
    failing = [case for case in result.cases if not case.passed]
    word = "passed" if result.passed else "failed"
    head = [f"**diffcheck {word}**: {summary(result)}", _table(failing)]
    tail = _counts(result)
    room = LONGEST - sum(len(part) + 2 for part in (*head, tail))
    parts = [*head, *_details(failing, room), tail]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(cases: list[CaseResult]) -> str:
    """A row for each case that fails; empty where none does."""
    if not cases:
        return ""
    rows = list(_fitting(map(_row, cases), TABLE))
    lines = [_line(HEADERS), _line(["---"] * len(HEADERS)), *rows]
    left = len(cases) - len(rows)
    return "\n".join(lines) + (f"\n\n{counted(left, 'more failing case')} left out of this table." if left else "")


def _row(case: CaseResult) -> str:
    worst = blamed(case)
    if case.error is not None or worst is None:
        place = f"{case.file}:{case.line}" if case.file else ""
        return _line([code(case.name), code(place), "not run", NOTHING, NOTHING, NOTHING])
    result, verdict = worst
    words = verdict.word
    if case.expected is not None:
        words += f" (expected {case.expected.word})"
    finding = result.worst
    numbers = (_actual(finding), _exact(finding), _off(finding)) if finding is not None else (NOTHING,) * 3
    return _line([code(case.name), code(str(result.subject)), words, *numbers])


def _actual(finding: Finding) -> str:
    if finding.verdict is Verdict.ERROR:
        return "raised an exception"
    numberless = finding.actual is None and finding.expected is None and finding.verdict is not Verdict.DETACHED
    return NOTHING if numberless else code(spelled(finding.actual))


def _exact(finding: Finding) -> str:
    if finding.expected is None:
        return "no real value" if finding.verdict in (Verdict.PHANTOM, Verdict.UNDEFINED) else NOTHING
    low, high = finding.expected
    return code(low if low == high else f"{low} to {high}")


def _off(finding: Finding) -> str:
    """How far it is off: as a share of the allowance first, then in ulps."""
    share = f"{rough(finding.share)} times the allowance" if finding.share is not None and finding.allowed_ulps else ""
    ulps = f"{rough(finding.off_ulps)} ulps" if finding.off_ulps is not None else ""
    return ", ".join(filter(None, (share, ulps))) or NOTHING


def _details(cases: list[CaseResult], room: int) -> list[str]:
    """The terminal's text of each case, folded, in ``room`` characters."""
    note = "The terminal's text of {} left out: this report holds {:,} characters."
    room -= len(note) + 40  # the note's own numbers
    parts = list(_fitting(map(_folded, cases), room))
    left = len(cases) - len(parts)
    return [*parts, note.format(counted(left, "more failing case"), LONGEST)] if left else parts


def _folded(case: CaseResult) -> str:
    text = storable(in_full(case))
    if len(text) > CASE:
        text = text[:CASE] + "\n… (the rest is left out)"
    title = f"<code>{_entities(_cut(case.name or case.file))}</code>"
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"<details><summary>{title}</summary>\n\n{fence}text\n{text}\n{fence}\n\n</details>"


def _counts(result: RunResult) -> str:
    """How many numbers got each verdict."""
    if not result.counts:
        return ""
    rows = [_line([verdict.word, f"{number:,}", verdict.status.value]) for verdict, number in result.counts.items()]
    return "\n".join([_line(["verdict", "numbers", "status"]), _line(["---", "---:", "---"]), *rows])


def code(text: str) -> str:
    """``text`` in a cell of a table, in code, where it notifies nobody and links nowhere; a dash for nothing.

    Text with a pipe, a backtick or another sign that Markdown might obey has them as entities: in a span between
    backticks, a pipe ends the cell.
    """
    shown = " ".join(_cut(text).split())
    if not shown:
        return NOTHING
    plain = all(sign not in punctuation or sign in _PLAIN for sign in shown)
    return f"`{shown}`" if plain else f"<code>{_entities(shown)}</code>"


def _entities(text: str) -> str:
    return " ".join(text.split()).translate(_ESCAPED)


def _cut(text: str) -> str:
    return cut(storable(text), CELL)


def _longest_run(text: str) -> int:
    """The length of the longest run of backticks."""
    return max(map(len, re.findall("`+", text)), default=0)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _fitting(parts: Iterable[str], room: int) -> Iterator[str]:
    """Those of ``parts`` that fit into ``room`` characters, from the first one on, two characters between them."""
    for part in parts:
        room -= len(part) + 2
        if room < 0:
            return
        yield part
