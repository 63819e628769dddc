"""What pictures are made of verified cases, and that they can be drawn whatever the numbers are."""

import json
import warnings
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from math import inf, isfinite, nan
from pathlib import Path
from typing import Any

import pytest
import sympy
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg

from diffcheck import check
from diffcheck.cli import main
from diffcheck.errors import UsageError
from diffcheck.illustrations import Errors, Mark, Portrait, Series, Slice, Steps
from diffcheck.report.pictures.errors import draw_errors
from diffcheck.report.pictures.gallery import ROWS, Picture, pictures_of
from diffcheck.report.pictures.scales import Linear, Logarithmic, Magnitudes, Scale, scale_of
from diffcheck.report.pictures.sheet import style
from diffcheck.report.pictures.steps import told_steps
from diffcheck.report.pictures.svg import standalone_svg, svg_of
from diffcheck.report.pictures.training import draw_training, told_training
from diffcheck.report.plots import write_plots
from diffcheck.results import CaseResult, Policy, RunResult
from diffcheck.verdict import VERDICTS, Verdict
from tests.portraits import PLANTED, verified, with_gradient

ENTRIES = [{"A": [[1, 2], [3, 4]], "x": [0.5, 0.7]}, {"A": [[2, 2], [5, 4]], "x": [0.3, 0.1]}]
DRAWN: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "one point": ("x*sin(x)", {"at": {"x": 2.0}}, ["errors", "derivatives", "steps"]),
    "1e5 points": ("x*sin(x)", {"sample": {"x": [-5, 5]}, "points": 100_000}, ["errors", "derivatives", "steps"]),
    "one of ten": ("+".join(f"a{number}*sin(a{number})" for number in range(10)),
                   {"sample": {f"a{number}": [-2, 2] for number in range(10)}}, ["errors", "derivatives", "steps"]),
    "two variables": ("x**2 + y**5 - x**2*y", {"sample": {"x": [-5, 5], "y": [-5, 5]}},
                      ["errors", "map", "derivatives", "steps"]),
    "vectors": ("dot(x, w)**3", {"at": {"w": [0.1, 0.2, 0.3], "x": [1, 4, -3]}}, ["errors", "derivatives", "steps"]),
    "entries": ("A @ x", {"at": ENTRIES}, ["errors", "derivatives", "steps"]),
    "infinite allowances": ("log(x + sqrt(x**2 + 1))", {"sample": {"x": [-1e9, 1e9]}, "spacing": "log"},
                            ["errors", "derivatives", "steps"]),
    "huge": ("x**2/x", {"at": [{"x": 1e200}, {"x": 1e300}]}, ["errors", "derivatives"]),
    "subnormal": ("x*2", {"at": {"x": 5e-324}}, ["errors", "derivatives", "steps"]),
    "poles": ("tan(x)", {"sample": {"x": [-5, 5]}, "edges": True}, ["errors", "derivatives", "steps"]),
    "jumps": ("floor(x)*sqrt(x + 3)", {"sample": {"x": [-3, 3]}, "edges": True}, ["errors", "derivatives"]),
    "a second order": ("x**3*y**2", {"sample": {"x": [-2, 2], "y": [-2, 2]}, "order": 2}, ["errors", "map", "derivatives"]),
    "overflows": ("x*exp(-x)", {"sample": {"x": [-40, 40]}, "dtypes": ["float16"]}, ["errors", "derivatives", "steps"]),
    "no real value": ("sqrt(x)", {"at": {"x": -1.0}}, ["errors"]),
}  # fmt: skip


def _require_sound(picture: Picture) -> None:
    """Drawn without a warning, on axes with ends, with words in it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text = standalone_svg(picture)
    for axes in picture.figure.axes:
        for low, high in (axes.get_xlim(), axes.get_ylim()):
            assert isfinite(low)
            assert low < high < inf
        assert len(axes.get_xticks()) <= 14
    assert "nan" not in text.replace(">nan<", "").replace(">nan (", "").replace(" nan", "")
    assert picture.figure.axes[-1].get_xlabel().split(",")[0] in text
    assert picture.description.endswith(".")


@pytest.mark.parametrize(("formula", "keys", "names"), DRAWN.values(), ids=DRAWN)
def test_a_case_has_its_pictures(formula: str, keys: dict[str, Any], names: list[str]) -> None:
    pictures = list(pictures_of(verified(formula, **keys)))
    assert [each.name for each in pictures] == names
    for each in pictures:
        _require_sound(each)
        assert len(svg_of(each, unique="p")) <= 40_000


@pytest.mark.parametrize(("program", "verdict"), PLANTED.values(), ids=PLANTED)
def test_a_planted_error_is_seen(program: Any, verdict: str) -> None:
    pictures = {each.name: each for each in pictures_of(verified("x**3", program=program, sample={"x": [0.5, 2.5]}, points=60))}
    for each in pictures.values():
        _require_sound(each)
    errors = pictures["errors"]
    assert f" {verdict}" in errors.description
    labels = [text.get_text() for text in errors.figure.legends[0].get_texts()]
    assert any(label.startswith(verdict) for label in labels)
    strip = [label.get_text() for label in errors.figure.axes[0].get_yticklabels()]
    assert (verdict in strip) is (verdict != "wrong")


def test_without_a_portrait_or_a_run_there_is_no_picture() -> None:
    assert list(pictures_of(verified("x**3", illustrated=False, at={"x": 2.0}))) == []


def test_pictures_are_drawn_when_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    case = verified("x**3", at={"x": 2.0})
    pictures = pictures_of(case)
    assert isinstance(pictures, Iterator)
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    with pytest.raises(UsageError, match=r"pip install 'diffcheck\[plots\]'"):
        next(pictures)


def test_one_that_cannot_be_drawn_is_left_out() -> None:
    case = verified("x**3", at={"x": 2.0})
    [portrait] = case.portraits
    broken = Portrait(portrait.subject, portrait.dtype, portrait.errors, "no such variable", portrait.slice, portrait.steps)
    pictures = pictures_of(CaseResult("case", "", 0, portraits=(broken,)))
    assert [each.name for each in pictures] == ["derivatives", "steps"]


def test_a_second_portrait_is_called_after_its_dtype() -> None:
    [portrait] = verified("x**3", at={"x": 2.0}, dtypes=["float32"]).portraits
    names = [each.name for each in pictures_of(CaseResult("case", "", 0, portraits=(portrait, portrait)))]
    assert names == ["errors", "derivatives", "steps", "errors.float32", "derivatives.float32", "steps.float32"]


def test_poles_do_not_ruin_the_heights_and_that_is_said() -> None:
    [picture] = [each for each in pictures_of(verified("tan(x)", sample={"x": [-5, 5]})) if each.name == "derivatives"]
    assert picture.figure.axes[0].get_ylim()[1] < 1000
    labels = [text.get_text() for text in picture.figure.legends[0].get_texts()]
    assert any(label.endswith("beyond") for label in labels)


@pytest.mark.parametrize(("sign", "word"), [(1.0, "passes"), (-1.0, "fails")])
def test_the_word_of_gradcheck_is_in_the_picture(sign: float, word: str) -> None:
    program = PLANTED["sign"][0] if sign < 0 else None
    keys = {"program": program} if program else {}
    [picture] = [each for each in pictures_of(verified("x**3", at={"x": 1.5}, **keys)) if each.name == "steps"]
    assert f"gradcheck: {word}" in standalone_svg(picture)
    assert f"gradcheck {word}" in picture.description


def test_the_command_line_writes_them(tmp_path: Path) -> None:
    (tmp_path / "cases.toml").write_text('[cubic]\nformula = "x**3"\nat.x = 2.0\n')
    plots = tmp_path / "plots"
    assert main([str(tmp_path / "cases.toml"), "-q", "--plots", str(plots), "--json", str(tmp_path / "out.json")]) == 0
    assert {each.name for each in plots.iterdir()} == {f"cubic.{name}.svg" for name in ("errors", "derivatives", "steps")}
    assert json.loads((tmp_path / "out.json").read_text())["cases"][0]["passed"]


def test_two_cases_of_one_name_have_pictures_each(tmp_path: Path) -> None:
    case = verified("x**3", at={"x": 2.0})
    paths = write_plots(RunResult((case, case), 0.0, {}, 0), tmp_path)
    assert len(set(paths)) == len(list(tmp_path.iterdir())) == 6


NUMBERS = st.floats() | st.sampled_from([0.0, -0.0, 5e-324, -5e-324, 1e-300, 1e300, 1.7976931348623157e308, inf, -inf, nan, 1.0])
FINITE = NUMBERS.filter(isfinite)
SIZES = NUMBERS.map(abs) | st.none()


@st.composite
def _portraits(draw: st.DrawFn) -> Portrait:
    size = draw(st.integers(1, 60))

    def many(each: st.SearchStrategy[Any]) -> tuple[Any, ...]:
        return tuple(draw(st.lists(each, min_size=size, max_size=size)))

    words = many(st.sampled_from(list(VERDICTS)))
    counts = {word: words.count(word) + draw(st.integers(0, 5000)) for word in words}
    errors = Errors({"x": many(FINITE), "w[0]": many(FINITE)}, many(SIZES), many(SIZES), words, many(SIZES), counts)
    places = tuple(sorted(set(many(FINITE)) | {0.0, 1.0}))
    size = len(places)
    numbers = NUMBERS | st.none()
    marks = tuple(Mark(place, draw(st.sampled_from(["kink", "pole", "0/0"]))) for place in places[:3])
    drawn = Slice("x", {"w[0]": draw(FINITE)}, places, many(numbers), many(FINITE | st.none()), many(FINITE | st.none()), marks)
    steps = tuple(2.0**-exponent for exponent in range(50, 50 - size, -1))
    offs, allows = many(SIZES), draw(FINITE.map(abs))
    word, without = draw(st.sampled_from(["passes", "fails", "raised TypeError"])), draw(st.sampled_from(["", "returns NaN"]))
    curve = Steps("x", {"x": draw(FINITE)}, steps, offs, draw(FINITE), word, 1e-6, draw(SIZES), allows, draw(SIZES), without)
    return Portrait("reverse.float64.cpu.d/dx", "float64", errors, "x", drawn, curve)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(_portraits())
def test_whatever_the_numbers_are_they_can_be_drawn(portrait: Portrait) -> None:
    for row in ROWS:
        if row.shows(portrait):
            with style():
                figure = row.draw(portrait, Policy())
            _require_sound(Picture(row.name, row.title, row.told(portrait, Policy()), figure))


@settings(max_examples=40, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=20), st.data())
def test_whatever_the_losses_are_they_can_be_drawn(losses: list[float], data: st.DataObject) -> None:
    count = len(losses)
    exact = data.draw(st.just([]) | st.lists(FINITE, min_size=count, max_size=count))
    drift = data.draw(st.lists(SIZES, min_size=len(exact), max_size=len(exact)))
    shares = data.draw(st.lists(SIZES, min_size=count, max_size=count))
    failing = tuple(sorted(data.draw(st.sets(st.integers(1, count)))))
    series = Series("float32", "cpu", tuple(losses), tuple(exact), tuple(drift), tuple(shares), ((1, losses[0]),), failing)
    with style():
        figure = draw_training(series)
    _require_sound(Picture("run", "run", told_training(series), figure))


@given(st.lists(FINITE, min_size=1, max_size=80))
def test_on_every_scale_larger_numbers_stand_further_on(numbers: list[float]) -> None:
    low, high = min(numbers), max(numbers)
    scales: list[Scale] = [Linear(low, high), Magnitudes(low, high, 1.0), scale_of(numbers)]
    scales += [Logarithmic(low, high)] if low > 0 else []
    for scale in scales:
        places = [scale.place(each) for each in sorted(numbers)]
        assert places == sorted(places)
        first, last = scale.limits
        assert first < places[0] <= places[-1] < last
        ticks = scale.ticks
        assert all(first <= place <= last for place, _ in ticks)
        assert [place for place, _ in ticks] == sorted({place for place, _ in ticks})
        assert len({words for _, words in ticks}) == len(ticks) <= 20


def test_points_of_each_verdict_have_a_shape_of_their_own() -> None:
    words = tuple(VERDICTS)
    numbers = tuple(float(each) for each in range(len(words)))
    with style():
        errors = Errors({"x": numbers}, numbers, numbers, words, numbers, dict.fromkeys(words, 1))
        figure = draw_errors(Portrait("s", "float64", errors, "x"))
    shapes = [line.get_marker() for line in figure.axes[0].lines if line.get_linestyle() == "None"]
    assert len(set(shapes)) == len(shapes) == len(words)


def _told(case: CaseResult, name: str) -> str:
    [description] = [each.description for each in pictures_of(case) if each.name == name]
    return description


def test_captions_count_all_points_and_tell_how_many_are_shown() -> None:
    case = verified("x*sin(y)", sample={"x": [-3, 3], "y": [-3, 3]}, points=5000)
    [portrait] = case.portraits
    shown = len(portrait.errors.verdicts)
    assert shown < 5000
    for name in ("errors", "map"):
        assert _told(case, name).startswith("5,000 points")
        assert f"; {shown:,} are shown" in _told(case, name)


def test_captions_tell_every_failing_point_and_not_only_those_that_are_drawn() -> None:
    program = with_gradient(torch.sin, lambda x: torch.where(x > 0, 1.01, 1.0) * torch.cos(x))
    case = verified("sin(x)", program=program, sample={"x": [-5, 5]}, points=5000, batched=True)
    wrong = case.counts[Verdict.WRONG]
    assert wrong > 2000
    [errors] = [each for each in pictures_of(case) if each.name == "errors"]
    assert f": {wrong:,} wrong." in errors.description
    assert any(f" of {wrong:,})" in text.get_text() for text in errors.figure.legends[0].get_texts())


@pytest.mark.parametrize("fails", [False, True])
def test_captions_know_what_the_run_fails_on(*, fails: bool) -> None:
    policy = Policy(frozenset({Verdict.ROUNDED})) if fails else Policy()
    points = [{"x": 8e15, "y": 1.0}, {"x": 9e15, "y": 2.0}]
    case = replace(verified("y*(sqrt(x + 1) - sqrt(x))", at=points, wrt=["x"]), policy=policy)
    assert case.passed is not fails
    for name in ("errors", "map"):
        assert ("2 rounded, which the run fails on" in _told(case, name)) is fails
        assert ("none fails" in _told(case, name)) is not fails
    [chart] = [each for each in pictures_of(case) if each.name == "map"]
    assert any(text.get_text().startswith("fails") for text in chart.figure.legends[0].get_texts()) is fails


def test_a_point_that_agrees_is_never_drawn_beyond_its_allowance() -> None:
    case = verified("x*exp(y)", sample={"x": [1, 2], "y": [1, 2]}, points=50, allow={"factor": 0.01})
    [chart] = [each for each in pictures_of(case) if each.name == "map"]
    assert not any("beyond" in text.get_text() for text in chart.figure.legends[0].get_texts())
    assert "agree whatever is allowed" in _told(case, "errors")


def test_a_name_that_no_file_can_hold_is_drawn_with_a_stand_in() -> None:
    symbol = sympy.Symbol("x\x1b\x00")
    report = check(symbol**2, at={symbol.name: 1.5}, illustrated=True)
    pictures = list(pictures_of(report.result.cases[0]))
    assert len(pictures) == 3
    for each in pictures:
        assert "x\ufffd\ufffd" in standalone_svg(each)


STEPS = Steps("x", {"x": 1.0}, (1e-6, 1e-3), (1e-9, 1e-5), 2.0, "passes", 1e-6, 1e-10, 2e-3, 0.0)
#   what is different                                                        what the caption says
SAID: list[tuple[dict[str, Any], str]] = [
    ({"torch_error": None, "torch_without": "returns no gradient"},          "backward returns no gradient."),
    ({"gradcheck": "raised TypeError", "gradcheck_error": None},             "gradcheck raised TypeError."),
    ({"gradcheck": "fails"},                                                 "fails, though the two are 1.00e-10 apart"),
    ({"alone": True},                                                        "in float64, of this point run alone, is right"),
    ({"exact": -5e-324, "torch_error": 5e-324},                              "is nearer to zero than any double."),
    ({"exact": -5e-324, "torch_error": 5e-324},                              "is off by less than a double can tell."),
    ({"torch_error": 0.0},                                                   "is right to the last bit."),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "words"), SAID, ids=[words for _, words in SAID])
def test_the_curve_s_caption_says_what_happened(changes: dict[str, Any], words: str) -> None:
    errors = Errors({"x": (1.0,)}, (0.0,), (1.0,), ("agrees",), (0.0,), {"agrees": 1})
    assert words in told_steps(Portrait("s", "float64", errors, "x", steps=replace(STEPS, **changes)))


def test_places_without_a_mark_are_told() -> None:
    points = [{"x": -1000.0}, {"x": 1000.0}]
    assert "special places is marked: they are too many." in _told(verified("floor(x)", at=points), "derivatives")
    assert "Marked: 5 jumps." in _told(verified("floor(x)", at=[{"x": -2.5}, {"x": 2.5}]), "derivatives")


def test_a_gradient_that_is_exact_is_not_told_to_be_off() -> None:
    assert "off at" not in _told(verified("x**2", at=[{"x": 1.0}, {"x": 2.0}]), "derivatives")


def test_a_legend_fits_its_sheet_and_words_above_the_axes_do_not_touch() -> None:
    program = with_gradient(torch.sqrt, lambda x: torch.where(x < 0, 0.0, torch.where(x > 0.5, 1.5, 1.0) * 0.5 / torch.sqrt(x)))
    wide = verified("sqrt(x)", program=program, sample={"x": [-1, 1]}, points=5000, batched=True)
    crowded = verified("floor(1/x)", at=[{"x": -3.0}, {"x": 3.0}])
    for picture in (each for case in (wide, crowded) for each in pictures_of(case)):
        figure = picture.figure
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        boxes = [each.get_window_extent(canvas.get_renderer()) for each in figure.axes[0].texts]
        [key] = figure.legends
        assert key.get_window_extent(canvas.get_renderer()).x1 <= figure.bbox.x1
        for left, right in pairwise(sorted(boxes, key=lambda box: box.x0)):
            assert left.x1 <= right.x0
