"""Where reports go: a table of the options that name a file, and what is refused before a run, which may be long."""

import argparse
import os
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from diffcheck.errors import UsageError

if TYPE_CHECKING:
    from diffcheck.results import RunResult

#        option      module of diffcheck.report that renders it
RENDERED = {
    "json":     "document",
    "junit":    "junit",
    "markdown": "markdown",
    "html":     "html",
}  # fmt: skip
"""The options that name a file; ``-`` is standard output for one of them."""
FOLDERS = ("repro", "plots")
"""The options that name a folder."""
STANDARD = "-"


def on_standard_output(arguments: argparse.Namespace) -> str:
    """The option whose report goes to standard output; empty for none."""
    return next((option for option, path in _asked(arguments) if path == STANDARD), "")


def rendered(result: "RunResult", option: str) -> str:
    """The report of an option as text."""
    return str(import_module(f"diffcheck.report.{RENDERED[option]}").render(result))


def write_files(result: "RunResult", arguments: argparse.Namespace) -> None:
    """Write the reports that go to files; raises UsageError where one cannot be written."""
    for option, path in _asked(arguments):
        if path != STANDARD:
            text = rendered(result, option)  # before the file is opened: what stands there is not lost for half a report
            try:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            except OSError as error:
                raise UsageError(f"cannot write {path}: {error.strerror}") from None


def require_places(arguments: argparse.Namespace, sources: Iterable[str]) -> None:
    """Raise UsageError where a report cannot be written, or would overwrite another, or one of the ``sources``.

    Nothing that stands in a file is touched; folders are made.
    """
    taken = {os.path.realpath(source): f"{source} is a case file" for source in sources if source}
    for option, path in _asked(arguments):
        place = path if path == STANDARD else os.path.realpath(path)
        if place in taken:
            raise UsageError(f"--{option} would write over {path}: {taken[place]}")
        if not _is_device(path):
            taken[place] = f"--{option} writes it"
        if path != STANDARD:
            _require_file(path)
    for option in FOLDERS:
        if getattr(arguments, option) is not None:
            _require_folder(getattr(arguments, option))


def _asked(arguments: argparse.Namespace) -> Iterator[tuple[str, str]]:
    return ((option, path) for option in RENDERED if (path := getattr(arguments, option)) is not None)


def _is_device(path: str) -> bool:
    """Such as ``/dev/null``, which holds any number of reports."""
    return path != STANDARD and os.path.exists(path) and not os.path.isfile(path)


def _require_file(path: str) -> None:
    known = os.path.lexists(path)
    try:
        open(path, "a", encoding="utf-8").close()
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    if not known:
        os.remove(path)


def _require_folder(path: str) -> None:
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise UsageError(f"cannot write into {path}: it is a file, not a folder") from None
    except OSError as error:
        raise UsageError(f"cannot write into {path}: {error.strerror}") from None
    if not os.access(path, os.W_OK):
        raise UsageError(f"cannot write into {path}: permission denied")
