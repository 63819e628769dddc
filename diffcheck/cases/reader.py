"""Case files: TOML to Case, one clear error for each thing that is wrong, and never another case lost."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diffcheck.cases.case import Case, Range
from diffcheck.cases.positions import Positions, Spot, read_positions
from diffcheck.cases.schema import KEYS
from diffcheck.errors import CaseError, FormulaError, UnsupportedError, suggestion
from diffcheck.formula.formula import Formula, read_condition, read_formula, read_over, require_known

MAX_BYTES = 20_000_000


@dataclass(frozen=True)
class Unreadable:
    """A case, or a whole file (then without a name), that could not be read."""

    name: str
    error: CaseError


def find_files(paths: list[str]) -> Iterator[Path]:
    """Every case file below ``paths``, in order of name; raises CaseError for a path or folder without any."""
    for given in paths:
        path = Path(given)
        if path.is_dir():
            found = sorted(each for each in path.rglob("*.toml") if each.is_file())
            if not found:
                raise CaseError(f"the folder {given} holds no case file (*.toml)", given)
            yield from found
        elif path.exists():
            yield path
        else:
            raise CaseError(f"there is no file or folder {given}", given)


def read_file(path: Path) -> list[Case | Unreadable]:
    """The cases of one file in order, each read or told why not."""
    file = path.as_posix()
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CaseError(f"the file is larger than {MAX_BYTES:,} bytes", file)
        data = path.read_bytes()
    except OSError as error:
        return [Unreadable("", CaseError(f"the file cannot be read: {error.strerror}", file))]
    except CaseError as error:
        return [Unreadable("", error)]
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        return [Unreadable("", CaseError("the file is not UTF-8 text", file, line, column))]
    return read_text(text, file)


def read_text(text: str, file: str) -> list[Case | Unreadable]:
    """The cases of a file's text, each read or told why not."""
    positions = read_positions(text)
    if positions.duplicates:
        (name, *_), spot = positions.duplicates[0]
        first = positions.keys[(name,)].line
        return [_unreadable(str(name), f"there are two cases of this name; the first is in line {first}", file, positions, spot)]
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [Unreadable("", _broken(error, file, positions))]
    except RecursionError:
        return [Unreadable("", CaseError("the file is nested too deeply", file))]
    defaults = document.pop("defaults", {})
    if not isinstance(defaults, Mapping):
        return [_unreadable("defaults", "`defaults` is a table of keys", file, positions, positions.key("defaults"))]
    entries: list[Case | Unreadable] = []
    for name, table in document.items():
        entries.append(_read_case(name, table, defaults, file, positions))
    if not entries:
        entries.append(Unreadable("", CaseError("the file holds no case", file)))
    return entries


def _read_case(name: str, table: Any, defaults: Mapping[str, Any], file: str, positions: Positions) -> Case | Unreadable:
    spot = positions.key(name)
    if not isinstance(table, Mapping):
        message = f"`{name}` stands outside of any case; a case is a table: [name]"
        return _unreadable(name, message, file, positions, spot)
    try:
        return build_case(name, {**defaults, **table}, Place(name, table, file, positions))
    except CaseError as error:
        return Unreadable(name, error)


def _unreadable(name: str, message: str, file: str, positions: Positions, spot: Spot) -> Unreadable:
    error = CaseError(f"case `{name}`: {message}", file, spot.line, spot.column, positions.marked(spot))
    return Unreadable(name, error)


def _broken(error: tomllib.TOMLDecodeError, file: str, positions: Positions) -> CaseError:
    message = str(error)
    found = re.search(r"\(at line (\d+), column (\d+)\)", message)
    line, column = (int(found[1]), int(found[2])) if found else (len(positions.lines), 1)
    words = re.sub(r" \(at .*\)$", "", message)
    return CaseError(f"this is not TOML: {words}", file, line, column, positions.marked(Spot(line, column, 1)))


@dataclass(frozen=True)
class Place:
    """Where a case's keys stand, to place its errors."""

    name: str
    own: Mapping[str, Any]
    """The keys of the case itself, its defaults aside."""
    file: str = ""
    positions: Positions | None = None

    def line(self) -> int:
        """The line of the case's name."""
        return self.positions.key(self.name).line if self.positions else 0

    def error(self, message: str, *path: str | int, key: bool = False) -> CaseError:
        """An error at a value of the case, or at a key."""
        if self.positions is None:
            return CaseError(message)
        spot = self._spot(path, key)
        return CaseError(
            f"case `{self.name}`: {message}", self.file, spot.line, spot.column, self.positions.marked(spot)
        )

    def formula_error(self, error: FormulaError, *path: str | int) -> CaseError:
        """An error inside a formula: the column counts from the start of the text."""
        if self.positions is None:
            return CaseError(str(error))
        spot = self._spot(path, key=False)
        line = self.positions.lines[spot.line - 1]
        quoted = line[spot.column - 1 : spot.column] in "\"'" and spot.length >= len(error.text)
        offset = error.start + 1 if quoted and "\\" not in line and '"""' not in line and "'''" not in line else 0
        length = max(1, error.end - error.start) if offset else 1
        column = spot.column + offset
        return CaseError(
            f"case `{self.name}`: {error.message}", self.file, spot.line, column, self.positions.marked(spot, offset, length)
        )

    @contextmanager
    def formulas(self, *path: str) -> Iterator[None]:
        """What is wrong with the formula at ``path`` is raised as an error at its place."""
        try:
            yield
        except FormulaError as error:
            raise self.formula_error(error, *path) from None
        except UnsupportedError as error:
            raise self.error(str(error), *path) from None

    def _spot(self, path: tuple[str | int, ...], key: bool) -> Spot:
        assert self.positions is not None
        table = self.name if path and path[0] in self.own else "defaults"
        if not path:
            return self.positions.key(self.name)
        return self.positions.key(table, *path) if key else self.positions.value(table, *path)


def build_case(name: str, table: Mapping[str, Any], place: Place) -> Case:
    """A Case of a table's keys; raises CaseError for the first thing that is wrong."""
    for key in table:
        if key not in KEYS:
            raise place.error(f"unknown key `{key}`{suggestion(key, list(KEYS))}", key, key=True)
    values: dict[str, Any] = {}
    for key, value in table.items():
        row = KEYS[key]
        row.check(value, place, key)
        values[key] = value
    if "formula" not in values:
        raise place.error("the key `formula` is missing")
    with place.formulas("formula"):
        formula = read_formula(values["formula"])
    case = _assembled(name, values, formula, place)
    _check_points(case, formula, place)
    return case


def _assembled(name: str, values: Mapping[str, Any], formula: Formula, place: Place) -> Case:
    sample = {variable: Range(float(low), float(high)) for variable, (low, high) in values.get("sample", {}).items()}
    at = values.get("at", ())
    at = (at,) if isinstance(at, Mapping) else tuple(at)
    expect, allow = values.get("expect", {}), values.get("allow", {})
    for path, names in _named_variables(values, at):
        for variable in names:
            if variable not in formula.variables:
                words = f"unknown variable `{variable}`{suggestion(variable, list(formula.variables))}"
                raise place.error(f"{words or ''}; the formula has {_listed(formula.variables)}", *path(variable), key=True)
    for variable, text in values.get("claim", {}).items():
        with place.formulas("claim", variable):
            read_over(text, formula.variables)
    if "where" in values:
        with place.formulas("where"):
            condition = read_condition(values["where"])
            require_known(condition, formula.variables)
    return Case(
        name=name,
        formula=values["formula"],
        program=values.get("program"),
        at=tuple({variable: float(number) for variable, number in point.items()} for point in at),
        sample=sample,
        claim=dict(values.get("claim", {})),
        expected_gradient={key: float(number) for key, number in expect.get("gradient", {}).items()},
        expected_verdict=expect.get("verdict", ""),
        allow_factor=float(allow.get("factor", 0.0)),
        allow_absolute=float(allow.get("absolute", 0.0)),
        file=place.file,
        line=place.line(),
        **{
            key: tuple(values[key]) if isinstance(values[key], list | tuple) else values[key]
            for key in ("points", "seed", "spacing", "where", "wrt", "modes", "dtypes", "devices", "arguments", "batched", "source", "note", "tags")
            if key in values
        },
    )  # fmt: skip


def _named_variables(values: Mapping[str, Any], at: tuple[Mapping[str, Any], ...]) -> Iterator[tuple[Any, Any]]:
    """Every list of variable names in a case, with the path of one of them."""
    for key in ("sample", "claim"):
        yield (lambda variable, key=key: (key, variable)), values.get(key, {})
    several = not isinstance(values.get("at", {}), Mapping)
    for index, point in enumerate(at):
        yield (lambda variable, index=index: ("at", index, variable) if several else ("at", variable)), point
    yield (lambda variable: ("expect", "gradient", variable)), values.get("expect", {}).get("gradient", {})
    for key in ("wrt", "arguments"):
        names = list(values.get(key, ()))
        yield (lambda variable, key=key, names=names: (key, names.index(variable))), names


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _check_points(case: Case, formula: Formula, place: Place) -> None:
    """Every variable has a value at every point, and there is a point."""
    if not case.at and not case.sample:
        raise place.error("there is no point to check: give `at` or `sample`")
    for index, point in enumerate(case.at):
        missing = [name for name in formula.variables if name not in point]
        if missing:
            path = ("at", index) if len(case.at) > 1 else ("at",)
            raise place.error(f"the point has no value for {_listed(tuple(missing))}", *path)
    if case.sample:
        missing = [name for name in formula.variables if name not in case.sample]
        if missing:
            raise place.error(f"`sample` has no range for {_listed(tuple(missing))}", "sample", key=True)
    if case.expected_gradient and (len(case.at) != 1 or case.sample):
        raise place.error("`expect.gradient` needs exactly one point, given by `at`", "expect", key=True)
    if case.arguments and set(case.arguments) != set(formula.variables):
        raise place.error(f"`arguments` names each variable once: {_listed(formula.variables)}", "arguments")
