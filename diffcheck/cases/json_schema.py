"""The JSON Schema of case files, made of the same tables that read them: editors complete and check by it.

A schema tells shapes and names; what depends on a formula (its variables, the shapes of its arrays) the reader alone tells.
"""

import sys
from collections.abc import Mapping
from typing import Any

from diffcheck.cases.checkers import Checker, count, number
from diffcheck.cases.options import CHECKERS, PLANS
from diffcheck.cases.schema import DEVICES, KEYS, MAX_ORDER, MAX_POINTS, NO_GRADIENT, WORDS
from diffcheck.cases.train_schema import CLEARINGS, REDUCTIONS, TRAIN_KEYS
from diffcheck.dtypes import FORMATS
from diffcheck.training.rule import VARIANTS, Rule
from diffcheck.training.rules import RULES
from diffcheck.verdict import VERDICTS

DRAFT = "http://json-schema.org/draft-07/schema#"
"""The draft that editors of TOML understand."""

Fragment = dict[str, Any]


def case_file_schema() -> Fragment:
    """The schema of a case file as a document; `defaults` and every case hold the same keys."""
    case = {"$ref": "#/definitions/case"}
    return {
        "$schema": DRAFT,
        "title": "A case file of diffcheck",
        "type": "object",
        "properties": {"defaults": case},
        "additionalProperties": case,
        "definitions": {
            "case": _object({row.name: {**_KEYS[row.name](), "description": row.says} for row in KEYS.values()}),
            "train": _object({row.name: {**_TRAIN[row.name](), "description": row.says} for row in TRAIN_KEYS.values()}),
            "array": {"anyOf": [_NUMBER, _list(_NUMBER), _list(_list(_NUMBER))]},
        },
    }


_ARRAY = {"$ref": "#/definitions/array"}
_LARGEST = sys.float_info.max
_NUMBER: Fragment = {"type": "number", "minimum": -_LARGEST, "maximum": _LARGEST}
"""A finite number: a schema cannot forbid `nan`, which TOML knows and JSON does not; the bounds forbid `inf`."""


def _object(properties: Mapping[str, Any], **more: Any) -> Fragment:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False, **more}


def _list(items: Fragment, **more: Any) -> Fragment:
    return {"type": "array", "items": items, "minItems": 1, **more}


def _by_name(value: Fragment, **more: Any) -> Fragment:
    return {"type": "object", "additionalProperties": value, **more}


def _one_or_several(value: Fragment) -> Fragment:
    return {"anyOf": [value, _list(value)]}


def _text() -> Fragment:
    return {"type": "string"}


def _truth() -> Fragment:
    return {"type": "boolean"}


def _count(most: int = MAX_POINTS) -> Fragment:
    return {"type": "integer", "minimum": 1, "maximum": most}


def _positive() -> Fragment:
    return {**_NUMBER, "minimum": 0}


def _names() -> Fragment:
    return _list({"type": "string"}, uniqueItems=True)


def _words(known: Any) -> Fragment:
    return _list({"enum": list(known)}, uniqueItems=True)


def _modes() -> Fragment:
    # The table of modes knows torch; the schema is made where torch may run.
    from diffcheck.program.modes import GROUPS, MODES

    return _words((*MODES, *GROUPS))


def _sample() -> Fragment:
    bounds = {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}
    shape = {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1, "maxItems": 2}
    return _by_name({"anyOf": [bounds, _object({"range": bounds, "shape": shape}, required=["range", "shape"])]})


def _expect() -> Fragment:
    gradient = {"anyOf": [_ARRAY, {"const": NO_GRADIENT}]}
    losses = {"type": "object", "patternProperties": {"^[1-9][0-9]*$": _NUMBER}, "additionalProperties": False}
    return _object({"gradient": _by_name(gradient), "verdict": {"enum": list(VERDICTS)}, "error": _text(), "loss": losses,
                    "parameters": _by_name(_ARRAY)})  # fmt: skip


def _optimizer() -> Fragment:
    rows = [_object({"name": {"const": rule.name}, **_options(rule)}, required=["name"]) for rule in RULES.values()]
    return {"anyOf": rows}


def _options(rule: Rule) -> Fragment:
    return {key: _option(key, default) for key, default in rule.options.items() if key not in VARIANTS}


def _option(key: str, default: Any) -> Fragment:
    """What an option holds: told by the table where that has a word on it, by its default else."""
    if key in CHECKERS:
        return _checked(CHECKERS[key])
    if key == "lr":
        return {"anyOf": [_NUMBER, _object({"tensor": _NUMBER}, required=["tensor"])]}
    if isinstance(default, bool):
        return _truth()
    if isinstance(default, list | tuple):
        return {"type": "array", "items": _NUMBER, "minItems": len(default), "maxItems": len(default)}
    return _NUMBER


def _checked(checker: Checker) -> Fragment:
    """What passes ``checker``, as far as it is one of those that are functions by themselves."""
    told: Mapping[Checker, Fragment] = {count: _count(), number: _NUMBER}
    return told.get(checker, {"type": ["array", "string"]})


def _group() -> Fragment:
    """What a group may say: the options of every rule, for which rule it is a schema cannot ask."""
    held: dict[str, list[Fragment]] = {}
    for rule in RULES.values():
        for key, fragment in _options(rule).items():
            if fragment not in held.setdefault(key, []):
                held[key].append(fragment)
    options = {key: {"anyOf": fragments} for key, fragments in held.items()}
    return _object({"parameters": _names(), **options}, required=["parameters"])


def _clip() -> Fragment:
    return {"anyOf": [_object({way: _positive()}, required=[way]) for way in ("norm", "value")]}


def _schedule() -> Fragment:
    plans = [
        _object(
            {"name": {"const": plan.name}, **{key: _checked(row) for key, row in {**plan.needed, **plan.others}.items()}},
            required=["name", *plan.needed],
        )
        for plan in PLANS.values()
    ]
    return {"anyOf": plans}


_KEYS: Mapping[str, Any] = {
    "formula": _text,
    "program": _text,
    "at": lambda: _one_or_several(_by_name(_ARRAY)),
    "sample": _sample,
    "points": _count,
    "seed": lambda: {"type": "integer", "minimum": 0},
    "spacing": lambda: {"enum": ["uniform", "log"]},
    "edges": _truth,
    "where": _text,
    "wrt": _names,
    "claim": lambda: _by_name(_text()),
    "expect": _expect,
    "order": lambda: _count(MAX_ORDER),
    "modes": _modes,
    "dtypes": lambda: _words(FORMATS),
    "devices": lambda: _words(DEVICES),
    "allow": lambda: _object({"factor": _positive(), "absolute": _positive()}),
    "arguments": _names,
    "batched": _truth,
    "contracts": _truth,
    "train": lambda: {"$ref": "#/definitions/train"},
    "sequence": lambda: {"type": "array", "items": {"enum": list(WORDS)}},
    "source": _text,
    "note": _text,
    "tags": _names,
}
"""What each key of a case holds."""

_TRAIN: Mapping[str, Any] = {
    "loss": _text,
    "parameters": lambda: _by_name(_ARRAY, minProperties=1),
    "data": lambda: _one_or_several(_by_name(_ARRAY)),
    "optimizer": _optimizer,
    "groups": lambda: _list(_group()),
    "variant": lambda: {"enum": list(VARIANTS)},
    "steps": _count,
    "accumulate": _count,
    "reduction": lambda: {"enum": list(REDUCTIONS)},
    "zero_grad": lambda: {"enum": list(CLEARINGS)},
    "clip": _clip,
    "scalars": lambda: {"enum": list(FORMATS)},
    "schedule": _schedule,
}
"""What each key of ``train`` holds."""
