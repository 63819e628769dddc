"""What is wrong with a training case: one error, with its whole text, at its place."""

import pytest

from diffcheck.cases.reader import read_text
from diffcheck.cases.train_schema import TRAIN_KEYS
from tests.cases.reading import expected, told
from tests.cases.runs import GOOD, run_with
from tests.marks import unmarked

SCHEDULES = "StepLR, MultiStepLR, ExponentialLR, CosineAnnealingLR, LinearLR, PolynomialLR, ConstantLR"
VALUES = [
    ("loss", "loss = «5»", "`train.loss` is a formula's text, not a whole number"),
    ("loss", 'loss = "w + b + «sine»(x)"', "unknown function `sine`; did you mean `sin`?"),
    ("loss", 'loss = "«w*x + b < y»"', "a condition stands where a formula is wanted"),
    ("loss", 'loss = "«3»"', "the formula has no variable"),
    ("loss", 'loss = "«w*x + b - y»"', "a loss is one number, not an array of shape [2]"),
    ("loss", 'loss = "sum(w*x + b - y) + «s»"', "`s` is neither in `train.parameters` nor in `train.data`"),
    ("parameters", "parameters = «[1, 2]»", "`train.parameters` is a table, not a list"),
    ("parameters", "parameters = «{}»", "`train.parameters` names no parameter"),
    ("parameters", 'parameters = { w = «"1"», b = 0 }', "`train.parameters.w` is a number, not a text"),
    ("parameters", "parameters = { w = «nan», b = 0 }", "`train.parameters.w` is nan; numbers are finite, below 1.8e308"),
    ("parameters", "parameters = { w = «[]», b = 0 }", "`train.parameters.w` holds an empty list"),
    (
        "parameters",
        "parameters = { w = [[1, 2], «[3]»], b = 0 }",
        "`train.parameters.w` is ragged: 1 numbers stand where 2 are wanted",
    ),
    ("parameters", "parameters = { «W» = 1, b = 0 }", "unknown variable `W`; did you mean `w`?"),
    (
        "parameters",
        "parameters = { w = 1, b = 0, «mass» = 2 }",
        "unknown variable `mass`; the loss has `w`, `x`, `b`, `y`",
    ),
    ("data", "data = «3»", "`train.data` is a batch, or a list of batches, not a whole number"),
    ("data", "data = «[]»", "`train.data` is an empty list"),
    ("data", "data = [«3»]", "a batch is a table such as { x = 1.0 }, not a whole number"),
    ("data", "data = [{ x = «inf», y = 1 }]", "`train.data.x` is inf; numbers are finite, below 1.8e308"),
    ("data", "data = { x = [1, «true»], y = 1 }", "`train.data.x` is a number, not true or false"),
    ("data", "data = [{ x = 1, y = 1 }, { x = 1, «Y» = 1 }]", "unknown variable `Y`; did you mean `y`?"),
    ("data", "data = [{ x = 1, y = 1 }, «{ x = 1 }»]", "the batch has no value for `y`"),
    ("data", "data = { x = 1, y = 1, «b» = 1 }", "`b` is a parameter; it cannot be in the data as well"),
    (
        "data",
        "data = [{ x = [1, 2], y = [1, 2] }, «{ x = [1, 2], y = [1, 2, 3] }»]",
        "the loss does not take this batch: `w*x + b - y`: the shapes [2] and [3] do not go together",
    ),
    ("optimizer", 'optimizer = «"SGD"»', '`train.optimizer` is a table such as { name = "SGD", lr = 0.1 }, not a text'),
    ("optimizer", "optimizer = «{ lr = 0.1 }»", '`train.optimizer` has no `name`; write { name = "SGD", lr = 0.1 }'),
    ("optimizer", "optimizer = { name = «3» }", "`train.optimizer.name` is a text, not a whole number"),
    ("optimizer", 'optimizer = { name = «"sgd"» }', "unknown optimizer `sgd`; did you mean `SGD`?"),
    ("optimizer", 'optimizer = { name = "SGD", «Lr» = 0.1 }', "`SGD` has no option `Lr`; did you mean `lr`?"),
    (
        "optimizer",
        'optimizer = { name = "SGD", «betas» = [0.9, 0.9] }',
        "`SGD` has no option `betas`; its options are lr, momentum, dampening, weight_decay, nesterov, maximize",
    ),
    (
        "optimizer",
        'optimizer = { name = "SGD", «foreach» = true }',
        '`foreach` is a variant; write `train.variant = "foreach"`',
    ),
    ("optimizer", 'optimizer = { name = "SGD", lr = «"0.1"» }', "`train.optimizer.lr` is a number, not a text"),
    ("optimizer", 'optimizer = { name = "SGD", lr = «inf» }', "`train.optimizer.lr` is inf; numbers are finite, below 1.8e308"),
    ("optimizer", 'optimizer = { name = "SGD", lr = { tensor = «"1"» } }', "`train.optimizer.lr.tensor` is a number, not a text"),
    ("optimizer", 'optimizer = { name = "SGD", lr = «{}» }', "`train.optimizer.lr` has no `tensor`; write { tensor = 0.01 }"),
    (
        "optimizer",
        'optimizer = { name = "SGD", lr = { «tensr» = 1 } }',
        "unknown key `train.optimizer.lr.tensr`; did you mean `train.optimizer.lr.tensor`?",
    ),
    (
        "optimizer",
        'optimizer = { name = "SGD", momentum = «{ tensor = 0.1 }» }',
        "`train.optimizer.momentum` is a number, not a table",
    ),
    (
        "optimizer",
        'optimizer = { name = "SGD", nesterov = «1» }',
        "`train.optimizer.nesterov` is true or false, not a whole number",
    ),
    ("optimizer", 'optimizer = { name = "Adam", betas = «0.9» }', "`train.optimizer.betas` is a list of 2 numbers, not a number"),
    ("optimizer", 'optimizer = { name = "Adam", betas = «[0.9]» }', "`train.optimizer.betas` is a list of 2 numbers, not of 1"),
    ("optimizer", 'optimizer = { name = "Adam", betas = [0.9, «"1"»] }', "`train.optimizer.betas.1` is a number, not a text"),
    ("optimizer", 'optimizer = { name = "LBFGS", max_iter = «2.5» }', "`train.optimizer.max_iter` is a whole number, not 2.5"),
    (
        "optimizer",
        'optimizer = { name = "LBFGS", line_search_fn = «1» }',
        "`train.optimizer.line_search_fn` is a text, not a whole number",
    ),
    (
        "optimizer",
        'optimizer = { name = "LBFGS", line_search_fn = «"wolfe"» }',
        "unknown line-search function `wolfe`; the line-search functions are strong_wolfe",
    ),
    ("groups", "groups = «3»", "`train.groups` is a list of tables, not a whole number"),
    ("groups", "groups = «[]»", "`train.groups` is an empty list"),
    ("groups", 'groups = [«"w"»]', 'a group is a table such as { parameters = ["w"], lr = 0.1 }, not a text'),
    ("groups", "groups = [«{ lr = 1 }»]", "the group has no `parameters`"),
    (
        "groups",
        'groups = [{ parameters = «"w"» }]',
        '`train.groups.0.parameters` is a list of names, not a text; did you mean `["w"]`?',
    ),
    ("groups", 'groups = [{ parameters = ["w", «"w"»] }]', "the parameter `w` is named twice"),
    ("groups", 'groups = [{ parameters = ["w", «"B"»] }]', "unknown parameter `B`; did you mean `b`?"),
    ("groups", 'groups = [{ parameters = ["w", «"x"»] }]', "unknown parameter `x`; the parameters are `w`, `b`"),
    (
        "groups",
        'groups = [{ parameters = ["w"] }, { parameters = ["b", «"w"»] }]',
        "`w` is in `train.groups.0` already; it is in exactly one group",
    ),
    ("groups", 'groups = «[{ parameters = ["w"] }]»', "`b` is in no group; every parameter is in exactly one"),
    ("groups", 'groups = [{ parameters = ["w", "b"], lr = «"1"» }]', "`train.groups.0.lr` is a number, not a text"),
    (
        "groups",
        'groups = [{ parameters = ["w", "b"], «momntum» = 1 }]',
        "`SGD` has no option `momntum`; did you mean `momentum`?",
    ),
    ("variant", "variant = «true»", "`train.variant` is a text, not true or false"),
    ("variant", 'variant = «"for_each"»', "unknown variant `for_each`; did you mean `foreach`?"),
    (
        "variant",
        'variant = «"quick"»',
        "unknown variant `quick`; the variants are loop, foreach, fused, differentiable, capturable",
    ),
    ("steps", "steps = «0»", "`train.steps` is 0; it lies between 1 and 1,000,000"),
    ("steps", "steps = «1.5»", "`train.steps` is a whole number, not 1.5"),
    ("accumulate", "accumulate = «0»", "`train.accumulate` is 0; it lies between 1 and 1,000,000"),
    ("accumulate", 'accumulate = «"2"»', "`train.accumulate` is a whole number, not a text"),
    ("reduction", 'reduction = «"means"»', "unknown reduction `means`; did you mean `mean`?"),
    ("zero_grad", 'zero_grad = «"always"»', "unknown clearing `always`; the clearings are none, zero, never"),
    ("scalars", 'scalars = «"float8"»', "unknown dtype `float8`; did you mean `float64`?"),
    ("zero_grad", "zero_grad = «true»", "`train.zero_grad` is a text, not true or false"),
    ("clip", "clip = «1.0»", "`train.clip` is a table, not a number"),
    ("clip", "clip = «{}»", "`train.clip` is one bound: { norm = 1.0 } or { value = 0.5 }"),
    ("clip", "clip = «{ norm = 1, value = 1 }»", "`train.clip` is one bound: { norm = 1.0 } or { value = 0.5 }"),
    ("clip", "clip = { norm = «-1» }", "`train.clip.norm` is -1; it cannot be negative"),
    ("clip", "clip = { «nrm» = 1 }", "unknown key `train.clip.nrm`; did you mean `train.clip.norm`?"),
    (
        "schedule",
        'schedule = «"StepLR"»',
        '`train.schedule` is a table such as { name = "ExponentialLR", gamma = 0.9 }, not a text',
    ),
    (
        "schedule",
        "schedule = «{ gamma = 1 }»",
        '`train.schedule` has no `name`; write { name = "ExponentialLR", gamma = 0.9 }',
    ),
    ("schedule", 'schedule = { name = «"StepsLR"» }', "unknown schedule `StepsLR`; did you mean `StepLR`?"),
    ("schedule", 'schedule = { name = «"warmup"» }', f"unknown schedule `warmup`; the schedules are {SCHEDULES}"),
    (
        "schedule",
        'schedule = { name = «"LambdaLR"», lr_lambda = "0.9**n" }',
        f"`LambdaLR` takes a function, and a case holds none; the schedules are {SCHEDULES}",
    ),
    ("schedule", 'schedule = «{ name = "ExponentialLR" }»', "`train.schedule` has no `gamma`, which ExponentialLR needs"),
    ("schedule", 'schedule = { name = "ExponentialLR", gamma = «"1"» }', "`train.schedule.gamma` is a number, not a text"),
    (
        "schedule",
        'schedule = { name = "ExponentialLR", «gama» = 1 }',
        "unknown key `train.schedule.gama`; did you mean `train.schedule.gamma`?",
    ),
    ("schedule", 'schedule = { name = "StepLR", step_size = «2.5» }', "`train.schedule.step_size` is a whole number, not 2.5"),
    (
        "schedule",
        'schedule = { name = "MultiStepLR", milestones = «2» }',
        "`train.schedule.milestones` is a list of whole numbers, not a whole number",
    ),
    (
        "schedule",
        'schedule = { name = "MultiStepLR", milestones = [2, «2.5»] }',
        "`train.schedule.milestones.1` is a whole number, not 2.5",
    ),
]


@pytest.mark.parametrize(("key", "line", "message"), VALUES, ids=[row[1] for row in VALUES])
def test_what_a_key_of_train_does_not_hold_is_one_error_at_its_place(key, line, message):
    annotated = run_with(line, key)
    assert told(annotated) == expected(annotated, message)


def test_every_key_of_train_is_tried_with_a_wrong_value():
    assert {key for key, _, _ in VALUES} == set(TRAIN_KEYS)


@pytest.mark.parametrize("key", ["loss", "parameters", "optimizer", "steps"])
def test_a_key_that_a_run_needs_is_missed_at_train(key):
    annotated = run_with("", key).replace("[bad.train]", "[«bad.train»]")
    assert told(annotated) == expected(annotated, f"the key `train.{key}` is missing")


def test_an_unknown_key_of_train_is_named_with_the_nearest_spelling():
    annotated = run_with("«stepps» = 3")
    assert told(annotated) == expected(annotated, "unknown key `train.stepps`; did you mean `train.steps`?")


def test_batches_with_other_counts_in_their_arrays_have_no_items():
    lines = 'loss = "sum(w*x) + sum(b*y)"\nreduction = "items"\ndata = { x = [[1, 2]], y = «[3, 4]» }'
    annotated = run_with(lines, "data").replace(GOOD["loss"] + "\n", "")
    message = "`y` has 2 items and `x` 1; `train.reduction` is items, so that they have equally many"
    assert told(annotated) == expected(annotated, message)


def test_an_error_in_a_listed_batch_stands_in_that_batch():
    batches = '[[bad.train.data]]\nx = 1\ny = 2\n[[bad.train.data]]\nx = 3\ny = «"4"»\n[[bad.train.data]]\nx = 5\ny = 6\n'
    annotated = run_with("", "data") + batches
    assert told(annotated) == expected(annotated, "`train.data.y` is a number, not a text")


def test_an_error_in_a_listed_batch_of_a_broken_file_stands_in_that_batch():
    batches = '[[bad.train.data]]\nx = 1\ny = 2\n[[bad.train.data]]\nx = 3\ny = «"4"»\n'
    annotated = run_with("", "data") + batches
    bad, lost = read_text(unmarked(annotated) + "[lost]\nformula = x\n", "bad.toml")
    assert str(bad.error) == expected(annotated, "`train.data.y` is a number, not a text")
    assert lost.name == "lost"


def test_a_wrong_loss_in_the_defaults_is_told_there():
    annotated = '[defaults]\ntrain.loss = "«sine»(x)"\n'
    message = "unknown function `sine`; did you mean `sin`? (the cases are read without it)"
    assert told(annotated) == expected(annotated, message, head="`[defaults]`: ")
