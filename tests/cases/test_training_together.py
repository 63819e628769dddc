"""Keys that do not go with a training run, and what it cannot be expected to give."""

import pytest

from tests.cases.reading import expected, told
from tests.cases.runs import run_with

START = "which starts from `train.parameters`"
ONCE = "which differentiates once by all of `train.parameters`"
TOGETHER = [
    ('«formula» = "w"', "`formula` does not go with `train`, whose formula is `train.loss`"),
    ("«at» = { w = 1 }", f"`at` does not go with `train`, {START}"),
    ("«sample» = { w = [0, 1] }", f"`sample` does not go with `train`, {START}"),
    ("«points» = 3", f"`points` does not go with `train`, {START}"),
    ("«seed» = 3", f"`seed` does not go with `train`, {START}"),
    ('«spacing» = "log"', f"`spacing` does not go with `train`, {START}"),
    ("«edges» = true", f"`edges` does not go with `train`, {START}"),
    ('«where» = "w < 1"', f"`where` does not go with `train`, {START}"),
    ('«wrt» = ["w"]', f"`wrt` does not go with `train`, {ONCE}"),
    ('«claim» = { w = "1" }', f"`claim` does not go with `train`, {ONCE}"),
    ("«order» = 2", f"`order` does not go with `train`, {ONCE}"),
    ('«modes» = ["reverse"]', "`modes` does not go with `train`"),
    ('«program» = "torch:sin"', "`program` does not go with `train`"),
    ('«arguments» = ["w"]', "`arguments` does not go with `train`"),
    ("«batched» = true", "`batched` does not go with `train`"),
    ("«contracts» = false", "`contracts` does not go with `train`"),
]


@pytest.mark.parametrize(("line", "message"), TOGETHER, ids=[row[0] for row in TOGETHER])
def test_a_key_that_does_not_go_with_a_run_is_told(line, message):
    annotated = run_with("", head=line)
    assert told(annotated) == expected(annotated, message)


EXPECTATIONS = [
    ("loss = «1»", "`expect.loss` is a table, not a whole number"),
    ('loss = { 1 = «"1"» }', "`expect.loss.1` is a number, not a text"),
    ("loss = { 1 = «nan» }", "`expect.loss.1` is nan; numbers are finite, below 1.8e308"),
    ("loss = { 1 = 1, «0» = 1 }", "`0` is no step of this run; its steps are the whole numbers from 1 to 10"),
    ("loss = { «11» = 1 }", "`11` is no step of this run; its steps are the whole numbers from 1 to 10"),
    ("loss = { «01» = 1 }", "`01` is no step of this run; its steps are the whole numbers from 1 to 10"),
    ("loss = { «last» = 1 }", "`last` is no step of this run; its steps are the whole numbers from 1 to 10"),
    ('loss = { «"²"» = 1 }', "`²` is no step of this run; its steps are the whole numbers from 1 to 10"),
    ("parameters = «1»", "`expect.parameters` is a table, not a whole number"),
    ("parameters.w = «true»", "`expect.parameters.w` is a number, not true or false"),
    ("«parameters.W» = 1", "unknown parameter `W`; did you mean `w`?"),
    ("«parameters.x» = 1", "unknown parameter `x`; the parameters are `w`, `b`"),
    ("parameters.w = «[1, 2]»", "`expect.parameters.w` has the shape [2], and the variable has one number"),
    ("«gradient.x» = 1", "unknown parameter `x`; the parameters are `w`, `b`"),
    ("gradient.w = «[1]»", "`expect.gradient.w` has the shape [1], and the variable has one number"),
    ('gradient.w = «"none"»', "`expect.gradient.w` is none; only a case with `sequence` may expect no gradient"),
    ("«gradeint.w» = 1", "unknown key `expect.gradeint`; did you mean `expect.gradient`?"),
]


@pytest.mark.parametrize(("line", "message"), EXPECTATIONS, ids=[row[0] for row in EXPECTATIONS])
def test_what_a_run_cannot_be_expected_to_give_is_told(line, message):
    annotated = run_with(f"[bad.expect]\n{line}")
    assert told(annotated) == expected(annotated, message)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("«expect.loss» = { 1 = 1 }", "`expect.loss` is of a training run, and this case has no `train.loss`"),
        ("«expect.parameters.x» = 1", "`expect.parameters` is of steps, and this case has no `train.optimizer`"),
        ('expect.gradient.x = «"none"»', "`expect.gradient.x` is none; only a case with `sequence` may expect no gradient"),
    ],
)
def test_what_a_formula_cannot_be_expected_to_give_is_told(line, message):
    annotated = f'[bad]\nformula = "x"\nat.x = 1\n{line}\n'
    assert told(annotated) == expected(annotated, message)
