"""The tables of the reference: each made of the package's own table, none typed."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from diffcheck.commands.listing import TABLES
from diffcheck.commands.status import ExitStatus
from diffcheck.commands.table import COMMANDS, FILES
from diffcheck.formula.array_functions import ARRAYS
from diffcheck.formula.functions import INTERNAL, TABLE
from diffcheck.formula.row import Function
from diffcheck.program.modes import GROUPS, MODES
from diffcheck.training.rule import Line, Rule
from diffcheck.training.rules import RULES
from diffcheck.verdict import Verdict
from diffcheck_pages.commands import command, exit_statuses
from diffcheck_pages.markdown import block, code, codes, plain, table
from diffcheck_pages.schemas import case_keys, results

_HEADERS = ("in a formula", "torch runs; balls evaluate", "derivatives", "beside")
_INNER = INTERNAL | {"power_domain", "power_pole"}
"""Rows of operators, and those that others are made of: no formula calls them by these names."""


def functions() -> str:
    """Every row of numbers, every row of arrays, and the names that are no function's own."""
    known = {row.name for row in (*TABLE, *ARRAYS)} | {name for row in (*TABLE, *ARRAYS) for name in row.names}
    others = [row for row in TABLES["functions"].rows() if row[0] not in known]
    called = [row for row in TABLE if row.name not in _INNER]
    inner = [row for row in TABLE if row.name in _INNER]
    arrays = [(codes(row.names), str(row.arity), code(row.torch) or "nothing: it is a part of others") for row in ARRAYS]
    named = [(code(row[0]), row[2], plain(row[3])) for row in others]
    plainly = ("in a formula", "arguments", "torch runs")
    return "\n".join(
        (
            f"## Functions of numbers\n\n{table(_HEADERS, map(_function, called))}",
            f"## Functions of arrays\n\n{table(plainly, arrays)}",
            f"## Other names\n\n{table(plainly, named)}",
            f"## Operators, and rows that others are made of\n\n{table(('row', *_HEADERS[1:]), map(_function, inner))}",
        )
    )


def _function(row: Function) -> tuple[str, str, str, str]:
    evaluated = [_torch(row), f"balls: {code(row.arb)}" if row.arb else ""]
    beside = [f"slack {row.slack:g}", _if("real where", row.domain), _if("bends or jumps at zero of", row.ties)]
    return codes(row.names), _lines(evaluated), _lines(_derivatives(row)), _lines(beside)


def _torch(row: Function) -> str:
    if not row.torch:
        return f"composed: {code(row.form)}" if row.form else "torch has none"
    return f"{code(row.torch)}, computed as {code(row.form)}" if row.form else code(row.torch)


def _derivatives(row: Function) -> list[str]:
    return [f"{name}: {code(cell) if cell else 'none'}" for name, cell in zip("xyz", row.partials, strict=False)]


def _if(word: str, cell: str) -> str:
    return f"{word} {codes(_split(cell))}" if cell else ""


def _lines(texts: Iterable[str]) -> str:
    return "<br>".join(filter(None, texts))


def _split(cell: str) -> list[str]:
    """A cell at its outermost commas."""
    parts, depth = [""], 0
    for sign in cell:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return [part for part in parts if part]


def modes() -> str:
    """Every mode, and the words that stand for several."""
    rows = [
        (code(mode.name), _orders(mode.orders), plain(mode.says), ", then ".join(mode.sweeps(2 if mode.inner else 1)),
         "yes" if mode.slow else "")
        for mode in MODES.values()
    ]  # fmt: skip
    listed = {row[0]: row for row in TABLES["modes"].rows()}
    groups = [(code(word), listed[word][2]) for word in GROUPS]
    return f"{table(('mode', 'orders', 'torch runs', 'sweeps', 'slow to begin'), rows)}\n{table(('word', 'stands for'), groups)}"


def _orders(orders: range) -> str:
    return str(orders[0]) if len(orders) == 1 else f"{orders[0]} to {orders[-1]}"


def dtypes() -> str:
    """Every dtype with its numbers."""
    listing = TABLES["dtypes"]
    return table(listing.headers, ((code(row[0]), *row[1:]) for row in listing.rows()))


def rules() -> str:
    """Every update rule: its paper, options, state, and the lines of a step."""
    return "\n".join(map(_rule, RULES.values()))


def _rule(rule: Rule) -> str:
    options = [(code(name), code(repr(value))) for name, value in rule.options.items()]
    absent = "not there before the first step"
    state = [(code(each.name), code(each.initial) or absent, plain(each.when)) for each in rule.entries]
    kept = table(("state", "starts as", "kept for"), state) if state else "It keeps no state.\n"
    return "\n".join(
        (
            f"## {rule.name}\n",
            f"{plain(rule.source)}.\n",
            f"Variants: {codes(rule.variants)}. Gradients: {rule.gradients}.\n",
            table(("option", "default"), options),
            "",
            kept,
            *_steps(rule),
        )
    )


def _steps(rule: Rule) -> Iterator[str]:
    if rule.written_out:
        yield f"Its step is written out in {code(f'diffcheck/training/exact/written_out/{rule.written_out}.py')}.\n"
        return
    yield "A step:\n"
    yield block("\n".join(map(_line, rule.lines(""))))
    for variant in rule.orders:
        yield f"The same in the order in which {code(variant)} works:\n"
        yield block("\n".join(map(_line, rule.lines(variant))))


def _line(line: Line) -> str:
    text = f"{line.name} = {line.text}"
    return f"{text:<60} | {line.when}" if line.when else text


def verdicts() -> str:
    """Every verdict, with its page."""
    pages = {verdict: f"[{code(verdict.word)}](/verdicts/{verdict.word}.md)" for verdict in Verdict}
    rows = [(page, plain(verdict.value), verdict.status.value) for verdict, page in pages.items()]
    return table(("verdict", "what it says", "the run"), rows)


def commands() -> str:
    """Every command of the command line, with its options and examples."""
    return "\n".join(map(command, (FILES, *COMMANDS.values())))


PAGES: Mapping[str, Callable[[], str]] = {
    "functions": functions,
    "modes": modes,
    "dtypes": dtypes,
    "rules": rules,
    "verdicts": verdicts,
    "commands": commands,
    "exit-statuses": lambda: exit_statuses(FILES.epilog, ExitStatus),
    "case-keys": case_keys,
    "results": results,
}
"""What stands for ``{generated} NAME`` in a page, as Markdown."""
