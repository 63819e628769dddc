"""All elements at once: arrays say what balls say, element by element, or leave the element to them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffcheck.dtypes import FORMATS
from diffcheck.training.exact import stepping
from diffcheck.training.exact.arrays import ArrayArithmetic, Elements
from diffcheck.training.exact.number import Arithmetic, Kind
from diffcheck.training.exact.stepping import BITS
from diffcheck.training.rules import RULES
from diffcheck.truth.balls import precision
from tests.training.runs import random_run

ON_CPU = [
    (rule.name, variant)
    for rule in RULES.values()
    if not rule.written_out and rule.name != "manual"
    for variant in rule.variants
    if variant != "capturable"
]
BALLS = Arithmetic(FORMATS["float32"])
SEEDS, STEPS = range(2), 4
ELEMENTS = st.floats(2.0**-10, 2.0**10, width=32)


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize(("name", "variant"), ON_CPU)
def test_arrays_and_balls_say_the_same(name: str, variant: str, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    for few in (0, 10**9):
        monkeypatch.setattr(stepping, "FEW", few)
        runs = [random_run(name, variant, dtype, seed, STEPS) for seed in SEEDS]
        told.append([{each.entry: each.counts for each in step.judged} for steps in runs for step in steps])
    assert told[0] == told[1]


@given(st.lists(ELEMENTS, min_size=2, max_size=6), st.floats(1e-3, 1e3), st.sampled_from(["add", "sub", "mul", "div"]))
def test_a_clear_element_has_the_balls_middle_and_about_its_radius(values: list[float], number: float, name: str) -> None:
    arrays = ArrayArithmetic(BALLS, len(values))
    with precision(BITS):
        elements = arrays.given(np.array(values), Kind.TENSOR)
        root = arrays.apply("sqrt", [elements])
        found = arrays.apply(name, [arrays.given(number, Kind.PYTHON), root])
        middle, radius = np.broadcast_to(found.middle, len(values)), np.broadcast_to(found.radius, len(values))
        for index, value in enumerate(values):
            single = BALLS.apply("sqrt", [BALLS.given(value, Kind.TENSOR)])
            ball = BALLS.apply(name, [BALLS.given(number, Kind.PYTHON), single])
            if found.clear[index]:
                assert abs(float(middle[index]) - float(ball.exact)) <= float(ball.radius) / 100
                assert 0.98 * float(ball.radius) <= radius[index] <= 2 * float(ball.radius)


def test_an_infinity_a_tie_and_an_overflow_are_left_to_the_balls() -> None:
    arrays = ArrayArithmetic(BALLS, 3)
    numbers = arrays.given(np.array([np.inf, 1e30, 1.0]), Kind.TENSOR)
    assert numbers.clear.tolist() == [False, True, True]
    assert arrays.apply("mul", [numbers, numbers]).clear.tolist() == [False, False, True]
    third = arrays.apply("div", [numbers, arrays.given(np.full(3, 3.0), Kind.TENSOR)])
    assert arrays.apply("lt", [third, third]).clear.tolist() == [False, False, False]


def test_a_choice_that_python_makes_takes_one_branch_for_all_elements() -> None:
    arrays = ArrayArithmetic(BALLS, 2)
    first, second = (arrays.given(np.array(values), Kind.TENSOR) for values in ([1.0, 2.0], [3.0, 4.0]))
    for number, wanted in ((0.0, first), (2.0, second)):
        condition = arrays.apply("lt", [arrays.given(number, Kind.PYTHON), arrays.given(1.0, Kind.PYTHON)])
        assert arrays.apply("select", [condition, first, second]) is wanted


def test_what_python_works_out_stays_one_number_until_it_is_stored() -> None:
    arrays = ArrayArithmetic(BALLS, 2)
    number = arrays.given(0.1, Kind.PYTHON)
    assert not isinstance(arrays.apply("mul", [number, number]), Elements)
    stored = arrays.stored(number)
    assert isinstance(stored, Elements)
    assert abs(np.float32(0.1) - stored.middle) <= stored.radius


def test_a_product_with_a_zero_is_a_zero_whose_sign_is_clear() -> None:
    arrays = ArrayArithmetic(BALLS, 2)
    zero, numbers = (arrays.given(np.array(values), Kind.TENSOR) for values in ([0.0, 0.0], [3.0, -0.1]))
    sign = arrays.apply("sign", [arrays.apply("mul", [numbers, zero])])
    assert sign.clear.tolist() == [True, True]
    assert sign.middle.tolist() == [0, 0]
