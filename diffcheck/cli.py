"""The command line: arguments, run, report, exit status. Nothing heavy is imported before there is something to run."""

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, TextIO

from diffcheck import __version__
from diffcheck.errors import DiffcheckError, UsageError

if TYPE_CHECKING:
    from diffcheck.cases.case import Case
    from diffcheck.cases.reader import Unreadable
    from diffcheck.report.terminal import Style
    from diffcheck.results import RunResult


class ExitStatus(IntEnum):
    """What the process tells the shell."""

    PASSED = 0
    FAILED = 1
    """At least one case failed."""
    USAGE = 2
    """The command line asks for what does not exist."""
    UNREADABLE = 3
    """A case could not be read; the others ran and passed."""
    INTERNAL = 4
    """A bug of diffcheck's own; its traceback is in a file."""
    INTERRUPTED = 130


EPILOG = """\
examples:
  python -m diffcheck cases/                          every case file below cases/
  python -m diffcheck cases/course.toml -k cubic -v   one case, every result
  python -m diffcheck cases/ --dtype float32,bfloat16 --points 1000
  python -m diffcheck cases/ --device auto --mode all --dtype all
  python -m diffcheck cases/ --strict --fail-on rounded --json report.json
  python -m diffcheck --explain nan                   what a verdict means

exit status: 0 all pass; 1 a case failed; 2 wrong usage; 3 a case could not be read (the others still ran);
4 internal error; 130 interrupted
"""


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    made = argparse.ArgumentParser(
        prog="python -m diffcheck",
        description="Is the gradient PyTorch computes the derivative of the formula you meant, and if not, who is wrong?",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = made.add_argument
    add("paths", nargs="*", metavar="PATH", help="case files and folders of them (default: cases)")
    add("-k", dest="select", metavar="EXPR", help="only cases whose name or tags have these words: 'cubic', 'sin and not log'")
    add("--dtype", action="append", metavar="NAMES", help="instead of the cases' own: names with commas between, or all")
    add("--mode", action="append", metavar="NAMES", help="instead of the cases' own: names with commas between, or all")
    add("--device", action="append", metavar="NAMES", help="instead of the cases' own: names, all, or auto: those that are here")
    add("--points", type=int, metavar="N", help="how many points are sampled, instead of the cases' own")
    add("--seed", type=int, metavar="N", help="the seed of the sample, instead of the cases' own")
    add("--edges", action="store_true", help="hard places in the ranges of `sample` are points too, for every case")
    add("--strict", action="store_true", help="undecided fails")
    add("--fail-on", action="append", metavar="VERDICTS", help="verdicts that fail besides those that always do")
    add("--allow-import", action="store_true", help="cases may import programs from outside torch: runs their code")
    add("--json", metavar="FILE", help="write the results as JSON; - for standard output")
    add("--repro", metavar="DIR", help="write a small Python file for each failing result of a formula: torch alone shows it")
    add("--plots", metavar="DIR", help="draw a picture of each training run; needs the extra `plots`")
    add("-v", "--verbose", action="store_true", help="show every result")
    add("-q", "--quiet", action="store_true", help="show the summary line only")
    add("--list", action="store_true", help="list the cases and run nothing")
    add("--explain", metavar="VERDICT", help="tell what a verdict means, with an example, and what to do")
    add("--version", action="version", version=f"diffcheck {__version__}")
    return made


def main(argv: Sequence[str]) -> int:
    """Run the command line ``argv``, without the program's name; the exit status."""
    try:
        arguments = parser().parse_args(argv)
    except SystemExit as finished:
        return int(finished.code or 0)
    try:
        return _main(arguments)
    except DiffcheckError as error:
        print(f"diffcheck: {error}", file=sys.stderr)
        return ExitStatus.USAGE
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone, as `| head` does; nothing is left to tell anyone.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitStatus.PASSED
    except Exception as error:
        # Python would exit with 1, which reads as a disagreement.
        from diffcheck.run import keep_traceback

        print(f"diffcheck: internal error: {error!r}; its traceback is in {keep_traceback()}", file=sys.stderr)
        return ExitStatus.INTERNAL


def run_and_exit() -> None:
    """The console script."""
    sys.exit(main(sys.argv[1:]))


def _main(arguments: argparse.Namespace) -> int:
    if arguments.explain is not None:
        from diffcheck.report.explanation import explain

        print(explain(arguments.explain))
        return ExitStatus.PASSED
    if sys.stdout is None:
        raise UsageError("standard output is closed")
    entries = _selected(_entries(arguments.paths), arguments.select)
    if arguments.list:
        _list(entries)
        return ExitStatus.PASSED
    if arguments.json not in (None, "-"):
        _write_file(arguments.json, "")  # before the run, which may be long
    result = _run(entries, arguments)
    _write(result, arguments)
    return _status(result)


def _entries(paths: list[str]) -> "list[Case | Unreadable]":
    from diffcheck.cases.reader import find_files, read_file

    if not paths and not os.path.isdir("cases"):
        raise UsageError("there is nothing to check: name a case file or a folder of them")
    return [entry for path in find_files(paths or ["cases"]) for entry in read_file(path)]


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


def _run(entries: "list[Case | Unreadable]", arguments: argparse.Namespace) -> "RunResult":
    from tqdm import tqdm

    from diffcheck.cases.schema import MAX_POINTS
    from diffcheck.dtypes import FORMATS
    from diffcheck.options import named, named_devices
    from diffcheck.program.modes import GROUPS, MODES
    from diffcheck.results import Policy
    from diffcheck.run import Overrides, run
    from diffcheck.verdict import VERDICTS, Verdict
    from diffcheck.verification import Settings

    if arguments.points is not None and not 1 <= arguments.points <= MAX_POINTS:
        raise UsageError(f"--points is {arguments.points:,}; it lies between 1 and {MAX_POINTS:,}")
    if arguments.seed is not None and arguments.seed < 0:
        raise UsageError(f"--seed is {arguments.seed}; it is a whole number, 0 or more")
    failing = {VERDICTS[word] for word in named(arguments.fail_on, VERDICTS, "verdict") or ()}
    if arguments.strict:
        failing.add(Verdict.UNDECIDED)
    overrides = Overrides(
        modes=named(arguments.mode, {**MODES, **dict.fromkeys(GROUPS)}, "mode"),
        dtypes=named(arguments.dtype, FORMATS, "dtype"),
        devices=named_devices(arguments.device),
        points=arguments.points,
        seed=arguments.seed,
        edges=arguments.edges or None,
    )
    settings = Settings(allow_import=arguments.allow_import, policy=Policy(frozenset(failing)))
    # A run shorter than a second shows no bar.
    bar = tqdm(total=len(entries), delay=1.0, unit="case", leave=False, file=sys.stderr, disable=not sys.stderr.isatty())
    with bar:
        return run(entries, settings, overrides, on_result=lambda result: bar.update())


def _write(result: "RunResult", arguments: argparse.Namespace) -> None:
    from diffcheck.report import document
    from diffcheck.report.numbers import counted
    from diffcheck.report.repro import write_repros
    from diffcheck.report.terminal import Detail, render

    detail = Detail.SUMMARY if arguments.quiet else Detail.EVERYTHING if arguments.verbose else Detail.FAILURES
    # JSON on standard output has it to itself.
    stream = sys.stderr if arguments.json == "-" else sys.stdout
    try:
        stream.write(render(result, detail, _style(stream)))
        if arguments.json == "-":
            sys.stdout.write(document.render(result))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"cannot write to standard output: {error.strerror}") from None
    if arguments.json not in (None, "-"):
        _write_file(arguments.json, document.render(result))
    if arguments.repro is not None:
        written = write_repros(result, arguments.repro)
        print(f"diffcheck: {counted(len(written), 'program')} in {arguments.repro}", file=sys.stderr)
    if arguments.plots is not None:
        from diffcheck.report.plots import write_plots

        drawn = write_plots(result, arguments.plots)
        print(f"diffcheck: {counted(len(drawn), 'picture')} in {arguments.plots}", file=sys.stderr)


def _write_file(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def _style(stream: TextIO) -> "Style":
    from diffcheck.report.terminal import Style

    colour = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = shutil.get_terminal_size().columns if stream.isatty() else 80
    try:
        "±…".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return Style(colour, ascii=True, width=width)
    return Style(colour, width=width)


def _status(result: "RunResult") -> ExitStatus:
    if result.interrupted:
        return ExitStatus.INTERRUPTED
    if any(case.internal for case in result.cases):
        return ExitStatus.INTERNAL
    if any(not case.passed for case in result.cases if case.error is None):
        return ExitStatus.FAILED
    if any(case.error is not None for case in result.cases):
        return ExitStatus.UNREADABLE
    return ExitStatus.PASSED
