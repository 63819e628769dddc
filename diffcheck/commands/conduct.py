"""The options that say how cases are run and what fails, and what they mean."""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from diffcheck.errors import UsageError

if TYPE_CHECKING:
    from diffcheck.cases.case import Case
    from diffcheck.cases.reader import Unreadable
    from diffcheck.results import CaseResult, RunResult
    from diffcheck.run import Overrides
    from diffcheck.verification import Settings


def add_conduct(parser: argparse.ArgumentParser) -> None:
    """The options of every command that runs cases."""
    add = parser.add_argument
    add("--dtype", action="append", metavar="NAMES", help="instead of the cases' own: names with commas between, or all")
    add("--mode", action="append", metavar="NAMES", help="instead of the cases' own: names with commas between, or all")
    add("--device", action="append", metavar="NAMES", help="instead of the cases' own: names, all, or auto: those that are here")
    add("--points", type=int, metavar="N", help="how many points are sampled, instead of the cases' own")
    add("--seed", type=int, metavar="N", help="the seed of the sample, instead of the cases' own")
    add("--edges", action="store_true", help="hard places in the ranges of `sample` are points too, for every case")
    add("--strict", action="store_true", help="undecided fails")
    add("--fail-on", action="append", metavar="VERDICTS", help="verdicts that fail besides those that always do")
    add("--allow-import", action="store_true", help="cases may import programs from outside torch: runs their code")


def run_entries(entries: "list[Case | Unreadable]", arguments: argparse.Namespace, *, fail_fast: bool = False) -> "RunResult":
    """The results of ``entries`` as the options ask for them; with ``fail_fast``, up to the first that does not pass.

    Raises UsageError for options that ask for what does not exist.
    """
    from diffcheck.commands.progress import progress
    from diffcheck.run import run

    settings, overrides = _settings(arguments), _overrides(arguments)
    failed: list[CaseResult] = []

    def note(result: "CaseResult") -> None:
        bar.advance()
        if not result.passed:
            failed.append(result)

    with progress(len(entries)) as bar:
        wanted = _until(failed, entries) if fail_fast else iter(entries)
        found = run(wanted, settings, overrides, on_result=note, on_start=lambda entry: bar.name(entry.name))
    return replace(found, left=len(entries) - len(found.cases))


def _until(failed: "list[CaseResult]", entries: "list[Case | Unreadable]") -> "Iterator[Case | Unreadable]":
    """``entries`` until one has ``failed``."""
    for entry in entries:
        if failed:
            return
        yield entry


def _overrides(arguments: argparse.Namespace) -> "Overrides":
    from diffcheck.dtypes import FORMATS
    from diffcheck.options import named, named_devices, require_points
    from diffcheck.program.modes import GROUPS, MODES
    from diffcheck.run import Overrides

    require_points(arguments.points, "--points")
    if arguments.seed is not None and arguments.seed < 0:
        raise UsageError(f"--seed is {arguments.seed}; it is a whole number, 0 or more")
    return Overrides(
        modes=named(arguments.mode, {**MODES, **dict.fromkeys(GROUPS)}, "mode"),
        dtypes=named(arguments.dtype, FORMATS, "dtype"),
        devices=named_devices(arguments.device),
        points=arguments.points,
        seed=arguments.seed,
        edges=arguments.edges or None,
    )


def _settings(arguments: argparse.Namespace) -> "Settings":
    from diffcheck.options import named
    from diffcheck.results import Policy
    from diffcheck.verdict import VERDICTS
    from diffcheck.verification import Settings

    policy = Policy.asked(named(arguments.fail_on, VERDICTS, "verdict") or (), strict=arguments.strict)
    illustrated = any(path is not None for path in (arguments.plots, arguments.html))
    return Settings(allow_import=arguments.allow_import, policy=policy, illustrated=illustrated)
