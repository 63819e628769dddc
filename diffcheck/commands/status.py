"""What the process tells the shell."""

from enum import IntEnum


class ExitStatus(IntEnum):
    """What the process tells the shell."""

    PASSED = 0
    FAILED = 1
    """At least one case failed."""
    USAGE = 2
    """The command line asks for what does not exist."""
    UNREADABLE = 3
    """A case could not be read; the others ran and passed."""
    INTERNAL = 4
    """A bug of diffcheck's own; its traceback is in a file."""
    INTERRUPTED = 130
