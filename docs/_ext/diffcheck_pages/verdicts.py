"""What a verdict's page says: its sentence, an example that is really run, its pictures, what to do."""

from functools import cache
from html import escape

from diffcheck.cases.reader import read_text
from diffcheck.report.explanation import EXPLANATIONS, STATUS_WORDS
from diffcheck.report.pictures.gallery import pictures_of
from diffcheck.report.pictures.palette import variables
from diffcheck.report.pictures.svg import svg_of
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


def drawn(word: str) -> list[str]:
    """The pictures of the example as HTML, each with its title and what it shows; none where there is nothing to draw."""
    pictures = list(pictures_of(example(word).cases[0]))
    figures = [
        f"<figure class='picture'><figcaption><strong>{escape(each.title)}.</strong> {escape(each.description)}</figcaption>"
        f"{svg_of(each, unique=each.name)}</figure>"
        for each in pictures
    ]
    return [COLOURS, *figures] if figures else []


COLOURS = (
    f"<style>body {{ {variables('light')} }} body[data-theme='dark'] {{ {variables('dark')} }} "
    f"@media (prefers-color-scheme: dark) {{ body:not([data-theme='light']) {{ {variables('dark')} }} }}</style>"
)
"""What the pictures' colours are in the reader's scheme, or in the theme that the page is switched to."""
