"""The keys of a case: a table, one row a key, with what it must hold and how it is told when it does not."""

from collections.abc import Mapping
from typing import Any

from diffcheck.cases.checkers import (
    MAX_COUNT,
    Key,
    anything,
    arrays,
    choice,
    count,
    formula,
    names,
    numbers,
    one_or_several,
    positive,
    require_name,
    subtable,
    table,
    text,
    truth,
)
from diffcheck.cases.shapes import Path, check_shape
from diffcheck.cases.train_schema import check_train
from diffcheck.cases.values import dotted, is_finite, is_number, kind, said
from diffcheck.dtypes import FORMATS
from diffcheck.verdict import VERDICTS

MAX_POINTS = MAX_COUNT
MAX_ORDER = 9
DEVICES = ("cpu", "cuda")

ALSO_CALLED = {"gpu": "cuda", "float": "float32", "double": "float64", "half": "float16"}
"""Names that others give to a device or dtype, and ours."""

WORDS = ("backward", "zero_grad", "zero_grad_to_zero", "step")
"""What a sequence is made of."""

NO_GRADIENT = "none"
"""What `expect.gradient` says where there is to be no gradient at all."""

_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool", "short", "int", "long")
"""Torch's dtypes whose tensors cannot require gradients."""


def _order(value: Any, place: Any, path: Path) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MAX_ORDER:
        raise place.error(f"`{dotted(path)}` is a whole number from 1 to {MAX_ORDER}, not {said(value)}", *path)


def _seed(value: Any, place: Any, path: Path) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise place.error(f"`{dotted(path)}` is a whole number, 0 or more, not {said(value)}", *path)


def _ranges(value: Any, place: Any, path: Path) -> None:
    table(value, place, path)
    for variable, given in value.items():
        where, bounds = (*path, variable), given
        if isinstance(given, Mapping):
            subtable(given, place, where, {"range": anything, "shape": check_shape})
            missing = [key for key in ("range", "shape") if key not in given]
            if missing:
                example = "{ range = [-1, 1], shape = [5] }"
                raise place.error(f"`{dotted(where)}` has no `{missing[0]}`; write {example}", *where)
            where, bounds = (*where, "range"), given["range"]
        if not isinstance(bounds, list | tuple) or len(bounds) != 2 or not all(map(is_number, bounds)):
            raise place.error(f"the range of `{variable}` is two numbers, such as [-1, 1]", *where)
        low, high = bounds
        if not (is_finite(low) and is_finite(high)):
            raise place.error(f"the range of `{variable}` is [{said(low)}, {said(high)}]; both ends are finite numbers", *where)
        if low > high:
            raise place.error(f"the range of `{variable}` is reversed; did you mean `[{high}, {low}]`?", *where)


def _formulas(value: Any, place: Any, path: Path) -> None:
    table(value, place, path)
    for variable, each in value.items():
        formula(each, place, (*path, variable))


def _modes(value: Any, place: Any, path: Path) -> None:
    # The table of modes knows torch; a case file is read only where torch is about to run.
    from diffcheck.program.modes import GROUPS, MODES

    names((*MODES, *GROUPS), "mode")(value, place, path)


def _dtypes(value: Any, place: Any, path: Path) -> None:
    for index, name in enumerate(value if isinstance(value, list | tuple) else ()):
        if name in _INTEGERS:
            known = f"the dtypes are {', '.join(FORMATS)}"
            reason = "torch differentiates floating-point numbers only"
            raise place.error(f"`{name}` tensors cannot require gradients: {reason}; {known}", *path, index)
    names(tuple(FORMATS), "dtype", ALSO_CALLED)(value, place, path)


def _steps(value: Any, place: Any, path: Path) -> None:
    # Unlike a list of names, it may be empty (what holds before anything is done), and repeats words.
    if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
        hint = f'; did you mean `["{value}"]`?' if isinstance(value, str) else ""
        raise place.error(f"`{dotted(path)}` is a list of words, not {kind(value)}{hint}", *path)
    for index, word in enumerate(value):
        require_name(word, WORDS, "word", place, (*path, index))


def _expectation(value: Any, place: Any, path: Path) -> None:
    verdict = choice(tuple(VERDICTS), "verdict")
    known = {"gradient": _gradients, "verdict": verdict, "error": text, "loss": numbers, "parameters": arrays}
    subtable(value, place, path, known)


def _gradients(value: Any, place: Any, path: Path) -> None:
    table(value, place, path)
    arrays({name: each for name, each in value.items() if each != NO_GRADIENT}, place, path)


def _permission(value: Any, place: Any, path: Path) -> None:
    subtable(value, place, path, {"factor": positive, "absolute": positive})


def _program(value: Any, place: Any, path: Path) -> None:
    if not callable(value):
        text(value, place, path)


KEYS = {
    row.name: row
    for row in (
        Key("formula", formula, "the formula that is meant"),
        Key("program", _program, "somebody's code that claims to compute it: `package.module:function`"),
        Key("at", one_or_several("point", "points"), "a point, or a list of points"),
        Key("sample", _ranges, "a range for each variable"),
        Key("points", count, "how many points are sampled"),
        Key("seed", _seed, "the seed of the sample"),
        Key("spacing", choice(("uniform", "log"), "spacing"), "how sampled points are spread"),
        Key("edges", truth, "the hard places of formula and dtype in the ranges are points too"),
        Key("where", text, "a condition that sampled points meet"),
        Key("wrt", names(None, "variable"), "the variables to differentiate by"),
        Key("claim", _formulas, "hand-derived partials, by variable"),
        Key("expect", _expectation, "the case's `verdict` or `error`; by variable `gradient` and `parameters`, by step `loss`"),
        Key("train", check_train, "a training run, judged step by step: a table of keys of its own"),
        Key("sequence", _steps, "what is done in order, before `expect.gradient` is looked at: " + ", ".join(WORDS)),
        Key("order", _order, "the order of the partials: all of that order, mixed ones too"),
        Key("modes", _modes, "the ways to differentiate"),
        Key("dtypes", _dtypes, "the dtypes"),
        Key("devices", names(DEVICES, "device", ALSO_CALLED), "the devices"),
        Key("allow", _permission, "`factor` and `absolute`: a wider allowance"),
        Key("arguments", names(None, "variable"), "the variables in the order of the program's arguments"),
        Key("batched", truth, "the program takes 1-d tensors of points"),
        Key("contracts", truth, "false: the contracts of a program are not held"),
        Key("source", text, "where the formula comes from"),
        Key("note", text, "a remark, shown with the case"),
        Key("tags", names(None, "tag"), "words to select by"),
    )
}
"""Every key a case may hold, by name."""
