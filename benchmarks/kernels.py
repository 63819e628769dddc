"""Every row of the table of functions, value and gradient, against the exact value: what torch's kernels are off by."""

import sys
from collections import Counter

from diffcheck import check
from diffcheck.dtypes import FORMATS
from diffcheck.formula.functions import INTERNAL, TABLE, Function
from diffcheck.verdict import Status

RANGES = ((-3.0, 3.0), (0.01, 0.99), (1.01, 6.0), (-40.0, 40.0), (1e-6, 1e-2), (10.0, 200.0))
POINTS = 300


def formula(row: Function) -> str:
    """The row at variables, and at numbers where torch's kernel takes numbers only."""
    numbers = {"x": "2", "y": row.defaults[-1] if row.defaults else "1", "z": "1"}
    return f"{row.name}({', '.join(numbers[each] if each in row.numbers else each for each in 'xyz'[: row.arity])})"


def main() -> None:
    wanted = set(sys.argv[1:])
    for row in TABLE:
        if row.name in INTERNAL or not (row.torch or row.form) or (wanted and row.name not in wanted):
            continue
        for dtype in FORMATS:
            report(row, dtype)


def report(row: Function, dtype: str) -> None:
    found: Counter[str] = Counter()
    largest, place = 0.0, ""
    text = formula(row)
    names = [each for each in "xyz"[: row.arity] if each not in row.numbers]
    for low, high in RANGES:
        for each in check(text, sample=dict.fromkeys(names, (low, high)), points=POINTS, dtypes=[dtype]).result.cases[0].results:
            for verdict, number in each.counts.items():
                found[f"{each.subject.mode} {verdict.word}"] += number if verdict.status is Status.FAIL else 0
            if each.worst is not None and each.worst.share is not None and each.worst.share > largest:
                largest, place = each.worst.share, f"{each.subject} at {each.worst.point}"
    failing = ", ".join(f"{number:,} {what}" for what, number in found.items() if number)
    print(f"{text} {dtype}: largest share {largest:.2f}{f' ({place}); {failing}' if failing else ''}", flush=True)


if __name__ == "__main__":
    main()
