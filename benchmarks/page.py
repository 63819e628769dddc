"""The page of 2,000 cases: how large, how long to write, and in Chromium how long to open and to filter.

The cases are those of ``cases/`` run at few points, over and over under other names.
"""

import shutil
import sys
import tempfile
import time
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from statistics import median

import torch
from playwright.sync_api import Page, sync_playwright

from diffcheck.cases.reader import read_files
from diffcheck.report import html
from diffcheck.results import RunResult
from diffcheck.run import Overrides, run
from diffcheck.verification import Settings

CASES = 2000
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PAINTED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"
FILTERED = """async () => {
  const field = document.querySelector('[name=q]');
  const started = performance.now();
  field.value = %r;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  return await %s - started;
}"""


def many(paths: list[str]) -> RunResult:
    """The results of the cases in ``paths``, repeated until there are enough."""
    done = run(read_files(paths), Settings(illustrated=True), Overrides(points=20))
    repeated = islice(cycle(done.cases), CASES)
    return replace(done, cases=tuple(replace(case, name=f"{case.name}_{n}") for n, case in enumerate(repeated)))


def opened(page: Page, address: str) -> tuple[float, float, float]:
    """Seconds until the table is drawn and its filters work, to filter by a word, and to show all again."""
    page.goto(address)
    ready = page.evaluate(PAINTED) / 1000
    assert page.locator("#count").inner_text() == f"{CASES:,} cases"
    narrowed = page.evaluate(FILTERED % ("sin", PAINTED)) / 1000
    widened = page.evaluate(FILTERED % ("", PAINTED)) / 1000
    return ready, narrowed, widened


def main() -> None:
    torch.set_num_threads(1)
    result = many(sys.argv[1:] or ["cases"])
    started = time.perf_counter()
    text = html.render(result)
    wrote = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "page.html"
        file.write_text(text, encoding="utf-8")
        found = next(filter(None, map(shutil.which, BROWSERS)), None)
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        times = [opened(browser.new_page(), file.as_uri()) for _ in range(5)]
        ready, narrowed, widened = (median(column) for column in zip(*times, strict=True))
        size = file.stat().st_size / 1e6
    print(f"{CASES:,} cases: {size:.1f} MB, written in {wrote:.1f} s; opened in {ready:.2f} s, "
          f"filtered in {narrowed:.2f} s, all shown again in {widened:.2f} s")  # fmt: skip


if __name__ == "__main__":
    main()
