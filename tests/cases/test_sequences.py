"""Sequences of calls at one point: what is read, and what does not go with them."""

from itertools import permutations

import pytest

from diffcheck.cases.case import Case
from diffcheck.cases.reader import read_text
from diffcheck.cases.schema import WORDS
from diffcheck.cases.training import Training
from tests.cases.reading import expected, told


def _case(lines: str, formula: str = "x*y") -> Case:
    (case,) = read_text(f'[a]\nformula = "{formula}"\n{lines}\n', "good.toml")
    assert isinstance(case, Case), case.error
    return case


POINT = "at = { x = 2, y = 3 }"
SGD = 'train.optimizer = { name = "SGD", lr = 0.5 }'


@pytest.mark.parametrize("words", [(), *permutations(WORDS), ("backward", "backward")], ids=" ".join)
def test_words_are_kept_in_their_order_and_may_be_none(words):
    assert _case(f"{POINT}\n{SGD}\nsequence = {list(words)}").sequence == words


def test_a_case_without_a_sequence_has_none():
    case = _case(POINT)
    assert case.sequence is None
    assert case.training is None


def test_no_gradient_is_expected_of_every_entry_of_an_array():
    lines = 'at = { w = [1, 2], s = 3 }\nsequence = []\nexpect.gradient = { w = "none", s = 4 }'
    assert _case(lines, "s*sum(w)").expected_gradient == {"w[0]": None, "w[1]": None, "s": 4.0}


def test_a_sequence_without_an_optimizer_makes_no_step():
    training = _case(f'{POINT}\nsequence = ["backward", "zero_grad"]').training
    assert (training.optimizer, training.options, training.steps) == ("manual", {}, 0)


def test_steps_are_of_the_variables_that_are_differentiated():
    words = '["backward", "step", "backward", "step"]'
    case = _case(f'{POINT}\nsequence = {words}\nwrt = ["y"]\n{SGD}\ntrain.variant = "foreach"\nexpect.parameters.y = 1')
    due = Training({"y": 3}, ({"x": 2},), "SGD", {"lr": 0.5}, variant="foreach", steps=case.sequence.count("step"))
    assert case.training == due
    assert case.expected_parameters == {"y": 1.0}


def test_an_array_moves_as_a_whole_where_one_entry_is_differentiated():
    case = _case(f'at = [{{ w = [1, 2], s = 3 }}]\nwrt = ["w[1]"]\n{SGD}\nsequence = ["step"]', "s*sum(w)")
    assert case.training.parameters == {"w": [1, 2]}


WRONG = [
    ('«sequence» = ["backward"]', "`sequence` needs exactly one point, given by `at`"),
    ('at = [{ x = 1 }, { x = 2 }]\n«sequence» = ["backward"]', "`sequence` needs exactly one point, given by `at`"),
    ("at.x = 1\nsequence = []\n«sample.x» = [0, 1]", "`sample` does not go with `sequence`, which runs at the one point of `at`"),
    ("at.x = 1\nsequence = []\n«points» = 3", "`points` does not go with `sequence`, which runs at the one point of `at`"),
    ('at.x = 1\nsequence = []\n«modes» = ["forward"]', "`modes` does not go with `sequence`"),
    ('at.x = 1\nsequence = []\n«program» = "torch:sin"', "`program` does not go with `sequence`"),
    ('at.x = 1\nsequence = []\n«claim.x» = "1"', "`claim` does not go with `sequence`"),
    ("at.x = 1\nsequence = []\n«order» = 2", "`order` does not go with `sequence`"),
    ("at.x = 1\nsequence = []\n«expect.gradient.y» = 2", "unknown variable `y`; the formula has `x`"),
    ('at.x = 1\nsequence = []\nexpect.gradient.x = «"nil"»', "`expect.gradient.x` is a number, not a text"),
    (
        "at.x = 1\nsequence = []\n«expect.loss» = { 1 = 2 }",
        "`expect.loss` is of a training run, and this case has no `train.loss`",
    ),
    (
        "at.x = 1\nsequence = []\n«expect.parameters.x» = 2",
        "`expect.parameters` is of steps, and this case has no `train.optimizer`",
    ),
    (
        'at.x = 1\nsequence = ["backward", «"step"»]',
        '`step` needs `train.optimizer`, such as { name = "SGD", lr = 0.1 }',
    ),
    ('at.x = 1\nsequence = ["step"]\n«train.variant» = "loop"', "the key `train.optimizer` is missing"),
    (
        'at.x = 1\nsequence = ["step"]\ntrain.optimizer.name = "SGD"\n«train.steps» = 3',
        "`train.steps` does not go with `sequence`: it takes `train.optimizer` and `train.variant` only",
    ),
]


@pytest.mark.parametrize(("lines", "message"), WRONG, ids=[row[0] for row in WRONG])
def test_what_does_not_go_with_a_sequence_is_told(lines, message):
    annotated = f'[bad]\nformula = "x"\n{lines}\n'
    assert told(annotated) == expected(annotated, message)


def test_no_gradient_is_not_expected_of_one_entry():
    annotated = '[bad]\nformula = "sum(w)"\nat.w = [1, 2]\nsequence = []\nexpect.gradient."w[0]" = «"none"»\n'
    message = "`expect.gradient.w[0]` is none, but an array has a gradient as a whole, or none; write `w`"
    assert told(annotated) == expected(annotated, message)


def test_only_what_moves_has_parameters_after_the_steps():
    annotated = f'[bad]\nformula = "x*y"\n{POINT}\nwrt = ["y"]\n{SGD}\nsequence = ["step"]\n«expect.parameters.x» = 1\n'
    assert told(annotated) == expected(annotated, "unknown parameter `x`; the parameters are `y`")
