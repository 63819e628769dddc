"""What the pages need beside Sphinx: tables made of the package's own, verdicts that are run, captions of files.

``{generated} NAME`` in a page stands for what ``reference.PAGES`` makes under that name, ``{verdict} WORD`` for what is to
be said of a verdict, its example run. A block of code whose first line names a file after the language shows that name.
"""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from diffcheck_pages.reference import PAGES
from diffcheck_pages.verdicts import drawn, told

_FILE = re.compile(r"^(`{3,})(\w+) +([\w./-]+)$", re.MULTILINE)
_LINK = re.compile(r"(?<![`\w])(\w+)_(?![\w`])")


class Generated(SphinxDirective):
    """A part of a page that is made of the package's own tables."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The part; an unknown name is an error at its place."""
        # Sections join the page's own where they stand; what stands before the first one would come behind the last.
        name = self.arguments[0]
        if name not in PAGES:
            raise self.error(f"nothing is generated as `{name}`; there are {', '.join(PAGES)}")
        return self.parse_text_to_nodes(PAGES[name](), allow_section_headings=True)


class Judged(SphinxDirective):
    """What is to be said of one verdict, with its example, what the report says of it, and its pictures."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Text, report and pictures."""
        word = self.arguments[0]
        above, below = (self.parse_text_to_nodes(part) for part in told(word))
        return [*above, *(nodes.raw("", picture, format="html") for picture in drawn(word)), *below]


def captioned(app: Sphinx, name: str, source: list[str]) -> None:
    """Show the name of the file that a block of code stands for."""
    source[0] = _FILE.sub(r"\1{code-block} \2\n:caption: \3\n", source[0])


def unlinked(app: Sphinx, what: str, name: str, found: Any, options: Any, lines: list[str]) -> None:
    """Take a name such as ``unscale_`` in a docstring as a name: to Sphinx's docstrings it would be a link."""
    lines[:] = [_LINK.sub(r"\1\\_", line) for line in lines]


def setup(app: Sphinx) -> dict[str, Any]:
    """What Sphinx calls."""
    app.add_directive("generated", Generated)
    app.add_directive("verdict", Judged)
    app.connect("source-read", captioned)
    app.connect("autodoc-process-docstring", unlinked)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
