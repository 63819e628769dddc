"""A case's results among themselves: who stands alone, the table of modes and dtypes, what could not run and why."""

from textwrap import fill, indent

from diffcheck.report.comparison import compare
from diffcheck.report.matrix import Paint, matrix_of, render
from diffcheck.report.regions import partial_of, regions
from diffcheck.results import CaseResult, Result
from diffcheck.verdict import Verdict

MARGIN = 5
"""Spaces before what stands below a heading."""
LINE = 79
"""Characters a line of sentences."""


def overview(case: CaseResult, head: str, paint: Paint, width: int) -> str:
    """Behind ``head``, a label and the case's name, who stands alone; the table where it has something to compare.

    Empty where there is neither. ``width`` is the number of characters a line of the table may have.
    """
    sentences, matrix = compare(case), matrix_of(case)
    if not sentences and not matrix.telling:
        return ""
    if not matrix.telling:
        return "\n".join(_wrapped(f"{head}: {each}", "") for each in sentences)
    margin = " " * MARGIN
    told = [_wrapped(each, margin) for each in sentences]
    table = indent(render(matrix, paint, width - MARGIN), margin)
    return "\n".join([head, *told, *[""][: len(told)], table, ""])


def unsupported(case: CaseResult) -> list[tuple[str, str]]:
    """Where a case could not run, in words, and why; each reason once."""
    silent: dict[str, list[Result]] = {}
    for each in case.results:
        if each.verdict is Verdict.UNSUPPORTED:
            silent.setdefault(each.note, []).append(each)
    told = []
    for reason, group in silent.items():
        places = [str(each) or "every result" for each in regions(group, case.results)]
        told.append(("; ".join(dict.fromkeys(places)), reason))
    return told


def first_of_each(results: list[Result]) -> list[tuple[Result, str]]:
    """Of results alike, of one verdict on one partial, the one furthest off, and a word on how many others there are."""
    groups: dict[tuple[Verdict, str, str], list[Result]] = {}
    for each in results:
        groups.setdefault((each.verdict, partial_of(each.subject), each.subject.contract), []).append(each)
    chosen = []
    for (verdict, partial, contract), group in groups.items():
        others = len(group) - 1
        what = "result is" if others == 1 else "results are"
        of = partial if group[0].subject.order else contract or "the value"
        words = f"{others:,} more {what} {verdict.word} for {of}: see the table" if others else ""
        chosen.append((max(group, key=lambda each: each.share or 0.0), words))
    return chosen


def _wrapped(text: str, start: str) -> str:
    hanging = " " * (MARGIN + 2)
    return fill(text, LINE, initial_indent=start, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False)
