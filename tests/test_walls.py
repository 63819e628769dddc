"""The walls between the rooms: imports point one way, and what must start fast imports nothing heavy."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import diffcheck

ROOT = Path(diffcheck.__file__).parent

LIGHT = ("torch", "flint", "sympy", "numpy", "diffcheck")

#    whoever stands in     may not import                   but may
WALLS = (
    ("diffcheck.formula", ("torch", "flint", "diffcheck"), ("diffcheck.formula", "diffcheck.errors")),
    ("diffcheck.truth",   ("torch", "diffcheck.program"),  ()),
    ("diffcheck.program", ("flint", "diffcheck.truth"),    ()),
    ("diffcheck.mathml",  ("torch", "flint", "diffcheck"), ("diffcheck.mathml", "diffcheck.cases", "diffcheck.formula",
                                                           "diffcheck.truth.derivative", "diffcheck.illustrations",
                                                           "diffcheck.results", "diffcheck.errors")),
    ("diffcheck.report",  LIGHT, ("diffcheck.report", "diffcheck.results", "diffcheck.illustrations", "diffcheck.verdict",
                                  "diffcheck.errors")),
    ("diffcheck.cases",   ("torch", "flint"),              ()),
    ("diffcheck.training.rule",    LIGHT, ("diffcheck.training.rule",)),
    ("diffcheck.training.rules",   LIGHT, ("diffcheck.training.rule",)),
    ("diffcheck.training.exact",   ("torch", "diffcheck.program", "diffcheck.training.running"), ()),
    ("diffcheck.training.running", ("flint", "diffcheck.truth", "diffcheck.training.exact"),     ()),
    ("diffcheck.verdict", LIGHT,                           ("diffcheck.dtypes",)),
    ("diffcheck.dtypes",  LIGHT,                           ()),
    ("diffcheck.errors",  LIGHT,                           ()),
    ("diffcheck.illustrations", LIGHT,                     ()),
    ("diffcheck.portraits", ("diffcheck.report", "diffcheck.verification", "diffcheck.commands"), ()),
    ("diffcheck.witness",   ("diffcheck.report", "diffcheck.verification", "diffcheck.commands"), ()),
    ("diffcheck.pytest_settings",  ("torch", "flint", "sympy", "numpy", "diffcheck.truth", "diffcheck.report"), ()),
    ("diffcheck.pytest_plugin",    LIGHT, ("diffcheck.pytest_settings", "diffcheck.assertion", "diffcheck.cases",
                                           "diffcheck.run", "diffcheck.report", "diffcheck.results", "diffcheck.verdict",
                                           "diffcheck.errors")),
)  # fmt: skip
HEAVY = ("torch", "sympy", "numpy", "flint")


def _module_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every module that the file at ``path`` imports, wherever in it, with the line; type checkers' imports too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{_module_of(path)}:{node.lineno} imports relatively: no wall can be seen"
            for full in (f"{node.module}.{alias.name}" for alias in node.names):
                yield node.lineno, full if _is_module(full) else str(node.module)


def _is_module(name: str) -> bool:
    place = ROOT.parent.joinpath(*name.split("."))
    return place.with_suffix(".py").exists() or (place / "__init__.py").exists()


def _within(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def _crossings(path: Path) -> list[str]:
    """Each import of the file at ``path`` that goes through a wall, both ends named."""
    here = _module_of(path)
    walls = [(forbidden, allowed) for room, forbidden, allowed in WALLS if _within(here, room)]
    return [
        f"{here}:{line} imports {there}"
        for line, there in _imports(path)
        for forbidden, allowed in walls
        if any(_within(there, room) for room in forbidden) and not any(_within(there, room) for room in allowed)
    ]


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=_module_of)
def test_imports_point_one_way(path: Path) -> None:
    assert _crossings(path) == []


def test_every_wall_has_somebody_behind_it() -> None:
    modules = [_module_of(path) for path in ROOT.rglob("*.py")]
    assert [room for room, _, _ in WALLS if not any(_within(module, room) for module in modules)] == []


def test_an_import_through_a_wall_is_told_with_both_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "diffcheck" / "truth"
    package.mkdir(parents=True)
    (package / "spy.py").write_text("import math\n\ndef f():\n    from torch import nn\n", encoding="utf-8")
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path / "diffcheck")
    assert _crossings(package / "spy.py") == ["diffcheck.truth.spy:4 imports torch"]


@pytest.mark.parametrize(
    "module", ["diffcheck", "diffcheck.cli", "diffcheck.pytest_plugin", "diffcheck.verdict", "diffcheck.errors"]
)
def test_importing_it_imports_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent)
    assert done.stdout.strip() == "[]", f"{module} imports {done.stdout.strip()}"
