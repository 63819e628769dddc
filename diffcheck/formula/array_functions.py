"""The functions of whole arrays: what torch is asked to run. How each stands number by number is in forms.py.

``words`` are the names in formulas; a row without any is reached by an option of another (``norm(x, 1)``) or a sign
(``A @ x``).
"""

from diffcheck.formula.row import Function


def _array(name: str, arity: int, torch: str, *, numbers: str = "") -> Function:
    return Function((name,), arity, torch, "", "", (None,) * arity, numbers=numbers)


ARRAYS = (
    _array("dot", 2, "torch.dot(x, y)"),
    _array("matmul", 2, "torch.matmul(x, y)"),
    _array("sum", 1, "torch.sum(x)"),
    _array("mean", 1, "torch.mean(x)"),
    _array("prod", 1, "torch.prod(x)"),
    _array("var", 1, "torch.var(x)"),
    _array("var_0", 1, "torch.var(x, correction=0)"),
    _array("std", 1, "torch.std(x)"),
    _array("std_0", 1, "torch.std(x, correction=0)"),
    _array("norm", 1, "torch.linalg.vector_norm(x)"),
    _array("norm_1", 1, "torch.linalg.vector_norm(x, 1)"),
    _array("norm_inf", 1, "torch.linalg.vector_norm(x, float('inf'))"),
    _array("largest", 1, "torch.max(x)"),
    _array("smallest", 1, "torch.min(x)"),
    _array("amax", 1, "torch.amax(x)"),
    _array("amin", 1, "torch.amin(x)"),
    _array("logsumexp", 1, "torch.logsumexp(x, 0)"),
    _array("softmax", 1, "torch.softmax(x, 0)"),
    _array("log_softmax", 1, "torch.log_softmax(x, 0)"),
    _array("item", 2, "x[y]", numbers="y"),
    _array("item2", 3, "x[y, z]", numbers="yz"),
    _array("transpose", 1, "x.mT"),
    _array("trace", 1, "torch.trace(x)"),
    _array("det", 1, "torch.linalg.det(x)"),
    _array("inv", 1, "torch.linalg.inv(x)"),
    _array("solve", 2, "torch.linalg.solve(x, y)"),
    # Where a kernel measures from, so that nothing overflows: it cancels, so that no derivative goes through it.
    Function(("pivot",), 2, "", "maximum(x, y)", "maximum(x, y)", ("0", "0"), slack=0),
)
"""Every function of arrays."""

_REACHED_OTHERWISE = frozenset({"var_0", "std_0", "norm_1", "norm_inf", "largest", "smallest", "item", "item2", "pivot"})

ARRAY_SPELLINGS = {row.name: row for row in ARRAYS if row.name not in _REACHED_OTHERWISE}
"""A row by the name that a formula calls it."""

OPTIONS = {
    ("norm", "1"): "norm_1", ("norm", "2"): "norm", ("norm", "inf"): "norm_inf", ("norm", "fro"): "norm",
    ("var", "0"): "var_0", ("var", "1"): "var", ("std", "0"): "std_0", ("std", "1"): "std",
}  # fmt: skip
"""The row that a function is with a second argument: ``norm(x, 1)``."""
WHOLE = {"max": "largest", "min": "smallest"}
"""The row that a function of numbers is with one argument: ``max(w)``, over an array's elements."""
