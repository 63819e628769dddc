"""A bar on the terminal that counts cases and names the one under way."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Timer
from typing import NoReturn

from tqdm import tqdm

from diffcheck.errors import printable
from diffcheck.report.naming import shortened

DELAY = 1.0
"""Seconds; a shorter run shows no bar."""
NAME_WIDTH = 30
"""Characters of a case's name."""


@dataclass(frozen=True)
class Progress:
    """The bar of a run; it does nothing where standard error is no terminal."""

    bar: "tqdm[NoReturn]"
    shown: Event = field(default_factory=Event)
    """Set once the run has taken long enough for a bar."""

    def name(self, name: str) -> None:
        """Tell which case is under way."""
        self.bar.set_postfix_str(printable(shortened(name, NAME_WIDTH)), refresh=self.shown.is_set())

    def advance(self) -> None:
        """Count a case."""
        self.bar.update()

    def show(self) -> None:
        """Draw the bar, and from now on whenever a case begins."""
        self.shown.set()
        self.bar.refresh()


@contextmanager
def progress(total: int) -> Iterator[Progress]:
    """A bar of ``total`` cases that is gone afterwards."""
    hidden = sys.stderr is None or not sys.stderr.isatty()
    with tqdm(total=total, delay=DELAY, unit="case", leave=False, file=sys.stderr, disable=hidden, dynamic_ncols=True) as bar:
        made = Progress(bar)
        # tqdm draws when a case ends; a long first case would show nothing.
        timer = Timer(DELAY, made.show)
        timer.daemon = True
        if not hidden:
            timer.start()
        try:
            yield made
        finally:
            timer.cancel()
            if not hidden:
                timer.join()
