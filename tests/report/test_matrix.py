"""The table of a case: modes down, dtypes across, the worst verdict in each cell; and what stands around it."""

import json
import re
from dataclasses import replace

import pytest

from diffcheck.report import document
from diffcheck.report.matrix import Cell, matrix_of, render
from diffcheck.report.terminal import Detail, Style
from diffcheck.report.terminal import render as report
from diffcheck.results import CaseResult, Policy, Result, RunResult, Subject
from diffcheck.verdict import Verdict
from tests.report.hand_made import DTYPES, Says, case_of, planted, where

ALL_DTYPES = ("float64", "float32", "bfloat16", "float16")


def _plain(case: CaseResult, width: int = 79) -> str:
    return render(matrix_of(case), lambda text, fails, verdict: text, width)


def _shown(case: CaseResult, detail: Detail = Detail.FAILURES, style: Style | None = None) -> str:
    return report(RunResult((case,), 0.1, {}, 0), detail, style or Style())


WRONG = planted(where(mode="forward", dtype="float32"))


def test_the_value_comes_first_then_a_row_a_mode_with_a_column_a_dtype() -> None:
    assert _plain(case_of(WRONG)) == (
        "mode     float64    float32        float16\n"
        "-------  ---------  -------------  ---------\n"
        "value    agrees     agrees         agrees\n"
        "reverse  agrees     agrees         agrees\n"
        "grad     agrees     agrees         agrees\n"
        "forward  agrees     wrong 3/1,000  agrees"
    )


def test_several_devices_have_a_row_each() -> None:
    matrix = matrix_of(case_of(planted(where(device="cuda", mode="grad")), devices=("cpu", "cuda"), modes=("reverse", "grad")))
    assert list(matrix.rows) == ["value (cpu)", "value (cuda)", "reverse (cpu)", "reverse (cuda)", "grad (cpu)", "grad (cuda)"]
    assert matrix.rows["grad (cuda)"]["float64"].lines == ("wrong", "3/1,000")
    assert matrix.rows["grad (cpu)"]["float64"].lines == ("agrees",)


def test_a_long_name_keeps_its_ends_and_its_device() -> None:
    case = case_of(modes=("jacobian_of_functional_forward", "jacobian_of_functional_reverse"), devices=("cpu", "cuda"))
    rows = [line.split("  ")[0] for line in _plain(case).split("\n")[4:]]
    assert rows == ["jacobian…forward (cpu)", "jacobia…forward (cuda)", "jacobian…reverse (cpu)", "jacobia…reverse (cuda)"]
    assert len(matrix_of(case).rows) == 6


def test_a_cell_holds_the_worst_verdict_of_all_variables_and_counts_all_their_numbers() -> None:
    case = case_of(planted(where(variable="y", dtype="float64"), bad=7), variables=("x", "y", "z"))
    assert matrix_of(case).rows["grad"]["float64"] == Cell(Verdict.WRONG, True, 7, 3000)
    assert matrix_of(case).rows["grad"]["float32"] == Cell(Verdict.AGREES, False, 3000, 3000)


@pytest.mark.parametrize(
    ("counts", "policy", "lines"),
    [
        ({Verdict.AGREES: 5}, Policy(), ("agrees",)),
        ({Verdict.AGREES: 5, Verdict.ROUNDED: 1, Verdict.KINK: 2}, Policy(), ("kink",)),
        ({Verdict.AGREES: 5, Verdict.NAN: 1, Verdict.WRONG: 2}, Policy(), ("nan", "1/8")),
        ({Verdict.UNDECIDED: 1, Verdict.ROUNDED: 2}, Policy(frozenset({Verdict.ROUNDED})), ("rounded", "2/3")),
        ({Verdict.UNDECIDED: 1, Verdict.AGREES: 1}, Policy(), ("undecided", "1/2")),
        ({Verdict.UNDECIDED: 2}, Policy(), ("undecided",)),
        ({Verdict.UNSUPPORTED: 2}, Policy(), ("unsupported",)),
        ({}, Policy(), ("no point",)),
    ],
)  # fmt: skip
def test_a_cell_tells_what_fails_before_what_is_worst_and_how_many_numbers(
    counts: dict[Verdict, int], policy: Policy, lines: tuple[str, ...]
) -> None:
    result = Result(Subject("grad", "float64", "cpu", "x", 1), counts)
    matrix = matrix_of(CaseResult("a", "", 0, results=(result,), policy=policy))
    assert matrix.rows["grad"]["float64"].lines == lines


def test_claims_and_expectations_are_not_in_it_and_what_was_not_run_is_a_dash() -> None:
    case = case_of()
    aside = tuple(Result(Subject(mode, None, None, "x", 1), {Verdict.WRONG: 9}) for mode in ("claim", "expect"))
    assert _plain(replace(case, results=(*aside, *case.results))) == _plain(case)
    holed = replace(case, results=tuple(each for each in case.results if str(each.subject) != "grad.float32.cpu.d/dx"))
    assert "grad     agrees     -          agrees" in _plain(holed)


@pytest.mark.parametrize(("modes", "dtypes", "telling"), [
    (("reverse",), ("float64",), False),
    (("reverse", "grad"), ("float64",), True),
    (("reverse",), ("float64", "float32"), True),
])  # fmt: skip
def test_one_mode_in_one_dtype_needs_no_table(modes: tuple[str, ...], dtypes: tuple[str, ...], telling: bool) -> None:
    case = case_of(planted(lambda subject: True), modes=modes, dtypes=dtypes)
    assert matrix_of(case).telling is telling
    assert ("mode  " in _shown(case)) is telling


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("points", [1, 1_000, 999_999, 1_000_000])
@pytest.mark.parametrize("devices", [("cpu",), ("cpu", "cuda")])
def test_every_table_fits_its_width(verdict: Verdict, points: int, devices: tuple[str, ...]) -> None:
    case = case_of(
        lambda subject: {verdict: points},
        modes=("reverse", "a_mode_with_a_name_too_long_for_any_row"),
        dtypes=ALL_DTYPES,
        devices=devices,
    )
    assert max(map(len, _plain(case, 74).split("\n"))) <= 74
    assert verdict is not Verdict.UNSUPPORTED or _plain(case, 74).count("mode  ") == 1
    for line in _shown(case, Detail.EVERYTHING).split("\n")[:-2]:
        assert len(line) <= 80, line


def test_numbers_go_below_their_verdict_and_columns_below_each_other_where_there_is_no_room() -> None:
    case = case_of(planted(where(mode="forward"), bad=100, points=100), dtypes=ALL_DTYPES, points=100)
    assert "wrong 100/100" in _plain(case)
    assert _plain(case, 60).split("\n")[-2:] == [
        "forward  wrong      wrong      wrong       wrong",
        "         100/100    100/100    100/100     100/100",
    ]
    halves = _plain(case, 40).split("\n\n")
    assert [half.split("\n")[0].split() for half in halves] == [["mode", "float64", "float32"], ["mode", "bfloat16", "float16"]]


def test_colours_change_nothing_but_colour() -> None:
    case = case_of(planted(lambda subject: subject.mode == "forward", bad=1000), dtypes=ALL_DTYPES)
    for width in (79, 50):
        coloured = render(matrix_of(case), lambda text, fails, _: f"\x1b[31m{text}\x1b[0m" if fails else text, width)
        assert "\x1b[31mwrong" in coloured
        assert [line.rstrip() for line in re.sub("\x1b\\[[0-9]*m", "", coloured).split("\n")] == _plain(case, width).split("\n")


def test_a_failing_case_shows_who_stands_alone_the_table_and_one_result_of_each_kind() -> None:
    shown = _shown(case_of(planted(where(mode="forward")), variables=("x", "y")))
    assert "FAIL bowl\n     `forward` alone is wrong: 3 of 1,000 points; all other modes agree\n\n     mode  " in shown
    assert "     forward  wrong 6/2,000  wrong 6/2,000  wrong 6/2,000\n\nFAIL bowl: forward.float64.cpu.d/dx: wrong" in shown
    assert shown.count("FAIL bowl: ") == 2
    assert shown.count("alike      2 more results are wrong for d/dx: see the table") == 1
    everything = _shown(case_of(planted(where(mode="forward")), variables=("x", "y")), Detail.EVERYTHING)
    assert (everything.count("FAIL bowl: "), "alike" in everything) == (6, False)


def test_a_passing_case_shows_its_table_on_request_only() -> None:
    assert "mode  " not in _shown(case_of())
    assert "ok bowl\n     mode  " in _shown(case_of(), Detail.EVERYTHING)
    assert "mode  " not in _shown(replace(case_of(WRONG), expected=Verdict.WRONG))


def test_one_sentence_without_a_table_stands_in_one_line() -> None:
    case = case_of(planted(where(variable="y")), modes=("reverse",), dtypes=("float64",), variables=("x", "y"))
    sentence = "FAIL bowl: `d/dy` alone is wrong: 3 of 1,000 points; `d/dx` agrees\n"
    assert f"{sentence}FAIL bowl: reverse.float64.cpu.d/dy: wrong" in _shown(case)


def _unsupported(says: Says, case: CaseResult) -> CaseResult:
    results = [
        replace(each, counts=says(each.subject) or each.counts, note="no kernel" if says(each.subject) else "")
        for each in case.results
    ]
    return replace(case, results=tuple(results))


def test_a_reason_why_nothing_ran_is_told_once() -> None:
    silent = planted(where(dtype="float16"), verdict=Verdict.UNSUPPORTED, bad=1000)
    passing = _unsupported(silent, case_of())
    assert "UNSUPPORTED bowl: `float16`\n     note       no kernel\n" in _shown(passing)
    failing = _unsupported(silent, case_of(WRONG))
    assert _shown(failing).count("no kernel") == _shown(failing).count("UNSUPPORTED") == 1
    assert "forward  agrees     wrong 3/1,000  unsupported\n\nUNSUPPORTED bowl" in _shown(failing)
    fails_on_it = replace(passing, policy=Policy(frozenset({Verdict.UNSUPPORTED})))
    assert "FAIL bowl: `float16`: unsupported\n     note       no kernel" in _shown(fails_on_it)


def test_nothing_supported_is_told_as_every_result() -> None:
    says = planted(lambda subject: True, verdict=Verdict.UNSUPPORTED, bad=1000)
    assert "UNSUPPORTED bowl: every result\n" in _shown(_unsupported(says, case_of()))


def test_a_stream_without_the_signs_gets_a_plain_table() -> None:
    case = case_of(WRONG, modes=("forward", "a_mode_with_a_name_too_long_for_any_row"))
    _shown(case, style=Style(ascii=True)).encode("ascii")


def test_the_json_of_a_case_tells_who_stands_alone() -> None:
    run = RunResult((case_of(WRONG), case_of()), 0.1, {}, 0)
    cases = json.loads(document.render(run))["cases"]
    assert [each["alone"] for each in cases] == [
        ["`forward` in `float32` alone is wrong: 3 of 1,000 points; all else agrees"], [],
    ]  # fmt: skip


def test_dtypes_stand_in_the_order_of_the_case() -> None:
    assert matrix_of(case_of(dtypes=DTYPES[::-1])).dtypes == DTYPES[::-1]
