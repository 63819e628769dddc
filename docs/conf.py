"""How Sphinx builds the documentation: offline, from Markdown, with the tables made of the package's own."""

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
# The pages are made from the package beside them, whichever is installed.
sys.path[:0] = [str(_HERE / "_ext"), str(_HERE.parent)]

import diffcheck  # noqa: E402 (found by the line above)

project = "diffcheck"
author = "the authors of diffcheck"
version = release = diffcheck.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "diffcheck_pages"]
exclude_patterns = ["_build", "_ext", "measured"]
source_suffix = {".md": "markdown"}

# Quotes and hyphens stay as they are: options have two of them.
smartquotes = False
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"

html_theme = "furo"
html_title = f"diffcheck {release}"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
# The code of a reader's console is copied as it stands; both themes keep a contrast that can be read.
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
