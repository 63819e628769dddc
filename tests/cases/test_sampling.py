"""The points of a case: the same seed the same points, all in range, all meeting the condition."""

import numpy as np
import pytest

from diffcheck.cases.case import Case, Range
from diffcheck.cases.sampling import named_points, sampled_points
from diffcheck.errors import SettingError

NAMES = ("x", "y")
SAMPLE = {"x": Range(-2.0, 3.0), "y": Range(5.0, 5.5)}


def case(**keys) -> Case:
    return Case("sampled", "x*y", **{"sample": SAMPLE, **keys})


def drawn(condition=None, **keys):
    return sampled_points(case(**keys), NAMES, condition)


def test_named_points_stand_in_the_order_of_the_variables():
    points = named_points(case(at=({"y": 2.0, "x": 1.0}, {"x": 3.0, "y": 4.0})), NAMES)
    assert points.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_without_points_there_is_an_empty_table_of_the_right_width():
    assert named_points(case(), NAMES).shape == (0, 2)
    assert drawn(sample={}).shape == (0, 2)


@pytest.mark.parametrize("points", [1, 63, 64, 65, 1000])
def test_as_many_points_are_drawn_as_asked_all_in_range(points):
    found = drawn(points=points)
    assert found.shape == (points, 2)
    assert np.all((found >= [-2.0, 5.0]) & (found <= [3.0, 5.5]))


@pytest.mark.parametrize("spacing", ["uniform", "log"])
def test_the_same_seed_draws_the_same_points_and_another_seed_others(spacing):
    assert np.array_equal(drawn(seed=7, spacing=spacing), drawn(seed=7, spacing=spacing))
    assert not np.any(drawn(seed=7, spacing=spacing) == drawn(seed=8, spacing=spacing))


def test_uniform_points_fill_the_range():
    counts, _ = np.histogram(drawn(points=10_000)[:, 0], bins=10, range=(-2.0, 3.0))
    assert counts.min() > 850
    assert counts.max() < 1150


def test_variables_are_drawn_independently():
    found = drawn(points=10_000)
    assert abs(np.corrcoef(found.T)[0, 1]) < 0.05


def test_log_spacing_draws_every_decade_alike():
    found = drawn(points=10_000, spacing="log", sample={"x": Range(1e-5, 1e5), "y": Range(-1e3, -1e-3)})
    assert np.all((found >= [1e-5, -1e3]) & (found <= [1e5, -1e-3]))
    counts, _ = np.histogram(np.log10(found[:, 0]), bins=10, range=(-5, 5))
    assert counts.min() > 850
    assert counts.max() < 1150


def test_log_spacing_across_zero_draws_both_signs_and_small_numbers():
    found = drawn(points=10_000, spacing="log", sample={"x": Range(-1.0, 1.0), "y": Range(-1.0, 3.0)})
    assert 0.45 < (found[:, 0] < 0).mean() < 0.55
    assert 0.2 < (found[:, 1] < 0).mean() < 0.3
    assert np.abs(found[:, 0]).min() < 1e-9
    assert np.all((found >= -1.0) & (found <= [1.0, 3.0]))


@pytest.mark.parametrize("spacing", ["uniform", "log"])
@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 0.0), (2.0, 2.0), (-2.0, -2.0), (0.0, 1.0), (-1.0, 0.0), (-1.7e308, 1.7e308), (5e-324, 1e-300)]
)
def test_the_ends_of_a_range_are_never_passed(spacing, low, high):
    found = drawn(points=1000, spacing=spacing, sample={"x": Range(low, high), "y": Range(0.0, 1.0)})[:, 0]
    assert np.all(np.isfinite(found))
    assert np.all((found >= low) & (found <= high))


@pytest.mark.parametrize("points", [1, 100, 1000])
def test_points_that_miss_the_condition_are_drawn_again(points):
    found = drawn(lambda points: points[:, 0] > 2.9, points=points)
    assert found.shape == (points, 2)
    assert np.all(found[:, 0] > 2.9)


@pytest.mark.parametrize("chosen", [lambda points: points[:, 0] > 9.0, lambda points: points[:, 0] > 2.99999999])
def test_a_condition_that_next_to_no_point_meets_is_undecided(chosen):
    with pytest.raises(SettingError) as raised:
        drawn(chosen, where="x > 9")
    assert str(raised.value) == "of 12,800 and more points drawn from `sample`, too few meet `x > 9`"


def test_a_logarithmic_range_across_the_widest_numbers_gets_both_signs():
    largest = 1.7976931348623157e308
    found = drawn(sample={"x": Range(-largest, largest), "y": Range(1.0, 2.0)}, spacing="log", points=1000)[:, 0]
    assert 300 < np.sum(found > 0) < 700


def test_a_logarithmic_range_of_tiny_numbers_is_filled_to_its_ends():
    found = drawn(sample={"x": Range(1e-300, 1e-100), "y": Range(1.0, 2.0)}, spacing="log", points=1000)[:, 0]
    assert found.min() < 1e-290
    assert found.max() > 1e-110
