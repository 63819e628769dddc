"""Training cases as they are read: every key, the defaults, unequal counts, groups, schedules, Python's own numbers."""

import inspect
from dataclasses import MISSING, fields

import pytest
import torch

from diffcheck.cases.case import Case
from diffcheck.cases.options import PLANS, VARIANTS
from diffcheck.cases.place import Place
from diffcheck.cases.reader import build_case, read_text
from diffcheck.cases.train_schema import CLEARINGS, REDUCTIONS
from diffcheck.cases.training import Group, Schedule, Training
from diffcheck.formula.formula import read_formula
from diffcheck.training.rules import RULES


def _read(text: str) -> Case:
    (case,) = read_text(text, "good.toml")
    assert isinstance(case, Case), case.error
    return case


BASE = """
[run.train]
loss = "mean((x @ w + b - y)**2)"
parameters = { w = [1, 2], b = 0.5 }
data = [{ x = [[1, 2]], y = [3] }, { x = [[1, 2], [3, 4], [5, 6]], y = [7, 8, 9] }]
optimizer = { name = "Adam" }
steps = 4
"""
DATA = ({"x": [[1, 2]], "y": [3]}, {"x": [[1, 2], [3, 4], [5, 6]], "y": [7, 8, 9]})


def _run(*lines: str) -> Training:
    training = _read(BASE + "\n".join(lines)).training
    assert training is not None
    return training


def test_what_is_left_out_has_its_default():
    usual = {each.name: each.default for each in fields(Training) if each.default is not MISSING}
    assert _run() == Training(
        **{**usual, "parameters": {"w": [1, 2], "b": 0.5}, "data": DATA, "optimizer": "Adam", "options": {}, "steps": 4}
    )


def test_a_case_has_the_loss_as_its_formula_and_the_shapes_of_the_first_batch():
    case = _read(BASE)
    assert case.formula == "mean((x @ w + b - y)**2)"
    assert dict(case.shapes) == {"w": (2,), "x": (1, 2), "y": (1,)}
    assert read_formula(case.formula, case.shapes).shape == ()


def test_batches_may_have_other_counts():
    training = _run()
    assert [training.items(index) for index in range(len(DATA))] == [len(batch["y"]) for batch in DATA]
    assert [dict(training.shapes(index))["x"] for index in range(len(DATA))] == [(1, 2), (3, 2)]
    assert {each.name: each.shape for each in training.inputs(1)} == {"w": (2,), "b": (), "x": (3, 2), "y": (3,)}


def test_a_loss_without_data_has_one_empty_batch_of_one_item():
    text = '[a.train]\nloss = "w**2"\nparameters = { w = 1 }\noptimizer = { name = "SGD" }\nsteps = 1\n'
    training = _read(text).training
    assert training.data == ({},)
    assert training.items() == 1


def test_one_table_is_one_batch_and_so_is_a_list_of_one():
    text = '[a.train]\nloss = "w*x"\nparameters = {{ w = 1 }}\noptimizer = {{ name = "SGD" }}\nsteps = 1\ndata = {}\n'
    one, listed = (_read(text.format(data)).training for data in ("{ x = 2 }", "[{ x = 2 }]"))
    assert one == listed
    assert one.data == ({"x": 2},)


def test_tables_may_be_written_under_headers_of_their_own():
    text = """
[run.train]
loss = "w*x"
steps = 2
[run.train.parameters]
w = 1
[[run.train.data]]
x = 2
[[run.train.data]]
x = 3
[run.train.optimizer]
name = "SGD"
[[run.train.groups]]
parameters = ["w"]
lr = 0.25
"""
    training = _read(text).training
    assert training.data == ({"x": 2}, {"x": 3})
    assert training.groups == (Group(("w",), {"lr": 0.25}),)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_is_read(variant):
    assert _run(f'variant = "{variant}"').variant == variant


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_every_reduction_is_read(reduction):
    assert _run(f'reduction = "{reduction}"', "accumulate = 2").reduction == reduction


@pytest.mark.parametrize("clearing", CLEARINGS)
def test_every_way_to_clear_gradients_is_read(clearing):
    assert _run(f'zero_grad = "{clearing}"').zero_grad == clearing


@pytest.mark.parametrize(("clip", "due"), [("{ norm = 1 }", ("norm", 1.0)), ("{ value = 0.5 }", ("value", 0.5))])
def test_a_bound_for_gradients_is_read(clip, due):
    assert _run(f"clip = {clip}").clip == due


def test_groups_keep_their_order_and_options():
    training = _run('groups = [{ parameters = ["b"], lr = 0.5, betas = [0.5, 0.75] }, { parameters = ["w"] }]')
    assert training.groups == (Group(("b",), {"lr": 0.5, "betas": (0.5, 0.75)}), Group(("w",), {}))


def test_expectations_are_by_column_and_by_step():
    case = _read(
        BASE + '[run.expect]\nloss = { 1 = 2, 4 = 0.5 }\nparameters = { w = [1, 2] }\ngradient = { b = 3, "w[1]" = 4 }\n'
    )
    assert case.expected_loss == {1: 2.0, 4: 0.5}
    assert case.expected_parameters == {"w[0]": 1.0, "w[1]": 2.0}
    assert case.expected_gradient == {"b": 3.0, "w[1]": 4.0}


BESIDE = """
[run]
dtypes = ["float32"]
devices = ["cuda"]
allow.factor = 2
source = "s"
note = "n"
tags = ["t"]
expect.verdict = "wrong"
"""


def test_a_run_goes_with_dtypes_devices_a_permission_and_remarks():
    case = _read(BESIDE + BASE)
    assert (case.dtypes, case.devices, case.allow_factor) == (("float32",), ("cuda",), 2.0)
    assert (case.source, case.note, case.tags, case.expected_verdict) == ("s", "n", ("t",), "wrong")


@pytest.mark.parametrize("name", RULES)
def test_every_option_of_every_rule_takes_its_own_default(name):
    options = {key: value for key, value in RULES[name].options.items() if key not in VARIANTS}
    train = {"loss": "w**2", "parameters": {"w": 1.0}, "optimizer": {"name": name, **options}, "steps": 1}
    case = build_case("defaults", {"train": train}, Place("defaults", {}))
    assert case.training.optimizer == name
    assert case.training.options == options


def test_a_learning_rate_may_be_a_tensor():
    text = '[a.train]\nloss = "w**2"\nparameters = { w = 1 }\noptimizer = { name = "SGD", lr = { tensor = 0.5 } }\nsteps = 1\n'
    assert _read(text).training.options == {"lr": {"tensor": 0.5}}


@pytest.mark.parametrize("plan", PLANS.values(), ids=list(PLANS))
def test_every_schedule_takes_the_options_of_torchs_signature(plan):
    signature = inspect.signature(getattr(torch.optim.lr_scheduler, plan.name)).parameters
    taken = {name: each for name, each in signature.items() if name not in ("optimizer", "last_epoch")}
    assert set(plan.needed) == {name for name, each in taken.items() if each.default is inspect.Parameter.empty}
    assert set(plan.others) == {name for name, each in taken.items() if each.default is not inspect.Parameter.empty}


@pytest.mark.parametrize(
    ("written", "options"),
    [
        ("StepLR", {"step_size": 2}),
        ("StepLR", {"step_size": 2, "gamma": 0.5}),
        ("MultiStepLR", {"milestones": (2, 3)}),
        ("ExponentialLR", {"gamma": 0.9}),
        ("CosineAnnealingLR", {"T_max": 4, "eta_min": 0.1}),
        ("LinearLR", {}),
        ("LinearLR", {"start_factor": 0.5, "end_factor": 1, "total_iters": 3}),
        ("PolynomialLR", {"total_iters": 3, "power": 2}),
        ("ConstantLR", {"factor": 0.5}),
    ],
)
def test_a_schedule_is_read_with_the_options_given_and_torch_takes_them(written, options):
    text = "".join(f", {key} = {list(value) if isinstance(value, tuple) else value}" for key, value in options.items())
    schedule = _run(f'schedule = {{ name = "{written}"{text} }}').schedule
    assert schedule == Schedule(written, options)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)])
    getattr(torch.optim.lr_scheduler, schedule.name)(optimizer, **schedule.options)


def test_python_hands_over_its_own_numbers_lists_and_step_numbers():
    train = {
        "loss": "sum((w*x - y)**2)",
        "parameters": {"w": (1.0, 2.0)},
        "data": ({"x": 3, "y": [4, 5]},),
        "optimizer": {"name": "Adam", "betas": (0.5, 0.5)},
        "steps": 2,
        "variant": "",
    }
    case = build_case("run", {"train": train, "expect": {"loss": {2: 1.0}}}, Place("run", {}))
    assert case.training.parameters == {"w": (1.0, 2.0)}
    assert case.training.variant == ""
    assert case.expected_loss == {2: 1.0}
