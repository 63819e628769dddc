"""Failing results as Python files of a few lines, one each, that need torch alone."""

import re
from collections.abc import Iterator
from pathlib import Path

from diffcheck.errors import UsageError
from diffcheck.results import RunResult
from diffcheck.verdict import Status

LONGEST = 80
"""So many characters of a case's name, and of a subject's, go into a file's name."""


def write_repros(result: RunResult, folder: str | Path) -> list[Path]:
    """Write a file for each failing result of a formula into ``folder``, which is made where it is not; their paths.

    Files are called after the case and the subject, ``cubic.reverse.float64.cpu.d_dx.py``. Programs that users bring
    have none. Raises UsageError where nothing can be written.
    """
    written: dict[Path, str] = {}
    for name, text in _repros(result):
        path = next(path for path in _paths(Path(folder), name) if path not in written)
        written[path] = text
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for path, text in written.items():
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {error.filename or folder}: {error.strerror}") from None
    return list(written)


def _repros(result: RunResult) -> Iterator[tuple[str, str]]:
    """A name and a text for each."""
    for case in result.cases:
        for each in case.results:
            if each.verdict.status is Status.FAIL and each.worst is not None and each.worst.repro:
                yield f"{safe_name(case.name) or 'case'}.{safe_name(str(each.subject))}", each.worst.repro


def safe_name(text: str) -> str:
    """``text`` as a part of a file's name, on any system."""
    return re.sub(r"[^A-Za-z0-9.-]+", "_", text).strip("._")[:LONGEST]


def _paths(folder: Path, name: str) -> Iterator[Path]:
    yield folder / f"{name}.py"
    number = 2
    while True:
        yield folder / f"{name}-{number}.py"
        number += 1
