"""The JSON Schema: it holds of every document, and of nothing that has a field more or less."""

import json
import math
from copy import deepcopy
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from diffcheck.cli import main
from diffcheck.errors import CaseError
from diffcheck.illustrations import Series
from diffcheck.report.document import SCHEMA, SCHEMA_FILE, render
from diffcheck.results import CaseResult, Finding, Policy, Result, RunResult, Subject
from diffcheck.verdict import VERDICTS, Verdict

SCHEMA_TEXT: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA_TEXT)


def _faults(document: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(document)]


def _written(*cases: CaseResult, interrupted: bool = False) -> Any:
    return json.loads(render(RunResult(cases, 1.9, {"torch": "2.13.0"}, 0, interrupted)))


FULL = Finding(
    {"x": 0.25, "w[0]": math.inf, "w[1]": math.nan, "m[0,0]": 1.0, "m[1,0]": -math.inf}, Verdict.WRONG, 1.5, ("1.4", "1.5"),
    math.inf, 9e3, math.nan, "automatic", (1.49, 1e-9), "a cause", "0", "an edge", "a culprit", "a repro",
)  # fmt: skip
EMPTY = Finding({}, Verdict.DETACHED, None, None, None, None, None)
SUBJECT = Subject("reverse", "float64", "cpu", "x", 1)
RUN = Series("float32", "cpu", (1.0, math.inf), (1.0, math.nan), (0.5, None), (None, math.inf), ((2, -math.inf),))
CASE = CaseResult(
    "öd|d `\"'\\\n\u2028\x1b\x00", "cases/a b.toml", 7, ("x",),
    (Result(SUBJECT, {Verdict.AGREES: 997, Verdict.WRONG: 3}, FULL), Result(SUBJECT, {Verdict.DETACHED: 1}, EMPTY),
     Result(Subject("claim", None, None, "x", 1), {}, None, "a note"),
     Result(Subject("contract", "float64", "cpu", None, 0, contract="linear"), {Verdict.UNDECIDED: 1})),
    expected=Verdict.WRONG, note="a note", series=(RUN,),
)  # fmt: skip
UNREAD = CaseResult("bad", "f.toml", 3, error=CaseError("no", "f.toml", 3, 12, "  ^"))


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA_TEXT)
    assert SCHEMA_TEXT["properties"]["schema"] == {"const": SCHEMA}


def test_the_schema_is_beside_the_module_in_the_package() -> None:
    assert json.loads(files("diffcheck.report").joinpath("schema.json").read_text(encoding="utf-8")) == SCHEMA_TEXT


def test_the_schema_knows_the_verdicts_in_their_order() -> None:
    assert SCHEMA_TEXT["$defs"]["verdict"]["enum"] == list(VERDICTS)


def _objects(schema: Any) -> list[dict[str, Any]]:
    """Every schema of an object with properties of its own, wherever in ``schema``, but for the condition of a case."""
    if isinstance(schema, list):
        return [found for each in schema for found in _objects(each)]
    if not isinstance(schema, dict):
        return []
    below = [found for key, each in schema.items() if key not in ("if", "then") for found in _objects(each)]
    return [schema, *below] if schema.get("type") == "object" and "properties" in schema else below


def test_every_object_lists_all_its_fields_and_allows_no_other() -> None:
    found = _objects(SCHEMA_TEXT)
    names = sorted({"case", "error", "result", "finding", "series"} & SCHEMA_TEXT["$defs"].keys())
    assert len(found) == 1 + len(names)
    for each in found:
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])


@pytest.mark.parametrize(
    "cases",
    [(), (CASE,), (UNREAD,), (CASE, UNREAD), (replace(CASE, results=()),)],
    ids=["none", "odd", "unread", "both", "empty"],
)
@pytest.mark.parametrize("interrupted", [False, True])
def test_made_up_runs_are_valid(cases: tuple[CaseResult, ...], interrupted: bool) -> None:
    assert _faults(_written(*cases, interrupted=interrupted)) == []


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_is_valid_wherever_it_stands(verdict: Verdict) -> None:
    result = Result(SUBJECT, {verdict: 1}, replace(FULL, verdict=verdict))
    assert _faults(_written(replace(CASE, results=(result,), expected=verdict))) == []


def _places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to every object of ``document`` that is a record: no counts, point or versions."""
    below = document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    found = [place for key, each in below for place in _places(each, (*path, key))]
    open_ended = path and path[-1] in ("counts", "point", "versions")
    return [path, *found] if isinstance(document, dict) and not open_ended else found


WRITTEN = _written(CASE, UNREAD)


def _at(document: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


@pytest.mark.parametrize("path", _places(WRITTEN), ids=str)
def test_a_field_more_or_a_field_less_is_a_fault_in_every_record(path: tuple[Any, ...]) -> None:
    more = deepcopy(WRITTEN)
    _at(more, path)["surplus"] = 1
    assert len(_faults(more)) == 1
    for key in _at(WRITTEN, path):
        less = deepcopy(WRITTEN)
        del _at(less, path)[key]
        assert _faults(less), key


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), 2), (("seconds",), -1.0), (("counts", "fine"), 1), (("cases", 0, "verdict"), "fine"),
        (("cases", 0, "results", 0, "worst", "actual"), "NaN"), (("cases", 0, "results", 0, "worst", "expected"), ["1"]),
        (("cases", 0, "results", 0, "counts", "wrong"), 1.5), (("cases", 0, "series", 0, "losses"), [None]),
        (("cases", 0, "series", 0, "expected"), [[1.5, 1.0]]), (("cases", 1, "passed"), True),
        (("cases", 1, "results"), WRITTEN["cases"][0]["results"]),
    ],
    ids=str,
)  # fmt: skip
def test_a_value_of_another_kind_is_a_fault(path: tuple[Any, ...], value: Any) -> None:
    other = deepcopy(WRITTEN)
    _at(other, path[:-1])[path[-1]] = value
    assert _faults(other)


FLOATS = st.floats()
FINDINGS = st.builds(
    Finding,
    st.dictionaries(st.from_regex(r"[a-z]\w{0,3}", fullmatch=True), FLOATS, max_size=2), st.sampled_from(Verdict),
    FLOATS | st.none(),
    st.none() | st.tuples(st.text(), st.text()), FLOATS | st.none(), FLOATS | st.none(), FLOATS | st.none(), st.text(),
    st.none() | st.tuples(FLOATS, FLOATS), st.text(), st.text(), st.text(), st.text(), st.text(),
)  # fmt: skip
WORDS = st.none() | st.text()
SUBJECTS = st.builds(
    Subject, st.sampled_from(["reverse", "value", "claim", "step 3", "replay"]), WORDS, WORDS, st.none() | st.just("x,y"),
    st.integers(0, 3), st.text(), st.text(),
)  # fmt: skip
RESULTS = st.builds(
    Result, SUBJECTS, st.dictionaries(st.sampled_from(Verdict), st.integers(1), max_size=3), st.none() | FINDINGS, st.text()
)
LISTS = st.lists(FLOATS, max_size=3).map(tuple)
RUNS = st.builds(
    Series, st.text(), st.text(), LISTS, LISTS, st.lists(FLOATS | st.none(), max_size=3).map(tuple), LISTS,
    st.lists(st.tuples(st.integers(1), FLOATS), max_size=2).map(tuple),
)  # fmt: skip
READ = st.builds(
    CaseResult, st.text(), st.text(), st.integers(0), st.just(("x",)), st.lists(RESULTS, max_size=3).map(tuple), st.none(),
    st.just(False), st.none() | st.sampled_from(Verdict), st.text(),
    st.builds(Policy, st.frozensets(st.sampled_from(Verdict))), st.lists(RUNS, max_size=2).map(tuple),
)  # fmt: skip
ERRORS = st.builds(CaseError, st.text(), st.text(), st.integers(0), st.integers(0))
CASES = READ | st.builds(lambda name, error: CaseResult(name, error.file, error.line, error=error), st.text(), ERRORS)


@given(st.lists(CASES, max_size=3), st.booleans())
def test_every_run_is_valid(cases: list[CaseResult], interrupted: bool) -> None:
    assert _faults(_written(*cases, interrupted=interrupted)) == []


FILE = """
[good]
formula = "x**2"
at.x    = 3.0

["öd|d `name`"]
formula = "dot(w, w) + abs(x)"
at      = [{ x = 0.0, w = [1.0, 2.0] }]
claim.x = "2*x"

[expected]
formula = "x**2"
at.x    = 3.0
expect.gradient.x = 7.0

[undecided]
formula = "floor(sin(x)**2 + cos(x)**2)"
at.x    = 1.0

[bad]
formula = "sine(x)"
at.x    = 1.0

[line]
train.loss       = "(w*x - y)**2"
train.parameters = { w = 1.0 }
train.data       = { x = 2.0, y = 10.0 }
train.optimizer  = { name = "SGD", lr = 0.01 }
train.steps      = 3
expect.loss      = { 1 = 64.0 }
dtypes           = ["float32"]
"""


def test_a_run_of_the_command_line_is_valid(tmp_path: Path) -> None:
    (tmp_path / "cases.toml").write_text(FILE, encoding="utf-8")
    assert main([str(tmp_path / "cases.toml"), "-q", "--json", str(tmp_path / "out.json")]) == 1
    document = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert _faults(document) == []
    cases = {case["name"]: case for case in document["cases"]}
    assert cases["good"]["passed"]
    assert cases["undecided"]["verdict"] == "undecided"
    assert not cases["expected"]["passed"]
    assert cases["bad"]["error"]
    assert cases["line"]["series"]
    assert isinstance(cases["öd|d `name`"]["results"][0]["worst"]["point"]["w"], list)
