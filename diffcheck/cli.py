"""The command line: arguments, run, report, exit status. Nothing heavy is imported before there is something to run."""

import argparse
import os
import sys
from collections.abc import Sequence

from diffcheck.commands.command import Command
from diffcheck.commands.status import ExitStatus
from diffcheck.commands.table import chosen
from diffcheck.errors import DiffcheckError

__all__ = ["ExitStatus", "main", "run_and_exit"]


def main(argv: Sequence[str]) -> int:
    """Run the command line ``argv``, without the program's name; the exit status."""
    command, words, remark = chosen(list(argv))
    try:
        arguments = command.parsed(words)
    except SystemExit as finished:
        return int(finished.code or 0)
    try:
        if remark:
            print(f"diffcheck: {remark}", file=sys.stderr)
        return _main(command, arguments)
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


def _main(command: Command, arguments: argparse.Namespace) -> int:
    return command.run(arguments)
