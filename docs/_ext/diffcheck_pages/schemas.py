"""The case file and the results as Markdown, from their JSON Schemas."""

import json
from collections.abc import Mapping
from typing import Any

from diffcheck.cases.json_schema import case_file_schema
from diffcheck.report.document import SCHEMA_FILE
from diffcheck_pages.markdown import code, plain, table

Fragment = Mapping[str, Any]
_WORDS = 12
"""Choices that are listed; of more, how many there are is told."""
_DEFINITIONS = {
    "verdict": "a verdict",
    "number": "a number",
    "numberOrNull": "a number or null",
    "array": "a number or an array of them",
    "train": "a table: see below",
}
"""Small definitions that are told in place."""


def case_keys() -> str:
    """Every key of a case, and every key of its ``train``."""
    known = case_file_schema()["definitions"]
    headers = ("key", "holds", "what it is")
    named = (("case", ""), ("train", "train."))
    case, train = (table(headers, _rows(known[name]["properties"], prefix)) for name, prefix in named)
    return f"## Keys of a case\n\n{case}\n## Keys of `train`\n\n{train}"


def _rows(properties: Fragment, prefix: str) -> list[tuple[str, str, str]]:
    return [(code(prefix + name), shape(row), plain(row["description"])) for name, row in properties.items()]


def results() -> str:
    """Every field of the results' document."""
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    parts = [f"## The document\n\n{plain(schema['description'])}\n\n{_fields(schema)}"]
    for name, row in schema["$defs"].items():
        told = plain(row.get("description", ""))
        parts.append(f"## {name}\n\n{told}\n\n{_fields(row) if 'properties' in row else _kind(row)}")
    return "\n".join(parts)


def _kind(row: Fragment) -> str:
    return f"It is {shape(row)}.\n"


def _fields(row: Fragment) -> str:
    needed = row.get("required", ())
    fields = [
        (code(name), shape(each), "always" if name in needed else "", plain(each.get("description", "")))
        for name, each in row["properties"].items()
    ]
    return table(("field", "holds", "there", "what it is"), fields)


def shape(row: Fragment) -> str:
    """What a value may be, in words."""
    for key, told in _SHAPES.items():
        if key in row:
            return told(row)
    return "anything"


def _reference(row: Fragment) -> str:
    name = row["$ref"].rpartition("/")[2]
    return _DEFINITIONS.get(name, code(name))


def _choices(row: Fragment) -> str:
    found = row["enum"]
    return ", ".join(code(str(each)) for each in found) if len(found) <= _WORDS else f"one of {len(found)} words"


def _either(row: Fragment) -> str:
    told = dict.fromkeys(map(shape, row["anyOf"]))
    return " or ".join(told) if len(told) <= 3 else f"a table, one of {len(row['anyOf'])} kinds"


_TYPES = {"string": "text", "boolean": "`true` or `false`", "integer": "a whole number", "number": "a number", "null": "null"}


def _typed(row: Fragment) -> str:
    kinds = row["type"] if isinstance(row["type"], list) else [row["type"]]
    return " or ".join(_of_type(kind, row) for kind in kinds)


def _of_type(kind: str, row: Fragment) -> str:
    if kind == "array":
        return f"a list of {shape(row['items'])}" if row.get("items") else "a list"
    if kind != "object":
        return _TYPES[kind]
    if row.get("properties"):
        return "a table with " + ", ".join(map(code, row["properties"]))
    inner = row.get("additionalProperties") or next(iter(row.get("patternProperties", {}).values()), None)
    return f"by name: {shape(inner)}" if inner else "a table"


_SHAPES = {
    "$ref": _reference,
    "enum": _choices,
    "const": lambda row: code(str(row["const"])),
    "anyOf": _either,
    "type": _typed,
}
"""How each kind of schema is told, the first that is there."""
