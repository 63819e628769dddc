"""The command line as Markdown, from its own parsers."""

import argparse
import re
from enum import IntEnum

from diffcheck.commands.command import PROGRAM, Command
from diffcheck_pages.markdown import block, code, codes, plain, table

_STATUS = re.compile(r"(\d+) ([^;(]+(?:\([^)]*\))?)")


def command(row: Command) -> str:
    """One command: what it does, its arguments and options, its examples."""
    parser = row.parser()
    title = f"`{PROGRAM} {row.name}`" if row.name else f"`{PROGRAM}`"
    rows = [(_option(action), plain(action.help or ""), bool(action.option_strings)) for action in parser._actions]
    arguments, options = ([row[:2] for row in rows if row[2] is wanted] for wanted in (False, True))
    return "\n".join(
        (
            f"## {title}\n",
            f"{plain(row.says)}\n",
            *([table(("argument", "what it is"), arguments), ""] if arguments else []),
            table(("option", "what it does"), options),
            block(row.epilog) if row.epilog else "",
        )
    )


def _option(action: argparse.Action) -> str:
    """How an argument, or an option with what it takes, is written."""
    if not action.option_strings:
        return code(str(action.metavar or action.dest))
    takes = action.metavar or (f"{{{','.join(action.choices)}}}" if action.choices else "")
    return codes(f"{word} {takes}".strip() for word in action.option_strings)


def exit_statuses(epilog: str, statuses: type[IntEnum]) -> str:
    """Every status, in the words that the help has for it."""
    told = epilog[epilog.index("exit status:") :]
    words = {int(number): " ".join(text.split()) for number, text in _STATUS.findall(told)}
    return table(("status", "when"), [(str(status.value), plain(words[status.value])) for status in statuses])
