"""Formulas of vectors and matrices, one at least for each function of arrays, and the shapes of their variables."""

SHAPES = {"w": (4,), "x": (4,), "A": (3, 3), "B": (3, 3), "b": (3,), "s": ()}

FORMULAS = {
    "dot": "(10 - dot(x, w))**2", "matmul": "A @ b", "sum": "sum(w*x)", "mean": "mean(w*x)", "prod": "prod(w)", "var": "var(w)",
    "var_0": "var(w, 0)", "std": "std(w)", "std_0": "std(w, 0)", "norm": "norm(w)*s", "norm_1": "norm(w, 1)",
    "norm_inf": "norm(w, inf)", "largest": "max(w)", "smallest": "min(w)", "amax": "amax(w)", "amin": "amin(w)",
    "logsumexp": "logsumexp(w)", "softmax": "softmax(w)", "log_softmax": "log_softmax(w)", "item": "w[0]*w[-1]",
    "item2": "A[0, 1]*A[2]", "transpose": "transpose(A) @ b", "trace": "trace(A)", "det": "det(A)", "inv": "inv(A)",
    "solve": "solve(A, b)",
}  # fmt: skip
"""By row."""

MORE = (
    "A @ B", "b @ A", "matmul(A, B)", "norm(A, fro)", "solve(A, B)", "sin(w)*s + x", "max(w, 0)", "sum(softmax(w)*x)",
    "where(w > 0, w, x)", "A*b", "sum(exp(A))", "log(sum(exp(w)))", "norm(A @ b - 1)**2", "trace(A @ B)", "mean(sigmoid(w))",
    "clamp(w, -1, 1)", "dot(w, w)", "sum(w)/norm(x)", "var(w*s) + std(x)",
)  # fmt: skip


def shapes_of(text: str) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The shapes that ``read_formula`` takes for ``text``."""
    import re

    return tuple((name, shape) for name, shape in SHAPES.items() if shape and re.search(rf"\b{name}\b", text))
