"""Texts with the place of an error between « and », and the error that is due there."""


def unmarked(annotated: str) -> str:
    return annotated.replace("«", "").replace("»", "")


def marker(annotated: str) -> str:
    """The line of the mark, and the marker below it."""
    line = next(line for line in annotated.split("\n") if "«" in line)
    start = line.index("«")
    width = len(line[start + 1 :].partition("»")[0])
    return f"    {unmarked(line)}\n    {' ' * start}^{'~' * (width - 1)}"


def place(annotated: str) -> str:
    """Line and column of the mark, both from 1."""
    before = annotated[: annotated.index("«")]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
