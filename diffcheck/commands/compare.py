"""Two runs by their JSON: what fails anew, what is mended, what got worse."""

import argparse
from typing import Any

from diffcheck.commands.files_read import read_json
from diffcheck.commands.status import ExitStatus
from diffcheck.errors import UsageError

EPILOG = """\
example:
  python -m diffcheck cases/ --json before.json       with the old torch
  python -m diffcheck cases/ --json after.json        with the new one
  python -m diffcheck compare before.json after.json

exit status: 0 nothing fails anew or got worse; 1 something does; 2 wrong usage
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Both files."""
    parser.add_argument("before", metavar="BEFORE", help="the JSON of the earlier run")
    parser.add_argument("after", metavar="AFTER", help="the JSON of the later one")


def run(arguments: argparse.Namespace) -> int:
    """Print the changes; raises UsageError for a file that is no JSON of a run."""
    from diffcheck.report.baseline import compare_documents, render

    changes = compare_documents(*(_document(path) for path in (arguments.before, arguments.after)))
    print(render(changes).rstrip("\n"))
    return ExitStatus.FAILED if changes.failures or changes.worse else ExitStatus.PASSED


def _document(path: str) -> Any:
    """The results that a file holds; raises UsageError, which names it, where it holds none."""
    from diffcheck.report.earlier import seen_before

    document = read_json(path)
    try:
        seen_before(document)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None
    return document
