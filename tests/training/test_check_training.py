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
    assert "RuntimeError: the velocity is lost" in str(report)


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
        check_training(**LINE, rule=misspelt, options=RATE)
    with pytest.raises(DiffcheckError, match="no line `param"):
        check_training(**LINE, rule=Rule(update="velocity = grad"), options=RATE)


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


def _checked(run: Step) -> Report:
    return check_training(**LINE, run=run, rule="SGD", options=RATE, steps=8, accumulate=2, reduction="mean", clip={"norm": 1.0})


def test_a_loop_that_does_what_was_asked_passes() -> None:
    assert _checked(_loop()).passed


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (_loop(scaled=False, clip=None), ""),
        (_loop(clip=None), "it did not clip"),
        (_loop(clears=False), "it never cleared the gradients"),
        (_loop(steps=7), "it made one step too few"),
        (_loop(steps=9), "it made one step too many"),
        (_loop(each=True), ""),
    ],
    ids=["neither scaled nor clipped", "not clipped", "not cleared", "too few", "too many", "a step after every batch"],
)
def test_a_loop_that_does_something_else_is_caught_and_the_usual_mistake_named(run: Step, words: str) -> None:
    report = _checked(run)
    assert not report.passed
    assert words in " ".join(str(report).split())


def test_what_a_loop_raises_is_an_error() -> None:
    def run(parameters: dict[str, torch.Tensor], data: list[dict[str, torch.Tensor]]) -> None:
        raise ValueError("no such batch")

    report = _checked(run)
    assert report.verdict is Verdict.ERROR
    assert "ValueError: no such batch" in str(report)


def test_a_loop_may_return_new_parameters() -> None:
    def run(parameters: dict[str, torch.Tensor], data: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
        inner = {name: each.detach().clone().requires_grad_() for name, each in parameters.items()}
        _loop()(inner, data)
        return inner

    assert _checked(run).passed


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
