"""The report for a terminal: a line a case, each failing result in full, one summary line. Readable at 80 columns."""

from dataclasses import dataclass
from enum import Enum
from textwrap import fill

from tabulate import tabulate

from diffcheck.report.matrix import matrix_of
from diffcheck.report.naming import cut
from diffcheck.report.numbers import counted, rough, short
from diffcheck.report.overview import first_of_each, overview, unsupported
from diffcheck.report.runs import first_failures, runs_of
from diffcheck.report.telling import told_of, worst_share
from diffcheck.results import CaseResult, Result, RunResult
from diffcheck.verdict import Status, Verdict

NAME_WIDTH = 20
VARIABLES_WIDTH = 9
HEADERS = ("case", "variables", "points", "agree", "counted", "fail", "worst\nshare")


class Detail(Enum):
    """How much is told."""

    SUMMARY = "the summary line only"
    FAILURES = "a line a case, and what fails in full"
    EVERYTHING = "every result"


@dataclass(frozen=True)
class Style:
    """How the stream shows things."""

    colour: bool = False
    ascii: bool = False
    width: int = 80
    """Characters a line."""

    @property
    def spare(self) -> int:
        """What a wide stream has for long names."""
        return min(30, max(0, self.width - 80))

    def paint(self, text: str, colour: str) -> str:
        """``text`` in a colour where the stream has any."""
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self.colour and text else text

    def plain(self, text: str) -> str:
        """``text`` in the characters that the stream has."""
        if not self.ascii:
            return text
        for sign, stand_in in _STAND_INS.items():
            text = text.replace(sign, stand_in)
        return text.encode("ascii", "backslashreplace").decode("ascii")


_COLOURS = {"bad": "31", "good": "32", "open": "33"}
_STAND_INS = {"±": "+/-", "…": "..."}
_COLOUR_OF = {Status.PASS: "good", Status.COUNTED: "good", Status.FAIL: "bad", Status.OPEN: "open"}


def render(result: RunResult, detail: Detail, style: Style) -> str:
    """The whole report, with a newline at its end."""
    parts = []
    if detail is not Detail.SUMMARY:
        judged = [case for case in result.cases if case.error is None]
        if judged:
            parts.append(_table(judged, style))
        parts += [_case_in_full(case, detail, style) for case in judged]
        parts += [_error(case, style) for case in result.cases if case.error is not None]
        parts.append(_hint(result))
    parts.append(summary(result, style))
    return style.plain("\n\n".join(part for part in parts if part)) + "\n"


def _table(cases: list[CaseResult], style: Style) -> str:
    rows = []
    for case in cases:
        by_status = {status: sum(n for verdict, n in case.counts.items() if verdict.status is status) for status in Status}
        colour = "bad" if not case.passed else "good" if case.judged else "open"
        name = style.paint(cut(case.name, NAME_WIDTH + style.spare), colour)
        points = max((each.subject.step or each.points for each in case.results), default=0)
        numbers = [short(n) for n in (points, by_status[Status.PASS], by_status[Status.COUNTED])]
        failed = short(by_status[Status.FAIL])
        numbers.append(f"({failed})" if case.expected is not None and case.passed and by_status[Status.FAIL] else failed)
        rows.append([name, cut(", ".join(case.variables), VARIABLES_WIDTH), *numbers, rough(worst_share(case))])
    return tabulate(rows, HEADERS, tablefmt="simple", disable_numparse=True, colalign=("left", "left", *["right"] * 5))


def _case_in_full(case: CaseResult, detail: Detail, style: Style) -> str:
    """The results of one case that have to be told: among themselves, then each by itself."""
    everything = detail is Detail.EVERYTHING
    told = [each for each in case.results if each.verdict is not Verdict.UNSUPPORTED and (everything or _is_told(each, case))]
    steps = [each for each in told if each.subject.step and (not everything or not case.policy.passes(each.counts))]
    others = [each for each in told if not each.subject.step]
    chosen = [(each, "") for each in others] if everything or not matrix_of(case).telling else first_of_each(others)
    blocks = [_result_in_full(each, case, style, alike) for each, alike in (*first_failures(steps), *chosen)]
    blocks = [*_runs(case, style, everything=everything), *blocks]
    if everything or not (case.expected is not None and case.passed):
        blocks = [_unsupported(case, style), *blocks]
    if everything or not case.passed:
        blocks = [_overview(case, style), *blocks]
    if case.expected is not None and not case.passed and case.verdict is not None:
        words = f"FAIL {case.name}: expected verdict {case.expected.word}, found {case.verdict.word}"
        words += ": now agrees" if case.verdict is Verdict.AGREES and case.expected.status is Status.FAIL else ""
        blocks.insert(0, style.paint(words, "bad"))
    return "\n".join(block for block in blocks if block)


def _runs(case: CaseResult, style: Style, *, everything: bool) -> list[str]:
    """A line for each training run of a case that fails; for all of them where everything is told."""
    lines = []
    for run in runs_of(case):
        label, colour = ("FAIL", "bad") if run.failing else ("ok", "good")
        if (run.failing and not (case.expected is not None and case.passed)) or everything:
            head = _wrapped(f"{label} {case.name}: {run}", "", 5)
            lines.append(style.paint(label, colour) + head.removeprefix(label))
    return lines


def _overview(case: CaseResult, style: Style) -> str:
    label, colour = ("ok", "good") if case.passed else ("FAIL", "bad")

    def paint(text: str, fails: bool, verdict: Verdict) -> str:
        return style.paint(text, "bad" if fails else _COLOUR_OF[verdict.status])

    return overview(case, f"{style.paint(label, colour)} {case.name}", paint, max(80, style.width) - 1)


def _unsupported(case: CaseResult, style: Style) -> str:
    """What could not run, each reason once."""
    lines = []
    passes = case.policy.passes([Verdict.UNSUPPORTED])
    label, colour, word = ("UNSUPPORTED", "open", "") if passes else ("FAIL", "bad", ": unsupported")
    for where, reason in unsupported(case):
        head = _wrapped(f"{label} {case.name}: {where}{word}", "", 5)
        lines.append(style.paint(label, colour) + head.removeprefix(label))
        lines += [_wrapped(reason, f"     {'note':<10} ", 16)] if reason else []
    return "\n".join(lines)


def _is_told(result: Result, case: CaseResult) -> bool:
    if case.expected is not None and case.passed:
        return False
    return result.verdict.status is Status.OPEN or not case.policy.passes(result.counts)


def _result_in_full(result: Result, case: CaseResult, style: Style, alike: str = "") -> str:
    passed = case.policy.passes(result.counts)
    word = result.verdict.word
    label = "FAIL" if not passed else {Status.OPEN: word.upper()}.get(result.verdict.status, "ok")
    colour = "bad" if not passed else _COLOUR_OF[result.verdict.status]
    number = result.counts.get(result.verdict, 0)
    share = f"{number:,} of {counted(result.points, 'point')}" if result.points else "no point"
    head = _wrapped(f"{label} {case.name}: {result.subject}: {word} at {share}", "", 5)
    lines = [style.paint(label, colour) + head.removeprefix(label)]
    rows = told_of(result)
    if alike:
        rows.append(("alike", alike))
    lines += [_wrapped(text, f"     {name:<10} ", 16) for name, text in rows]
    return "\n".join(lines)


def _wrapped(text: str, start: str, indent: int) -> str:
    """``text`` behind ``start`` in lines of 79 characters; no word is broken."""
    return fill(text, 79, initial_indent=start, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)


def _error(case: CaseResult, style: Style) -> str:
    return f"{style.paint('diffcheck', 'bad')}: {case.error}"


def summary(result: RunResult, style: Style | None = None) -> str:
    """The one line that tells the whole run."""
    style = style or Style()
    read = [case for case in result.cases if case.error is None]
    expected = sum(case.expected is not None and case.passed for case in read)
    passed = sum(case.passed and case.judged for case in read)
    numbers = (
        (passed, f"passed ({expected:,} as the defect they expect)" if expected else "passed", "good"),
        (sum(not case.passed for case in read), "failed", "bad"),
        (sum(case.passed and not case.judged for case in read), "judged nothing", "open"),
        (len(result.cases) - len(read), "not run", "bad"),
    )
    told = ", ".join(style.paint(f"{number:,} {words}", colour) for number, words, colour in numbers if number) or "no case"
    counts = ", ".join(_counted(verdict, number, style) for verdict, number in result.counts.items()) or "nothing judged"
    stopped = "interrupted: " if result.interrupted else ""
    left = f"; {counted(result.left, 'case')} left" if result.left else ""
    return f"{stopped}{counted(len(result.cases), 'case')}: {told} in {result.seconds:.1f} s; numbers: {counts}{left}."


def _counted(verdict: Verdict, number: int, style: Style) -> str:
    """How many numbers got a verdict; undecided is told loudly."""
    if verdict is Verdict.UNDECIDED:
        return style.paint(f"{number:,} UNDECIDED", "open")
    return f"{number:,} {verdict.word}"


def _hint(result: RunResult) -> str:
    """Where to read more about what failed."""
    failing = [verdict.word for verdict in result.counts if verdict.status is Status.FAIL and not result.passed]
    return f"`python -m diffcheck --explain {failing[0]}` tells more." if failing else ""
