"""Whatever the strategies draw is what it claims to be: read, held by the dtype, taken by torch, and judged without a fuss."""

import subprocess
import sys
import warnings
from fractions import Fraction
from random import Random
from typing import Any

import pytest
import torch
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from diffcheck import check, check_training
from diffcheck.dtypes import FORMATS
from diffcheck.errors import UsageError
from diffcheck.formula.formula import read_formula
from diffcheck.formula.functions import SPELLINGS
from diffcheck.strategies import formulas, numbers, optimizer_options, points
from diffcheck.strategies.formulas import CALLABLE
from diffcheck.strategies.optimizers import CLASSES
from diffcheck.training.rules import RULES
from diffcheck.verdict import Status, Verdict

DTYPES = st.sampled_from(sorted(FORMATS))
SOUND = ("sin", "cos", "exp", "tanh", "atan", "sigmoid")
"""Functions that torch gets right."""
MADE = [(name, variant) for name in CLASSES for variant in ("", *RULES[name].variants)]


@given(formulas(["x", "y", "rate"]))
def test_every_formula_is_read_and_has_every_variable(text: str) -> None:
    assert set(read_formula(text).variables) == {"x", "y", "rate"}


@settings(max_examples=60, deadline=None)
@given(formulas("x y", smooth=True), points({"x": (-3, 3), "y": (-3, 3)}))
def test_smooth_formulas_have_a_derivative_everywhere(formula: str, point: dict[str, float]) -> None:
    verdicts = check(formula, at=point).result.counts
    assert not verdicts.keys() & {Verdict.KINK, Verdict.JUMP, Verdict.UNDEFINED, Verdict.PHANTOM}, formula


@pytest.mark.parametrize("name", [name for name in CALLABLE if SPELLINGS[name].torch or SPELLINGS[name].form])
def test_every_function_that_torch_can_run_is_drawn(name: str) -> None:
    drawn = find(formulas("x", [name]), lambda text: f"{name}(" in text, settings=settings(max_examples=2000, database=None))
    assert read_formula(drawn).variables == ("x",)


def test_a_formula_shrinks_to_its_variables() -> None:
    assert find(formulas("x"), lambda text: True, settings=settings(database=None)) == "x"
    assert find(formulas("x y"), lambda text: True, settings=settings(database=None)) == "(x + y)"


@settings(max_examples=30, deadline=None)
@given(formulas("x y", SOUND, smooth=True), points("x y", "float32"))
def test_torch_is_right_on_whatever_is_drawn_of_sound_functions(formula: str, point: dict[str, float]) -> None:
    report = check(formula, at=point, dtypes=["float32"])
    assert all(verdict.status is not Status.FAIL for verdict in report.result.counts), str(report)


def test_a_planted_wrong_function_is_found_and_shrinks_to_itself() -> None:
    """As a user would: torch drops the gradient of a Bessel function, and somebody explores formulas of it."""

    def fails(drawn: tuple[str, dict[str, float]]) -> bool:
        formula, point = drawn
        return check(formula, at=point).verdict is Verdict.DETACHED

    drawn = st.tuples(formulas("x", ["sin", "bessel_j0"]), points({"x": (-5, 5)}))
    formula, point = find(drawn, fails, settings=settings(deadline=None, database=None))
    assert (formula, point) == ("bessel_j0(x)", {"x": 1.0})


@given(st.data(), DTYPES)
def test_numbers_are_exact_in_their_dtype(data: st.DataObject, dtype: str) -> None:
    number = data.draw(numbers(dtype))
    form = FORMATS[dtype]
    assert form.holds(Fraction(number))
    assert abs(number) <= form.largest
    assert float(torch.tensor(number, dtype=torch.float64).to(getattr(torch, dtype))) == number


@given(st.data(), DTYPES, st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_numbers_stay_in_their_range(data: st.DataObject, dtype: str, one: float, other: float) -> None:
    low, high = sorted((one, other))
    try:
        drawn = numbers(dtype, low, high)
    except UsageError:
        assert _next_above(low, dtype) > high
        return
    assert low <= data.draw(drawn) <= high


def _next_above(low: float, dtype: str) -> float:
    """The smallest number of a dtype that is not below ``low``, as torch rounds."""
    form = getattr(torch, dtype)
    near = torch.tensor(low, dtype=torch.float64).to(form)
    return float(near) if float(near) >= low else float(torch.nextafter(near, torch.tensor(float("inf"), dtype=form)))


@pytest.mark.parametrize("dtype", sorted(FORMATS))
def test_subnormals_the_largest_and_both_zeros_are_drawn(dtype: str) -> None:
    form, quick = FORMATS[dtype], settings(max_examples=20_000, database=None)
    for wanted in (
        lambda number: 0 < abs(number) < form.smallest_normal,
        lambda number: abs(number) > form.largest / 4,
        lambda number: str(number) == "-0.0",
        lambda number: str(number) == "0.0",
    ):
        find(numbers(dtype), wanted, settings=quick)


@pytest.mark.parametrize("seed", range(10))
def test_numbers_shrink_as_far_as_plain_floats_do(seed: int) -> None:
    quick = settings(database=None, max_examples=1000)
    assert find(numbers(), lambda number: number > 3, settings=quick, random=Random(seed)) == 4
    assert find(numbers("float32"), lambda number: abs(number) > 5, settings=quick, random=Random(seed)) == 6


def test_formulas_and_points_go_together_as_they_are() -> None:
    assert find(formulas(), lambda text: True, settings=settings(database=None)) == "(x + y)"
    assert find(points(), lambda point: True, settings=settings(database=None)) == {"x": 0.0, "y": 0.0}
    assert find(points("theta, w_1"), lambda point: True, settings=settings(database=None)).keys() == {"theta", "w_1"}
    assert len(find(points({"w": {"shape": 3}}), lambda point: True, settings=settings(database=None))["w"]) == 3


def test_numbers_shrink_to_short_ones() -> None:
    quick = settings(database=None)
    assert find(numbers("bfloat16"), lambda number: True, settings=quick) == 0
    assert find(numbers("float32", 0.3, 9), lambda number: True, settings=quick) == 1
    with pytest.raises(NoSuchExample):
        find(numbers("float16", 1, 2), lambda number: number > 2, settings=quick)


@given(points({"x": (-5, 5), "w": {"range": (0, 1), "shape": (2, 3)}, "b": None}, torch.bfloat16))
def test_points_have_a_number_or_a_nested_list_for_each_variable(point: dict[str, Any]) -> None:
    assert list(point) == ["x", "w", "b"]
    assert -5 <= point["x"] <= 5
    assert [len(row) for row in point["w"]] == [3, 3]
    assert all(0 <= each <= 1 for row in point["w"] for each in row)
    assert check("x*sum(w) + 0*b", at=point, dtypes=["bfloat16"], wrt=["x"]).result.cases[0].error is None


@pytest.mark.parametrize(("name", "variant"), MADE, ids=[f"{name}-{variant or 'default'}" for name, variant in MADE])
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_torch_takes_the_options(name: str, variant: str, data: st.DataObject) -> None:
    options = data.draw(optimizer_options(name, variant))
    parameter = torch.ones(2, 2, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        getattr(torch.optim, name)([parameter], **options)


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if not rule.written_out and name != "manual"])
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_torchs_own_optimizers_pass_with_whatever_options(name: str, data: st.DataObject) -> None:
    options = data.draw(optimizer_options(name))
    report = check_training(
        loss="(w*x + b - y)**2", parameters={"w": 1.0, "b": 0.0}, data=[{"x": 2.0, "y": 1.0}], rule=name, options=options, steps=3
    )
    assert report.passed, f"{options}\n{report}"


@pytest.mark.parametrize("name", ["SGD", "Adagrad"])
def test_options_that_rule_each_other_out_are_not_drawn_together(name: str) -> None:
    def both(options: dict[str, Any]) -> bool:
        return bool(options.get("nesterov")) and not options.get("momentum")

    with pytest.raises(NoSuchExample):
        find(optimizer_options(name), both, settings=settings(max_examples=500, database=None))


WRONG = (
    (lambda: formulas("x", ["sine"]), "unknown function `sine`; did you mean `sin`?"),
    (lambda: formulas(""), "there is no variable: name one, such as 'x'"),
    (lambda: formulas("x", leaves=0), "leaves is 0; a formula needs one, at least"),
    (lambda: points(5), "variables are names, such as 'x y', not 5"),
    (lambda: points({"w": {"rang": (0, 1)}}), "`w` has an unknown key `rang`; did you mean `range`?"),
    (lambda: points({"w": {"shape": "2"}}), "the shape of `w` is '2'; it is a list of whole numbers, such as (2, 3)"),
    (lambda: points({"2x": None}), "'2x' cannot be a variable's name in a formula"),
    (lambda: numbers("float31"), "unknown dtype `float31`; did you mean `float32`?"),
    (lambda: numbers("float32", 1.00000001, 1.00000002), "no finite number of float32 lies between 1.00000001 and 1.00000002"),
    (lambda: numbers("float16", 1e6), "no finite number of float16 lies between 1000000.0 and None"),
    (lambda: points({"x": 3}), "the range of `x` is 3; it is a pair, (low, high), or None"),
    (lambda: optimizer_options("Adams"), "torch.optim has no rule `Adams`; did you mean `Adam`?"),
    (lambda: optimizer_options("manual"), f"torch.optim has no rule `manual`; there are {', '.join(CLASSES)}"),
    (lambda: formulas(["x", "2x"]), "'2x' cannot be a variable's name in a formula"),
    (lambda: formulas(["lambda"]), "'lambda' cannot be a variable's name in a formula"),
    (lambda: formulas(["pi"]), "'pi' cannot be a variable's name in a formula"),
    (lambda: numbers("float64", 10**400), f"no finite number of float64 lies between {10**400} and None"),
    (lambda: numbers("float64", "1", 2), "the end of a range is a number, not '1'"),
    (lambda: numbers("float64", float("nan")), "the end of a range is a number, not nan"),
    (lambda: optimizer_options("Adam", "foreech"), "unknown variant `foreech` of Adam; did you mean `foreach`?"),
)


@pytest.mark.parametrize(("made", "said"), WRONG, ids=[said[:60] for _, said in WRONG])
def test_what_cannot_be_drawn_is_told_at_once(made: Any, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        made()
    assert str(caught.value) == said


def test_importing_them_imports_no_torch() -> None:
    code = "import sys, diffcheck.strategies; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_without_hypothesis_the_extra_is_named() -> None:
    code = "import sys; sys.modules['hypothesis'] = None; import diffcheck.strategies"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == (
        "ImportError: strategies need hypothesis, which the extra `fuzz` brings: pip install 'diffcheck[fuzz]'"
    )
