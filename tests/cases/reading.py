"""Reading bad case files in tests: one error, and the other cases all the same."""

from diffcheck.cases.case import Case
from diffcheck.cases.reader import Unreadable, read_text
from tests.marks import marker, place, unmarked

OTHER = '\n[other]\nformula = "x"\nat.x = 1\n'


def complaint(text: str) -> str:
    """The one error of ``text``, as a user sees it; a case that follows is read."""
    entries = read_text(text + OTHER, "bad.toml")
    errors = [entry for entry in entries if isinstance(entry, Unreadable)]
    assert isinstance(entries[-1], Case)
    assert entries[-1].name == "other"
    assert len(errors) == 1, [str(each.error) for each in errors]
    return str(errors[0].error)


def told(annotated: str) -> str:
    """The one error of a text whose place of error is marked."""
    return complaint(unmarked(annotated))


def expected(annotated: str, message: str, head: str = "case `bad`: ") -> str:
    """The whole error that is due at the mark."""
    return f"bad.toml:{place(annotated)}: {head}{message}\n{marker(annotated)}"
