"""Check case files: what the command line does when its first word is no command."""

import argparse
import os
from typing import TYPE_CHECKING

from diffcheck import __version__
from diffcheck.commands.conduct import add_conduct, run_entries
from diffcheck.commands.output import add_output, prepare, require_stdout, status, write
from diffcheck.commands.status import ExitStatus
from diffcheck.errors import UsageError, suggestion

if TYPE_CHECKING:
    from diffcheck.cases.case import Case
    from diffcheck.cases.reader import Unreadable
    from diffcheck.results import RunResult


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of a check of case files."""
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="case files and folders of them (default: cases)")
    add("-k", dest="select", metavar="EXPR", help="only cases whose name or tags have these words: 'cubic', 'sin and not log'")
    add_conduct(parser)
    add("--fail-fast", action="store_true", help="stop after the first case that fails or cannot be read")
    add_output(parser)
    add("--durations", type=int, metavar="N", help="show the N slowest cases; 0: all")
    add("--list", action="store_true", help="list the cases and run nothing")
    add("--explain", metavar="VERDICT", help="tell what a verdict means, with an example, and what to do")
    add("--version", action="version", version=f"diffcheck {__version__}")


def run(arguments: argparse.Namespace) -> int:
    """Check the files; the exit status."""
    if arguments.explain is not None:
        from diffcheck.report.explanation import explain

        print(explain(arguments.explain))
        return ExitStatus.PASSED
    if arguments.durations is not None and arguments.durations < 0:
        raise UsageError(f"--durations is {arguments.durations}; it is a whole number, 0 or more")
    require_stdout()
    found = _entries(arguments.paths)
    entries = _selected(found, arguments.select)
    if arguments.list:
        _list(entries)
        return ExitStatus.PASSED
    prepare(arguments, {_file_of(entry) for entry in found})
    result = run_entries(entries, arguments, fail_fast=arguments.fail_fast)
    write(result, arguments, *_remarks(result, arguments))
    return status(result)


def _remarks(result: "RunResult", arguments: argparse.Namespace) -> list[str]:
    """What stands below the summary."""
    remarks = []
    if arguments.durations is not None:
        from diffcheck.commands.durations import durations

        remarks.append(durations(result, arguments.durations))
    if arguments.fail_fast and result.left and not result.interrupted:
        asked = len(result.cases) + result.left
        remarks.append(f"stopped after the first failing case: {result.left:,} of {asked:,} cases were not run (--fail-fast).")
    return remarks


def _entries(paths: list[str]) -> "list[Case | Unreadable]":
    from diffcheck.cases.reader import read_files

    if not paths and not os.path.isdir("cases"):
        raise UsageError("there is nothing to check: name a case file or a folder of them")
    _require_no_command(paths)
    return read_files(paths or ["cases"])


def _require_no_command(paths: list[str]) -> None:
    """Raise UsageError where the first path is nothing that exists, and nearly a command."""
    from diffcheck.commands.table import COMMANDS

    first = paths[0] if paths else ""
    meant = suggestion(first, list(COMMANDS)) if first and not os.path.lexists(first) else ""
    if meant:
        raise UsageError(f"there is no file or folder {first}, and no command{meant}")


def _file_of(entry: "Case | Unreadable") -> str:
    error = getattr(entry, "error", None)
    return str(error.file if error is not None else getattr(entry, "file", ""))


def _selected(entries: "list[Case | Unreadable]", expression: str | None) -> "list[Case | Unreadable]":
    if expression is None:
        return entries
    from diffcheck.cases.selection import selects

    matches = selects(expression)
    chosen = [entry for entry in entries if matches([entry.name, *getattr(entry, "tags", ())])]
    if not chosen:
        raise UsageError(f"no case matches `-k {expression}`")
    return chosen


def _list(entries: "list[Case | Unreadable]") -> None:
    for entry in entries:
        error = getattr(entry, "error", None)
        if error is not None:
            print(f"{error.file}:{error.line}: {entry.name}: cannot be read: {error.message}")
        else:
            formula = " ".join(str(getattr(entry, "formula", "")).split())
            print(f"{getattr(entry, 'file', '')}:{getattr(entry, 'line', 0)}: {entry.name}: {formula:.200}")
