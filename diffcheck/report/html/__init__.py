"""The results as one page for a browser, which fetches nothing: ``render`` makes it."""

from diffcheck.report.html.page import render

__all__ = ["render"]
