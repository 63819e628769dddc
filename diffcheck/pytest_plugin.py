"""Case files as pytest items: ``pytest cases/`` runs each case of each case file, as ``cases/course.toml::cubic``.

Which files are collected: every ``*.toml`` below what pytest is given that reads as a case file. ``pyproject.toml``
never does. Of the others:

* a file that is named to pytest itself is collected, whatever is in it;
* so is one with a table that can be nothing else: ``at`` or ``sample`` is a table, and ``formula``, or a key that is
  spelt nearly so, a text; or ``train`` has both a ``loss`` and a table of ``parameters``;
* so is one in which each top-level table, over the keys of ``[defaults]``, has a key that a case has (``MARKS``), and
  at least one a ``formula`` that is a text and stands alone or beside another such key;
* a file that is not TOML, or not UTF-8, is collected, to fail, where a line of it begins with ``formula =``,
  ``train.``, ``train =`` or a header such as ``[name.train]``.

An item fails where the command line would fail the case, and tells what the command line tells; a case that nothing
here can run is skipped with the reason. Words of ``-k`` are looked for among a case's tags too. Neither torch nor sympy
is imported before a case file is found.
"""

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from diffcheck.errors import DiffcheckError, printable
from diffcheck.pytest_settings import ROWS, SHAPES, Settled, read_project, settled, told

if TYPE_CHECKING:
    from diffcheck.cases.case import Case
    from diffcheck.cases.reader import Unreadable
    from diffcheck.results import CaseResult

MARKS = frozenset((
    "formula", "program", "at", "sample", "points", "wrt", "claim", "expect", "train", "sequence", "modes", "dtypes", "devices",
))  # fmt: skip
"""Keys by which a table is known for a case."""

_PROJECT = "pyproject.toml"
_MOST_BYTES = 20_000_000
"""How much of a file is looked at; the rest of a larger one, which is no case file any more, makes it a broken one."""
_LINE_OF_A_CASE = re.compile(r"^[ \t]*(?:formula[ \t]*=|train[ \t]*[.=]|\[[^\[\]\n]+\.[ \t]*train[ \t]*\])", re.MULTILINE)

NEARLY = 0.8
"""How much alike ``formula`` a key is that was meant to be it: ``forumla``, ``formulla``, ``formul``."""

_SAID = pytest.StashKey[Mapping[str, Any]]()
_SETTLED = pytest.StashKey[Settled]()
_REFUSED = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options that begin with ``--diffcheck-``."""
    group = parser.getgroup("diffcheck", "gradients of torch against the derivative (defaults: [tool.diffcheck])")
    for row in ROWS:
        group.addoption(f"--diffcheck-{row.option}", dest=row.dest, help=row.help, **SHAPES[row.takes])


def pytest_configure(config: pytest.Config) -> None:
    """Read ``[tool.diffcheck]``, and settle what options ask for, so that what is wrong is told before anything runs."""
    try:
        config.stash[_SAID] = read_project(config.rootpath / _PROJECT)
        if _options(config):
            config.stash[_SETTLED] = settled(told(_options(config), config.stash[_SAID]))
    except DiffcheckError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A case file, or nothing for any other file."""
    named = file_path.suffix == ".toml" and file_path.name != _PROJECT and parent.session.isinitpath(file_path)
    return CaseFile.from_parent(parent, path=file_path) if named or is_case_file(file_path) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Settle what the project says, once there are cases to run: torch alone knows the names of modes and devices."""
    if _SETTLED in config.stash or not any(isinstance(item, CaseItem) for item in items):
        return
    try:
        config.stash[_SETTLED] = settled(told({}, config.stash[_SAID]))
    except DiffcheckError as error:
        if not hasattr(config, "workerinput"):
            raise pytest.UsageError(str(error)) from None
        # A worker of pytest-xdist that stops here is an internal error of the whole run: its items tell it instead.
        config.stash[_REFUSED] = str(error)


def _options(config: pytest.Config) -> dict[str, Any]:
    """What the options say, by key; one that is not given is absent."""
    values = {row.key: config.getoption(row.dest) for row in ROWS}
    return {key: value for key, value in values.items() if value is not None}


def is_case_file(path: Path) -> bool:
    """Whether the file at ``path`` reads as a case file, broken ones included; the module tells the rule."""
    if path.suffix != ".toml" or path.name == _PROJECT:
        return False
    try:
        with path.open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
    except OSError:
        return False
    import tomllib  # not before there is a TOML file: every run of pytest loads this module

    try:
        return _holds_cases(tomllib.loads(data.decode("utf-8-sig")))
    except (ValueError, RecursionError):
        return _LINE_OF_A_CASE.search(data.decode("utf-8", "replace")) is not None


def _holds_cases(document: Mapping[str, Any]) -> bool:
    defaults = document.get("defaults")
    shared = defaults if isinstance(defaults, Mapping) else {}
    tables = [{**shared, **table} for name, value in document.items() if name != "defaults" for table in _tables(value)]
    if any(_can_be_nothing_else(table) for table in (document, *tables)):
        return True
    return all(MARKS & table.keys() for table in tables) and any(_may_be_a_case(table) for table in tables)


def _tables(value: Any) -> Iterable[Mapping[str, Any]]:
    """The tables that a top-level key holds: a case by mistake written ``[[name]]`` is one too."""
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, Mapping)]


def _can_be_nothing_else(table: Mapping[str, Any]) -> bool:
    train = table.get("train")
    if isinstance(train, Mapping) and "loss" in train and isinstance(train.get("parameters"), Mapping):
        return True
    placed = any(each for key in ("at", "sample") for each in _tables(table.get(key)))
    return placed and any(isinstance(table[key], str) for key in get_close_matches("formula", table, cutoff=NEARLY))


def _may_be_a_case(table: Mapping[str, Any]) -> bool:
    return isinstance(table.get("formula"), str) and (len(table) == 1 or len(MARKS & table.keys()) > 1)


class CaseFile(pytest.File):
    """A case file."""

    def collect(self) -> "Iterator[CaseItem]":
        """An item for each case, in order; one that cannot be read is an item that fails."""
        with _warned_only():
            from diffcheck.cases.reader import read_file
            from diffcheck.report.naming import occurrences, told_apart

            entries = read_file(self._shown())
        names = [printable(entry.name) or "unreadable" for entry in entries]
        for entry, name, occurrence in zip(entries, names, occurrences(names), strict=True):
            # Of two errors in one table, or two cases of one name, each has to be found by its own node id.
            yield CaseItem.from_parent(self, name=told_apart(name, occurrence), entry=entry)

    def _shown(self) -> Path:
        """The file as errors name it: as seen from here, where that is shorter."""
        here = Path.cwd()
        return self.path.relative_to(here) if self.path.is_relative_to(here) else self.path


class Disagreement(Exception):
    """A case that fails; the text is its report."""


class CaseItem(pytest.Item):
    """A case."""

    def __init__(self, *, entry: "Case | Unreadable", **keys: Any) -> None:
        super().__init__(**keys)
        self.entry = entry
        self.extra_keyword_matches.update(getattr(entry, "tags", ()))

    def runtest(self) -> None:
        """Run the case; raise Disagreement, with its report, where it fails."""
        if _REFUSED in self.config.stash:
            raise Disagreement(f"diffcheck: {self.config.stash[_REFUSED]}")
        with _warned_only():
            from diffcheck.report.failure import headline
            from diffcheck.report.terminal import Detail, Style, render
            from diffcheck.run import run

            asked = self.config.stash[_SETTLED]
            result = run([self.entry], asked.settings, asked.overrides)
        if result.interrupted:
            raise KeyboardInterrupt
        found = result.cases[0]
        self._tell(found)
        if not found.passed:
            report = render(result, Detail.FAILURES, Style()).rstrip("\n")
            raise Disagreement(report if found.error is not None else f"{headline(found)}\n\n{report}")
        _skip_where_nothing_ran(found)

    def _tell(self, found: "CaseResult") -> None:
        """Note the verdict for reports, and for the defect that a case expects, what is remarked of it."""
        if found.verdict is not None:
            self.user_properties.append(("diffcheck_verdict", found.verdict.word))
        if found.expected is not None and found.passed:
            note = f"{found.expected.word}, as the case expects" + (f": {found.note}" if found.note else "")
            self.user_properties.append(("diffcheck_note", note))
            self.add_report_section("call", "diffcheck", note)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any, **keys: Any) -> Any:
        """The report of the case alone; what is no finding is shown as pytest shows it."""
        if isinstance(excinfo.value, Disagreement):
            return str(excinfo.value)
        return super().repr_failure(excinfo, *args, **keys)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the case stands, lines counted from 0, and the heading of its failure."""
        error = getattr(self.entry, "error", None)
        line = error.line if error is not None else getattr(self.entry, "line", 0)
        place = f"{self.path.name}:{line}" if line else self.path.name
        return self.path, max(0, line - 1), f"{place}: case `{self.name}`"


def _skip_where_nothing_ran(found: "CaseResult") -> None:
    """Skip, with the reasons, a case of which every result is unsupported here."""
    from diffcheck.verdict import Verdict

    if found.expected is None and found.results and found.verdict is Verdict.UNSUPPORTED and not found.judged:
        reasons = dict.fromkeys(each.note for each in found.results if each.note)
        pytest.skip("; ".join(reasons) or "unsupported here")


@contextmanager
def _warned_only() -> Iterator[None]:
    """Inside, a warning is one, also where pytest is told to raise it: as an exception it would read as the program's."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        yield
