"""A page followed as a reader would: its files written, its commands run, what they print compared.

A fenced block whose first line names a file after the language writes that file; one of ``console`` runs what stands behind
each ``$ `` and compares what is printed below it, where a line of ``...`` stands for any lines; one of ``python`` that has
``>>>`` is a doctest. Blocks of ``sh`` are for another machine (an installation), and are not run.

``python -m tests.docs.following PAGE ...`` from the project's root writes into each page what its commands print now.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^```(?P<language>[\w{}-]*) *(?P<file>[\w./-]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n?)*)", re.MULTILINE)
_DOCTEST = "import doctest, sys; sys.exit(doctest.testfile(sys.argv[1], module_relative=False, encoding='utf-8').failed)"


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    language: str
    file: str
    """The file that it writes; empty where it writes none."""
    text: str

    @property
    def kind(self) -> str:
        """What is done with it."""
        if self.file:
            return "file"
        return "doctest" if self.language == "python" and ">>>" in self.text else self.language


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a page in order."""
    return (Block(**found.groupdict()) for found in _FENCE.finditer(text))


def commands(text: str) -> list[tuple[str, str]]:
    """The commands of a console, each with what is shown below it."""
    return [(command, shown.rstrip("\n")) for command, shown in _COMMAND.findall(text)]


@dataclass
class Console:
    """A shell in a folder, with the interpreter of the tests as ``python``."""

    folder: Path
    binaries: Path
    status: int = 0
    """That of the last command, which ``$?`` tells."""

    def __post_init__(self) -> None:
        self.binaries.mkdir(parents=True, exist_ok=True)
        # A link to the interpreter of a virtual environment would not be in it.
        for name in ("python", "python3"):
            script = self.binaries / name
            script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
            script.chmod(0o755)

    def run(self, command: str) -> str:
        """What ``command`` prints, errors too."""
        environment = {
            "PATH": f"{self.binaries}{os.pathsep}{os.defpath}",
            "PYTHONPATH": str(ROOT),
            "PYTHONIOENCODING": "utf-8",
            "PYTHONDONTWRITEBYTECODE": "1",  # a file that is written twice within a second would run as it was
            "OMP_NUM_THREADS": "1",
            "HOME": str(self.folder),
        }
        script = f"(exit {self.status})\n{command}"
        done = subprocess.run(
            ["sh", "-c", script], cwd=self.folder, env=environment, encoding="utf-8", stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=300, check=False,
        )  # fmt: skip
        self.status = done.returncode
        return "\n".join(map(str.rstrip, done.stdout.rstrip("\n").split("\n")))


def follow(text: str, folder: Path) -> list[str]:
    """What is not as the page says, each in words; nothing where a reader finds all as told."""
    console = Console(folder / "page", folder / "bin")
    console.folder.mkdir()
    found: list[str] = []
    for kind, group in groupby(blocks(text), key=lambda block: block.kind):
        for block in group if kind != "doctest" else [Block("python", "", "\n".join(each.text for each in group))]:
            found += _done(kind, block, console)
    return found


def _done(kind: str, block: Block, console: Console) -> Iterator[str]:
    if kind == "file":
        path = console.folder / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
    elif kind == "doctest":
        path = console.binaries / "doctest.txt"
        path.write_text(block.text, encoding="utf-8")
        printed = console.run(f'python -c "{_DOCTEST}" "{path}"')
        if console.status:
            yield printed
    elif kind == "console":
        for command, shown in commands(block.text):
            printed = console.run(command)
            if not matches(shown, printed):
                yield f"$ {command}\nprints\n{printed}\nand not\n{shown}"


def matches(shown: str, printed: str) -> bool:
    """``printed`` is what is ``shown``, but for seconds and the last digits."""
    parts = [re.escape(blurred(part)) for part in re.split(r"^\.\.\.$", shown, flags=re.MULTILINE)]
    return re.fullmatch(".*".join(parts), blurred(printed), re.DOTALL) is not None


def blurred(shown: str) -> str:
    """Numbers to two digits, without seconds, versions and the witness: the last digits are the processor's."""
    shown = re.sub(r"in \d+\.\d+ ?s\b|numerical .*|\d+\.\d+\.\d+(\+\w+)?", "", shown)
    shown = re.sub(r"[ \t]+", " ", re.sub(r"-{3,}|={3,}|_{3,}", "---", shown))
    # How much of its allowance a sound run uses is the processor's too.
    shown = re.sub(r"(?m)(?<= )0\.\d+$|(?<= )\d\.\d+e-\d+$|(?<= )0$", "below 1", shown)
    return re.sub(r"\d[\d,]*(\.\d+)?(e[+-]?\d+)?", lambda found: f"{float(found[0].replace(',', '')):.2g}", shown).strip()


def rewritten(text: str, folder: Path) -> str:
    """The page with what its commands print now; what is cut short by ``...`` stays as it is."""
    console = Console(folder / "page", folder / "bin")
    console.folder.mkdir()

    def anew(found: re.Match[str]) -> str:
        block = Block(**found.groupdict())
        if block.kind != "console":
            list(_done(block.kind, block, console))
            return found[0]
        told = []
        for command, shown in commands(block.text):
            printed = console.run(command)
            kept = shown if "..." in shown.splitlines() or matches(shown, printed) else printed
            told.append(f"$ {command}\n" + (f"{kept}\n" if kept else ""))
        return f"```console\n{''.join(told)}```"

    return _FENCE.sub(anew, text)


if __name__ == "__main__":
    for page in map(Path, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as made:
            page.write_text(rewritten(page.read_text(encoding="utf-8"), Path(made)), encoding="utf-8")
