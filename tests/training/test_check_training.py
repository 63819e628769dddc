"""Training from Python: somebody's optimizer, rule or whole loop, right ones and wrong ones."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from diffcheck import CaseError, DiffcheckError, Entry, Report, Rule, check_training
from diffcheck.results import Result
from diffcheck.verdict import Verdict

LINE: dict[str, Any] = {
    "loss": "(w*x + b - y)**2",
    "parameters": {"w": 1.0, "b": 0.5},
    "data": [{"x": 2.0, "y": 10.0}, {"x": -1.0, "y": 3.0}],
}
RATE = {"lr": 0.01}


class Descent(torch.optim.Optimizer):
    """Plain descent, to be spoilt."""

    def __init__(self, groups: Any, lr: float) -> None:
        super().__init__(groups, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self.move(parameter, group["lr"])

    def move(self, parameter: torch.Tensor, rate: float) -> None:
        parameter.sub_(parameter.grad, alpha=rate)


class Private(Descent):
    """Momentum that it keeps to itself."""

    def __init__(self, groups: Any, lr: float) -> None:
        super().__init__(groups, lr)
        self.velocity: dict[Any, torch.Tensor] = {}

    def move(self, parameter: torch.Tensor, rate: float) -> None:
        before = self.velocity.get(parameter, torch.zeros_like(parameter))
        self.velocity[parameter] = 0.9 * before + parameter.grad
        parameter.sub_(self.velocity[parameter], alpha=rate)


HEAVY = Rule(state={"velocity": 0}, update="velocity = 0.9*velocity + grad\nparam = param - lr*velocity")


def _failing(report: Report) -> list[Result]:
    return [each for each in report.result.cases[0].results if each.verdict in (Verdict.WRONG, Verdict.DETACHED, Verdict.ERROR)]


def _first(report: Report) -> str:
    assert not report.passed
    return str(_failing(report)[0].subject)


def test_torchs_own_optimizer_passes_without_a_factory() -> None:
    report = check_training(**LINE, rule="Adam", options={"lr": 0.1}, steps=20, dtypes=["float64", "float32", "bfloat16"])
    assert report.passed, str(report)


def test_a_class_is_made_with_the_options_and_a_factory_with_the_groups() -> None:
    assert check_training(**LINE, optimizer=Descent, rule="SGD", options=RATE, steps=5).passed
    assert check_training(**LINE, optimizer=lambda groups: Descent(groups, lr=0.01), rule="SGD", options=RATE, steps=5).passed


def _spoilt(move: Callable[[torch.Tensor, float], None]) -> type[Descent]:
    return type("Spoilt", (Descent,), {"move": lambda self, parameter, rate: move(parameter, rate)})


@pytest.mark.parametrize(
    ("move", "subject"),
    [
        (lambda p, rate: p.add_(p.grad, alpha=rate), "step 1.float32.cpu.w"),
        (lambda p, rate: p.sub_(p.grad, alpha=rate * (1 + 1e-4)), "step 1.float32.cpu.w"),
        (lambda p, rate: None, "step 1.float32.cpu.w"),
        (lambda p, rate: p.sub_(p.grad.sign(), alpha=rate), "step 1.float32.cpu.w"),
        (lambda p, rate: (p.sub_(p.grad, alpha=rate), p.grad.zero_()), "step 1.float32.cpu.d/dw"),
        (lambda p, rate: (p.sub_(p.grad, alpha=rate), p.mul_(float("nan")))[0], "step 1.float32.cpu.w"),
    ],
    ids=["the sign", "a factor", "nothing", "the sign of the gradient only", "the gradient is spent", "NaN"],
)
def test_a_wrong_update_is_named_with_its_first_step(move: Callable[[torch.Tensor, float], None], subject: str) -> None:
    report = check_training(**LINE, optimizer=_spoilt(move), rule="SGD", options=RATE, steps=3)
    assert subject in {str(each.subject) for each in report.result.cases[0].results if each.verdict.status.value == "fail"}
    assert not report.passed


def test_an_option_that_the_optimizer_did_not_take_is_told() -> None:
    report = check_training(**LINE, optimizer=lambda groups: Descent(groups, lr=0.02), rule="SGD", options=RATE, steps=2)
    assert "the optimizer works with `lr = 0.02`, and `0.01` was asked for" in str(report)


def test_an_optimizer_that_raises_is_an_error_with_its_words() -> None:
    def broken(parameter: torch.Tensor, rate: float) -> None:
        raise RuntimeError("the velocity is lost")

    report = check_training(**LINE, optimizer=_spoilt(broken), rule="SGD", options=RATE, steps=2)
    assert report.verdict is Verdict.ERROR
    assert "RuntimeError: the velocity is lost (test_check_training.py:" in " ".join(str(report).split())


def test_a_rule_of_ones_own_is_held_step_by_step_where_the_state_is_there() -> None:
    class Open(Descent):
        def move(self, parameter: torch.Tensor, rate: float) -> None:
            state = self.state[parameter]
            state["velocity"] = 0.9 * state.get("velocity", torch.zeros_like(parameter)) + parameter.grad
            parameter.sub_(state["velocity"], alpha=rate)

    report = check_training(**LINE, optimizer=Open, rule=HEAVY, options=RATE, steps=10)
    assert report.passed, str(report)
    assert "step 10.float32.cpu.state.velocity" in {str(each.subject) for each in report.result.cases[0].results}


def test_private_state_is_held_by_the_replay_of_the_whole_run() -> None:
    assert check_training(**LINE, optimizer=Private, rule=HEAVY, options=RATE, steps=20).passed
    other = Rule(state={"velocity": 0}, update="velocity = 0.8*velocity + grad\nparam = param - lr*velocity")
    report = check_training(**LINE, optimizer=Private, rule=other, options=RATE, steps=20)
    assert _first(report) == "step 2.float32.cpu.w"


def test_a_rule_may_have_scalars_and_options_of_its_own() -> None:
    update = "step = step + 1\nparam = param - lr*2**(-step/half)*grad"
    decaying = Rule("decaying", "", {"half": 3}, (Entry("step", scalar=True),), update)

    class Decaying(Descent):
        def move(self, parameter: torch.Tensor, rate: float) -> None:
            state = self.state[parameter]
            state["step"] = state.get("step", torch.zeros(())) + 1
            parameter.sub_(parameter.grad, alpha=rate * 2 ** (-state["step"].item() / 3))

    assert check_training(**LINE, optimizer=Decaying, rule=decaying, options=RATE, steps=9).passed


def test_a_rule_that_cannot_be_read_says_where() -> None:
    misspelt = Rule(state={"velocity": 0}, update="velocity = grad\nparam = param - lr*velocty")
    with pytest.raises(DiffcheckError, match="unknown name `velocty`; did you mean `velocity`"):
        check_training(**LINE, optimizer=Descent, rule=misspelt, options=RATE)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule(update="velocity = grad"), "no line `param"),
        (Rule(update="param -= lr*grad"), "no line of a rule, which is `name = formula`"),
        (Rule(update="param"), "no line of a rule"),
        (Rule(update="param = param - lr*grad | nestrov"), "unknown word `nestrov`"),
        (Rule(update="param = param - lr*(grad - mean(grad))"), "`mean` is of a whole array"),
        (Rule(state={"velocity": 0}, update="param = param - lr*grad"), "no line `velocity"),
        (Rule(state={"velocity": "rat"}, update="velocity = grad\nparam = param - lr*velocity"), "unknown name `rat`"),
    ],
)
def test_what_is_wrong_with_a_rule_is_told(rule: Rule, words: str) -> None:
    with pytest.raises(DiffcheckError) as raised:
        check_training(**LINE, optimizer=Descent, rule=rule, options=RATE)
    assert words in str(raised.value)


def test_a_rule_may_have_comments_and_start_from_a_formula_of_its_options() -> None:
    class Counted(Descent):
        def move(self, parameter: torch.Tensor, rate: float) -> None:
            state = self.state[parameter]
            state["total"] = state.get("total", torch.full_like(parameter, rate / 2)) + parameter.grad
            parameter.sub_(state["total"], alpha=rate)

    update = "# all gradients so far\ntotal = total + grad  # and this one\nparam = param - lr*total"
    rule = Rule(state={"total": "lr/2"}, update=update)
    assert check_training(**LINE, optimizer=Counted, rule=rule, options=RATE, steps=4).passed


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"rule": "adamw", "optimizer": Descent}, "unknown rule `adamw`; did you mean `AdamW`"),
        ({"rule": "SGD", "optimizer": Descent, "run": print}, "no use for `optimizer`"),
        ({"rule": "SGD", "run": "loop"}, "`run` is a function"),
        ({"rule": HEAVY}, "needs what follows it"),
    ],
)
def test_arguments_that_do_not_go_together_are_told(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(CaseError, match=words):
        check_training(**LINE, options=RATE, **changed)


def test_a_factory_that_returns_nothing_is_an_error_of_its_own() -> None:
    report = check_training(**LINE, optimizer=lambda groups: None, rule="SGD", options=RATE)
    assert report.verdict is Verdict.ERROR
    assert "the factory returned NoneType" in str(report)


def test_what_torch_refuses_is_told_with_its_words() -> None:
    with pytest.raises(CaseError, match=r"torch refuses this `SGD`: ValueError: Invalid learning rate: -0\.1"):
        check_training(**LINE, rule="SGD", options={"lr": -0.1})


def test_expected_parameters_are_held_where_a_loop_runs_too() -> None:
    report = _checked(_loop(clip=None), expect={"parameters": {"b": 0.0}})
    assert _first(report) == "expect.b"


def test_a_textbook_adam_in_another_order_passes() -> None:
    class Textbook(torch.optim.Optimizer):
        def __init__(self, groups: Any, lr: float) -> None:
            super().__init__(groups, {"lr": lr})

        @torch.no_grad()
        def step(self, closure: Any = None) -> None:  # type: ignore[override]
            for group in self.param_groups:
                for p in group["params"]:
                    state = self.state[p]
                    t = state["step"] = state.get("step", 0.0) + 1
                    m = state["exp_avg"] = 0.9 * state.get("exp_avg", 0) + 0.1 * p.grad
                    v = state["exp_avg_sq"] = 0.999 * state.get("exp_avg_sq", 0) + 0.001 * p.grad**2
                    p -= group["lr"] * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)).sqrt() + 1e-8)

    for dtype in ("float64", "float32", "bfloat16"):
        report = check_training(**LINE, optimizer=Textbook, rule="Adam", options={"lr": 0.1}, steps=30, dtypes=[dtype])
        assert report.passed, str(report)


def test_what_an_optimizer_notes_beside_its_state_is_its_own_affair() -> None:
    class Noting(torch.optim.Adam):
        def step(self, closure: Any = None) -> None:  # type: ignore[override]
            super().step()
            for group in self.param_groups:
                group["made"] = group.get("made", 0) + 1
                for parameter in group["params"]:
                    self.state[parameter]["last"] = "seen"

    assert check_training(**LINE, optimizer=Noting, rule="Adam", options={"lr": 0.1}, steps=4).passed


def test_a_state_of_another_shape_is_told() -> None:
    class Flat(torch.optim.Adam):
        def step(self, closure: Any = None) -> None:  # type: ignore[override]
            super().step()
            for state in self.state.values():
                state["exp_avg"] = state["exp_avg"].sum()

    run = {**LINE, "loss": "sum((w*x + b - y)**2)", "parameters": {"w": [1.0, 2.0], "b": 0.5}}
    report = check_training(**run, optimizer=Flat, rule="Adam", options={"lr": 0.1}, steps=1)
    assert "`exp_avg` that is not 2 numbers" in " ".join(str(report).split())


def test_a_base_rate_that_was_not_asked_for_is_told_beside_a_schedule() -> None:
    schedule = {"name": "StepLR", "step_size": 3}
    asked = {**LINE, "rule": "SGD", "options": RATE, "schedule": schedule}
    report = check_training(**asked, optimizer=lambda groups: Descent(groups, lr=0.02))
    assert "`initial_lr = 0.02`, and `0.01` was asked for" in " ".join(str(report).split())


def test_momentum_that_is_there_before_the_first_step_is_told() -> None:
    class Ahead(torch.optim.SGD):
        def __init__(self, groups: Any, lr: float, momentum: float) -> None:
            super().__init__(groups, lr=lr, momentum=momentum)
            for group in self.param_groups:
                for parameter in group["params"]:
                    self.state[parameter]["momentum_buffer"] = torch.full_like(parameter, 5.0)

    report = check_training(**LINE, optimizer=Ahead, rule="SGD", options={"lr": 0.01, "momentum": 0.9})
    assert _first(report) == "step 1.float32.cpu.state.momentum_buffer"


def test_an_optimizer_without_a_rule_is_asked_for_one() -> None:
    with pytest.raises(CaseError, match="say which rule"):
        check_training(**LINE, optimizer=Descent, steps=2)


def test_unknown_keys_and_options_are_told_with_the_nearest_spelling() -> None:
    with pytest.raises(CaseError, match="did you mean `lr`"):
        check_training(**LINE, rule="SGD", options={"lrr": 0.1})
    with pytest.raises(CaseError, match="unknown key `dtype`; did you mean `dtypes`"):
        check_training(**LINE, rule="SGD", dtype="float32")


Step = Callable[[dict[str, torch.Tensor], list[dict[str, torch.Tensor]]], Any]


def _loop(
    *, each: bool = False, clears: bool = True, scaled: bool = True, clip: float | None = 1.0, steps: int = 8
) -> Step:
    """A training loop of two batches a step, to be spoilt."""

    def run(parameters: dict[str, torch.Tensor], data: list[dict[str, torch.Tensor]]) -> None:
        optimizer = torch.optim.SGD(parameters.values(), lr=0.01)
        for _ in range(steps):
            if clears:
                optimizer.zero_grad()
            for batch in data:
                loss = (parameters["w"] * batch["x"] + parameters["b"] - batch["y"]) ** 2
                (loss / len(data) if scaled else loss).backward()
                if each:
                    optimizer.step()
                    optimizer.zero_grad()
            if not each:
                if clip is not None:
                    torch.nn.utils.clip_grad_norm_(parameters.values(), clip)
                optimizer.step()

    return run


CLIPPED: dict[str, Any] = {"clip": {"norm": 1.0}}


def _checked(run: Step, **asked: Any) -> Report:
    return check_training(**LINE, run=run, rule="SGD", options=RATE, steps=8, accumulate=2, reduction="mean", **asked)


def test_a_loop_that_does_what_was_asked_passes() -> None:
    assert _checked(_loop(), **CLIPPED).passed
    assert _checked(_loop(clip=None)).passed


@pytest.mark.parametrize(
    ("run", "asked", "words"),
    [
        (_loop(scaled=False, clip=None), CLIPPED, ""),
        (_loop(scaled=False, clip=None), {}, "its losses were summed over each window"),
        (_loop(clip=None), CLIPPED, "it did not clip"),
        (_loop(clears=False, clip=None), {}, "it never cleared the gradients"),
        (_loop(steps=7), CLIPPED, "it made one step too few"),
        (_loop(steps=9), CLIPPED, "it made one step too many"),
        (_loop(each=True), CLIPPED, ""),
    ],
    ids=["neither scaled nor clipped", "not scaled", "not clipped", "not cleared", "too few", "too many", "a step each batch"],
)
def test_a_loop_that_does_something_else_is_caught_and_the_usual_mistake_named(
    run: Step, asked: dict[str, Any], words: str
) -> None:
    report = _checked(run, **asked)
    assert not report.passed
    assert words in " ".join(str(report).split())


def test_what_a_loop_raises_is_an_error() -> None:
    def run(parameters: dict[str, torch.Tensor], data: list[dict[str, torch.Tensor]]) -> None:
        raise ValueError("no such batch")

    report = _checked(run, **CLIPPED)
    assert report.verdict is Verdict.ERROR
    assert "ValueError: no such batch" in str(report)


def test_a_loop_may_return_new_parameters() -> None:
    def run(parameters: dict[str, torch.Tensor], data: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
        inner = {name: each.detach().clone().requires_grad_() for name, each in parameters.items()}
        _loop()(inner, data)
        return inner

    assert _checked(run, **CLIPPED).passed


def test_what_an_optimizer_starts_from_is_held_too() -> None:
    class Ahead(torch.optim.Adagrad):
        def __init__(self, groups: Any, lr: float) -> None:
            super().__init__(groups, lr=lr)
            for state in self.state.values():
                state["sum"] += 0.25

    report = check_training(**LINE, optimizer=Ahead, rule="Adagrad", options=RATE, steps=2)
    assert _first(report) == "step 1.float32.cpu.state.sum"


def test_an_optimizer_that_is_no_callable_is_told() -> None:
    with pytest.raises(CaseError, match="a class, or a function of parameter groups"):
        check_training(**LINE, optimizer={"name": "SGD"}, rule="SGD")


THREE: dict[str, Any] = {**LINE, "data": [*LINE["data"], {"x": 0.5, "y": -2.0}]}


def _three(*, drops: bool = False, divides: bool = False, backwards: bool = False, early: bool = False) -> Step:
    """A loop over three batches in windows of two, with a schedule, to be spoilt."""

    def run(parameters: dict[str, torch.Tensor], data: list[dict[str, torch.Tensor]]) -> None:
        optimizer = torch.optim.SGD(parameters.values(), lr=0.01)
        schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        batches = data[::-1] if backwards else data
        windows = [batches[:2]] if drops else [batches[:2], batches[2:]]
        for step in range(6):
            window = windows[step % len(windows)]
            optimizer.zero_grad()
            for batch in window:
                loss = (parameters["w"] * batch["x"] + parameters["b"] - batch["y"]) ** 2
                (loss / (2 if divides else len(window))).backward()
            if early:
                schedule.step()
            optimizer.step()
            if not early:
                schedule.step()

    return run


@pytest.mark.filterwarnings("ignore:Detected call of")
@pytest.mark.parametrize(
    ("spoilt", "words"),
    [
        ({}, ""),
        ({"drops": True}, "left the last, shorter window out"),
        ({"divides": True}, "divided the last, shorter window by `accumulate` as well"),
        ({"backwards": True}, "took the batches in reverse"),
        ({"early": True}, "moved the schedule on before each step"),
    ],
)
def test_mistakes_with_windows_and_schedules_are_named(spoilt: dict[str, bool], words: str) -> None:
    asked = {"rule": "SGD", "options": RATE, "steps": 6, "accumulate": 2, "reduction": "mean"}
    report = check_training(**THREE, **asked, run=_three(**spoilt), schedule={"name": "ExponentialLR", "gamma": 0.5})
    assert report.passed is not bool(spoilt), str(report)
    assert words in " ".join(str(report).split())


@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16", "float16"])
def test_numbers_beyond_a_dtype_are_told_as_such_and_break_nothing(dtype: str) -> None:
    line = {"loss": "(w*x - 1)**2", "parameters": {"w": 1.7976931348623157e308}, "data": {"x": 1e-308}}
    report = check_training(**line, rule="SGD", options={"lr": 0.1}, steps=2, dtypes=[dtype])
    assert report.passed
    assert (report.verdict is Verdict.RANGE) is (dtype != "float64")
