"""Training cases and sequences as a case file has them: what is judged, step by step and as a whole."""

from fractions import Fraction
from typing import Any

import pytest

from diffcheck.cases.case import Case
from diffcheck.cases.reader import read_text
from diffcheck.results import CaseResult, Policy
from diffcheck.training.actions import Action, actions_in, actions_of
from diffcheck.training.verification import verify_training
from diffcheck.verdict import Status, Verdict

LINE = """
train.loss       = "mean((x@w + b - y)**2)"
train.parameters = { w = [1.0, -0.5], b = 0.0 }
train.data       = [
  { x = [[1, 2], [3, -1], [0.5, 0.25]], y = [3, 1, 0.5] },
  { x = [[-2, 1]], y = [-1] },
  { x = [[2, 2], [1, -1]], y = [1, 0] },
]
train.steps      = 6
"""
CUBIC = 'formula = "5*x**3 - x**2 + 2*x - 100"\nat.x = 10.0\n'


def _case(text: str) -> Case:
    [case] = read_text(f"[case]\n{text}", "case.toml")
    assert isinstance(case, Case), case.error
    return case


def _verified(text: str) -> CaseResult:
    return verify_training(_case(text), Policy())


def _actions(text: str) -> list[Action]:
    training = _case(LINE + text).training
    assert training is not None
    return list(actions_of(training))


def test_a_window_does_not_cross_the_end_of_the_data() -> None:
    actions = _actions('train.optimizer = { name = "SGD" }\ntrain.accumulate = 2')
    backwards = [(each.step, each.batch) for each in actions if each.word == "backward"]
    assert backwards == [(1, 0), (1, 1), (2, 2), (3, 0), (3, 1), (4, 2), (5, 0), (5, 1), (6, 2)]


def test_losses_weigh_by_their_number_or_by_their_items() -> None:
    optimizer = 'train.optimizer = { name = "SGD" }\ntrain.accumulate = 3\n'
    by_number = [each.weight for each in _actions(optimizer + 'train.reduction = "mean"') if each.word == "backward"]
    by_items = [each.weight for each in _actions(optimizer + 'train.reduction = "items"') if each.word == "backward"]
    assert by_number[:3] == [Fraction(1, 3)] * 3
    assert by_items[:3] == [Fraction(1, 2), Fraction(1, 6), Fraction(1, 3)]


def test_the_words_of_a_sequence_are_done_in_order() -> None:
    assert [(each.word, each.step) for each in actions_in(["backward", "step", "zero_grad"])] == [
        ("backward", 1), ("step", 1), ("zero_grad", 2)]  # fmt: skip


@pytest.mark.parametrize(
    ("sequence", "gradient"),
    [
        ("[]", '"none"'),
        ('["backward"]', "1482.0"),
        ('["backward", "backward"]', "2964.0"),
        ('["backward", "backward", "zero_grad", "backward"]', "1482.0"),
        ('["backward", "zero_grad"]', '"none"'),
        ('["backward", "zero_grad_to_zero"]', "0.0"),
        ('["zero_grad_to_zero"]', '"none"'),
    ],
)
def test_gradients_accumulate_until_someone_clears_them(sequence: str, gradient: str) -> None:
    found = _verified(f"{CUBIC}sequence = {sequence}\nexpect.gradient.x = {gradient}")
    assert found.passed, found


@pytest.mark.parametrize(
    ("sequence", "gradient"),
    [('["backward"]', "2964.0"), ('["backward"]', '"none"'), ("[]", "1482.0"), ('["backward", "backward"]', "1482.0")],
)
def test_a_wrong_expectation_of_a_sequence_is_caught(sequence: str, gradient: str) -> None:
    found = _verified(f"{CUBIC}sequence = {sequence}\nexpect.gradient.x = {gradient}")
    assert [each.verdict.status for each in found.results if each.subject.mode == "expect"] == [Status.FAIL]


def test_a_step_of_a_sequence_moves_the_point_and_the_next_gradient_is_taken_there() -> None:
    # 10 - 0.001*1482 = 8.518; 15*8.518**2 - 2*8.518 + 2 = 1073.318860
    found = _verified(f"""{CUBIC}
sequence = ["backward", "step", "zero_grad", "backward"]
train.optimizer = {{ name = "SGD", lr = 0.001 }}
expect.parameters.x = 8.518
expect.gradient.x = {15 * 8.518**2 - 2 * 8.518 + 2!r}""")
    assert found.passed, found


@pytest.mark.parametrize("reduction", ["sum", "mean", "items"])
@pytest.mark.parametrize("zero_grad", ["none", "zero", "never"])
@pytest.mark.parametrize("clip", ["", "train.clip = { norm = 0.5 }", "train.clip = { value = 0.3 }"])
def test_every_way_to_accumulate_clear_and_clip_is_judged_and_right(reduction: str, zero_grad: str, clip: str) -> None:
    found = _verified(f"""{LINE}
train.optimizer  = {{ name = "Adam", lr = 0.05 }}
train.accumulate = 2
train.reduction  = "{reduction}"
train.zero_grad  = "{zero_grad}"
{clip}
dtypes = ["float64", "float32", "bfloat16", "float16"]""")
    assert found.passed, found
    judged = {each.subject.entry or each.subject.partial for each in found.results if each.subject.step == 6}
    assert judged == {"loss", "d/dw", "d/db", "w", "b", "state.step", "state.exp_avg", "state.exp_avg_sq"}


SCHEDULES = [
    '{ name = "StepLR", step_size = 2 }',
    '{ name = "MultiStepLR", milestones = [1, 4], gamma = 0.5 }',
    '{ name = "ExponentialLR", gamma = 0.9 }',
    '{ name = "CosineAnnealingLR", T_max = 4 }',
    '{ name = "LinearLR", total_iters = 3 }',
    '{ name = "PolynomialLR", total_iters = 4, power = 2 }',
    '{ name = "ConstantLR", total_iters = 2 }',
]


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule_moves_the_rate_of_both_groups(schedule: str) -> None:
    found = _verified(f"""{LINE}
train.optimizer = {{ name = "SGD", lr = 0.05 }}
train.groups    = [{{ parameters = ["w"] }}, {{ parameters = ["b"], lr = 0.01 }}]
train.schedule  = {schedule}""")
    assert found.passed, found
    assert sum(each.points for each in found.results if each.subject.entry == "lr") == 2 * (1 + 6)


def test_a_tensor_rate_counts_at_its_own_value() -> None:
    assert _verified(f'{LINE}train.optimizer = {{ name = "SGD", lr = {{ tensor = 0.1 }} }}\ndtypes = ["float64"]').passed


@pytest.mark.parametrize("variant", ["loop", "foreach", "differentiable", "fused"])
def test_every_variant_of_the_cpu_runs_as_a_case(variant: str) -> None:
    found = _verified(f'{LINE}train.optimizer = {{ name = "Adam", lr = 0.05 }}\ntrain.variant = "{variant}"')
    assert found.passed, found


@pytest.mark.parametrize(("variant", "name"), [("capturable", "Adam"), ("fused", "Rprop")])
def test_a_variant_that_cannot_run_here_is_unsupported_with_the_reason(variant: str, name: str) -> None:
    found = _verified(f'{LINE}train.optimizer = {{ name = "{name}" }}\ntrain.variant = "{variant}"')
    assert found.verdict is Verdict.UNSUPPORTED
    assert found.results[0].note


def _expected(loss: str) -> CaseResult:
    return _verified(f"""
train.loss       = "(w*x + b - y)**2"
train.parameters = {{ w = 1.0, b = 0.0 }}
train.data       = {{ x = 20.0, y = 10.0 }}
train.optimizer  = {{ name = "SGD", lr = 1e-3 }}
train.steps      = 3
dtypes           = ["float32"]
expect.loss      = {loss}""")


def test_an_expected_loss_is_right_within_what_rounding_allows_and_no_further() -> None:
    exact = 10.0 * (1 - 2 * 401e-3)  # the error after one step, squared
    assert _expected(f"{{ 1 = 100.0, 2 = {exact**2 * (1 + 1e-7)!r} }}").passed
    found = _expected(f"{{ 1 = 100.0, 2 = {exact**2 * (1 + 1e-4)!r} }}")
    worst = next(each.worst for each in found.results if each.verdict is Verdict.WRONG)
    assert worst is not None
    assert worst.alone == "expectation"


def test_losses_exact_ones_drift_and_shares_are_there_for_a_picture() -> None:
    [series] = _expected("{ 1 = 100.0 }").series
    assert len(series.losses) == len(series.exact) == len(series.drift) == len(series.shares) == 3
    assert series.expected == ((1, 100.0),)
    for torch, exact, drift in zip(series.losses, series.exact, series.drift, strict=True):
        assert drift is not None
        assert abs(torch - exact) <= drift


def test_a_run_that_diverges_is_range_and_no_error() -> None:
    found = _verified("""
train.loss       = "w**4"
train.parameters = { w = 10.0 }
train.optimizer  = { name = "SGD", lr = 10.0 }
train.steps      = 12
dtypes           = ["float32", "float16"]""")
    assert found.passed, found
    assert found.counts[Verdict.RANGE] > 0


def test_a_loss_with_a_kink_on_the_way_is_judged() -> None:
    found = _verified("""
train.loss       = "relu(w*x - y)**2 + abs(w)"
train.parameters = { w = 0.0 }
train.data       = { x = 2.0, y = 1.0 }
train.optimizer  = { name = "SGD", lr = 0.1 }
train.steps      = 5""")
    assert found.passed, found
    assert found.counts[Verdict.KINK] > 0


def _options(**changed: Any) -> str:
    return ", ".join(f"{key} = {value}" for key, value in changed.items())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_maximizing_a_loss_is_minimizing_its_negative(dtype: str) -> None:
    run = """
train.loss       = "{sign}(w**2 + w)"
train.parameters = {{ w = 3.0 }}
train.optimizer  = {{ name = "Adam", {options} }}
train.steps      = 8
dtypes           = ["{dtype}"]
expect.parameters.w = {end!r}"""
    down = _verified(run.format(sign="", options=_options(lr=0.1), dtype=dtype, end=0.0))
    end = next(each.worst for each in down.results if each.subject.mode == "expect")
    assert end is not None
    assert end.expected is not None
    up = _verified(run.format(sign="-", options=_options(lr=0.1, maximize="true"), dtype=dtype, end=float(end.expected[0])))
    assert up.passed, up


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_kinks_of_several_losses_add_up_to_an_interval(reduction: str) -> None:
    found = _verified(f"""
train.loss       = "relu(w*x)"
train.parameters = {{ w = 0.0 }}
train.data       = [{{ x = 2.0 }}, {{ x = -3.0 }}]
train.optimizer  = {{ name = "SGD", lr = 0.1 }}
train.steps      = 1
train.accumulate = 2
train.reduction  = "{reduction}"
dtypes           = ["float64", "float32"]""")
    assert found.passed, found
    assert found.counts[Verdict.KINK] == 2 * 2


def test_what_excuses_no_gradient_excuses_no_sum_of_it() -> None:
    """Torch's NaN at the origin is a failure, alone and in a window."""
    found = _verified("""
train.loss       = "sqrt((w*x)**2 + (b*x)**2)**2"
train.parameters = { w = 0.0, b = 0.0 }
train.data       = [{ x = 2.0 }, { x = -3.0 }]
train.optimizer  = { name = "SGD", lr = 0.1 }
train.steps      = 1
train.accumulate = 2
train.reduction  = "mean"
""")
    assert found.counts[Verdict.NAN] > 0
    assert not found.passed


def test_clipping_that_overflows_inside_is_no_range() -> None:
    found = _verified("""
train.loss       = "x*w + x*b"
train.parameters = { w = 1.0, b = 1.0 }
train.data       = { x = 3e19 }
train.optimizer  = { name = "SGD", lr = 0.1 }
train.clip       = { norm = 1.0 }
train.steps      = 1
dtypes           = ["float32"]""")
    assert found.counts[Verdict.WRONG] == 2
