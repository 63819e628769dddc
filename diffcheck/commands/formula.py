"""Check a formula that stands on the command line: a check without a file."""

import argparse
from typing import Any

from diffcheck.commands.conduct import add_conduct, run_entries
from diffcheck.commands.output import add_output, prepare, status, write
from diffcheck.commands.points import claims_of, points_of, ranges_of
from diffcheck.errors import UsageError
from diffcheck.report.naming import shortened

EPILOG = """\
examples:
  python -m diffcheck formula "x*sin(x)" --at x=2
  python -m diffcheck formula "x*y**2" --at x=2,y=3 --at x=-1,y=0.5     two points
  python -m diffcheck formula "dot(x, w)" --at "w=[1, 2]" --at "x=[3, 4]" --wrt w
  python -m diffcheck formula "log(1 + x)" --sample x=0:1e-8 --dtype float32,bfloat16 --mode all
  python -m diffcheck formula "x/(1 + exp(-x))" --sample x=-20:20 --program torch.nn.functional:silu

A formula that begins with a minus sign is read as one where it comes first.
"""
NAME_WIDTH = 60
"""Characters of the formula that name the case in the report."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of a check of one formula."""
    add = parser.add_argument
    add("formula", metavar="FORMULA", help="the formula that is meant, as in a case file")
    add("--at", action="append", metavar="NAME=NUMBER", help="a point; a name that is given again begins another point")
    add("--sample", action="append", metavar="NAME=LOW:HIGH", help="a range to sample; NAME[3]=LOW:HIGH for an array of three")
    add("--where", metavar="CONDITION", help="a condition that sampled points meet: 'x < y'")
    add("--spacing", choices=("uniform", "log"), help="how sampled points are spread")
    add("--wrt", action="append", metavar="NAMES", help="the variables to differentiate by, with commas between")
    add("--order", type=int, metavar="N", help="the order of the partials")
    add("--claim", action="append", metavar="NAME=FORMULA", help="a derivative made by hand, held against the exact one")
    add("--program", metavar="MODULE:NAME", help="code that claims to compute the formula")
    add_conduct(parser)
    add_output(parser)


def moved(words: list[str], parser: argparse.ArgumentParser) -> list[str]:
    """``words`` with a first one such as ``-x**2`` where argparse takes it for no option: at the end, behind ``--``."""
    first = words[0] if words else ""
    known = any(first == option for action in parser._actions for option in action.option_strings)
    return [*words[1:], "--", first] if first[:1] == "-" and first[:2] != "--" and not known else words


def run(arguments: argparse.Namespace) -> int:
    """Check the formula; the exit status. Raises CaseError, or UsageError, for words that make no case."""
    from diffcheck.cases.reader import Place, build_case

    table = _table(arguments)
    name = shortened(" ".join(arguments.formula.split()), NAME_WIDTH)
    case = build_case(name, table, Place(name, table))
    prepare(arguments)
    result = run_entries([case], arguments)
    write(result, arguments)
    return status(result)


def _table(arguments: argparse.Namespace) -> dict[str, Any]:
    """The case as a table of a case file; what is not said is not in it."""
    if not arguments.at and not arguments.sample:
        raise UsageError("there is no point to check: give --at x=2 or --sample x=-5:5")
    said = {
        "formula": arguments.formula,
        "at": points_of(arguments.at or []),
        "sample": ranges_of(arguments.sample or []),
        "where": arguments.where,
        "spacing": arguments.spacing,
        "wrt": [name.strip() for part in arguments.wrt or [] for name in part.split(",")],
        "order": arguments.order,
        "claim": claims_of(arguments.claim or []),
        "program": arguments.program,
    }
    return {key: value for key, value in said.items() if value not in (None, [], {})}
