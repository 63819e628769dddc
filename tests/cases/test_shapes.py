"""Variables with shapes in cases: nested lists, samples with a shape, entries by name."""

import numpy as np
import pytest
import torch

from diffcheck import check
from diffcheck.cases.case import Case
from diffcheck.cases.reader import Unreadable, read_text
from diffcheck.cases.sampling import named_points, sampled_points
from tests.cases.reading import expected, told


def _case(text: str) -> Case:
    (case,) = read_text(text, "good.toml")
    assert isinstance(case, Case), case.error
    return case


def test_points_are_laid_out_as_columns() -> None:
    case = _case('[a]\nformula = "sum(A @ w)*s"\nat = { A = [[1, 2], [3, 4]], w = [5, 6], s = 7 }\n')
    assert case.shapes == (("A", (2, 2)), ("w", (2,)))
    columns = ("A[0,0]", "A[0,1]", "A[1,0]", "A[1,1]", "w[0]", "w[1]", "s")
    assert named_points(case, columns).tolist() == [[1, 2, 3, 4, 5, 6, 7]]


def test_samples_have_a_range_and_a_shape() -> None:
    samples = "sample.w = { range = [2, 3], shape = [3] }\nsample.x = { range = [0, 1], shape = [3] }"
    case = _case(f'[a]\nformula = "dot(w, x)"\n{samples}\npoints = 9')
    points = sampled_points(case, ("w[0]", "w[1]", "w[2]", "x[0]", "x[1]", "x[2]"), None)
    assert points.shape == (9, 6)
    assert points[:, :3].min() >= 2 > 1 >= points[:, 3:].max()


def test_wrt_names_arrays_or_entries() -> None:
    text = '[a]\nformula = "dot(w, x)"\nat = {{ w = [1, 2], x = [3, 4] }}\nwrt = {}\n'
    assert _case(text.format('["w"]')).wrt == ("w[0]", "w[1]")
    assert _case(text.format('["x", "w[1]"]')).wrt == ("x[0]", "x[1]", "w[1]")
    assert _case(text.format('["w", "w[1]"]')).wrt == ("w[0]", "w[1]")


WRONG = [
    ("at.w = [1, «\"2\"»]", "`w` is a number, not a text"),
    ("at.w = «[]»", "`w` holds an empty list"),
    ("at.w = [1, «[2]»]", "`w` mixes numbers and lists"),
    ("at.w = [[1, 2], «[3]»]", "`w` is ragged: 1 numbers stand where 2 are wanted"),
    ("at.w = [[«[[1]]»]]", "`w` is a number, a list of numbers or a list of such lists, no deeper"),
    ("at = [{ w = [1, 2] }, { w = «[1, 2, 3]» }]", "`w` has the shape [3] here and [2] in `at.0.w`"),
    ("at.w = [1, 2]\nsample.w = «{ range = [0, 1], shape = [3] }»", "`w` has the shape [3] here and [2] in `at.w`"),
    ("sample.w = { range = [0, 1], shape = «[0]» }", "`sample.w.shape` is one or two whole numbers, such as [5] or [2, 3]"),
    (
        "sample.w = { range = [0, 1], shape = «[100000, 1000]» }",
        "`sample.w.shape` holds more than 400 numbers, which is the limit",
    ),
    ("sample.w = { range = [0, 1], shape = «[true]» }", "`sample.w.shape` is one or two whole numbers, such as [5] or [2, 3]"),
    ("at.w = [1, 2]\nexpect.gradient.w = «[3]»", "`expect.gradient.w` has the shape [1], and the variable has the shape [2]"),
    ("at.w = [1, 2]\nexpect.gradient.w = «3»", "`expect.gradient.w` has one number, and the variable has the shape [2]"),
    ("sample.w = «{ range = [0, 1] }»", "`sample.w` has no `shape`; write { range = [-1, 1], shape = [5] }"),
    ("sample.w = { range = «[1, 0]», shape = [2] }", "the range of `w` is reversed; did you mean `[0, 1]`?"),
    ("sample.w = { range = [0, 1], «size» = [2] }", "unknown key `sample.w.size`; did you mean `sample.w.shape`?"),
    ("at.w = [1, 2]\nwrt = [«\"w[2]\"»]", "unknown variable `w[2]`; the formula has `w`"),
    ("at.w = [1, 2]\n«claim.w» = \"1\"", "a claim is for one number; name one entry, such as `w[0]`"),
    ("at.w = [1, 2]\nwhere = \"«w» > 0\"", "unknown variable `w`"),
]


@pytest.mark.parametrize(("lines", "message"), WRONG, ids=[row[0] for row in WRONG])
def test_what_is_no_array_is_one_error_at_its_place(lines: str, message: str) -> None:
    annotated = f'[bad]\nformula = "sum(w)"\n{lines}\n'
    assert told(annotated) == expected(annotated, message)


def test_shapes_that_the_formula_cannot_take_are_an_error_of_the_formula() -> None:
    (entry,) = read_text('[bad]\nformula = "dot(w, x)"\nat = { w = [1, 2], x = [1, 2, 3] }\n', "bad.toml")
    assert isinstance(entry, Unreadable)
    assert "`dot(w, x)`: wants vectors of one length, not 2 and 3 numbers" in str(entry.error)


@pytest.mark.parametrize("made", [list, tuple, np.array, torch.tensor], ids=["list", "tuple", "array", "tensor"])
def test_python_hands_over_lists_arrays_and_tensors(made) -> None:  # type: ignore[no-untyped-def]
    report = check("dot(w, x)", at={"w": made([1.0, 2.0]), "x": made([3.0, 4.0])}, expect={"gradient": {"w": made([3.0, 4.0])}})
    assert report.passed
    assert len(report.result.cases[0].results) == 1 + 4 + 2
