"""The numbers behind pictures: gathered from the worst result, only where they are asked for, and never at its cost."""

import time
from math import isfinite, nan
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from diffcheck.cases.case import Case
from diffcheck.cases.reader import read_file
from diffcheck.illustrations import Portrait, Steps
from diffcheck.portraits import gallery
from diffcheck.results import CaseResult, Result
from diffcheck.verdict import SEVERITY, VERDICTS, Verdict
from diffcheck.verification import Settings, verify
from tests.portraits import PLANTED, verified, with_gradient

CASES = Path(__file__).parent.parent / "cases"


def _portrait(case: CaseResult) -> Portrait:
    assert case.portraits
    return case.portraits[0]


def _result(case: CaseResult, portrait: Portrait) -> Result:
    [found] = [each for each in case.results if str(each.subject) == portrait.subject]
    return found


def _steps(case: CaseResult) -> Steps:
    steps = _portrait(case).steps
    assert steps is not None
    return steps


def test_without_being_asked_for_there_is_no_portrait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery.Gallery, "see", None)
    assert verified("x**3", at={"x": 2.0}, illustrated=False).portraits == ()


def test_the_portrait_is_of_the_worst_result() -> None:
    case = verified("x*bessel_j0(x) + y**2", at={"x": 1.3, "y": 2.0}, modes=["reverse", "forward"], dtypes=["float64", "float32"])
    worst = min((each.verdict for each in case.results), key=SEVERITY.index)
    portrait = _portrait(case)
    assert _result(case, portrait).verdict is worst is Verdict.WRONG
    assert portrait.subject.endswith("d/dx")


def test_a_partial_goes_before_a_value_that_does_not_fail() -> None:
    case = verified("x**3", at={"x": 1e-120})
    assert {each.subject.mode: each.verdict for each in case.results} == {"value": Verdict.LIMIT, "reverse": Verdict.AGREES}
    assert _portrait(case).subject.startswith("reverse")


def test_a_value_that_fails_goes_before_a_partial_that_does_not() -> None:
    case = verified("x**3", program=lambda x: x**3 + 1, sample={"x": [-3, 3]})
    portrait = _portrait(case)
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
    portrait = _portrait(case)
    assert verdict in portrait.errors.verdicts
    assert _result(case, portrait).verdict.word == verdict
    assert len(portrait.errors.verdicts) == 60
    pairs = zip(portrait.errors.off_ulps, portrait.errors.verdicts, strict=True)
    assert {off is None for off, word in pairs if word == verdict} == {verdict != "wrong"}


POINTS = {"one": 1, "few": 399, "many": 3000}


@pytest.mark.parametrize("points", POINTS.values(), ids=POINTS)
def test_each_column_has_a_number_a_point_and_the_worst_point_is_among_them(points: int) -> None:
    case = verified("x*sin(y)", sample={"x": [-3, 3], "y": [-3, 3]}, points=points, dtypes=["float32"])
    portrait = _portrait(case)
    errors, worst = portrait.errors, _result(case, portrait).worst
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
    portrait = _portrait(case)
    assert set(portrait.errors.verdicts) == {"nan", "wrong", "agrees"}
    assert len(portrait.errors.verdicts) <= 1000


def test_many_points_cost_little() -> None:
    keys: dict[str, Any] = {"sample": {"x": [-5, 5]}, "points": 100_000}
    seconds = []
    for illustrated in (False, True):
        start = time.perf_counter()
        verified("x*sin(x)", illustrated=illustrated, **keys)
        seconds.append(time.perf_counter() - start)
    assert seconds[1] - seconds[0] < 1


def test_the_slice_holds_the_others_where_they_are_worst() -> None:
    case = verified("x**2*y + z", sample={"x": [-3, 3], "y": [1, 2], "z": [0, 1]})
    portrait = _portrait(case)
    drawn, worst = portrait.slice, _result(case, portrait).worst
    assert drawn is not None
    assert worst is not None
    assert drawn.held == {name: number for name, number in worst.point.items() if name != drawn.variable}
    assert worst.point[drawn.variable] in drawn.places
    assert list(drawn.places) == sorted(set(drawn.places))


def test_the_three_derivatives_of_a_sound_program_are_one() -> None:
    drawn = _portrait(verified("x*sin(x)", sample={"x": [-5, 5]})).slice
    assert drawn is not None
    for automatic, symbolic, numerical in zip(drawn.automatic, drawn.symbolic, drawn.numerical, strict=True):
        assert automatic == pytest.approx(symbolic, rel=1e-12, abs=1e-12)
        assert numerical == pytest.approx(symbolic, rel=1e-6, abs=1e-6)


def test_a_slice_is_of_the_dtype_that_was_judged() -> None:
    case = verified("exp(x)", sample={"x": [0, 9]}, dtypes=["float16"])
    drawn = _portrait(case).slice
    assert drawn is not None
    assert torch.tensor(drawn.places, dtype=torch.float64).to(torch.float16).to(torch.float64).tolist() == list(drawn.places)
    assert any(automatic != symbolic for automatic, symbolic in zip(drawn.automatic, drawn.symbolic, strict=True))


MARKED = [
    ("abs(3*x - 1)", [(1 / 3, "kink")]),
    ("floor(x)*x", [(-1.0, "jump"), (0.0, "kink"), (1.0, "jump")]),
    ("1/(x - 1)", [(1.0, "pole")]),
    ("log(x + 1)", [(-1.0, "pole")]),
    ("sin(x)/x", [(0.0, "0/0")]),
    ("x**3", []),
]


@pytest.mark.parametrize(("formula", "marks"), MARKED, ids=[formula for formula, _ in MARKED])
def test_special_places_are_marked(formula: str, marks: list[tuple[float, str]]) -> None:
    drawn = _portrait(verified(formula, at=[{"x": -1.25}, {"x": 1.25}, {"x": 0.3}])).slice
    assert drawn is not None
    assert [(each.place, each.kind) for each in drawn.marks] == marks
    assert drawn.unmarked == ""


SMOOTH = {
    "x*sin(x)": lambda x: x * torch.sin(x),
    "exp(-x**2)": lambda x: torch.exp(-(x**2)),
    "x**3/1000": lambda x: x**3 / 1000,
    "log(1 + x**2)": lambda x: torch.log(1 + x**2),
    "atan(x)": torch.atan,
    "1e9*tanh(x)": lambda x: 1e9 * torch.tanh(x),
    "sqrt(x**2 + 1) - 1": lambda x: torch.sqrt(x**2 + 1) - 1,
}
FACTORS = (1.0, -1.0, 0.0, 1.0005, 1.002)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(SMOOTH)), st.sampled_from(FACTORS), st.floats(-30, 30))
def test_the_word_of_gradcheck_is_its_own(formula: str, factor: float, x: float) -> None:
    value = SMOOTH[formula]

    def gradient(point: torch.Tensor) -> torch.Tensor:
        with torch.enable_grad():
            leaf = point.detach().requires_grad_()
            return factor * torch.autograd.grad(value(leaf).sum(), leaf)[0]

    program = with_gradient(value, gradient)
    steps = _steps(verified(formula, program=program, at={"x": x}))
    leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    assert steps.gradcheck_passes is torch.autograd.gradcheck(program, (leaf,), raise_exception=False)


def test_gradcheck_is_told_to_pass_a_wrong_sign_where_it_does() -> None:
    program = with_gradient(lambda x: torch.exp(-(x**2)), lambda x: 2 * x * torch.exp(-(x**2)))
    steps = _steps(verified("exp(-x**2)", program=program, at={"x": 4.0}))
    assert steps.gradcheck_passes
    assert steps.torch_error == pytest.approx(2 * abs(steps.exact))


DETACHED = {"wholly": lambda x: x.detach() ** 2, "tiny": lambda x: 1e-9 * x.detach() ** 2}


@pytest.mark.parametrize("program", DETACHED.values(), ids=DETACHED)
def test_what_no_gradient_leads_to_fails_gradcheck(program: Any) -> None:
    formula = "1e-9*x**2" if program is DETACHED["tiny"] else "x**2"
    steps = _steps(verified(formula, program=program, at={"x": 1.5}))
    leaf = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    assert steps.gradcheck_passes is torch.autograd.gradcheck(program, (leaf,), raise_exception=False) is False
    assert steps.torch_error is None


def test_the_curve_is_a_v() -> None:
    steps = _steps(verified("x*sin(x)", at={"x": 2.0}))
    errors = [each for each in steps.errors if each is not None]
    least = min(errors)
    assert len(errors) == len(steps.steps)
    assert errors[0] > 1e3 * least < errors[-1]
    assert steps.torch_error is not None
    assert steps.torch_error < least


WITHOUT_STEPS = [
    ("abs(x)", {"at": {"x": 0.0}}),
    ("x**3", {"at": {"x": 2.0}, "order": 2}),
    ("sqrt(x)", {"at": {"x": -1.0}}),
]


@pytest.mark.parametrize(("formula", "keys"), WITHOUT_STEPS, ids=["a kink", "a second order", "no value"])
def test_where_there_is_no_first_derivative_there_is_no_curve(formula: str, keys: dict[str, Any]) -> None:
    case = verified(formula, **keys)
    assert _portrait(case).steps is None
    assert _portrait(case).errors.of == 1


def test_a_second_order_has_a_slice() -> None:
    drawn = _portrait(verified("x**3*y", sample={"x": [-2, 2], "y": [-2, 2]}, order=2)).slice
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
    portrait = _portrait(case)
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
