"""What a command is."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

PROGRAM = "python -m diffcheck"
"""What users type, as help and errors call it."""


@dataclass(frozen=True)
class Command:
    """One thing that the command line can be asked to do."""

    name: str
    """The first word; empty for the check of case files, which needs none."""
    says: str
    """What it does, in a line of the help."""
    add_arguments: Callable[[argparse.ArgumentParser], None]
    """Gives a parser its arguments; imports nothing heavy."""
    run: Callable[[argparse.Namespace], int]
    """Does it; the exit status. Imports what is heavy only once it is needed."""
    epilog: str = ""
    """Examples, below the help."""
    moved: Callable[[list[str], argparse.ArgumentParser], list[str]] = lambda words, parser: words
    """The command's words as argparse has to have them."""

    def parser(self, program: str = PROGRAM) -> argparse.ArgumentParser:
        """The command's grammar."""
        made = argparse.ArgumentParser(
            prog=f"{program} {self.name}".strip(),
            description=self.says,
            epilog=self.epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self.add_arguments(made)
        return made

    def parsed(self, words: list[str]) -> argparse.Namespace:
        """The command's arguments; raises SystemExit, with the message printed, where ``words`` are none."""
        parser = self.parser()
        return parser.parse_args(self.moved(words, parser))
