"""A table's keys to a Case; the first thing that is wrong is told at its place."""

from collections.abc import Iterator, Mapping
from typing import Any

from diffcheck.cases.case import Case, Range
from diffcheck.cases.place import Place
from diffcheck.cases.schema import KEYS
from diffcheck.errors import suggestion
from diffcheck.formula.formula import Formula, read_condition, read_formula, read_over, require_known

_AS_THEY_ARE = ("points", "seed", "spacing", "where", "wrt", "modes", "dtypes", "devices", "arguments", "batched",
                "contracts", "source", "note", "tags")  # fmt: skip
"""Keys whose values a Case holds as they are, lists as tuples."""


def build_case(name: str, table: Mapping[str, Any], place: Place) -> Case:
    """A Case of a table's keys; raises CaseError for the first thing that is wrong."""
    for key in table:
        _require_known_key(key, place)
    for key, value in table.items():
        KEYS[key].check(value, place, key)
    if "formula" not in table:
        raise place.error("the key `formula` is missing")
    with place.formulas("formula"):
        formula = read_formula(table["formula"])
    _check_variables(table, formula, place)
    _check_formulas(table, formula, place)
    case = _assembled(name, table, place)
    _check_points(case, formula, place)
    return case


def check_key(key: str, value: Any, place: Place) -> None:
    """Raise CaseError for what is wrong with one key, whatever the others are."""
    _require_known_key(key, place)
    KEYS[key].check(value, place, key)
    if key in ("formula", "where"):
        with place.formulas(key):
            (read_formula if key == "formula" else read_condition)(value)


def _require_known_key(key: str, place: Place) -> None:
    if key not in KEYS:
        raise place.error(f"unknown key `{key}`{suggestion(key, list(KEYS))}", key, key=True)


def _check_variables(table: Mapping[str, Any], formula: Formula, place: Place) -> None:
    """Every variable that a key names is one of the formula's."""
    for variable, path in _named_variables(table):
        if variable not in formula.variables:
            near = suggestion(variable, list(formula.variables)) or f"; the formula has {_listed(formula.variables)}"
            in_a_list = isinstance(path[-1], int)
            raise place.error(f"unknown variable `{variable}`{near}", *path, key=not in_a_list)


def _named_variables(table: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Every mention of a variable in a case's keys, with its path."""
    at = table.get("at", {})
    several = () if isinstance(at, Mapping) else enumerate(at)
    tables: list[tuple[tuple[str | int, ...], Any]] = [
        *(((key,), table.get(key, {})) for key in ("sample", "claim")),
        *((("at", index), point) for index, point in several),
        (("at",), at if isinstance(at, Mapping) else {}),
        (("expect", "gradient"), table.get("expect", {}).get("gradient", {})),
    ]
    for path, names in tables:
        yield from ((name, (*path, name)) for name in names)
    for key in ("wrt", "arguments"):
        yield from ((name, (key, index)) for index, name in enumerate(table.get(key, ())))


def _check_formulas(table: Mapping[str, Any], formula: Formula, place: Place) -> None:
    """Claims and the condition are formulas over the formula's variables."""
    for variable, text in table.get("claim", {}).items():
        with place.formulas("claim", variable):
            read_over(text, formula.variables)
    if "where" in table:
        with place.formulas("where"):
            require_known(read_condition(table["where"]), formula.variables)


def _assembled(name: str, table: Mapping[str, Any], place: Place) -> Case:
    at = table.get("at", ())
    at = (at,) if isinstance(at, Mapping) else tuple(at)
    expect, allow = table.get("expect", {}), table.get("allow", {})
    rest: dict[str, Any] = {key: _frozen(table[key]) for key in _AS_THEY_ARE if key in table}
    return Case(
        name=name,
        formula=table["formula"],
        program=table.get("program"),
        at=tuple({variable: float(number) for variable, number in point.items()} for point in at),
        sample={variable: Range(float(low), float(high)) for variable, (low, high) in table.get("sample", {}).items()},
        claim=dict(table.get("claim", {})),
        expected_gradient={key: float(number) for key, number in expect.get("gradient", {}).items()},
        expected_verdict=expect.get("verdict", ""),
        allow_factor=float(allow["factor"]) if "factor" in allow else None,
        allow_absolute=float(allow.get("absolute", 0.0)),
        file=place.file,
        line=place.line(),
        place=place,
        **rest,
    )


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list | tuple) else value


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
    if case.arguments and sorted(case.arguments) != sorted(formula.variables):
        raise place.error(f"`arguments` names each variable once: {_listed(formula.variables)}", "arguments")
