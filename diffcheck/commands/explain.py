"""Tell what a verdict means."""

import argparse

from diffcheck.commands.status import ExitStatus


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The one argument: a verdict."""
    parser.add_argument("verdict", metavar="VERDICT", help="`python -m diffcheck list verdicts` names them")


def run(arguments: argparse.Namespace) -> int:
    """Print the explanation; raises UsageError for a word that is no verdict."""
    from diffcheck.report.explanation import explain

    print(explain(arguments.verdict))
    return ExitStatus.PASSED
