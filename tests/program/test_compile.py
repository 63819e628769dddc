"""Programs that torch compiles first: no false alarm, and words where it cannot."""

import shutil

import pytest
import torch
import torch._inductor.config as inductor

from diffcheck import check
from diffcheck.program.modes import MODES
from tests.verdicts import notes, words

pytestmark = pytest.mark.compile
DTYPES = ["float64", "float32", "bfloat16", "float16"]
FORMULAS = ["x/(1 + exp(-x))", "x*sin(y)", "sqrt(x + 1) - sqrt(x)", "where(x > 1, x**2, y**3)", "tanh(x)*y + x**y", "3*x"]
needs_compiler = pytest.mark.skipif(bool(MODES["compile"].missing()), reason="there is no C++ compiler")


def passes(mode: str, text: str, dtypes: list[str]) -> None:
    names = [name for name in "xy" if name in text.replace("exp", "")]
    sample = dict.fromkeys(names, (0.25, 3))
    report = check(text, at=dict.fromkeys(names, 0.5), sample=sample, points=50, dtypes=dtypes, modes=[mode])
    assert report.passed, report
    assert words(report)[mode] <= {"agrees", "rounded"}


@pytest.mark.parametrize("text", FORMULAS)
def test_what_dynamo_traces_raises_no_alarm(text: str) -> None:
    passes("compile_eager", text, DTYPES)


@needs_compiler
@pytest.mark.parametrize(("text", "dtype"), [(FORMULAS[0], "float64"), (FORMULAS[1], "float16")])
def test_what_inductor_compiles_raises_no_alarm(text: str, dtype: str) -> None:
    # Each dtype is compiled twice, for a point and for a batch: 3 s, and 10 s more for the first in a process.
    passes("compile", text, [dtype])


def test_a_wrong_backward_is_caught_behind_dynamo() -> None:
    class Doubled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):  # type: ignore[no-untyped-def]
            ctx.save_for_backward(x)
            return torch.sin(x)

        @staticmethod
        def backward(ctx, cotangent):  # type: ignore[no-untyped-def]
            return 2 * cotangent * torch.cos(ctx.saved_tensors[0])

    assert words(check(lambda x: Doubled.apply(x), "sin(x)", at={"x": 0.5}, modes=["compile_eager"])) == {
        "compile_eager": {"wrong"}
    }


def test_a_program_s_own_error_stays_its_own() -> None:
    def broken(x: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("out of luck")

    result = check(broken, "x**2", at={"x": 0.5}, modes=["compile_eager"]).result.cases[0].results[1]
    assert result.worst is not None
    assert result.worst.cause == "RuntimeError: out of luck"


def test_without_a_compiler_inductor_is_unsupported_and_says_why() -> None:
    with inductor.patch({"cpp.cxx": (None, "no-such-compiler")}):
        report = check("x**2", at={"x": 0.5}, modes=["compile"])
    assert words(report) == {"compile": {"unsupported"}}
    assert notes(report)["compile"] == "`compile` cannot run here: torch's inductor needs a C++ compiler, and there is none"


def test_a_compiler_is_found_where_the_path_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}" if name == "some-compiler" else None)
    with inductor.patch({"cpp.cxx": (None, "some-compiler")}):
        assert MODES["compile"].missing() == ""
