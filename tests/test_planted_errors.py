"""The checker is checked: planted errors are caught and named, right gradients raise nothing."""

import numpy as np
import pytest

from diffcheck.findings import judge_column
from diffcheck.verdict import Status
from tests.margins import partial
from tests.planted import FORMULAS, PLANTED, judged


def _no_witness(index: int) -> None:
    return None


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("text", FORMULAS)
def test_a_right_gradient_raises_no_alarm(text: str, dtype: str) -> None:
    found = judged(text, dtype)
    for variable in range(found.partials.shape[1]):
        counts, _ = judge_column(found.column(found.partials[:, variable]), found.margins, partial(variable), _no_witness)
        assert all(verdict.status in (Status.PASS, Status.COUNTED) for verdict in counts), counts


@pytest.mark.parametrize(("planted", "dtype"), [(name, dtype) for name, row in PLANTED.items() for dtype in row[1]])
def test_every_planted_error_beyond_twice_the_allowance_is_caught_and_named(planted: str, dtype: str) -> None:
    spoil, _, verdict = PLANTED[planted]
    caught = 0
    for text in FORMULAS:
        found = judged(text, dtype, points=12)
        for variable in range(found.partials.shape[1]):
            numbers = spoil(found.partials, variable)
            missing = bool(np.isnan(numbers).all())
            places = np.full(len(numbers), True) if missing else found.beyond(numbers, variable, times=2.0)
            if missing:  # where the derivative itself is zero, no gradient is as good as zero
                places = found.oracle.enclosures.high[:, variable + 1] != 0 if planted == "dropped" else places
            column = found.column(numbers[places], detached=planted == "dropped")
            counts, _ = judge_column(column, found.at(places), partial(variable), _no_witness)
            assert set(counts) <= {verdict}, (text, variable, counts)
            caught += int(places.sum())
    assert caught > 500


def test_a_wrong_gradient_says_who_stands_alone() -> None:
    from diffcheck import check

    class WrongSine:
        def __call__(self, x):  # type: ignore[no-untyped-def]
            import torch

            class Sine(torch.autograd.Function):
                @staticmethod
                def forward(ctx, x):  # type: ignore[no-untyped-def]
                    ctx.save_for_backward(x)
                    return torch.sin(x)

                @staticmethod
                def backward(ctx, cotangent):  # type: ignore[no-untyped-def]
                    return cotangent * torch.sin(ctx.saved_tensors[0])

            return Sine.apply(x)

    report = check(WrongSine(), "sin(x)", at={"x": 0.5})
    finding = report.result.cases[0].results[1].worst
    assert finding is not None
    assert (finding.verdict.word, finding.alone) == ("wrong", "automatic")


def test_a_program_that_computes_another_function_is_told_apart_from_a_wrong_gradient() -> None:
    import torch

    from diffcheck import check

    report = check(torch.cos, "sin(x)", at={"x": 0.5})
    value, gradient, *_ = report.result.cases[0].results
    assert value.verdict.word == "wrong"
    assert gradient.worst is not None
    assert gradient.worst.alone == "program"
