"""A check as one line of somebody's test, of one case or of each that a folder holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffcheck.api import check
from diffcheck.cases.reader import read_files

if TYPE_CHECKING:
    import pytest


def assert_gradients(program: Any, formula: Any = None, **keys: Any) -> None:
    """Raise AssertionError unless ``program`` computes the value and the derivatives of ``formula``.

    Without ``program``, that is, with a formula or a case alone, torch is held against it.
    ``keys`` are those of ``check``. The message's first line names what failed worst, and where; the report follows.
    Raises CaseError, as ``check`` does, for arguments that make no case.
    """
    __tracebackhide__ = True  # pytest then shows the line of the test, not this one
    check(program, formula, **keys).assert_passed()


def each_case(*paths: str | Path) -> "pytest.MarkDecorator":
    """Run a pytest test once for each case of the case files at or below ``paths``, handed over as ``case``.

    ``assert_gradients(program, case)`` then holds a program against the case's formula, at its points, in its modes and
    dtypes; ``assert_gradients(case)`` is what ``pytest`` does of the file itself. A case that cannot be read fails there,
    alone. A relative path is seen from the folder that pytest was started in.

    Raises CaseError for a path that is not there, and for a folder without a case file.
    """
    import pytest  # somebody's tests have it; the rest of this module needs none

    entries = read_files([str(path) for path in paths])
    return pytest.mark.parametrize("case", [pytest.param(entry, id=entry.name or "unreadable") for entry in entries])
