"""Formulas of arrays: read once, lowered as arrays, written out number by number."""

import numpy as np
import pytest
import torch

from diffcheck.dtypes import FORMATS
from diffcheck.errors import FormulaError
from diffcheck.formula.array_functions import ARRAYS
from diffcheck.formula.forms import FORMS
from diffcheck.formula.formula import Formula, read_formula
from diffcheck.formula.operations import KERNEL
from diffcheck.formula.sweeps import swept
from diffcheck.program.program import lower
from diffcheck.truth.allowance import walk
from diffcheck.truth.derivative import derive
from diffcheck.truth.enclosure import enclose
from tests.formula.arrays import FORMULAS, MORE, shapes_of

TEXTS = (*FORMULAS.values(), *MORE)
FLOAT64 = FORMATS["float64"]


def _read(text: str) -> Formula:
    return read_formula(text, shapes_of(text))


def _inputs(formula: Formula, point: np.ndarray) -> list[torch.Tensor]:
    parts = np.split(point, np.cumsum([each.size for each in formula.inputs])[:-1])
    return [torch.tensor(part).reshape(each.shape) for part, each in zip(parts, formula.inputs, strict=True)]


def _point(formula: Formula) -> np.ndarray:
    return np.random.default_rng(1).normal(size=len(formula.variables))


def test_every_function_of_arrays_has_a_form_and_a_formula() -> None:
    assert {row.name for row in ARRAYS} - {"pivot"} == set(FORMS) == set(FORMULAS)


@pytest.mark.parametrize("text", TEXTS)
def test_the_numbers_written_out_are_torch_s_and_so_is_the_jacobian(text: str) -> None:
    formula = _read(text)
    point = _point(formula)
    exact = enclose(derive(formula).tape, point[None, :], FLOAT64).high[0]
    inputs = tuple(_inputs(formula, point))
    call = lower(formula).call
    value = call(*inputs)
    assert tuple(value.shape) == formula.shape
    entries = len(formula.tape.outputs)
    np.testing.assert_allclose(value.reshape(-1).numpy(), exact[:entries], rtol=1e-11)
    blocks = torch.autograd.functional.jacobian(call, inputs)
    jacobian = np.concatenate([block.reshape(entries, -1).numpy() for block in blocks], axis=1)
    np.testing.assert_allclose(jacobian.ravel(), exact[entries:], rtol=1e-9, atol=1e-12)


FIRST = (("reverse",), ("forward",), ("dense",))
SECOND = (("reverse", "reverse"), ("dense", "reverse"))
SWEPT = [(text, sweeps) for text in TEXTS for sweeps in (FIRST + SECOND if len(_read(text).tape) <= 200 else FIRST)]
"""Long formulas at the first order only: the second takes seconds and says no more."""


@pytest.mark.parametrize(("text", "sweeps"), SWEPT)
def test_kernels_declare_the_partials_of_their_mathematics(text: str, sweeps: tuple[str, ...]) -> None:
    formula = _read(text)
    point = _point(formula)
    columns = tuple(range(len(formula.variables)))
    tape = swept(formula.tape, sweeps, columns)
    values = walk(tape, point.tolist(), None).values
    derivative = derive(formula, len(sweeps))
    exact = enclose(derivative.tape, point[None, :], FLOAT64).balls[0]
    targets = [target for target in derivative.places if target.order in (0, len(sweeps))]
    targets.sort(key=lambda target: (target.order, target.entry, target.columns))
    for target, place in zip(targets, tape.outputs, strict=True):
        ball = exact[derivative.places[target]]
        assert (ball.contains(0) and place < 0) or values[place].overlaps(ball), (target, values[place], ball)


def test_meaning_is_the_formula_without_what_kernels_do_in_an_order_of_their_own() -> None:
    formula = _read("norm(w)")
    assert any(operation.name == KERNEL for operation in formula.tape.operations)
    names = [operation.name for operation in formula.meaning.operations]
    assert [name for name in names if name not in ("variable", "mul", "add")] == ["sqrt"]
    scalar = read_formula("x*sin(y)")
    assert scalar.meaning is scalar.tape is scalar.written
    assert scalar.is_scalar


def test_columns_are_named_row_by_row() -> None:
    assert read_formula("A[1, 0]*s", (("A", (2, 2)),)).variables == ("A[0,0]", "A[0,1]", "A[1,0]", "A[1,1]", "s")


BAD = [
    ("dot(w, A)", "`dot(w, A)`: wants a vector, not the shape [3, 3]"),
    ("dot(w, b)", "`dot(w, b)`: wants vectors of one length, not 4 and 3 numbers"),
    ("A @ w", "`A @ w`: the shapes [3, 3] and [4] do not go together"),
    ("s @ A", "`s @ A`: wants vectors and matrices, not the shapes [] and [3, 3]"),
    ("w + b", "`w + b`: the shapes [4] and [3] do not go together"),
    ("w[4]", "`w[4]`: the subscript 4 is outside of 4 numbers"),
    ("w[0.5]", "`w[0.5]`: wants whole numbers as subscripts"),
    ("w[0, 1]", "`w[0, 1]`: has 2 subscripts, and the array's shape is [4]"),
    ("s[0]", "`s[0]`: has 1 subscripts, and the array's shape is []"),
    ("max(s)", "`max(s)`: wants an array, or more than one number"),
    ("trace(w)", "`trace(w)`: wants a matrix, not the shape [4]"),
    ("det(w)", "`det(w)`: wants a square matrix, not the shape [4]"),
    ("softmax(A)", "`softmax(A)`: wants a vector, not the shape [3, 3]"),
    ("solve(A, w)", "`solve(A, w)`: the shapes [3, 3] and [4] do not go together"),
    ("var(s)", "`var(s)`: wants more than 1 number"),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_shapes_that_do_not_fit_are_told_with_the_shapes(text: str, message: str) -> None:
    with pytest.raises(FormulaError) as raised:
        _read(text)
    assert raised.value.message == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("norm(w, 3)", "the second argument of `norm` is one of 1, 2, inf, fro"),
        ("norm(w, p)", "the second argument of `norm` is one of 1, 2, inf, fro"),
        ("dot(w)", "`dot` takes 2 arguments, not 1"),
        ("var(w, 2)", "the second argument of `var` is one of 0, 1"),
        ("w[x]", "a subscript is a whole number"),
    ],
)
def test_what_is_no_call_of_an_array_function_is_told(text: str, message: str) -> None:
    with pytest.raises(FormulaError) as raised:
        _read(text)
    assert raised.value.message == message


def test_a_matrix_of_many_rows_is_refused_with_the_limit() -> None:
    with pytest.raises(FormulaError) as raised:
        read_formula("det(A)", (("A", (6, 6)),))
    assert raised.value.message == "`det(A)`: has a limit of 5 rows, and the matrix has 6"
    with pytest.raises(FormulaError, match="the variables hold 401 numbers; the limit is 400"):
        read_formula("sum(w)", (("w", (401,)),))


def test_the_option_of_a_norm_is_no_variable() -> None:
    assert [each.name for each in read_formula("norm(w, inf)", (("w", (4,)),)).inputs] == ["w"]
    assert [each.name for each in read_formula("inf*x").inputs] == ["inf", "x"]
