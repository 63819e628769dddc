"""What pytest's command line and ``[tool.diffcheck]`` say about case files: a table, one row a setting."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffcheck.errors import CaseError, UsageError, nearest

if TYPE_CHECKING:
    from diffcheck.run import Overrides
    from diffcheck.verification import Settings


@dataclass(frozen=True)
class Row:
    """A setting: an option of pytest, and a key of ``[tool.diffcheck]``."""

    option: str
    """The option, without ``--diffcheck-``."""
    key: str
    takes: str
    """``names``, ``number`` or ``flag``."""
    help: str

    @property
    def dest(self) -> str:
        """Where pytest keeps what the option says."""
        return f"diffcheck_{self.key}"


_NAMES = "instead of the cases' own: names with commas between, or all"

ROWS = (
    #   option          key             takes     help
    Row("dtype",        "dtypes",       "names",  _NAMES),
    Row("mode",         "modes",        "names",  _NAMES),
    Row("device",       "devices",      "names",  "instead of the cases' own: names, all, or auto: those that are here"),
    Row("points",       "points",       "number", "how many points are sampled, instead of the cases' own"),
    Row("strict",       "strict",       "flag",   "undecided fails"),
    Row("fail-on",      "fail_on",      "names",  "verdicts that fail besides those that always do"),
    Row("allow-import", "allow_import", "flag",   "cases may import programs from outside torch: runs their code"),
)  # fmt: skip

SHAPES: Mapping[str, Mapping[str, Any]] = {
    "names": {"action": "append", "metavar": "NAMES"},
    "number": {"type": int, "metavar": "N"},
    "flag": {"action": "store_true", "default": None},
}
"""How an option that takes a thing is added; one that is not given is None."""


def _is_names(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) for each in value))


_KINDS = {
    "names": (_is_names, 'a list of names, such as ["float64"]'),
    "number": (lambda value: isinstance(value, int) and not isinstance(value, bool), "a whole number"),
    "flag": (lambda value: isinstance(value, bool), "true or false"),
}
"""What a key of ``[tool.diffcheck]`` holds, by what it takes, and how that is told."""


@dataclass(frozen=True)
class Told:
    """What somebody says of each setting, and where."""

    values: Mapping[str, Any]
    """By key; one of which nothing is said is absent."""
    places: Mapping[str, str]
    """By key: the option, or the file and key."""


def read_project(path: Path) -> dict[str, Any]:
    """The table ``[tool.diffcheck]`` of the file at ``path``; empty where there is no such file or table.

    A file that is no TOML is pytest's to complain of: most projects that it reads say nothing to diffcheck.
    Raises CaseError, at its place, for an unknown key and a value of the wrong kind.
    """
    import tomllib  # not before there is a file: every run of pytest loads this module

    try:
        text = path.read_text(encoding="utf-8")
        tool = tomllib.loads(text).get("tool", {})
    except (OSError, ValueError, RecursionError):
        return {}
    table = tool.get("diffcheck", {}) if isinstance(tool, Mapping) else {}
    if not isinstance(table, Mapping):
        raise _placed(path.name, text, "`diffcheck` is a table: [tool.diffcheck]", "tool", "diffcheck")
    rows = {row.key: row for row in ROWS}
    for key, value in table.items():
        if key not in rows:
            message = f"[tool.diffcheck]: unknown key `{key}`{nearest(key, rows, 'the keys are')}"
            raise _placed(path.name, text, message, "tool", "diffcheck", key)
        holds, kind = _KINDS[rows[key].takes]
        if not holds(value):
            raise _placed(path.name, text, f"[tool.diffcheck]: `{key}` is {kind}", "tool", "diffcheck", key)
    return dict(table)


def _placed(file: str, text: str, message: str, *path: str) -> CaseError:
    """An error at the key ``path`` of a file's ``text``."""
    from diffcheck.cases.place import placed
    from diffcheck.cases.positions import Positions, read_positions

    text = text.replace("\r\n", "\n")
    positions = Positions(text.split("\n"))
    read_positions(text, positions)
    return placed(message, file, positions, positions.key(*path))


def told(options: Mapping[str, Any], project: Mapping[str, Any]) -> Told:
    """What the command line's ``options`` say, by key; else what the project says."""
    places = {row.key: f"--diffcheck-{row.option}" if row.key in options else f"[tool.diffcheck] {row.key}" for row in ROWS}
    return Told({**project, **options}, places)


@dataclass(frozen=True)
class Settled:
    """What holds for every case of a run."""

    settings: "Settings"
    overrides: "Overrides"
    """What is said instead of the case files."""


def settled(said: Told) -> Settled:
    """What holds for every case.

    Raises UsageError, with the option or key, for a name or number that makes no sense.
    """
    from diffcheck.dtypes import FORMATS
    from diffcheck.options import require_points
    from diffcheck.program.modes import GROUPS, MODES
    from diffcheck.results import Policy
    from diffcheck.run import Overrides
    from diffcheck.verdict import VERDICTS
    from diffcheck.verification import Settings

    points = said.values.get("points")
    require_points(points, said.places["points"])
    policy = Policy.asked(_named(said, "fail_on", VERDICTS, "verdict") or (), strict=bool(said.values.get("strict")))
    overrides = Overrides(
        modes=_named(said, "modes", {**MODES, **dict.fromkeys(GROUPS)}, "mode"),
        dtypes=_named(said, "dtypes", FORMATS, "dtype"),
        devices=_named(said, "devices", None, "device"),
        points=points,
    )
    return Settled(Settings(bool(said.values.get("allow_import")), policy), overrides)


def _named(said: Told, key: str, known: Mapping[str, object] | None, what: str) -> tuple[str, ...] | None:
    """The names that a setting holds; those of devices where none are ``known``."""
    from diffcheck.options import named, named_devices

    value = said.values.get(key)
    given = [value] if isinstance(value, str) else value
    try:
        return named_devices(given) if known is None else named(given, known, what)
    except UsageError as error:
        raise UsageError(f"{said.places[key]}: {error}") from None
