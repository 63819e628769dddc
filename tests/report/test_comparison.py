"""Who stands alone, in words: every pattern that failures can make, in cases made by hand."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from diffcheck.report.comparison import compare
from diffcheck.report.regions import listed, region, regions
from diffcheck.results import Policy, Result, Subject
from diffcheck.verdict import Verdict
from tests.report.hand_made import DTYPES, MODES, Says, at_kink, case_of, planted, where

BOTH = ("cpu", "cuda")
EVERY = ("reverse", "grad", "a", "b", "c", "d", "e")


def _any_of(**wanted: tuple[str, ...]) -> Callable[[Subject], bool]:
    return lambda subject: all(getattr(subject, name) in values for name, values in wanted.items())


def _of_gradient(subject: Subject) -> bool:
    return subject.order > 0


PATTERNS: tuple[tuple[str, Says, dict[str, tuple[str, ...]], list[str]], ...] = (
    ("nobody", lambda subject: None, {}, []),
    ("everybody", planted(lambda subject: True), {}, []),
    ("every gradient, and the value is right", planted(_of_gradient), {}, []),
    ("a mode", planted(where(mode="forward")), {},
     ["`forward` alone is wrong: 3 of 1,000 points; all other modes agree"]),
    ("a mode of two", planted(where(mode="grad")), {"modes": ("reverse", "grad")},
     ["`grad` alone is wrong: 3 of 1,000 points; `reverse` agrees"]),
    ("a dtype", planted(where(dtype="float16"), verdict=Verdict.NAN, bad=2, points=100), {},
     ["`float16` alone is nan: 2 of 100 points; all other dtypes agree"]),
    ("a dtype, not its value", planted(lambda each: each.dtype == "float16" and each.order > 0), {},
     ["`float16` alone is wrong: 3 of 1,000 points; all other dtypes agree"]),
    ("a device", planted(where(device="cuda")), {"devices": BOTH},
     ["`cuda` alone is wrong: 3 of 1,000 points; `cpu` agrees"]),
    ("a variable", planted(where(variable="y")), {"variables": ("x", "y", "z")},
     ["`d/dy` alone is wrong: 3 of 1,000 points; all other partials agree"]),
    ("a pair", planted(where(mode="forward", dtype="float16")), {},
     ["`forward` in `float16` alone is wrong: 3 of 1,000 points; all else agrees"]),
    ("one cell of four axes", planted(where(mode="grad", dtype="float32", device="cuda", variable="y")),
     {"devices": BOTH, "variables": ("x", "y")},
     ["`grad` for `d/dy` in `float32` on `cuda` alone is wrong: 3 of 1,000 points; all else agrees"]),
    ("several modes", planted(_any_of(mode=("grad", "a", "b"))), {"modes": EVERY},
     ["`grad`, `a` and `b` are wrong (3 of 1,000 points); `reverse` and 3 more agree"]),
    ("nearly all modes", planted(_any_of(mode=EVERY[:6])), {"modes": (*EVERY, "f")},
     ["`reverse`, `grad`, `a`, `b`, `c` and `d` are wrong (3 of 1,000 points); `e` and `f` agree"]),
    ("several dtypes", planted(_any_of(dtype=("float32", "float16"))), {},
     ["`float32` and `float16` are wrong (3 of 1,000 points); `float64` agrees"]),
    ("several pairs", planted(_any_of(mode=("grad", "forward"), dtype=("float32", "float16"))), {},
     ["`grad` and `forward` in `float32` and `float16` are wrong: 3 of 1,000 points; all else agrees"]),
    ("one mode in several dtypes", planted(_any_of(mode=("grad",), dtype=("float32", "float16"))), {},
     ["`grad` in `float32` and `float16` is wrong: 3 of 1,000 points; all else agrees"]),
    ("a mode and a dtype", planted(where(mode="grad"), lambda each: each.dtype == "float16" and each.order > 0), {},
     ["`grad` is wrong (3 of 1,000 points), `float16` is wrong (3 of 1,000 points); all else agrees"]),
    ("here and there", planted(where(mode="grad", dtype="float32"), where(mode="forward", dtype="float16")), {},
     ["`grad` and `forward` are wrong in places: 6 of 6,000 numbers; `reverse` agrees",
      "`float32` and `float16` are wrong in places: 6 of 6,000 numbers; `float64` agrees"]),
    ("a mode here and there",
     planted(where(mode="grad", dtype="float32", variable="x"), where(mode="grad", dtype="float16", variable="y")),
     {"variables": ("x", "y")},
     ["`grad` alone is wrong in places: 6 of 6,000 numbers; all other modes agree",
      "`float32` and `float16` are wrong in places: 6 of 12,000 numbers; `float64` agrees"]),
    ("a diagonal", planted(*(where(mode=mode, dtype=dtype) for mode, dtype in zip(MODES, DTYPES, strict=True))), {}, []),
    ("the value", planted(where(mode="value")), {},
     ["the value alone is wrong: 3 of 1,000 points; every gradient agrees"]),
    ("the value in a dtype", planted(where(mode="value", dtype="float16")), {},
     ["the value in `float16` alone is wrong: 3 of 1,000 points; all else agrees"]),
    ("the value too", planted(where(mode="value"), where(mode="grad")), {},
     ["of the gradients, `grad` alone is wrong: 3 of 1,000 points; all other modes agree",
      "the value is wrong too: 3 of 1,000 points"]),
    ("the value everywhere, gradients in a dtype",
     planted(where(mode="value"), where(dtype="float16")), {},
     ["of the gradients, `float16` alone is wrong: 3 of 1,000 points; all other dtypes agree",
      "the value is wrong too: 3 of 1,000 points"]),
    ("the value everywhere, and all gradients", planted(where(mode="value"), _of_gradient), {}, []),
    ("the value elsewhere", planted(where(mode="value", dtype="float32"), where(mode="grad")), {},
     ["of the gradients, `grad` alone is wrong: 3 of 1,000 points; all other modes agree",
      "the value in `float32` is wrong too: 3 of 1,000 points"]),
)  # fmt: skip


@pytest.mark.parametrize(("says", "keys", "sentences"), [each[1:] for each in PATTERNS], ids=[each[0] for each in PATTERNS])
def test_failures_are_told_by_the_pattern_they_make(says: Says, keys: dict[str, tuple[str, ...]], sentences: list[str]) -> None:
    assert compare(case_of(says, **keys)) == sentences  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict.WRONG, "is wrong"), (Verdict.NAN, "is nan"), (Verdict.DETACHED, "is detached"),
        (Verdict.PHANTOM, "is phantom"), (Verdict.ERROR, "raises an error"),
    ],
)  # fmt: skip
def test_every_failure_has_its_words(verdict: Verdict, words: str) -> None:
    told = compare(case_of(planted(where(mode="grad"), verdict=verdict)))
    assert told == [f"`grad` alone {words}: 3 of 1,000 points; all other modes agree"]


@pytest.mark.parametrize("verdict", [Verdict.ROUNDED, Verdict.RANGE, Verdict.KINK, Verdict.JUMP, Verdict.UNDECIDED])
def test_what_a_run_is_told_to_fail_on_is_compared_as_well(verdict: Verdict) -> None:
    says = planted(where(mode="grad"), verdict=verdict)
    assert compare(case_of(says)) == []
    assert compare(case_of(says, policy=Policy(frozenset({verdict}))))[0].startswith("`grad` alone is ")


def test_modes_that_fail_otherwise_are_told_apart() -> None:
    def says(subject: Subject) -> dict[Verdict, int] | None:
        return {
            "grad": {Verdict.AGREES: 997, Verdict.WRONG: 3},
            "a": {Verdict.ERROR: 1000},
            "b": {Verdict.AGREES: 990, Verdict.NAN: 4, Verdict.WRONG: 6},
        }.get(subject.mode)

    assert compare(case_of(says, modes=EVERY)) == [
        "`grad` is wrong (3 of 1,000 points), `a` raises an error (1,000 of 1,000 points), "
        "`b` is nan or wrong (10 of 1,000 points); `reverse` and 3 more agree"
    ]


def test_different_numbers_are_added_up_and_called_numbers() -> None:
    def says(subject: Subject) -> dict[Verdict, int] | None:
        bad = {"float64": 1, "float32": 2, "float16": 0}[subject.dtype or ""] if subject.mode == "grad" else 0
        return {Verdict.AGREES: 10 - bad, Verdict.WRONG: bad} if bad else None

    assert compare(case_of(says, points=10)) == ["`grad` in `float64` and `float32` is wrong: 3 of 20 numbers; all else agrees"]


def test_others_that_are_counted_pass_and_do_not_agree() -> None:
    def says(subject: Subject) -> dict[Verdict, int] | None:
        return {"grad": {Verdict.WRONG: 5}, "forward": {Verdict.AGREES: 4, Verdict.ROUNDED: 1}}.get(subject.mode)

    assert compare(case_of(says)) == ["`grad` alone is wrong: 5 of 5 points; all other modes pass"]


def test_what_judged_nothing_is_not_among_the_others() -> None:
    def says(subject: Subject) -> dict[Verdict, int] | None:
        return {"grad": {Verdict.WRONG: 5}, "forward": {Verdict.UNSUPPORTED: 5}}.get(subject.mode)

    assert compare(case_of(says)) == ["`grad` alone is wrong: 5 of 5 points; `reverse` agrees, 1 mode judged nothing"]
    assert compare(case_of(says, modes=("grad", "forward"))) == []


def test_claims_and_expectations_stand_aside() -> None:
    case = case_of(planted(where(mode="grad")))
    aside = tuple(Result(Subject(mode, None, None, "x", 1), {Verdict.WRONG: 9}) for mode in ("claim", "expect"))
    assert compare(replace(case, results=(*aside, *case.results))) == compare(case) != []
    assert compare(replace(case, results=())) == []


CHOICES = {"reverse": "the left derivative", "grad": "the left derivative", "forward": "the middle"}


def test_modes_that_choose_differently_at_a_kink_are_told() -> None:
    case = at_kink(case_of(), lambda subject: CHOICES[subject.mode])
    assert compare(case) == ["at x = 0.0 `reverse` and `grad` choose the left derivative, `forward` the middle"]


def test_modes_that_choose_alike_are_not_told() -> None:
    assert compare(at_kink(case_of(), lambda subject: "0")) == []
    assert compare(at_kink(case_of(), lambda subject: "0" if subject.mode == "grad" else "")) == []


def test_choices_that_differ_in_one_dtype_only_name_it() -> None:
    def choose(subject: Subject) -> str:
        return "1" if (subject.mode, subject.dtype) == ("forward", "float16") else "0"

    assert compare(at_kink(case_of(), choose)) == ["at x = 0.0 in `float16`, `reverse` and `grad` choose 0, `forward` 1"]


def test_choices_name_their_partial_where_there_are_several() -> None:
    case = at_kink(case_of(variables=("x", "y")), lambda subject: CHOICES[subject.mode] if subject.variable == "y" else "")
    assert compare(case) == ["at x = 0.0 for `d/dy`, `reverse` and `grad` choose the left derivative, `forward` the middle"]


def test_each_kink_has_its_own_sentence() -> None:
    case = at_kink(case_of(dtypes=("float64",)), lambda subject: CHOICES[subject.mode])
    other = at_kink(case_of(dtypes=("float32",)), lambda subject: {"grad": "1"}.get(subject.mode, "0"), point=2.5)
    told = compare(replace(case, results=case.results + other.results))
    assert told[1] == "at x = 2.5 `reverse` and `forward` choose 0, `grad` 1"


def test_a_region_has_as_few_bounds_as_will_do() -> None:
    whole = case_of().results
    column = [each for each in whole if each.subject.dtype == "float16"]
    assert str(region(column, whole)) == "`float16`"
    assert str(region(whole, whole)) == ""
    assert region(column[1:], whole) is not None
    assert region([column[0], whole[1]], whole) is None


def test_what_is_no_region_is_several() -> None:
    whole = case_of(modes=("reverse", "grad")).results
    part = [each for each in whole if each.subject.dtype == "float16" or str(each.subject) == "grad.float32.cpu.d/dx"]
    assert [str(each) for each in regions(part, whole)] == ["`grad` in `float32`", "`float16`"]


def test_long_lists_are_counted() -> None:
    assert listed("a") == "`a`"
    assert listed("abcdef") == "`a`, `b`, `c`, `d`, `e` and `f`"
    assert listed("abcdefgh") == "`a`, `b`, `c`, `d`, `e` and 3 more"
