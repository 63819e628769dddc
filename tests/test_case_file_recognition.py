"""Which TOML files pytest collects as case files."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import diffcheck
from diffcheck import pytest_plugin
from diffcheck.cases.reader import read_file
from diffcheck.cases.schema import KEYS

ROOT = Path(diffcheck.__file__).parent.parent

CASE = '[right]\nformula = "x*sin(x)"\nat.x = 1.0\n'
BROKEN = '[broken]\nformula = "x\n'
COLLECTED = {
    "a formula and a point": CASE,
    "a formula alone": '[a]\nformula = "x"\n',
    "a formula for all": '[defaults]\nformula = "x"\n[a]\nat.x = 1\n',
    "a case that has no formula": CASE + "[b]\nat.x = 1\n",
    "a key that there is none of": CASE + "dtype = 1\n",
    "a key outside": "title = 1\n" + CASE,
    "two brackets": "[" + CASE.replace("]", "]]", 1),
    "training": "[a.train]\nloss = 'w'\nparameters.w = 1\n",
    "a case beside one with a misspelt formula": CASE + '[second]\nforumla = "sin(x)"\n',
    "a misspelt formula alone": '[a]\nformul = "x"\nat.x = 1\n',
    "a misspelt formula and ranges": '[a]\nformulla = "x"\nsample = { x = [0, 1] }\n',
    "a case without a table": 'formula = "x"\nat.x = 1\n',
    "a case beside something else": CASE + '[tool]\nname = "x"\n',
    "broken, a formula": BROKEN,
    "broken, a run": "[a]\ntrain.loss = \n",
    "broken, a run in a table": "[a.train]\nloss = \n",
    "not UTF-8": '[a]\nformula = "x" # \udcff\n',
    "a mark before it": "\ufeff" + CASE,
}
OTHERS = {
    "empty": "",
    "defaults alone": "[defaults]\npoints = 3\n",
    "substances": '[water]\nformula = "H2O"\nmass = 18\n',
    "a model": '[model]\nformula = "y ~ x"\nat = 1\n[data]\npath = "a.csv"\n',
    "a network": '[baseline.train]\nloss = "mse"\nlr = 0.1\n',
    "formula is no text": "[a]\nformula = 1\nat.x = 1\n",
    "no table": 'formula = "x"\n',
    "a point of something else": '[a]\nformat = "x"\nat.x = 1\n',
    "broken": "[a]\nb = \n",
}


@pytest.mark.parametrize("text", COLLECTED.values(), ids=COLLECTED)
def test_what_reads_as_a_case_file_is_collected(text: str, tmp_path: Path) -> None:
    path = tmp_path / "cases.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert pytest_plugin.is_case_file(path)


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_other_toml_is_left_alone(text: str, tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text(text, encoding="utf-8")
    assert not pytest_plugin.is_case_file(path)


@pytest.mark.parametrize("name", ["pyproject.toml", "cases.txt", "cases.toml.orig"])
def test_a_file_of_another_name_is_left_alone(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(CASE, encoding="utf-8")
    assert not pytest_plugin.is_case_file(tmp_path / name)


@pytest.mark.parametrize("path", sorted((ROOT / "cases").glob("*.toml")), ids=lambda path: path.name)
def test_every_case_file_of_the_project_is_collected(path: Path) -> None:
    assert pytest_plugin.is_case_file(path)


@given(st.binary(max_size=200) | st.text(alphabet="[]a.=formula'\" \n{}", max_size=200).map(str.encode))
def test_no_file_whatever_is_in_it_breaks_a_collection(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "anything.toml"
    path.write_bytes(data)
    if pytest_plugin.is_case_file(path):
        assert read_file(path), "a file that is collected has an item"


def test_the_keys_that_a_case_is_known_by_are_keys_of_a_case() -> None:
    assert pytest_plugin.MARKS - KEYS.keys() == set()
