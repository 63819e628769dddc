"""What a verdict's page says: its sentence, an example that is really run, its pictures, what to do."""

from functools import cache
from pathlib import Path

from diffcheck.cases.reader import read_text
from diffcheck.report.explanation import EXPLANATIONS, STATUS_WORDS
from diffcheck.report.plots import write_plots
from diffcheck.report.terminal import Detail, Style, render
from diffcheck.results import RunResult
from diffcheck.run import run
from diffcheck.verdict import VERDICTS
from diffcheck.verification import Settings
from diffcheck_pages.markdown import block, plain


def told(word: str) -> tuple[str, str]:
    """Markdown above the example's pictures, and below them."""
    verdict = VERDICTS[word]
    explanation = EXPLANATIONS[verdict]
    sentence = verdict.value[0].upper() + verdict.value[1:]
    file = f"{word}.toml"
    above = (
        f"**{plain(sentence)}.** {plain(STATUS_WORDS[verdict.status])}\n\n"
        f"## An example\n\n{plain(explanation.example)}\n\n"
        f"```{{code-block}} toml\n:caption: {file}\n\n{explanation.case}```\n\n"
        f"`python -m diffcheck {file} -v` says:\n\n{block(report(word))}"
    )
    return above, f"## What to do\n\n{plain(explanation.advice)}\n"


def report(word: str) -> str:
    """What the terminal shows of the example with ``-v``, but for its table and summary."""
    shown = render(example(word), Detail.EVERYTHING, Style())
    parts = [part for part in shown.strip().split("\n\n") if part.startswith(("ok ", "FAIL ", "UNDECIDED ", "UNSUPPORTED "))]
    return "\n\n".join(parts)


@cache
def example(word: str) -> RunResult:
    """The verdict's example, run, with what pictures need."""
    entries = read_text(EXPLANATIONS[VERDICTS[word]].case, f"{word}.toml")
    return run(entries, Settings(illustrated=True))


def drawn(word: str, folder: Path) -> list[tuple[Path, str]]:
    """The pictures of the example, written into ``folder``, and what each shows; none where there is nothing to draw."""
    paths = write_plots(example(word), folder / word)
    return [(path, f"The example of {word}: {path.stem.replace('.', ' ')}") for path in paths]
