"""The JSON Schema of case files: every case holds to it, and what is built wrong does not."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from diffcheck.cases.json_schema import case_file_schema
from diffcheck.cases.schema import KEYS
from diffcheck.cases.train_schema import TRAIN_KEYS
from diffcheck.cli import main
from diffcheck.commands.init import DEFAULT
from tests.cases.runs import run_with
from tests.cases.test_keys import UNKNOWN, WRONG_TYPES, case_with
from tests.cases.test_training_errors import VALUES
from tests.marks import unmarked

SCHEMA = case_file_schema()
VALIDATOR = Draft7Validator(SCHEMA)
CASES = Path(__file__).parents[2] / "cases"
MEANINGS = (
    "is nan",
    "[nan, ",
    "is reversed",
    "not 2.0",  # to a schema, 2.0 is a whole number
    "not 0.0",
    "`edges` are sought in the ranges",
    "unknown function",
    "a condition stands",
    "has no variable",
    "a loss is one number",
    "is neither in",
    "is ragged",
    "unknown variable",
    "the batch has no value",
    "it cannot be in the data as well",
    "the loss does not take this batch",
    "unknown line-search function",
    "unknown parameter",
    "it is in exactly one group",
    "every parameter is in exactly one",
    "`train.schedule.milestones.1` is a whole number",
)
"""What the reader tells of a well-built file: it takes formulas, shapes or names that the file itself gives."""
BAD = [
    *((case_with(line, key), message) for key, line, message in WRONG_TYPES),
    *((case_with(line, ""), message) for line, message in UNKNOWN),
    *((run_with(line, key), message) for key, line, message in VALUES),
]


def _faults(text: str) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(tomllib.loads(text))]


def test_the_schema_is_a_schema_and_has_every_key() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert list(SCHEMA["definitions"]["case"]["properties"]) == list(KEYS)
    assert list(SCHEMA["definitions"]["train"]["properties"]) == list(TRAIN_KEYS)


@pytest.mark.parametrize("path", sorted(CASES.rglob("*.toml")), ids=lambda path: path.stem)
def test_every_case_holds_to_the_schema_unless_it_expects_an_error(path: Path) -> None:
    document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    bad = {name for name, case in document.items() if not VALIDATOR.is_valid({name: case})}
    assert bad <= {name for name, case in document.items() if "error" in case.get("expect", {})}


def test_the_first_case_file_holds_to_the_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init"]) == 0
    assert _faults(Path(DEFAULT).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(("annotated", "message"), BAD, ids=[message[:80] for _, message in BAD])
def test_a_bad_file_breaks_the_schema_unless_its_fault_is_one_of_meaning(annotated: str, message: str) -> None:
    meant = any(words in message for words in MEANINGS)
    assert (_faults(unmarked(annotated)) == []) == meant


def test_each_meaning_is_that_of_a_bad_file() -> None:
    assert [words for words in MEANINGS if not any(words in message for _, message in BAD)] == []


def test_the_command_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == SCHEMA
