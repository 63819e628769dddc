"""The results as JUnit XML, which GitLab, Jenkins and actions on GitHub read.

A suite is a case file, a test case is a case. JUnit has few elements and no standard, so the standard library's writer
is all it takes: libraries for it add a dependency, and none replaces the characters that XML cannot hold.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from diffcheck.report.failure import blamed, headline, in_full, storable
from diffcheck.report.naming import occurrences, told_apart
from diffcheck.report.overview import unsupported
from diffcheck.results import CaseResult, RunResult

NOWHERE = "diffcheck"
"""The suite, and the class, of cases that no file has."""
WHOLE_FILE = "(file)"
"""The test case of an error that no case has, but its file."""
KINDS = ("failure", "error", "skipped")
"""The elements that tell how a test case came out; one that passed has none."""


@dataclass(frozen=True)
class Outcome:
    """How a test case came out, where it did not pass."""

    kind: str
    """One of ``KINDS``."""
    type: str
    """The verdict's word, or what kind of error."""
    message: str
    """One line."""
    text: str
    """The rest."""


INTERRUPTED = Outcome("error", "interrupted", "the run was interrupted: the cases that were to follow did not run", "")
STOPPED = Outcome("skipped", "stopped", "the run stopped at its first failure: {:,} cases that were to follow did not run", "")
"""A failure that stopped the run is told by itself."""


def render(result: RunResult) -> str:
    """The whole document, with its declaration and a newline at its end."""
    files: dict[str, list[CaseResult]] = {}
    for case in result.cases:
        files.setdefault(case.file, []).append(case)
    suites = Element("testsuites", name="diffcheck")
    for file, cases in files.items():
        _suite(suites, file, cases, result)
    if result.interrupted or result.left:
        _early_end(suites, result)
    _count(suites, result.seconds)
    indent(suites, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(suites, encoding="unicode") + "\n"


def _suite(suites: Element, file: str, cases: Sequence[CaseResult], result: RunResult) -> None:
    suite = SubElement(suites, "testsuite", name=storable(file) or NOWHERE)
    if file:
        suite.set("file", storable(file))  # a test case has no such attribute: Jenkins' strict reader refuses the whole file
    properties = SubElement(suite, "properties")
    for name, value in {**result.versions, "seed": str(result.seed)}.items():
        SubElement(properties, "property", name=storable(name), value=storable(value))
    names = [storable(case.name) or WHOLE_FILE for case in cases]
    for case, name, occurrence in zip(cases, names, occurrences(names), strict=True):
        # Readers keep one test case of a name and class: a second one of that name would hide the first.
        unique = told_apart(name, occurrence)
        test = SubElement(suite, "testcase", classname=_class(file), name=unique, time=f"{case.seconds:.3f}")
        _tell(test, outcome(case))
    _count(suite, sum(case.seconds for case in cases))


def outcome(case: CaseResult) -> Outcome | None:
    """How ``case`` came out: an error where it could not be run, skipped where it judged nothing; None where it passed."""
    if case.error is not None:
        return Outcome("error", "internal" if case.internal else "unreadable", headline(case), in_full(case))
    worst = blamed(case)
    word = worst[1].word if worst is not None else ""
    if not case.passed:
        return Outcome("failure", word, headline(case), in_full(case))
    if not case.judged:
        reasons = "; ".join(dict.fromkeys(reason for _, reason in unsupported(case) if reason))
        return Outcome("skipped", word, "judged nothing" + (f": {reasons or word}" if reasons or word else ""), "")
    return None


def _tell(test: Element, told: Outcome | None) -> None:
    if told is not None:
        element = SubElement(test, told.kind, type=told.type, message=storable(told.message))
        element.text = storable(told.text) or None


def _early_end(suites: Element, result: RunResult) -> None:
    """What stands for all cases that a run did not come to: without it, it would look whole."""
    suite = SubElement(suites, "testsuite", name=NOWHERE)
    test = SubElement(suite, "testcase", classname=NOWHERE, name="(run)", time="0")
    _tell(test, INTERRUPTED if result.interrupted else replace(STOPPED, message=STOPPED.message.format(result.left)))
    _count(suite, 0.0)


def _count(suite: Element, seconds: float) -> None:
    """The numbers of test cases below ``suite``, by outcome, as its attributes."""
    counts = {"tests": "testcase", "failures": KINDS[0], "errors": KINDS[1], "skipped": KINDS[2]}
    suite.attrib.update({name: str(sum(1 for _ in suite.iter(tag))) for name, tag in counts.items()}, time=f"{seconds:.3f}")
    if suite.tag == "testsuites":
        del suite.attrib["skipped"]  # the same strict reader knows it of a suite only


def _class(file: str) -> str:
    """``cases.course`` of ``cases/course.toml``: readers make folders of its parts."""
    parts = [part for part in re.split(r"[/\\]", file.removesuffix(".toml")) if part.strip(".")]
    return storable(".".join(parts)) or NOWHERE
