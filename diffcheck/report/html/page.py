"""The whole page: Jinja's templates filled with what the run found, with the style and the script in it."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from diffcheck.report.explanation import EXPLANATIONS
from diffcheck.report.failure import STAND_IN, storable
from diffcheck.report.html.details import details_of, tone_of_cell
from diffcheck.report.html.gravity import ranks_of
from diffcheck.report.html.packing import packed
from diffcheck.report.html.pictures import gallery_of
from diffcheck.report.html.rows import NOT_RUN, TONES, axes_of, outcome, rows_of
from diffcheck.report.numbers import counted
from diffcheck.report.terminal import summary
from diffcheck.results import RunResult
from diffcheck.verdict import VERDICTS, Verdict

_TEMPLATE = Path(__file__).parent / "template"
_TICKED = re.compile("`([^`]+)`")
_BREAK = re.compile(r"(?<=\w)\.(?=[^\W\d])|(?<=\w{3})/(?=\w)")
"""A dot between words, which one in a number is not, and a slash behind a folder, which the one of ``d/dx`` is not."""
_VOID = re.compile(r">\s+<")
_ENDS = "".join(chr((plane << 16) + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
_UNSHOWN = re.compile(f"[\x7f-\x9f\ufdd0-\ufdef{_ENDS}]")
"""Characters that XML holds and HTML does not."""


def render(result: RunResult) -> str:
    """The page, which holds all it needs and fetches nothing."""
    environment = _environment()
    axes = axes_of(result.cases)
    rows = rows_of(result.cases, axes)
    gallery = gallery_of(rows, interrupted=result.interrupted)
    panel = environment.get_template("panel.html.j2")
    panels = (
        _VOID.sub("> <", panel.render(details=details_of(row), pictures=gallery.pictures.get(row.key, ()))) for row in rows
    )
    style, script = _style(gallery.colours), _asset("page.js")
    return environment.get_template("page.html.j2").render(
        result=result,
        title=title(result),
        summary=summary(result),
        rows=rows,
        ranks=ranks_of(rows),
        axes=axes,
        packs=list(packed(panels)),
        note=gallery.note,
        style=Markup(style),
        script=Markup(script),
        policy=_policy(style, script),
        explanations=EXPLANATIONS,
    )


def title(result: RunResult) -> str:
    """How the run came out, in a few words."""
    stopped = "Interrupted: " if result.interrupted else ""
    bad = sum(not case.passed for case in result.cases)
    if not result.cases:
        return f"{stopped}No case was checked"
    if bad:
        unread = sum(case.error is not None for case in result.cases)
        words = "could not be run" if unread == bad else "failed" if not unread else "failed or could not be run"
        return f"{stopped}{bad:,} of {counted(len(result.cases), 'case')} {words}"
    return f"{stopped}{counted(len(result.cases), 'case')} passed"


def worded(text: str) -> str:
    """``text``, each character that HTML cannot hold replaced."""
    return _UNSHOWN.sub(STAND_IN, storable(text))


def ticked(text: str) -> Markup:
    """``text`` with what stands between backticks as code."""
    return Markup(_TICKED.sub(lambda found: f"<code>{found[1]}</code>", str(escape(worded(text)))))


def breaking(text: str) -> Markup:
    """``text``, with places where a line may end: ``reverse.float64.cpu.d/dx`` and ``cases/course.toml:7`` have no others."""
    return Markup(_BREAK.sub(r"\g<0><wbr>", str(escape(_shown(text)))))


def cased(row_text: str) -> str:
    """``row_text`` with a capital letter first."""
    return row_text[:1].upper() + row_text[1:]


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATE, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    tones = {verdict.word: TONES[verdict.status] for verdict in Verdict} | {NOT_RUN: "fail"}
    made.filters.update(ticked=ticked, breaking=breaking, markup=lambda text: Markup(worded(text)), cased=cased)
    made.globals.update(tone_of_cell=tone_of_cell, tones=tones, verdicts=VERDICTS, outcome=outcome, counted=counted)
    return made


def _shown(value: Any) -> Any:
    """What a template prints, without the characters that no document may hold."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else worded(value)


def _asset(name: str) -> str:
    return (_TEMPLATE / name).read_text(encoding="utf-8")


def _style(colours: dict[str, str]) -> str:
    """The style sheet, behind it the colours of pictures by scheme."""
    blocks = {scheme: f":root{{{declarations}}}" for scheme, declarations in colours.items()}
    own = f"{blocks['light']}\n@media screen and (prefers-color-scheme: dark){{{blocks['dark']}}}\n" if blocks else ""
    return _asset("page.css") + own


def _policy(style: str, script: str) -> str:
    """The page's Content-Security-Policy: its own style and script, told by their hashes, and nothing else.

    Attributes may have style, for a picture's lines do; they can fetch nothing.
    """
    return "; ".join((
        "default-src 'none'", f"script-src '{_hash(script)}'", f"style-src-elem '{_hash(style)}'",
        "style-src-attr 'unsafe-inline'", "base-uri 'none'", "form-action 'none'",
    ))  # fmt: skip


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"
