"""The tables that everything is made from, as tables to read."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import wrap

from diffcheck.commands.status import ExitStatus
from diffcheck.errors import UsageError, nearest

Rows = Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class Listing:
    """One table that can be asked for."""

    headers: tuple[str, ...]
    rows: Callable[[], Rows]
    widths: tuple[int, ...]
    """Characters of each column, beyond which its words go on in the next line; 0 where it has no end."""


_CHOICE = "torch.where(x, y, z)"
_WAYS = {"where": ("3", _CHOICE), "Piecewise": ("any", f"{_CHOICE}, nested")}
"""The arguments, and what torch runs, of names that are no function's own."""
_NUMBER = ("", "nothing: a number's spelling")


def _functions() -> Rows:
    from diffcheck.formula.array_functions import ARRAY_SPELLINGS
    from diffcheck.formula.calls import known_names
    from diffcheck.formula.functions import SPELLINGS, TABLE

    own = {row.name: [name for name in row.names if SPELLINGS.get(name) is row] for row in TABLE}
    arrays = {name: row for name, row in ARRAY_SPELLINGS.items() if name not in own}
    rows = [
        (names[0], ", ".join(names[1:]), str(row.arity), row.torch or (f"composed: {row.form}" if row.form else "none"))
        for row in TABLE
        if (names := own[row.name])
    ]
    rows += [(name, "", str(row.arity), row.torch) for name, row in arrays.items()]
    listed = {*arrays, *(name for names in own.values() for name in names)}
    ways = [(name, "", *_WAYS.get(name, _NUMBER)) for name in known_names() if name not in listed]
    return rows + ways


def _modes() -> Rows:
    from diffcheck.program.modes import GROUPS, MODES

    rows = [(mode.name, _orders(mode.orders), mode.says, "slow to begin" if mode.slow else "") for mode in MODES.values()]
    groups = [
        (word, "", "every mode of the case's order" if all(map(chosen, MODES.values())) else "those that are quick to begin", "")
        for word, chosen in GROUPS.items()
    ]
    return rows + groups


def _orders(orders: range) -> str:
    return str(orders[0]) if len(orders) == 1 else f"{orders[0]} to {orders[-1]}"


def _dtypes() -> Rows:
    from diffcheck.dtypes import FORMATS

    return [
        (
            row.name,
            str(row.bits),
            f"{row.unit_roundoff:.3g}",
            f"{row.tiny:.3g}",
            f"{row.smallest_normal:.3g}",
            f"{row.largest:.5g}",
        )
        for row in FORMATS.values()
    ]


def _rules() -> Rows:
    from diffcheck.training.rules import RULES

    return [(rule.name, ", ".join(rule.options), ", ".join(rule.variants), rule.source) for rule in RULES.values()]


def _verdicts() -> Rows:
    from diffcheck.verdict import Verdict

    return [(verdict.word, verdict.status.value, verdict.value) for verdict in Verdict]


TABLES = {
    "functions": Listing(("in a formula", "also", "arguments", "torch runs"), _functions, (28, 26, 0, 50)),
    "modes": Listing(("mode", "orders", "torch runs", ""), _modes, (0, 0, 48, 0)),
    "dtypes": Listing(("dtype", "bits", "unit roundoff", "smallest", "smallest normal", "largest"), _dtypes, (0,) * 6),
    "rules": Listing(("rule", "options", "variants", "source"), _rules, (0, 36, 24, 48)),
    "verdicts": Listing(("verdict", "the run", "what it says"), _verdicts, (0, 0, 52)),
}
"""Every table, by the word that asks for it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The one argument: a table's name."""
    parser.add_argument("table", metavar="TABLE", help=", ".join(TABLES))


def run(arguments: argparse.Namespace) -> int:
    """Print the table; raises UsageError for a word that names none."""
    print(listed(arguments.table))
    return ExitStatus.PASSED


def listed(word: str) -> str:
    """The table of that name; raises UsageError where there is none."""
    if word not in TABLES:
        raise UsageError(f"there is no table `{word}`{nearest(word, TABLES, 'the tables are')}")
    from tabulate import tabulate

    table = TABLES[word]
    rows = [[_folded(cell, width) for cell, width in zip(row, table.widths, strict=True)] for row in table.rows()]
    return tabulate(rows, table.headers, tablefmt="simple", disable_numparse=True)


def _folded(cell: str, width: int) -> str:
    return "\n".join(wrap(cell, width, break_long_words=False, break_on_hyphens=False)) if width else cell
