"""The JSON Schema of case files, printed: what an editor needs to complete and check them."""

import argparse
import json

from diffcheck.commands.command import PROGRAM
from diffcheck.commands.status import ExitStatus

EPILOG = f"""\
for an editor:
  {PROGRAM} schema > diffcheck.schema.json
  and as the first line of a case file: #:schema ./diffcheck.schema.json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(arguments: argparse.Namespace) -> int:
    """Print the schema."""
    from diffcheck.cases.json_schema import case_file_schema

    print(json.dumps(case_file_schema(), indent=2))
    return ExitStatus.PASSED
