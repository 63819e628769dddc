"""Planted errors in fifty formulas: how many lie beyond twice the allowance, and how many of those are caught."""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from diffcheck.findings import judge_column
from tests.margins import partial
from tests.planted import FORMULAS, PLANTED, judged


def main() -> None:
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for dtype in ("float64", "float32"):
        known = {text: judged(text, dtype, points) for text in FORMULAS}
        for name, (spoil, dtypes, verdict) in PLANTED.items():
            if dtype not in dtypes:
                continue
            planted = beyond = caught = 0
            for found in known.values():
                for variable in range(found.partials.shape[1]):
                    numbers = spoil(found.partials, variable)
                    planted += len(numbers)
                    places = np.isnan(numbers) & (found.oracle.enclosures.high[:, variable + 1] != 0)
                    if not places.any():
                        places = found.beyond(numbers, variable, times=2.0)
                    column = found.column(numbers[places], detached=name == "dropped")
                    counts, _ = judge_column(column, found.at(places), partial(variable), lambda index: None)
                    beyond += int(places.sum())
                    caught += counts.get(verdict, 0)
            print(
                f"{dtype}, {name}: {planted:,} planted, {beyond / planted:.1%} beyond twice the allowance, "
                f"{caught:,} of {beyond:,} caught as {verdict.word}"
            )


if __name__ == "__main__":
    main()
