"""The built pages, as what a reader sees and as what a browser loads."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

LOADED = {"script": "src", "img": "src", "link": "href", "source": "src", "iframe": "src", "image": "href", "use": "href"}
"""What a browser loads by itself, and by which attribute."""
_UNSEEN = frozenset({"script", "style", "head"})


@dataclass
class Page(HTMLParser):
    """One page."""

    path: Path
    loaded: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    parts: list[str] = field(default_factory=list)
    unseen: int = 0

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.unseen += tag in _UNSEEN
        if tag == "a" and known.get("href"):
            self.links.append(str(known["href"]))
        if known.get("id"):
            self.ids.add(str(known["id"]))
        is_link_to_load = tag != "link" or known.get("rel") in ("stylesheet", "icon", "preload", "prefetch", "modulepreload")
        if known.get(LOADED.get(tag, "")) and is_link_to_load:
            self.loaded.append(str(known[LOADED[tag]]))
        if tag in ("td", "th", "p", "div", "br", "li", "pre", "dt", "dd"):
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.unseen -= tag in _UNSEEN

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.parts.append(data)

    @property
    def text(self) -> str:
        """What is read, each run of blanks as one."""
        return re.sub(r"\s+", " ", "".join(self.parts))
