"""Numbers in balls: what a sound implementation computes is reached, and a right step agrees."""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from diffcheck.dtypes import FORMATS
from diffcheck.judgement import ulp
from diffcheck.training.exact.number import Arithmetic, Kind, Number
from diffcheck.training.exact.stepping import BITS, judge_step
from diffcheck.training.exact.update import Update
from diffcheck.training.moment import Moment
from diffcheck.training.rules import RULES
from diffcheck.truth.balls import precision
from diffcheck.verdict import Verdict

FLOAT32 = Arithmetic(FORMATS["float32"])
PYTHON = st.floats(1e-3, 1e3)
NUMBERS = st.floats(-1e3, 1e3, width=32).filter(lambda x: x == 0 or abs(x) > 1e-6)
SQUARES = st.floats(2.0**-30, 1e3, width=32)
WEIGHTS = st.just(0.0) | st.floats(1e-3, 0.999)
OPTIONS = st.fixed_dictionaries({"lr": st.floats(1e-4, 1), "betas": st.tuples(WEIGHTS, WEIGHTS), "eps": st.floats(1e-8, 1)})


@dataclass(frozen=True)
class Exact:
    """One step of Adam, worked out in sixty digits, each entry rounded once."""

    update: Update
    before: Moment
    after: Moment


@st.composite
def exact_steps(draw: st.DrawFn, size: int = 3) -> Exact:
    options, step = draw(OPTIONS), draw(st.integers(0, 1000))
    lists = [draw(st.lists(kind, min_size=size, max_size=size)) for kind in (NUMBERS, NUMBERS, NUMBERS, SQUARES)]
    param, grad, mean, square = (np.array(each) for each in lists)
    beta1, beta2 = map(Decimal, options["betas"])
    with localcontext(prec=60):
        pairs = list(zip(*([Decimal(x) for x in each.tolist()] for each in (param, grad, mean, square)), strict=True))
        means = _rounded([beta1 * m + (1 - beta1) * g for _, g, m, _ in pairs])
        squares = _rounded([beta2 * v + (1 - beta2) * g * g for _, g, _, v in pairs])
        bias1, bias2 = 1 - beta1 ** (step + 1), 1 - beta2 ** (step + 1)
        params = _rounded([
            p - Decimal(options["lr"]) / bias1 * Decimal(m) / ((Decimal(v) / bias2).sqrt() + Decimal(options["eps"]))
            for (p, *_), m, v in zip(pairs, means.tolist(), squares.tolist(), strict=True)
        ])  # fmt: skip
    before = Moment(param, grad, {"step": float(step), "exp_avg": mean, "exp_avg_sq": square})
    after = Moment(params, grad, {"step": float(step + 1), "exp_avg": means, "exp_avg_sq": squares})
    return Exact(Update(RULES["Adam"], RULES["Adam"].settings(options)), before, after)


def _rounded(numbers: list[Decimal]) -> np.ndarray:
    return np.array([float(np.float32(float(each))) for each in numbers])


@given(exact_steps())
@settings(deadline=None, max_examples=60)
def test_a_right_step_that_is_rounded_once_agrees(step: Exact) -> None:
    judged = judge_step(step.update, step.before, step.after, FORMATS["float32"])
    assert {verdict for each in judged for verdict in each.counts} == {Verdict.AGREES}


@given(exact_steps(), st.sampled_from(["param", "exp_avg", "exp_avg_sq"]), st.sampled_from([-1, 1]), st.floats(1.01, 1e3))
@settings(deadline=None, max_examples=60)
def test_what_is_off_by_more_than_the_allowance_never_passes(step: Exact, entry: str, sign: int, times: float) -> None:
    form = FORMATS["float32"]
    (found,) = [each for each in judge_step(step.update, step.before, step.after, form) if each.entry == entry]
    number, index = found.worst.number, found.worst.index
    room = max(float(number.radius), float(2 * ulp(number.exact, form)))
    kept = {"param": step.after.values, **step.after.state}
    kept[entry] = kept[entry].copy()
    kept[entry][index] = float(number.exact) + sign * times * room
    after = Moment(kept.pop("param"), step.after.grad, kept)
    (judged,) = [each for each in judge_step(step.update, step.before, after, form) if each.entry == entry]
    assert judged.counts[Verdict.WRONG] == 1


OPERATIONS = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "max": np.maximum, "min": np.minimum}


@given(PYTHON, st.floats(2.0**-10, 2.0**10, width=32), st.sampled_from(sorted(OPERATIONS)))
def test_what_float32_makes_of_a_python_number_and_an_element_is_reached(number: float, element: float, name: str) -> None:
    with precision(BITS):
        found = FLOAT32.apply(name, [FLOAT32.given(number, Kind.PYTHON), FLOAT32.given(element, Kind.TENSOR)])
        made = float(OPERATIONS[name](np.float32(number), np.float32(element)))
        assert found.reached.contains(arb(made))
        assert found.kind is Kind.TENSOR


@given(PYTHON, PYTHON, st.sampled_from(sorted(OPERATIONS)))
def test_what_python_makes_of_two_numbers_is_reached_and_not_much_more(one: float, other: float, name: str) -> None:
    with precision(BITS):
        found = FLOAT32.apply(name, [FLOAT32.given(one, Kind.PYTHON), FLOAT32.given(other, Kind.PYTHON)])
        assert found.reached.contains(arb(float(OPERATIONS[name](one, other))))
        assert found.kind is Kind.PYTHON
        assert found.radius <= 2 * ulp(found.exact, FORMATS["float64"])


@given(st.integers(-(2**20), 2**20), st.integers(-(2**3), 2**3))
def test_what_the_dtype_holds_exactly_does_not_round(one: int, other: int) -> None:
    for name in ("add", "sub", "mul"):
        found = FLOAT32.apply(name, [FLOAT32.given(float(one), Kind.TENSOR), FLOAT32.given(float(other), Kind.TENSOR)])
        assert found.radius == 0


@pytest.mark.parametrize("kind", Kind)
def test_a_result_takes_the_widest_kind_of_its_inputs(kind: Kind) -> None:
    for other in Kind:
        assert FLOAT32.apply("add", [FLOAT32.given(1.0, kind), FLOAT32.given(2.0, other)]).kind is max(kind, other)


def test_a_constant_of_the_text_is_exact_and_python_has_its_nearest_double() -> None:
    found = FLOAT32.constant(Fraction(1, 10))
    assert found.exact.overlaps(arb(1) / 10)
    assert found.reached.contains(arb(0.1))


def test_a_condition_that_rounding_may_turn_is_neither_true_nor_false() -> None:
    tenth = FLOAT32.constant(Fraction(1, 10))
    product = FLOAT32.apply("mul", [tenth, FLOAT32.given(3.0, Kind.TENSOR)])
    assert FLOAT32.apply("lt", [product, FLOAT32.given(float(np.float32(0.3)), Kind.TENSOR)]).reached is None
    assert FLOAT32.apply("lt", [product, FLOAT32.given(1.0, Kind.TENSOR)]).reached is True


@pytest.mark.parametrize(("name", "inputs", "word"), [("mul", (1e30, 1e30), "over"), ("mul", (1e-30, 1e-30), "under")])
def test_an_operation_that_leaves_the_range_is_named(name: str, inputs: tuple[float, float], word: str) -> None:
    taken = [FLOAT32.given(each, Kind.TENSOR) for each in inputs]
    found = FLOAT32.apply(name, taken, "g*g")
    assert getattr(found, word) == "g*g"
    assert (found.radius is None) is (word == "over")


def test_the_branch_that_is_not_taken_leaves_no_range() -> None:
    over = FLOAT32.apply("mul", [FLOAT32.given(1e30, Kind.TENSOR)] * 2, "g*g")
    one = FLOAT32.given(1.0, Kind.TENSOR)
    condition = FLOAT32.apply("lt", [one, FLOAT32.given(2.0, Kind.TENSOR)])
    assert FLOAT32.apply("select", [condition, one, over]).over == ""
    assert FLOAT32.apply("select", [condition, over, one]).over == "g*g"


@given(PYTHON)
def test_a_python_number_is_stored_in_a_0_d_tensor_as_its_nearest_float32(value: float) -> None:
    stored = FLOAT32.stored_scalar(FLOAT32.given(value, Kind.PYTHON))
    assert stored.reached.contains(arb(float(np.float32(value))))
    assert stored.exact == arb(value)


def test_a_kernel_that_keeps_what_it_has_not_stored_may_work_on_with_either() -> None:
    number = Number(arb(1), arb(1, 2.0**-20), Kind.TENSOR)
    keeping = Arithmetic(FORMATS["bfloat16"], inside=FORMATS["float32"], keeps=True)
    both = keeping.observed(1.0078125, number, Kind.TENSOR)
    assert both.reached.contains(arb(1))
    assert both.reached.contains(arb(1.0078125))
    assert FLOAT32.observed(1.0078125, number, Kind.TENSOR).reached == arb(1.0078125)
