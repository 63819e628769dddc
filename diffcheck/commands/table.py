"""The commands: a table, one row a command, and how the first word chooses among them."""

import os

from diffcheck.commands import compare, completion, explain, files, formula, init, listing, schema, versions
from diffcheck.commands.command import PROGRAM, Command

COMMANDS = {
    row.name: row
    for row in (
        Command("init", "Write a first case file, with comments, that passes; nothing is overwritten.",
                init.add_arguments, init.run),
        Command("formula", "Check torch on a formula that stands here: a check without a file.",
                formula.add_arguments, formula.run, formula.EPILOG, formula.moved),
        Command("list", "Print a table: the functions, modes, dtypes, update rules or verdicts.",
                listing.add_arguments, listing.run),
        Command("explain", "Tell what a verdict means, with an example, and what to do.",
                explain.add_arguments, explain.run),
        Command("compare", "Tell what has changed between two runs, by their JSON.",
                compare.add_arguments, compare.run, compare.EPILOG),
        Command("schema", "Print the JSON Schema of case files, with which an editor completes and checks them.",
                schema.add_arguments, schema.run, schema.EPILOG),
        Command("versions", "Print what a bug report should tell: versions, devices, the machine.",
                versions.add_arguments, versions.run),
        Command("completion", "Print a script that completes the command line in a shell.",
                completion.add_arguments, completion.run, completion.EPILOG),
    )
}  # fmt: skip
"""Every command that is asked for by its name."""

_EXAMPLES = """\
examples:
  python -m diffcheck cases/                          every case file below cases/
  python -m diffcheck cases/course.toml -k cubic -v   one case, every result
  python -m diffcheck cases/ --dtype float32,bfloat16 --points 1000
  python -m diffcheck cases/ --device auto --mode all --dtype all
  python -m diffcheck cases/ --strict --fail-on rounded --json report.json
  python -m diffcheck --explain nan                   what a verdict means
  python -m diffcheck formula "x*sin(x)" --at x=2     no file at all

exit status: 0 all pass; 1 a case failed; 2 wrong usage; 3 a case could not be read (the others still ran);
4 internal error; 130 interrupted
"""
_COMMANDS = "\n".join(f"  {row.name:<12} {row.says}" for row in COMMANDS.values())

FILES = Command(
    "",
    "Is the gradient PyTorch computes the derivative of the formula you meant, and if not, who is wrong?",
    files.add_arguments,
    files.run,
    f"""\
commands, instead of the first PATH (a file or folder of that name wins):
{_COMMANDS}
  `{PROGRAM} COMMAND --help` tells more of each.

{_EXAMPLES}""",
)
"""What is done where the first word is no command."""


def chosen(words: list[str]) -> tuple[Command, list[str], str]:
    """The command that ``words`` ask for, its own words, and a remark, or nothing.

    A file or folder that has a command's name is a path, as it was before there was such a command; the remark says so.
    """
    first = words[0] if words else ""
    if first not in COMMANDS:
        return FILES, words, ""
    if os.path.exists(first):
        kind = "folder" if os.path.isdir(first) else "file"
        return FILES, words, f"`{first}` is read as the {kind} of that name; in another folder it is the command"
    return COMMANDS[first], words[1:], ""
