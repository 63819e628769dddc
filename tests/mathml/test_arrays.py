"""Arrays: products and powers of elements and of matrices are told apart."""

import pytest

from tests.formula.arrays import shapes_of
from tests.mathml.shown import right_of

OF_ARRAYS = {
    "dot(w, x)": "w·x",
    "dot(w, x)*s": "(w·x)s",
    "w[0]*A[1, 2]": "w_(0)A_(1,2)",
    "A @ b": "Ab",
    "A @ B @ b": "ABb",
    "(A*B) @ b": "(A⊙B)b",
    "A @ (b + 1)": "A@(b+1)",
    "(A @ b)*b": "(Ab)⊙b",
    "A**2": "A^(∘2)",
    "exp(A)": "exp(A)",
    "norm(w, 1)": "‖w‖_(1)",
    "sum(w)*s": "(∑w)s",
    "prod(w + 1)*s": "(∏(w+1))s",
    "s - sum(w)": "s−∑w",
}  # fmt: skip


@pytest.mark.parametrize("text", OF_ARRAYS)
def test_products_and_powers_of_arrays_tell_which_they_are(text: str) -> None:
    assert right_of(text, shapes_of(text)) == OF_ARRAYS[text]
