"""Every way that torch differentiates: the numbers are backward's, and the exact ones."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import sympy
import torch

from diffcheck import check
from diffcheck.errors import UnsupportedError
from diffcheck.formula.formula import read_formula
from diffcheck.formula.targets import partials_of
from diffcheck.program.gradient import Answer, Place, Request, differentiate
from diffcheck.program.modes import GROUPS, MODES, chosen, default_mode, serving
from diffcheck.program.program import bring, lower
from diffcheck.program.silence import quietly
from tests.verdicts import words

EAGER = [name for name, mode in MODES.items() if not mode.slow]
FIRST = [name for name in EAGER if 1 in MODES[name].orders]
HIGHER = [(name, order) for name in EAGER for order in (2, 3) if order in MODES[name].orders]
DTYPES = ["float64", "float32", "bfloat16", "float16"]
FORMULAS = {
    "x*sin(x)": (-5, 5), "x/(1 + exp(-x))": (-9, 9), "exp(x)*log(y)": (0.25, 3), "where(x > y, x**2, y**3)": (-3, 3),
    "x*y*z + sin(x*y)": (-3, 3), "sqrt(x + 1) - sqrt(x)": (1, 50), "tanh(x*y)/z": (0.5, 3),
}  # fmt: skip
POINTS = np.array([[0.5, 1.25, 2.0], [1.5, 0.75, -0.25], [0.375, 2.5, 1.0], [2.25, 0.5, 3.0]])
TOGETHER, ONE_BY_ONE = Place(0, "float64"), Place(len(POINTS), "float64")


def variables_of(text: str) -> tuple[str, ...]:
    return read_formula(text).variables


def asked(text: str, mode: str, order: int, place: Place) -> Answer:
    formula = read_formula(text)
    columns = tuple(range(len(formula.variables)))
    return differentiate(lower(formula), POINTS[:, : len(columns)], MODES[mode], Request(columns, order), place)


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("mode", FIRST)
def test_every_mode_is_judged_to_agree_at_single_points_and_batches_in_all_dtypes(mode: str, text: str) -> None:
    names = variables_of(text)
    sample = dict.fromkeys(names, FORMULAS[text])
    at = {name: 1.5 + number / 4 for number, name in enumerate(names)}
    report = check(text, at=at, sample=sample, points=30, dtypes=DTYPES, modes=[mode])
    assert report.passed, report
    assert words(report)[mode] <= {"agrees", "rounded"}


@pytest.mark.parametrize("place", [TOGETHER, ONE_BY_ONE], ids=["together", "one by one"])
@pytest.mark.parametrize("mode", FIRST)
def test_every_mode_s_numbers_are_backward_s(mode: str, place: Place) -> None:
    for text in ("x*sin(x)", "exp(x)*log(y)", "x*y*z + sin(x*y)"):
        found, known = asked(text, mode, 1, place), asked(text, "reverse", 1, place)
        assert not found.errors
        np.testing.assert_allclose(found.numbers, known.numbers, rtol=2.0**-50)


@pytest.mark.parametrize("place", [TOGETHER, ONE_BY_ONE], ids=["together", "one by one"])
@pytest.mark.parametrize(("mode", "order"), HIGHER)
def test_the_higher_modes_numbers_are_sympy_s(mode: str, order: int, place: Place) -> None:
    for text in ("x**3*sin(x)", "exp(x*y)/y", "x**2*y*z + sin(x*y)"):
        names = variables_of(text)
        symbols = sympy.symbols(names)
        targets = partials_of(1, range(len(names)), order)
        found = asked(text, mode, order, place)
        assert not found.errors
        for target, column in zip(targets, found.numbers.T, strict=True):
            exact = sympy.sympify(text).diff(*(symbols[each] for each in target.columns))
            expected = [float(exact.subs(zip(symbols, row, strict=False)).evalf(30)) for row in POINTS.tolist()]
            missing = found.detached[:, targets.index(target)]  # what nothing leads to is zero
            np.testing.assert_allclose(np.where(missing, 0.0, column), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("wrt", [["y"], ["z"], ["z", "x"], ["x", "y"]], ids=",".join)
def test_any_variables_may_be_sought(wrt: list[str], order: int) -> None:
    report = check("x*y**2*sin(z)", at={"x": 0.5, "y": 1.25, "z": 2.0}, sample=dict.fromkeys("xyz", (0.5, 3)), points=5,
                   wrt=wrt, order=order, modes=["eager"])  # fmt: skip
    assert report.passed, report
    by = {each.subject.variable for each in report.result.cases[0].results if each.subject.mode == default_mode(order)}
    assert by == {",".join(each) for each in product(wrt, repeat=order)}


NOTHING_THERE = ["3*x + 2*y", "x + y*0", "x*0 + y*0 + 3", "floor(x) + y", "x*y"]


@pytest.mark.parametrize("dtype", ["float64", "bfloat16"])
@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("text", NOTHING_THERE)
def test_partials_that_are_zero_raise_no_alarm_in_any_mode(text: str, order: int, dtype: str) -> None:
    report = check(text, at={"x": 0.5, "y": 1.25}, sample={"x": (0.1, 0.9), "y": (1, 2)}, points=4, dtypes=[dtype],
                   order=order, modes=["eager"])  # fmt: skip
    assert report.passed, report
    assert set.union(*words(report).values()) == {"agrees"}
    assert set(words(report)) == {name for name in serving(order) if not MODES[name].slow}


@pytest.mark.parametrize("batched", [False, True])
def test_a_path_that_is_cut_is_told_in_every_mode(batched: bool) -> None:
    def cut(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return x.detach() ** 2 + y**2

    silent = {"func_grad", "func_vjp", "func_jvp", "jacrev", "jacfwd", "vmap", "linearize"}
    for order, silently in ((1, silent), (2, {"forward_over_reverse", "reverse_over_forward", "hessian", "hvp"})):
        report = check(cut, "x**2 + y**2", sample={"x": (1, 2), "y": (1, 2)}, points=3, batched=batched, order=order,
                       modes=["eager"])  # fmt: skip
        by_x = [each for each in report.result.cases[0].results if each.subject.variable == ",".join("x" * order)]
        by_y = [each for each in report.result.cases[0].results if each.subject.variable == ",".join("y" * order)]
        assert {each.subject.mode: each.verdict.word for each in by_x} == {
            name: "wrong" if name in silently else "detached" for name in serving(order) if not MODES[name].slow
        }
        assert {each.verdict.word for each in by_y} == {"agrees"}


@pytest.mark.parametrize("mode", EAGER)
def test_a_program_that_is_constant_has_no_gradient_and_needs_none(mode: str) -> None:
    program = bring(lambda x: torch.tensor(3.0, dtype=x.dtype), read_formula("x*0 + 3"), (), batched=False)
    found = differentiate(program, np.array([[1.5]]), MODES[mode], Request((0,), MODES[mode].orders[0]), Place(1, "float64"))
    assert not found.errors
    assert found.detached[0, 0] or found.numbers[0, 0] == 0


def test_zeros_without_storage_are_zeros() -> None:
    # The tangent of a linear program is one of torch's ZeroTensors, which numpy cannot read.
    found = asked("3*x + 2*y", "reverse_over_forward", 2, ONE_BY_ONE)
    assert not found.errors
    assert (found.numbers == 0).all()


def test_a_program_s_batch_is_one_point_at_a_time_for_vmap() -> None:
    seen: list[tuple[int, ...]] = []

    def code(x: torch.Tensor) -> torch.Tensor:
        seen.append(tuple(x.shape))
        return x**2

    program = bring(code, read_formula("x**2"), (), batched=True)
    for mode, shape in (("vmap", ()), ("jacrev", ()), ("jacfwd", ()), ("reverse", (2,)), ("forward", (2,))):
        seen.clear()
        differentiate(program, np.array([[1.0], [2.0]]), MODES[mode], Request((0,)), Place(0, "float64"))
        assert set(seen) == {shape}, mode


def test_without_a_name_the_default_mode_of_the_order_runs() -> None:
    assert chosen((), 1) == ("reverse",)
    assert chosen((), 2) == chosen((), 3) == ("double_reverse",)


def test_groups_stand_for_every_mode_of_the_order() -> None:
    for order in (1, 2, 3):
        assert chosen(("all",), order) == serving(order)
        assert chosen(("eager",), order) == tuple(name for name in serving(order) if not MODES[name].slow)
    assert set(chosen(("all",), 1)) - set(chosen(("eager",), 1)) == {"compile", "compile_eager"}
    assert chosen(("vmap", "eager", "vmap"), 1)[0] == "vmap"
    assert len(chosen(("vmap", "eager", "vmap"), 1)) == len(chosen(("eager",), 1))
    assert not set(GROUPS) & set(MODES)


def test_every_row_names_its_sweeps_and_serves_an_order() -> None:
    for name, mode in MODES.items():
        assert name == mode.name
        for order in (each for each in (1, 2, 3) if each in mode.orders):
            assert len(mode.sweeps(order)) == order
            assert set(mode.sweeps(order)) <= {"reverse", "forward", "dense"}
        assert any(order in mode.orders for order in (1, 2))
        assert mode.says


@pytest.mark.parametrize(
    ("mode", "order", "others"),
    [
        ("reverse", 2, "`double_reverse`, `forward_over_reverse`, `reverse_over_forward`, `hessian`, `hvp` do"),
        ("hessian", 3, "`double_reverse`, `forward_over_reverse`, `reverse_over_forward` do"),
    ],
)
def test_a_mode_that_does_not_give_the_order_is_unsupported_and_names_those_that_do(mode: str, order: int, others: str) -> None:
    reason = f"`{mode}` does not give partials of order {order}; {others}"
    results = check("x**4", at={"x": 1.5}, order=order, modes=[mode]).result.cases[0].results
    assert [(each.verdict.word, each.note) for each in results if each.subject.order] == [("unsupported", reason)]
    with pytest.raises(UnsupportedError, match="does not give partials"):
        MODES[mode].require(order)


def test_a_mode_that_torch_does_not_have_yet_is_unsupported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.func, "linearize")
    result = check("x**2", at={"x": 1.5}, modes=["linearize"]).result.cases[0].results[1]
    assert result.verdict.word == "unsupported"
    assert result.note == f"`linearize` cannot run here: torch {torch.__version__} has no func.linearize"


@pytest.mark.parametrize("mode", EAGER)
def test_arguments_and_values_that_are_vectors_have_all_their_partials(mode: str) -> None:
    #  f = x[0]*x[1]**2*y, x[0]**2: two entries, three columns.
    def code(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return torch.stack([x[0] * x[1] ** 2 * y, x[0] ** 2])

    order = MODES[mode].orders[0]
    program = replace(bring(code, read_formula("x*y"), (), batched=False), shapes=((2,), ()), entries=2)
    found = differentiate(program, np.array([[2.0, 3.0, 5.0]]), MODES[mode], Request((0, 1, 2), order), Place(1, "float64"))
    expected = {
        1: [45, 60, 18, 4, 0, 0],
        2: [0, 30, 9, 30, 20, 12, 9, 12, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0],
    }
    assert not found.errors
    np.testing.assert_array_equal(np.where(found.detached, 0.0, found.numbers), [expected[order]])


@pytest.mark.parametrize("mode", EAGER)
def test_part_of_a_vector_may_be_sought_and_its_columns_keep_their_places(mode: str) -> None:
    def code(y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return x[0] ** 2 * x[1] ** 3 * y

    order = MODES[mode].orders[0]
    program = replace(bring(code, read_formula("y*x"), ("y", "x"), batched=False), shapes=((), (2,)))
    found = differentiate(program, np.array([[5.0, 2.0, 3.0]]), MODES[mode], Request((2,), order), Place(1, "float64"))
    assert found.numbers.tolist() == [[{1: 540.0, 2: 360.0}[order]]]


def test_a_user_s_own_warning_is_heard() -> None:
    import warnings

    def warns(x: torch.Tensor) -> torch.Tensor:
        warnings.warn("my own words", stacklevel=1)
        return x**2

    for mode in ("reverse", "forward", "func_jvp", "jacfwd", "linearize"):
        with pytest.warns(UserWarning, match="my own words"):
            check(warns, "x**2", at={"x": 1.5}, modes=[mode])
    with quietly(), pytest.warns(UserWarning, match="mine"):
        warnings.warn("mine", stacklevel=1)


@pytest.mark.parametrize("text", ["log_ndtr(x)", "airy_ai(x)"])
@pytest.mark.parametrize("order", [1, 2])
def test_torch_s_warnings_on_torch_are_not_heard_in_any_mode(text: str, order: int) -> None:
    # vmap has no rule for these: it goes through the points one by one, and says so.
    report = check(text, at={"x": 0.5}, sample={"x": (0.5, 2)}, points=3, order=order, modes=["eager"])
    assert not any("error" in found for found in words(report).values()), report
