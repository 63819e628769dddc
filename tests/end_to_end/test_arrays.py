"""Vectors and matrices from a case to a verdict, in every eager mode and dtype."""

import pytest
import torch

from diffcheck import check
from diffcheck.dtypes import FORMATS
from diffcheck.formula.formula import read_formula
from diffcheck.program.program import lower
from diffcheck.verdict import Verdict
from tests.formula.arrays import FORMULAS, MORE, SHAPES, shapes_of

LINEAR_ALGEBRA = ("det", "inv", "solve")
"""Torch has no half-precision kernel for these: told as unsupported."""


def _samples(text: str) -> dict[str, object]:
    variables = [each.name for each in read_formula(text, shapes_of(text)).inputs]
    return {name: {"range": [-2, 2], "shape": list(SHAPES[name])} if SHAPES[name] else [-2, 2] for name in variables}


@pytest.mark.parametrize("text", [*FORMULAS.values(), *MORE])
def test_torch_is_right_on_arrays_in_every_mode_and_dtype(text: str) -> None:
    report = check(text, sample=_samples(text), points=3, modes=["eager"], dtypes=list(FORMATS))
    counts = report.result.counts
    assert report.passed, report
    assert Verdict.UNDECIDED not in counts
    assert (Verdict.UNSUPPORTED in counts) is any(word in text for word in LINEAR_ALGEBRA)


@pytest.mark.parametrize("text", ["dot(w, x)**2", "norm(w)*s", "softmax(w)[0]", "var(w)", "logsumexp(w)*s", "prod(w)"])
def test_torch_is_right_on_second_partials_of_arrays(text: str) -> None:
    report = check(text, sample=_samples(text), points=3, modes=["eager"], order=2)
    assert report.passed, report
    assert set(report.result.counts) <= {Verdict.AGREES, Verdict.ROUNDED}


def test_one_way_to_the_second_partials_of_a_determinant_stands_alone_and_is_wrong() -> None:
    report = check("det(A)", at={"A": [[1.0, 2.0], [3.0, 5.0]]}, modes=["eager"], order=2)
    assert "`reverse_over_forward` alone is wrong" in str(report)


class _Norm(torch.autograd.Function):
    """The gradient of the first entry is off by a millionth."""

    @staticmethod
    def forward(ctx, w):  # type: ignore[no-untyped-def]
        norm = w.norm()
        ctx.save_for_backward(w, norm)
        return norm

    @staticmethod
    def backward(ctx, g):  # type: ignore[no-untyped-def]
        w, norm = ctx.saved_tensors
        gradient = g * w / norm
        return torch.cat([gradient[:1] * (1 + 1e-6), gradient[1:]])


def test_a_wrong_entry_of_a_gradient_is_named_and_no_other() -> None:
    report = check(_Norm.apply, "norm(w)", sample={"w": {"range": [1, 2], "shape": [4]}}, points=5)
    verdicts = {str(each.subject): each.verdict for each in report.result.cases[0].results if each.subject.mode != "contract"}
    assert verdicts.pop("reverse.float64.cpu.d/dw[0]") is Verdict.WRONG
    assert set(verdicts.values()) == {Verdict.AGREES}


def test_an_entry_of_a_jacobian_is_named_by_its_row_and_column() -> None:
    def program(w: torch.Tensor) -> torch.Tensor:
        return torch.stack([w[0] * w[1], w[1].detach() * w[0] + w[0]])

    report = check(program, "w*0 + w[0]*w[1] + where(w*0 == 0, 0, 1)", at={"w": [2.0, 3.0]}, modes=["jacrev"])
    assert not report.passed
    (wrong,) = [each for each in report.result.cases[0].results if str(each.subject) == "jacrev.float64.cpu.d f[1]/d w[1]"]
    assert wrong.verdict is Verdict.WRONG
    assert "jacrev.float64.cpu.d f[1]/d w[1]" in str(report)


def test_a_program_that_returns_too_many_numbers_is_an_error_that_says_so() -> None:
    report = check(lambda w: torch.stack([w, w]), "softmax(w)", at={"w": [1.0, 2.0]})
    (cause,) = {each.worst.cause for each in report.result.cases[0].results if each.verdict is Verdict.ERROR and each.worst}
    assert cause == "ValueError: the program returned shape (2, 2) for 1 point; the formula has 2 numbers"


@pytest.mark.parametrize(
    ("text", "at", "verdict"),
    [
        ("norm(w)", {"w": [0.0, 0.0]}, Verdict.KINK),
        ("norm(w)**2", {"w": [0.0, 0.0]}, Verdict.AGREES),
        ("norm(w, 1)", {"w": [0.0, 1.0]}, Verdict.KINK),
        ("norm(w, inf)", {"w": [1.0, -1.0]}, Verdict.KINK),
        ("max(w)", {"w": [2.0, 2.0, 1.0]}, Verdict.KINK),
        ("max(w) + min(w)", {"w": [2.0, 2.0]}, Verdict.AGREES),
        ("std(w)", {"w": [2.0, 2.0, 2.0]}, Verdict.KINK),
        ("prod(w)", {"w": [0.0, 2.0, 0.0]}, Verdict.AGREES),
        ("logsumexp(w)", {"w": [1e4, 1e4 - 1]}, Verdict.AGREES),
        ("softmax(w)", {"w": [2.0, 2.0]}, Verdict.AGREES),
        ("sum(abs(w))", {"w": [0.0, 2.0]}, Verdict.KINK),
    ],
)
def test_ties_and_zeros_of_arrays_are_judged_as_what_they_are(text: str, at: dict[str, list[float]], verdict: Verdict) -> None:
    assert check(text, at=at).verdict is verdict


def test_a_norm_that_overflows_inside_torch_is_no_range_of_the_formula() -> None:
    assert check("norm(w)", at={"w": [1e200, 1e200]}).verdict in (Verdict.WRONG, Verdict.NAN)
    assert check("sqrt(sum(w**2))", at={"w": [1e200, 1e200]}).verdict is Verdict.RANGE


def test_only_the_weights_of_the_course_s_third_example_are_differentiated_and_a_step_lowers_the_error() -> None:
    formula = read_formula("(10 - dot(x, w))**2", (("x", (5,)), ("w", (5,))))
    x = torch.tensor([1.0, 4.0, -3.0, 5.0, 4.0], dtype=torch.float64)
    w = torch.tensor([0.1, 0.2, 0.3, 0.4, 0.5], dtype=torch.float64, requires_grad=True)
    error = lower(formula).call(x, w)
    error.backward()
    assert x.grad is None
    with torch.no_grad():
        assert lower(formula).call(x, w - 0.01 * w.grad) < error
