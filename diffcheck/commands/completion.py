"""Completion of the command line in a shell, by the package shtab."""

import argparse
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from diffcheck.commands.command import PROGRAM
from diffcheck.commands.status import ExitStatus
from diffcheck.errors import UsageError

SHELLS = ("bash", "zsh", "tcsh")
SCRIPT = "diffcheck"
"""The console script: a shell completes the words behind a program's name, and `python -m diffcheck` begins with Python's."""
EPILOG = f"""\
for this session of bash:
  eval "$({PROGRAM} completion bash)"

It completes the console script `{SCRIPT}`, and needs the package shtab.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The one argument: a shell."""
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))


def run(arguments: argparse.Namespace) -> int:
    """Print the script; raises UsageError where shtab is not installed."""
    print(script(arguments.shell))
    return ExitStatus.PASSED


def script(shell: str) -> str:
    """What ``shell`` is to read; raises UsageError where shtab is not installed."""
    try:
        shtab = import_module("shtab")
    except ImportError:
        raise UsageError("completion needs the package shtab: pip install shtab") from None
    return str(shtab.complete(_grammar(shtab), shell))


def _grammar(shtab: Any) -> argparse.ArgumentParser:
    """Every command in one parser, which argparse itself could not tell from a path, with what stands for what."""
    from diffcheck.commands.table import COMMANDS, FILES

    whole = argparse.ArgumentParser(prog=SCRIPT, description=FILES.says)
    below = whole.add_subparsers()
    for command in COMMANDS.values():
        command.add_arguments(below.add_parser(command.name, help=command.says, description=command.says))
    FILES.add_arguments(whole)
    for parser in (whole, *below.choices.values()):
        for action in parser._actions:
            _tell(action, shtab)
    return whole


def _tell(action: argparse.Action, shtab: Any) -> None:
    """What the shell may put in an argument's place."""
    from diffcheck.cases.schema import DEVICES
    from diffcheck.commands.listing import TABLES
    from diffcheck.dtypes import FORMATS
    from diffcheck.verdict import VERDICTS

    words: dict[str, Iterable[str]] = {
        "table": TABLES, "verdict": VERDICTS, "explain": VERDICTS, "fail_on": VERDICTS, "dtype": FORMATS,
        "device": (*DEVICES, "auto", "all"),
    }  # fmt: skip
    places = {**dict.fromkeys(("FILE", "PATH", "BEFORE", "AFTER"), shtab.FILE), "DIR": shtab.DIRECTORY}
    if action.dest in words:
        action.choices = tuple(words[action.dest])
    if action.metavar in places:
        action.complete = places[action.metavar]  # type: ignore[attr-defined]
