"""Every verdict of the design's table is reachable, and given for the table's own examples."""

from math import inf, isfinite, nan
from typing import Any

import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from diffcheck.dtypes import FORMATS
from diffcheck.judgement import judge, judge_absence, judge_claim, judge_error, stands_alone, ulp
from diffcheck.truth.allowance import Allowance
from diffcheck.truth.limits import Limit
from diffcheck.truth.local import Truth
from diffcheck.verdict import Status, Verdict

FLOAT64, FLOAT32, FLOAT16 = FORMATS["float64"], FORMATS["float32"], FORMATS["float16"]
ULP = 2.0**-52
NOWHERE = Limit(exists=False)


def at(number: float) -> Limit:
    return Limit(arb(number))


def to(sign: int) -> Limit:
    return Limit(infinite=sign)


def smooth(number: Any) -> Truth:
    return Truth(arb(number))


def sides(left: Limit, right: Limit, **more: bool) -> Truth:
    return Truth(None, left, right, **more)


def allowed(radius: float | None, excuse: str = "") -> Allowance:
    return Allowance(None if radius is None else arb(radius), lambda: (excuse, "exp(x) overflows" if excuse == "range" else ""))


JUMP = sides(at(0), at(0), continuous=False)
SIGN = sides(at(0), at(0), continuous=False, one_sided=False)
OUTSIDE = Truth(None, has_value=False)
POLE = sides(to(-1), to(-1), has_value=False)
BORDER = sides(NOWHERE, to(1))
POINT = sides(NOWHERE, NOWHERE, one_sided=False)
KINK = sides(at(-1), at(1))
BEYOND = arb(10) ** 400
VANISHING = arb(10) ** -400

#   what it is                                        actual         truth           allowance                 verdict
CASES = {
    "the derivative itself":                          (2.0,          smooth(2),      allowed(0.0),             Verdict.AGREES),
    "zero where it is zero":                          (0.0,          smooth(0),      allowed(0.0),             Verdict.AGREES),
    "minus zero where it is zero":                    (-0.0,         smooth(0),      allowed(0.0),             Verdict.AGREES),
    "within two ulps, whatever the allowance":        (1 + 2 * ULP,  smooth(1),      allowed(0.0),             Verdict.AGREES),
    "within two ulps, with no allowance at all":      (1 + 2 * ULP,  smooth(1),      allowed(None),            Verdict.AGREES),
    "three ulps off with nothing allowed":            (1 + 3 * ULP,  smooth(1),      allowed(0.0),             Verdict.WRONG),
    "within the allowance, half of the bits right":   (1 + 2.0**-27, smooth(1),      allowed(2.0**-20),        Verdict.AGREES),
    "within the allowance, fewer bits right":         (1 + 2.0**-26, smooth(1),      allowed(2.0**-20),        Verdict.ROUNDED),
    "the sign lost within the allowance":             (-1.0,         smooth(1),      allowed(3.0),             Verdict.ROUNDED),
    "something within the allowance of zero":         (1e-20,        smooth(0),      allowed(1e-19),           Verdict.ROUNDED),
    "within an allowance that range makes wide":      (5.0,          smooth(1),      allowed(9.0, "range"),    Verdict.RANGE),
    "beyond the allowance":                           (2.0,          smooth(1),      allowed(0.5),             Verdict.WRONG),
    "beyond an allowance that range makes wide":      (99.0,         smooth(1),      allowed(9.0, "range"),    Verdict.WRONG),
    "no allowance for rounding reaches a pole":       (99.0,         smooth(1),      allowed(None, "rounding"), Verdict.ROUNDED),
    "no allowance for an overflow":                   (99.0,         smooth(1),      allowed(None, "range"),   Verdict.RANGE),
    "no allowance and no excuse":                     (99.0,         smooth(1),      allowed(None),            Verdict.WRONG),
    "NaN where there is a derivative":                (nan,          smooth(1),      allowed(0.1),             Verdict.NAN),
    "NaN that an overflow excuses":                   (nan,          smooth(1),      allowed(None, "range"),   Verdict.RANGE),
    "NaN that rounding excuses":                      (nan,          smooth(1),      allowed(None, "rounding"), Verdict.ROUNDED),
    "NaN by a local partial that is infinite":        (nan,          smooth(0),      allowed(None),            Verdict.NAN),
    "an infinity where all is finite":                (inf,          smooth(1),      allowed(0.1),             Verdict.NAN),
    "an infinity that an overflow excuses":           (-inf,         smooth(1),      allowed(None, "range"),   Verdict.RANGE),
    "the infinity of a number beyond the range":      (inf,          smooth(BEYOND), allowed(1.0),             Verdict.LIMIT),
    "the other infinity":                             (-inf,         smooth(BEYOND), allowed(1.0),             Verdict.NAN),
    "a finite number for one beyond the range":       (1.0,          smooth(BEYOND), allowed(1.0),             Verdict.WRONG),
    "the flushed zero":                               (0.0,          smooth(VANISHING), allowed(0.0),          Verdict.LIMIT),
    "a number for one that vanishes":                 (1.0,          smooth(VANISHING), allowed(0.0),          Verdict.WRONG),
    "sqrt at 0: its infinity":                        (inf,          BORDER,         allowed(None),            Verdict.LIMIT),
    "sqrt at 0: the other infinity":                  (-inf,         BORDER,         allowed(None),            Verdict.NAN),
    "sqrt at 0: a number":                            (0.0,          BORDER,         allowed(None),            Verdict.WRONG),
    "sqrt at 0: NaN":                                 (nan,          BORDER,         allowed(None),            Verdict.NAN),
    "abs at 0: the left derivative":                  (-1.0,         KINK,           allowed(0.0),             Verdict.KINK),
    "abs at 0: the middle":                           (0.0,          KINK,           allowed(0.0),             Verdict.KINK),
    "abs at 0: outside the Clarke interval":          (1.5,          KINK,           allowed(0.1),             Verdict.PHANTOM),
    "abs at 0: NaN":                                  (nan,          KINK,           allowed(0.0),             Verdict.NAN),
    "abs at 0: an infinity":                          (inf,          KINK,           allowed(0.0),             Verdict.NAN),
    "a kink whose right side is infinite":            (7.0,          sides(at(0), to(1)), allowed(None),       Verdict.KINK),
    "below such a kink":                              (-7.0,         sides(at(0), to(1)), allowed(None),       Verdict.PHANTOM),
    "a jump: the slope of both sides":                (0.0,          JUMP,           allowed(0.0),             Verdict.JUMP),
    "a jump: another number":                         (1.0,          JUMP,           allowed(0.0),             Verdict.PHANTOM),
    "a jump with a one-sided derivative: NaN":        (nan,          JUMP,           allowed(0.0),             Verdict.NAN),
    "a jump with none, as sign's: NaN":               (nan,          SIGN,           allowed(0.0),             Verdict.UNDEFINED),
    "log at -1: NaN":                                 (nan,          OUTSIDE,        allowed(None),            Verdict.UNDEFINED),
    "log at -1: a number":                            (-1.0,         OUTSIDE,        allowed(None),            Verdict.PHANTOM),
    "1/x at 0: its infinity":                         (-inf,         POLE,           allowed(None),            Verdict.LIMIT),
    "1/x at 0: the other infinity":                   (inf,          POLE,           allowed(None),            Verdict.UNDEFINED),
    "1/x at 0: NaN":                                  (nan,          POLE,           allowed(None),            Verdict.UNDEFINED),
    "1/x at 0: a number":                             (0.0,          POLE,           allowed(None),            Verdict.PHANTOM),
    "a point without sides: NaN":                     (nan,          POINT,          allowed(None),            Verdict.UNDEFINED),
    "a point without sides: a number":                (0.0,          POINT,          allowed(None),            Verdict.PHANTOM),
}  # fmt: skip

CONVENTIONS = [
    ("the left derivative",          -1.0, KINK),
    ("the right derivative",         1.0,  KINK),
    ("the middle",                   0.0,  KINK),
    ("0",                            0.0,  sides(at(-1), at(2))),
    ("between them",                 0.25, KINK),
    ("the derivative of both sides", 0.0,  SIGN),
]  # fmt: skip


@pytest.mark.parametrize(("words", "actual", "truth"), CONVENTIONS, ids=[row[0] for row in CONVENTIONS])
def test_the_convention_at_a_kink_or_a_jump(words: str, actual: float, truth: Truth) -> None:
    found = judge(actual, truth, allowed(0.0), FLOAT64)
    assert (found.convention, found.cause) == (words, f": the number is {words}")


def test_of_several_conventions_within_the_roundoff_the_nearest_is_told() -> None:
    near = judge(0.999, KINK, allowed(3.0), FLOAT64)
    coarse = judge(0.01 + 2.0**-14, sides(at(0.01), at(1)), allowed(0.0), FORMATS["bfloat16"])
    assert (near.convention, coarse.convention) == ("the right derivative", "the left derivative")


def test_no_convention_is_told_where_there_is_no_choice() -> None:
    found = [judge(number, truth, allowed(0.0), FLOAT64) for number, truth in ((1.0, smooth(1)), (1.5, KINK), (nan, KINK))]
    assert [each.convention for each in found] == ["", "", ""]


def test_a_value_at_minus_zero_may_stand_below_the_jump() -> None:
    truth = Truth(arb(3), left=at(-3), continuous=False)
    found = [judge(number, truth, allowed(0.0), FLOAT64).verdict for number in (3.0, -3.0, 0.0, nan)]
    assert found == [Verdict.AGREES, Verdict.JUMP, Verdict.WRONG, Verdict.NAN]


def test_an_overflow_excuses_what_is_not_finite_and_nothing_else() -> None:
    allowance = Allowance(arb(0), overflow="exp(x) overflows in float64")
    found = [judge(number, truth, allowance, FLOAT64).verdict for truth in (smooth(1), KINK) for number in (nan, inf, 7.0)]
    assert found == [Verdict.RANGE, Verdict.RANGE, Verdict.WRONG, Verdict.RANGE, Verdict.RANGE, Verdict.PHANTOM]


ALLOWANCES = [allowed(0.0), allowed(1.0), allowed(None), allowed(None, "range"), allowed(None, "rounding")]
anything = st.floats(allow_nan=True, allow_infinity=True, allow_subnormal=True) | st.sampled_from([0.0, -0.0, 5e-324, -5e-324])


@pytest.mark.parametrize(("actual", "truth", "allowance", "verdict"), CASES.values(), ids=CASES)
def test_the_verdict(actual: float, truth: Truth, allowance: Allowance, verdict: Verdict) -> None:
    assert judge(actual, truth, allowance, FLOAT64).verdict is verdict


def test_every_verdict_on_a_number_is_reached() -> None:
    elsewhere = {Verdict.DETACHED, Verdict.ERROR, Verdict.UNDECIDED, Verdict.UNSUPPORTED}
    assert {verdict for _, _, _, verdict in CASES.values()} == set(Verdict) - elsewhere


def test_no_gradient_is_as_good_as_zero_and_no_better() -> None:
    found = [judge_absence(truth).verdict for truth in (smooth(0), smooth(1), KINK, OUTSIDE)]
    assert found == [Verdict.AGREES, Verdict.DETACHED, Verdict.DETACHED, Verdict.UNDEFINED]


def test_an_exception_is_an_error_where_there_is_a_value() -> None:
    assert [judge_error("boom", truth).verdict for truth in (smooth(1), OUTSIDE)] == [Verdict.ERROR, Verdict.UNDEFINED]
    assert judge_error("boom", smooth(1)).cause == "boom"


@pytest.mark.parametrize(("claimed", "truth", "verdict"), [
    (arb(1), smooth(1), Verdict.AGREES),
    (arb(1) + arb(2) ** -50, smooth(1), Verdict.WRONG),
    (arb(-1), KINK, Verdict.KINK),
    (arb(2), KINK, Verdict.PHANTOM),
    (arb.nan(), smooth(1), Verdict.NAN),
    (arb(1), OUTSIDE, Verdict.UNDEFINED),
])  # fmt: skip
def test_a_claim_is_excused_no_rounding(claimed: arb, truth: Truth, verdict: Verdict) -> None:
    assert judge_claim(claimed, truth, FLOAT64).verdict is verdict


@pytest.mark.parametrize(("actual", "witness", "alone"), [
    (2.0, (1.0, 1e-9), "automatic"), (2.0, (2.0, 1e-9), "program"), (1.0, (1.0, 1e-9), ""), (2.0, (3.0, 1e-9), ""),
    (nan, (1.0, 1e-9), "automatic"), (None, (1.0, 1e-9), "automatic"), (2.0, None, ""),
])  # fmt: skip
def test_who_stands_alone(actual: float | None, witness: tuple[float, float] | None, alone: str) -> None:
    assert stands_alone(actual, arb(1), witness) == alone


@pytest.mark.parametrize(("exact", "form", "gap"), [
    (1.0, FLOAT64, 2.0**-52), (0.75, FLOAT64, 2.0**-53), (0.0, FLOAT64, 2.0**-1074), (1.0, FLOAT32, 2.0**-23),
    (1e-45, FLOAT32, 2.0**-149), (1e300, FLOAT32, 2.0**104), (1.0, FLOAT16, 2.0**-10), (2.0**-24, FLOAT16, 2.0**-24),
])  # fmt: skip
def test_an_ulp_is_the_gap_between_neighbours(exact: float, form: Any, gap: float) -> None:
    assert ulp(arb(exact), form) == gap


@given(anything, st.sampled_from(sorted(CASES)), st.sampled_from(range(len(ALLOWANCES))), st.sampled_from(sorted(FORMATS)))
def test_any_number_gets_a_verdict(actual: float, case: str, place: int, dtype: str) -> None:
    truth = CASES[case][1]
    verdict = judge(actual, truth, ALLOWANCES[place], FORMATS[dtype]).verdict
    if not isfinite(actual):
        assert verdict not in (Verdict.AGREES, Verdict.KINK, Verdict.JUMP, Verdict.PHANTOM)
    if isfinite(actual) and not truth.has_value:
        assert verdict is Verdict.PHANTOM


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False), st.floats(0, 1e9))
def test_no_number_beyond_allowance_and_two_ulps_passes(actual: float, exact: float, radius: float) -> None:
    truth = smooth(exact)
    off = abs(arb(actual) - arb(exact))
    found = judge(actual, truth, allowed(radius), FLOAT64)
    beyond = off > arb(radius) and off > 2 * ulp(arb(exact), FLOAT64)
    assert (found.verdict.status is Status.FAIL) == bool(beyond)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_exact_number_agrees_whatever_the_allowance(number: float) -> None:
    for allowance in ALLOWANCES:
        assert judge(number, smooth(number), allowance, FLOAT64).verdict is Verdict.AGREES
