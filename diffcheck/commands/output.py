"""The options that say where results go, and the writing of them; what they mean for the shell."""

import argparse
import os
import shutil
import sys
from typing import TYPE_CHECKING, TextIO

from diffcheck.commands.destinations import on_standard_output, rendered, require_places, write_files
from diffcheck.commands.files_read import read_json
from diffcheck.commands.status import ExitStatus
from diffcheck.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diffcheck.report.terminal import Style
    from diffcheck.results import RunResult


def add_output(parser: argparse.ArgumentParser) -> None:
    """The options of every command that reports results."""
    add = parser.add_argument
    add("--json", metavar="FILE", help="write the results as JSON; - for standard output, here as for the next three")
    add("--junit", metavar="FILE", help="write the results as JUnit XML, which CI systems read")
    add("--markdown", metavar="FILE", help="write a summary that fits a comment on a pull request")
    add("--html", metavar="FILE", help="write a page with each case's mathematics, verdicts and pictures, for a browser")
    add("--baseline", metavar="FILE", help="the JSON of an earlier run: tell what fails anew, is mended, or got worse")
    add("--repro", metavar="DIR", help="write a small Python file for each failing result of a formula: torch alone shows it")
    add("--plots", metavar="DIR", help="draw pictures of each case and training run as SVG files; needs the extra `plots`")
    add("-v", "--verbose", action="store_true", help="show every result")
    add("-q", "--quiet", action="store_true", help="show the summary line only")


def require_stdout() -> None:
    """Raise UsageError where nothing can be printed."""
    if sys.stdout is None:
        raise UsageError("standard output is closed")


def prepare(arguments: argparse.Namespace, sources: "Iterable[str]" = ()) -> None:
    """Raise UsageError where the results could not be written: before the run, which may be long.

    ``sources`` are the files that the cases come from.
    """
    require_stdout()
    if arguments.plots is not None:
        from diffcheck.report.pictures.sheet import require_matplotlib

        require_matplotlib()
    if arguments.baseline is not None:
        arguments.baseline = (arguments.baseline, read_json(arguments.baseline))
    require_places(arguments, sources)


def write(result: "RunResult", arguments: argparse.Namespace, *remarks: str) -> None:
    """The report, with ``remarks`` below it, and every file that the options ask for."""
    from diffcheck.report.terminal import Detail, render

    detail = Detail.SUMMARY if arguments.quiet else Detail.EVERYTHING if arguments.verbose else Detail.FAILURES
    option = on_standard_output(arguments)
    # A report on standard output has it to itself.
    stream = sys.stderr if option else sys.stdout
    style = _style(stream)
    try:
        stream.write(render(result, detail, style))
        stream.writelines(f"{style.plain(remark)}\n" for remark in (*remarks, *_changes(result, arguments)))
        if option:
            sys.stdout.write(rendered(result, option))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"cannot write to standard output: {error.strerror}") from None
    write_files(result, arguments)
    _write_folders(result, arguments)


def _changes(result: "RunResult", arguments: argparse.Namespace) -> list[str]:
    """What has changed since the run of ``--baseline``, in words; nothing without it."""
    if arguments.baseline is None:
        return []
    from diffcheck.report import baseline

    path, before = arguments.baseline
    try:
        return ["", baseline.render(baseline.compare(result, before)).rstrip("\n")]
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def _write_folders(result: "RunResult", arguments: argparse.Namespace) -> None:
    from diffcheck.report.numbers import counted
    from diffcheck.report.repro import write_repros

    if arguments.repro is not None:
        written = write_repros(result, arguments.repro)
        print(f"diffcheck: {counted(len(written), 'program')} in {arguments.repro}", file=sys.stderr)
    if arguments.plots is not None and result.interrupted:
        print("diffcheck: no pictures are drawn: the run was interrupted", file=sys.stderr)
    elif arguments.plots is not None:
        from diffcheck.report.plots import write_plots

        drawn = write_plots(result, arguments.plots)
        print(f"diffcheck: {counted(len(drawn), 'picture')} in {arguments.plots}", file=sys.stderr)


def _style(stream: TextIO) -> "Style":
    from diffcheck.report.terminal import Style

    colour = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = shutil.get_terminal_size().columns if stream.isatty() else 80
    try:
        "±…".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return Style(colour, ascii=True, width=width)
    return Style(colour, width=width)


def status(result: "RunResult") -> ExitStatus:
    """What the shell is told of a run."""
    if result.interrupted:
        return ExitStatus.INTERRUPTED
    if any(case.internal for case in result.cases):
        return ExitStatus.INTERNAL
    if any(not case.passed for case in result.cases if case.error is None):
        return ExitStatus.FAILED
    if any(case.error is not None for case in result.cases):
        return ExitStatus.UNREADABLE
    return ExitStatus.PASSED
