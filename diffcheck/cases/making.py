"""A table's keys to a Case; the first thing that is wrong is told at its place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from diffcheck.cases.case import Case, Range
from diffcheck.cases.expectations import with_expectations
from diffcheck.cases.kinds import SEQUENCE, TRAIN, kind_of
from diffcheck.cases.place import Place
from diffcheck.cases.runs import read_run, rule_of
from diffcheck.cases.schema import KEYS
from diffcheck.cases.shapes import columns_in, each_of, shapes_in, spread
from diffcheck.cases.training import Training
from diffcheck.errors import nearest, suggestion
from diffcheck.formula.formula import Formula, read_condition, read_formula, read_over, require_known, require_readable
from diffcheck.formula.inputs import Input

_AS_THEY_ARE = ("points", "seed", "spacing", "edges", "where", "wrt", "order", "modes", "dtypes", "devices", "arguments",
                "batched", "contracts", "source", "note", "tags")  # fmt: skip
"""Keys whose values a Case holds as they are, lists as tuples."""


def build_case(name: str, table: Mapping[str, Any], place: Place) -> Case:
    """A Case of a table's keys; raises CaseError for the first thing that is wrong."""
    for key in table:
        _require_known_key(key, place)
    for key, value in table.items():
        KEYS[key].checker(value, place, (key,))
    kind = kind_of(table, place)
    if kind is TRAIN:
        return _of_a_run(name, table, place)
    if "formula" not in table:
        raise place.error("the key `formula` is missing")
    shapes = shapes_in(table, place)
    with place.formulas("formula"):
        formula = read_formula(table["formula"], shapes)
    _check_variables(table, formula, place)
    _check_formulas(table, formula, place)
    case = replace(_assembled(name, table, formula.inputs, place), shapes=shapes)
    if kind is SEQUENCE:
        case = _with_sequence(case, table, formula, place)
    _check_points(case, formula, place)
    return with_expectations(case, table.get("expect", {}), formula.inputs, place)


def _of_a_run(name: str, table: Mapping[str, Any], place: Place) -> Case:
    training = read_run(table["train"], place)
    case = _assembled(name, {**table, "formula": table["train"]["loss"]}, (), place)
    case = replace(case, training=training, shapes=training.shapes())
    return with_expectations(case, table.get("expect", {}), training.moving(), place)


def _with_sequence(case: Case, table: Mapping[str, Any], formula: Formula, place: Place) -> Case:
    """The case with its sequence, and with the run that its steps are of, if it has an optimizer."""
    if len(case.at) != 1:
        raise place.error("`sequence` needs exactly one point, given by `at`", "sequence", key=True)
    rule = rule_of(table["train"]) if "train" in table else {"optimizer": "manual", "options": {}}
    point = table["at"] if isinstance(table["at"], Mapping) else table["at"][0]
    moving = [each.name for each in formula.inputs if not case.wrt or not set(case.wrt).isdisjoint(each.columns)]
    return replace(
        case,
        sequence=tuple(table["sequence"]),
        training=Training(
            parameters={name: value for name, value in point.items() if name in moving},
            data=({name: value for name, value in point.items() if name not in moving},),
            steps=table["sequence"].count("step"),
            **rule,
        ),
    )


def check_key(key: str, value: Any, place: Place) -> None:
    """Raise CaseError for what is wrong with one key, whatever the others are."""
    _require_known_key(key, place)
    KEYS[key].checker(value, place, (key,))
    if key == "where":
        with place.formulas("where"):
            read_condition(value)
    elif key == "formula" or (key == "train" and "loss" in value):
        path = ("formula",) if key == "formula" else ("train", "loss")
        with place.formulas(*path):
            require_readable(value if key == "formula" else value["loss"])


def _require_known_key(key: str, place: Place) -> None:
    if key not in KEYS:
        raise place.error(f"unknown key `{key}`{suggestion(key, list(KEYS))}", key, key=True)


def _check_variables(table: Mapping[str, Any], formula: Formula, place: Place) -> None:
    """Every variable that a key names is one of the formula's, or an entry of one."""
    names = [each.name for each in formula.inputs]
    for variable, path in _named_variables(table):
        known = spread(variable, formula.inputs) if path[0] in _BY_COLUMN else variable in names
        if not known:
            near = nearest(variable, names, "the formula has", "`")
            in_a_list = isinstance(path[-1], int)
            raise place.error(f"unknown variable `{variable}`{near}", *path, key=not in_a_list)


_BY_COLUMN = ("claim", "expect", "wrt")
"""Keys that may name one entry of an array."""


def _named_variables(table: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Every mention of a variable in a case's keys, with its path."""
    tables: list[tuple[tuple[str | int, ...], Any]] = [
        *(((key,), table.get(key, {})) for key in ("sample", "claim")),
        *each_of(table.get("at", {}), ("at",)),
        *((("expect", key), table.get("expect", {}).get(key, {})) for key in ("gradient", "parameters")),
    ]
    for path, names in tables:
        yield from ((name, (*path, name)) for name in names)
    for key in ("wrt", "arguments"):
        yield from ((name, (key, index)) for index, name in enumerate(table.get(key, ())))


def _check_formulas(table: Mapping[str, Any], formula: Formula, place: Place) -> None:
    """Claims and the condition are formulas over the formula's variables."""
    for variable, text in table.get("claim", {}).items():
        if len(spread(variable, formula.inputs)) > 1:
            raise place.error(f"a claim is for one number; name one entry, such as `{variable}[0]`", "claim", variable, key=True)
        with place.formulas("claim", variable):
            read_over(text, formula.inputs)
    if "where" in table:
        with place.formulas("where"):
            require_known(read_condition(table["where"]), tuple(each.name for each in formula.inputs if not each.shape))


def _assembled(name: str, table: Mapping[str, Any], inputs: tuple[Input, ...], place: Place) -> Case:
    at = table.get("at", ())
    at = (at,) if isinstance(at, Mapping) else tuple(at)
    allow = table.get("allow", {})
    rest: dict[str, Any] = {key: _frozen(table[key]) for key in _AS_THEY_ARE if key in table}
    if "wrt" in rest:
        rest["wrt"] = tuple(dict.fromkeys(column for each in rest["wrt"] for column in spread(each, inputs)))
    return Case(
        name=name,
        formula=table["formula"],
        program=table.get("program"),
        at=tuple(map(columns_in, at)),
        sample=_ranges(table.get("sample", {})),
        claim={spread(key, inputs)[0]: text for key, text in table.get("claim", {}).items()},
        expected_verdict=table.get("expect", {}).get("verdict", ""),
        expected_error=table.get("expect", {}).get("error", ""),
        allow_factor=float(allow["factor"]) if "factor" in allow else None,
        allow_absolute=float(allow.get("absolute", 0.0)),
        file=place.file,
        line=place.line(),
        place=place,
        **rest,
    )


def _ranges(given: Mapping[str, Any]) -> dict[str, Range]:
    """The range of every column."""
    found = {}
    for name, bounds in given.items():
        array = isinstance(bounds, Mapping)
        low, high = bounds["range"] if array else bounds
        for column in Input(name, tuple(bounds["shape"]) if array else ()).columns:
            found[column] = Range(float(low), float(high))
    return found


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list | tuple) else value


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _check_points(case: Case, formula: Formula, place: Place) -> None:
    """Every variable has a value at every point, and there is a point."""
    if not case.at and not case.sample:
        raise place.error("there is no point to check: give `at` or `sample`")
    for index, point in enumerate(case.at):
        missing = [each.name for each in formula.inputs if each.columns[0] not in point]
        if missing:
            path = ("at", index) if len(case.at) > 1 else ("at",)
            raise place.error(f"the point has no value for {_listed(missing)}", *path)
    if case.sample:
        missing = [each.name for each in formula.inputs if each.columns[0] not in case.sample]
        if missing:
            raise place.error(f"`sample` has no range for {_listed(missing)}", "sample", key=True)
    if case.edges and not case.sample:
        raise place.error("`edges` are sought in the ranges of `sample`: give one for each variable", "edges", key=True)
    names = [each.name for each in formula.inputs]
    if case.arguments and sorted(case.arguments) != sorted(names):
        raise place.error(f"`arguments` names each variable once: {_listed(names)}", "arguments")
