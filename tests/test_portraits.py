"""The numbers behind pictures: gathered from the worst result, only where they are asked for, and never at its cost."""

import random
from math import isfinite, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from diffcheck import findings
from diffcheck.cases.case import Case
from diffcheck.cases.reader import read_file
from diffcheck.illustrations import Portrait
from diffcheck.portraits import chosen, gallery
from diffcheck.verdict import SEVERITY, VERDICTS, Verdict
from diffcheck.verification import Settings, verify
from tests.portraits import PLANTED, portrait_of, result_of, verified, with_gradient

CASES = Path(__file__).parent.parent / "cases"


def test_without_being_asked_for_there_is_no_portrait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery.Gallery, "see", None)
    assert verified("x**3", at={"x": 2.0}, illustrated=False).portraits == ()


def test_the_portrait_is_of_the_worst_result() -> None:
    case = verified("x*bessel_j0(x) + y**2", at={"x": 1.3, "y": 2.0}, modes=["reverse", "forward"], dtypes=["float64", "float32"])
    worst = min((each.verdict for each in case.results), key=SEVERITY.index)
    portrait = portrait_of(case)
    assert result_of(case, portrait).verdict is worst is Verdict.WRONG
    assert portrait.subject.endswith("d/dx")


def test_a_partial_goes_before_a_value_that_does_not_fail() -> None:
    case = verified("x**3", at={"x": 1e-120})
    assert {each.subject.mode: each.verdict for each in case.results} == {"value": Verdict.LIMIT, "reverse": Verdict.AGREES}
    assert portrait_of(case).subject.startswith("reverse")


def test_a_value_that_fails_goes_before_a_partial_that_does_not() -> None:
    case = verified("x**3", program=lambda x: x**3 + 1, sample={"x": [-3, 3]})
    portrait = portrait_of(case)
    assert portrait.subject == "value.float64.cpu"
    assert portrait.slice is portrait.steps is None


def test_another_dtype_that_fails_otherwise_has_a_portrait_too() -> None:
    def gradient(x: torch.Tensor) -> torch.Tensor:
        return x * nan if x.dtype == torch.float32 else -3 * x**2

    case = verified("x**3", program=with_gradient(lambda x: x**3, gradient), at={"x": 1.5}, dtypes=["float64", "float32"])
    assert [(each.dtype, set(each.errors.verdicts)) for each in case.portraits] == [("float32", {"nan"}), ("float64", {"wrong"})]


@pytest.mark.parametrize(("program", "verdict"), PLANTED.values(), ids=PLANTED)
def test_a_planted_error_is_in_the_portrait(program: Any, verdict: str) -> None:
    case = verified("x**3", program=program, sample={"x": [0.5, 2.5]}, points=60)
    portrait = portrait_of(case)
    assert verdict in portrait.errors.verdicts
    assert result_of(case, portrait).verdict.word == verdict
    assert len(portrait.errors.verdicts) == 60
    pairs = zip(portrait.errors.off_ulps, portrait.errors.verdicts, strict=True)
    assert {off is None for off, word in pairs if word == verdict} == {verdict != "wrong"}

POINTS = {"one": 1, "few": 399, "many": 3000}


@pytest.mark.parametrize("points", POINTS.values(), ids=POINTS)
def test_each_column_has_a_number_a_point_and_the_worst_point_is_among_them(points: int) -> None:
    case = verified("x*sin(y)", sample={"x": [-3, 3], "y": [-3, 3]}, points=points, dtypes=["float32"])
    portrait = portrait_of(case)
    errors, worst = portrait.errors, result_of(case, portrait).worst
    assert worst is not None
    assert errors.of == points
    lengths = {len(errors.off_ulps), len(errors.allowed_ulps), len(errors.verdicts), *map(len, errors.columns.values())}
    assert lengths == {len(errors.verdicts)}
    assert len(errors.verdicts) == points if points <= 400 else len(errors.verdicts) < points
    place = list(zip(*errors.columns.values(), strict=True)).index(tuple(worst.point.values()))
    assert errors.off_ulps[place] == pytest.approx(worst.off_ulps)
    assert errors.allowed_ulps[place] == pytest.approx(worst.allowed_ulps)
    assert list(errors.columns[portrait.variable]) == sorted(errors.columns[portrait.variable])


def test_of_many_points_every_kind_of_failure_is_shown() -> None:
    def gradient(x: torch.Tensor) -> torch.Tensor:
        return torch.where(abs(x - 1) < 2e-4, torch.nan, torch.where(x < 0, -1.0, 1.0) * 3 * x**2)

    program = with_gradient(lambda x: x**3, gradient)
    case = verified("x**3", program=program, sample={"x": [-3, 3]}, points=20_000, batched=True)
    portrait = portrait_of(case)
    assert set(portrait.errors.verdicts) == {"nan", "wrong", "agrees"}
    assert len(portrait.errors.verdicts) <= 1000


def test_the_slice_holds_the_others_where_they_are_worst() -> None:
    case = verified("x**2*y + z", sample={"x": [-3, 3], "y": [1, 2], "z": [0, 1]})
    portrait = portrait_of(case)
    drawn, worst = portrait.slice, result_of(case, portrait).worst
    assert drawn is not None
    assert worst is not None
    assert drawn.held == {name: number for name, number in worst.point.items() if name != drawn.variable}
    assert worst.point[drawn.variable] in drawn.places
    assert list(drawn.places) == sorted(set(drawn.places))


def test_the_three_derivatives_of_a_sound_program_are_one() -> None:
    drawn = portrait_of(verified("x*sin(x)", sample={"x": [-5, 5]})).slice
    assert drawn is not None
    for automatic, symbolic, numerical in zip(drawn.automatic, drawn.symbolic, drawn.numerical, strict=True):
        assert automatic == pytest.approx(symbolic, rel=1e-12, abs=1e-12)
        assert numerical == pytest.approx(symbolic, rel=1e-6, abs=1e-6)


def test_a_slice_is_of_the_dtype_that_was_judged() -> None:
    case = verified("exp(x)", sample={"x": [0, 9]}, dtypes=["float16"])
    drawn = portrait_of(case).slice
    assert drawn is not None
    assert torch.tensor(drawn.places, dtype=torch.float64).to(torch.float16).to(torch.float64).tolist() == list(drawn.places)
    assert any(automatic != symbolic for automatic, symbolic in zip(drawn.automatic, drawn.symbolic, strict=True))


def test_a_second_order_has_a_slice() -> None:
    drawn = portrait_of(verified("x**3*y", sample={"x": [-2, 2], "y": [-2, 2]}, order=2)).slice
    assert drawn is not None
    near = [(exact, found) for exact, found in zip(drawn.symbolic, drawn.numerical, strict=True) if found is not None]
    assert len(near) > len(drawn.places) / 2
    assert all(found == pytest.approx(exact, rel=1e-6, abs=1e-6) for exact, found in near)

ODD: dict[str, tuple[str, dict[str, Any]]] = {
    "vectors": ("dot(x, w)**3", {"at": {"w": [0.1, 0.2, 0.3], "x": [1, 4, -3]}}),
    "entries": ("A @ x", {"at": [{"A": [[1, 2], [3, 4]], "x": [0.5, 0.7]}, {"A": [[2, 2], [5, 4]], "x": [0.3, 0.1]}]}),
    "huge": ("x**2/x", {"at": [{"x": 1e200}, {"x": 1e300}]}),
    "subnormal": ("x*2", {"at": {"x": 5e-324}}),
    "all of float64": ("x*y", {"sample": {"x": [-1e308, 1e308], "y": [-1e-308, 1e-308]}}),
    "logarithmic": ("log(x + sqrt(x**2 + 1))", {"sample": {"x": [-1e9, 1e9]}, "spacing": "log", "edges": True}),
    "only one dtype holds it": ("x + 1", {"at": {"x": 1e300}, "dtypes": ["float16", "float64"]}),
    "a constant": ("x**0", {"at": {"x": 2.0}}),
}


@pytest.mark.parametrize(("formula", "keys"), ODD.values(), ids=ODD)
def test_odd_cases_have_portraits_too(formula: str, keys: dict[str, Any]) -> None:
    case = verified(formula, **keys)
    portrait = portrait_of(case)
    assert portrait.variable in portrait.errors.columns
    assert portrait.errors.of == len(portrait.errors.verdicts) > 0
    if portrait.slice is not None:
        assert all(map(isfinite, portrait.slice.places))


def test_a_mode_that_cannot_run_does_not_sit() -> None:
    case = verified("zeta(x, 2)", at={"x": 3.0}, modes=["reverse"])
    sat = {each.subject for each in case.portraits}
    assert sat
    assert all(str(each.subject) not in sat for each in case.results if each.verdict is Verdict.UNSUPPORTED)


def test_what_cannot_be_gathered_loses_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(sitting: Any) -> None:
        raise RuntimeError("no picture")

    plain = verified("x**3", at={"x": 2.0}, illustrated=False)
    monkeypatch.setattr(gallery, "slice_of", breaks)
    assert [each.slice for each in verified("x**3", at={"x": 2.0}).portraits] == [None]
    monkeypatch.setattr(gallery, "errors_of", breaks)
    case = verified("x**3", at={"x": 2.0})
    assert case.portraits == ()
    assert case.results == plain.results


def test_pictures_change_no_result() -> None:
    keys: dict[str, Any] = {"sample": {"x": [-3, 3]}, "dtypes": ["float64", "float16"], "edges": True}
    assert verified("x*bessel_j0(x)", **keys).results == verified("x*bessel_j0(x)", illustrated=False, **keys).results


def _some_cases() -> list[Case]:
    """Of each file with formulas every seventh case, with few points."""
    found = []
    for name in ("course", "known_defects", "feynman", "fpbench"):
        cases = [each for each in read_file(CASES / f"{name}.toml") if isinstance(each, Case) and each.training is None]
        found += cases[:: max(1, len(cases) // 7)]
    return found


@pytest.mark.parametrize("case", _some_cases(), ids=lambda case: case.name)
def test_the_cases_that_come_with_it_have_portraits(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "_or_none", lambda make, sitting: make(sitting))
    found = verify(case, Settings(illustrated=True))
    assert found.portraits
    assert all(VERDICTS[word] in Verdict for word in found.portraits[0].errors.verdicts)


def _rows(portrait: Portrait) -> list[tuple[str, float | None, float | None]]:
    """Of each point shown its verdict, its error and its share."""
    errors = portrait.errors
    return list(zip(errors.verdicts, errors.off_ulps, errors.shares, strict=True))


def _spoiled(value: Any, slope: Any, spoil: Any) -> Any:
    """A program whose gradient is ``slope``, spoiled by ``spoil`` of the point and its number in the run."""

    def gradient(x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = spoil(x, slope(x), torch.arange(x.numel()).reshape(x.shape))
        return found

    return with_gradient(value, gradient)

FEW_FAIL: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "among phantoms": (
        "sqrt(x)",
        _spoiled(torch.sqrt, lambda x: 0.5 / torch.sqrt(x),
                 lambda x, slope, number: torch.where(x < 0, 0.0, torch.where(number % 500 == 7, 1.5 * slope, slope))),
        {"sample": {"x": [-1, 1]}},
    ),
    "among rounded ones": (
        "sqrt(x + 1) - sqrt(x)",
        _spoiled(lambda x: torch.sqrt(x + 1) - torch.sqrt(x), lambda x: 0.5 / torch.sqrt(x + 1) - 0.5 / torch.sqrt(x),
                 lambda x, slope, number: torch.where((number % 997 == 3) & (x < 1e9), 1.5 * slope, slope)),
        {"sample": {"x": [1, 1e18]}, "spacing": "log"},
    ),
    "half of all": (
        "sin(x)",
        _spoiled(torch.sin, torch.cos, lambda x, slope, number: torch.where(x > 0, 1.01 * slope, slope)),
        {"sample": {"x": [-5, 5]}},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("formula", "program", "keys"), FEW_FAIL.values(), ids=FEW_FAIL)
def test_of_many_points_some_of_every_verdict_are_shown_and_all_counted(formula: str, program: Any, keys: dict[str, Any]) -> None:
    case = verified(formula, program=program, points=10_000, batched=True, **keys)
    portrait = portrait_of(case)
    result, rows = result_of(case, portrait), _rows(portrait)
    assert portrait.errors.counts == {verdict.word: count for verdict, count in result.counts.items()}
    assert portrait.errors.of == result.points == 10_000
    assert len(rows) <= chosen.MOST
    for verdict, count in result.counts.items():
        shown = [word for word, _, _ in rows].count(verdict.word)
        assert min(count, chosen.MOST // len(result.counts) - 4) <= shown <= count
    assert result.worst is not None
    assert max(off for word, off, _ in rows if word == "wrong" and off is not None) > 1e12

EXTREME: dict[str, tuple[str, dict[str, Any]]] = {
    "wave": ("sin(x)*exp(x)", {"sample": {"x": [-20, 20]}}),
    "cancels": ("sqrt(x + 1) - sqrt(x)", {"sample": {"x": [1, 1e18]}, "spacing": "log"}),
    "two variables": ("x*sin(y) - y*cos(x)", {"sample": {"x": [-20, 20], "y": [-20, 20]}}),
    "narrow": ("x*exp(-x)", {"sample": {"x": [-40, 40]}, "dtypes": ["float16"]}),
}


@pytest.mark.parametrize(("formula", "keys"), EXTREME.values(), ids=EXTREME)
def test_the_largest_error_and_share_are_shown(formula: str, keys: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    some = _rows(portrait_of(verified(formula, points=2000, **keys)))
    monkeypatch.setattr(chosen, "MOST", 2000)
    every = _rows(portrait_of(verified(formula, points=2000, **keys)))
    assert len(some) < len(every)

    def largest(rows: Any, which: int) -> float:
        return max(row[which] for row in rows if row[which] is not None)

    assert largest(some, 1) == pytest.approx(largest(every, 1), rel=1e-6)
    assert largest(some, 2) == pytest.approx(largest(every, 2), rel=0.5)  # the quick test's radii are that far off


def test_points_are_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    walked: list[int] = []
    judge_point = findings._judge_point

    def counting(column: Any, margins: Any, target: Any, index: int) -> Any:
        walked.append(index)
        return judge_point(column, margins, target, index)

    monkeypatch.setattr(findings, "_judge_point", counting)
    keys: dict[str, Any] = {"sample": {"x": [-1, 1]}, "points": 2000, "program": lambda x: torch.sqrt(abs(x)), "batched": True}
    case = verified("sqrt(x)", **keys)
    uncleared = sum(result.counts.get(Verdict.PHANTOM, 0) for result in case.results)
    assert uncleared > 1000
    assert len(walked) < uncleared + 1000


def test_what_agrees_by_two_units_is_within_its_allowance() -> None:
    case = verified("x*exp(y)", sample={"x": [1, 2], "y": [1, 2]}, points=50, allow={"factor": 0.01})
    rows = _rows(portrait_of(case))
    assert {word for word, _, _ in rows} == {"agrees"}
    assert any(off > allowed for (_, off, _), allowed in zip(rows, portrait_of(case).errors.allowed_ulps, strict=True)
               if off is not None and allowed is not None)  # fmt: skip
    assert max(share for _, _, share in rows if share is not None) == 1.0


def test_pictures_draw_no_random_numbers_that_others_would_have_drawn() -> None:
    def noisy(x: torch.Tensor) -> torch.Tensor:
        return x * x * (1 + 1e-3 * torch.rand(()) + 1e-3 * random.random() + 1e-3 * np.random.random())

    def drawn(illustrated: bool) -> Any:
        torch.manual_seed(1)
        random.seed(2)
        np.random.seed(3)
        verified("x**2", program=noisy, sample={"x": [1, 5]}, points=5, illustrated=illustrated)
        return torch.rand(()).item(), random.random(), np.random.random()

    assert drawn(True) == drawn(False)
