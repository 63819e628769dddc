"""What the README shows is what happens."""

import doctest
import re
import subprocess
import sys
from pathlib import Path

import diffcheck
from diffcheck.cases.reader import read_text
from diffcheck.cases.schema import KEYS
from diffcheck.cases.train_schema import TRAIN_KEYS
from diffcheck.verdict import Verdict

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def _blurred(shown: str) -> str:
    """Numbers to two digits, without seconds and the witness: the last digits are the processor's."""
    shown = re.sub(r"in \d+\.\d s|numerical .*", "", shown).strip()
    return re.sub(r"\d[\d,]*(\.\d+)?(e[+-]\d+)?", lambda found: f"{float(found[0].replace(',', '')):.2g}", shown)


def test_the_python_examples_run_as_they_stand() -> None:
    assert doctest.testfile(str(ROOT / "README.md"), module_relative=False, encoding="utf-8").failed == 0


def test_the_packages_own_example_runs() -> None:
    assert doctest.testmod(diffcheck).failed == 0


def test_the_failing_example_prints_what_the_readme_shows(tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text(_blocks("toml")[0], encoding="utf-8")
    command = [sys.executable, "-m", "diffcheck", "wrong.toml"]
    environment = {"PYTHONIOENCODING": "utf-8", "PATH": "", "HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", env=environment)
    assert _blurred(done.stdout) == _blurred(_blocks("text")[0])
    assert done.returncode == 1


def test_every_case_shown_can_be_read() -> None:
    for block in _blocks("toml"):
        assert all(not hasattr(entry, "error") for entry in read_text(block, "README.md"))


def test_every_verdict_and_every_key_is_in_a_table() -> None:
    for verdict in Verdict:
        assert f"| `{verdict.word}` |" in README
    for key in KEYS:
        assert f"`{key}`" in README
    for key in TRAIN_KEYS:
        assert f"`train.{key}`" in README


def test_the_two_commands_stand_in_one_line_each() -> None:
    commands = [block.strip() for block in _blocks("sh")]
    install = "python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt"
    assert commands == [
        f"{install} . && .venv/bin/python -m diffcheck cases/",
        f"{install} -e '.[test]' && .venv/bin/python -m pytest",
    ]
