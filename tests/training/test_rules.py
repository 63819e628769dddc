"""The table of update rules, every row of it, against the optimizers that this torch has."""

import inspect
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from diffcheck.dtypes import FORMATS
from diffcheck.training.exact.number import Arithmetic
from diffcheck.training.exact.update import Update, started, tape_of_line
from diffcheck.training.rule import FLAGS, VARIANTS, Entry, Line, Rule, holds
from diffcheck.training.rules import RULES, TABLE

CLASSES = {
    name: found
    for name in torch.optim.__all__
    if inspect.isclass(found := getattr(torch.optim, name)) and issubclass(found, torch.optim.Optimizer)
    if found is not torch.optim.Optimizer
}
OF_TORCH = [rule for rule in TABLE if rule.name in CLASSES]
ELEMENTWISE = [rule for rule in TABLE if not rule.written_out]
NOT_IN_TORCH = {"manual": "the descent that a course writes by hand"}
"""Rows that are no class of torch's, with the reason."""
NOT_IN_CONSTRUCTOR = {("AdamW", "decoupled_weight_decay"): "AdamW is Adam with this option, which its constructor gives itself"}
"""Options that a row has and torch's constructor has not, with the reason."""
REACHING: dict[str, Any] = {"momentum": 0.9, "amsgrad": True, "centered": True}
"""Options that all entries of the state are kept for."""
OF_THE_SHAPE = {"matrix": "the parameter has two dimensions"}
"""Words of a condition that are no option."""
BY_SHAPE: dict[str, list[tuple[int, ...]]] = {"Muon": [(2, 3)], "Adafactor": [(3,), (2, 3)]}
"""The shapes that all entries are kept for, where shapes decide."""
STEPS = 3
_by_name = pytest.mark.parametrize("rule", OF_TORCH, ids=lambda rule: rule.name)
_each_elementwise = pytest.mark.parametrize("rule", ELEMENTWISE, ids=lambda rule: rule.name)


def _signature(rule: Rule) -> dict[str, Any]:
    """The options of torch's constructor, with their defaults."""
    parameters = inspect.signature(CLASSES[rule.name]).parameters
    return {name: each.default for name, each in parameters.items() if name != "params"}


def _lines(rule: Rule) -> Iterator[tuple[str, Line]]:
    for variant in rule.variants:
        for line in rule.lines(variant):
            yield variant, line


def _words(when: str) -> list[str]:
    return [word.removeprefix("not ").strip() for word in when.split(" and ") if word]


def _kept_by_torch(rule: Rule, shape: tuple[int, ...], **flags: Any) -> set[str]:
    """The keys of the state after a run of torch's optimizer on one parameter."""
    parameter = torch.linspace(0.5, 2, torch.Size(shape).numel()).reshape(shape)
    parameter.requires_grad_(not flags.get("differentiable"))
    options = {name: value for name, value in REACHING.items() if name in rule.options and name in _signature(rule)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optimizer = CLASSES[rule.name]([parameter], **options, **flags)
    for _ in range(STEPS):
        _step(rule, optimizer, parameter)
    return set(optimizer.state[parameter])


def _step(rule: Rule, optimizer: torch.optim.Optimizer, parameter: torch.Tensor) -> None:
    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = (parameter**4).sum()
        loss.backward()
        return loss

    if rule.name == "LBFGS":
        optimizer.step(closure)
        return
    grad = parameter.detach().clone()
    parameter.grad = grad.to_sparse() if rule.name == "SparseAdam" else grad
    with torch.no_grad():
        optimizer.step()


def test_every_optimizer_of_torch_has_a_row() -> None:
    assert sorted(set(CLASSES) - set(RULES)) == []


def test_every_row_is_an_optimizer_of_torch_or_says_why_not() -> None:
    assert {rule.name for rule in TABLE} - set(CLASSES) == set(NOT_IN_TORCH)


def test_no_two_rows_have_the_same_name() -> None:
    assert len(RULES) == len(TABLE)


@_by_name
def test_every_option_of_the_constructor_is_in_the_row_with_its_default(rule: Rule) -> None:
    assert {name: rule.options.get(name, "missing") for name in _signature(rule)} == _signature(rule)


@_by_name
def test_every_option_of_the_row_is_in_the_constructor(rule: Rule) -> None:
    known = {option for name, option in NOT_IN_CONSTRUCTOR if name == rule.name}
    assert set(rule.options) - set(_signature(rule)) == known


@_by_name
def test_every_key_of_the_state_is_in_the_row_and_the_other_way_round(rule: Rule) -> None:
    found = set[str]().union(*(_kept_by_torch(rule, shape) for shape in BY_SHAPE.get(rule.name, [(3,)])))
    assert {entry.name for entry in rule.state} == found


@pytest.mark.parametrize("shape", [(3,), (2, 3)], ids=["vector", "matrix"])
def test_adafactor_keeps_for_a_shape_what_the_row_says(shape: tuple[int, ...]) -> None:
    rule = RULES["Adafactor"]
    kept = {entry.name for entry in rule.kept({**rule.settings({}), "matrix": len(shape) > 1})}
    assert kept == _kept_by_torch(rule, shape)


@pytest.mark.parametrize("rule", [rule for rule in OF_TORCH if rule.name not in BY_SHAPE], ids=lambda rule: rule.name)
def test_without_options_the_state_is_what_the_row_keeps_without_them(rule: Rule) -> None:
    parameter = torch.ones(3, requires_grad=True)
    optimizer = CLASSES[rule.name]([parameter])
    for _ in range(STEPS):
        _step(rule, optimizer, parameter)
    kept = {entry.name for entry in rule.kept(rule.settings({}))}
    assert set(optimizer.state[parameter]) == kept


@pytest.mark.parametrize(
    ("rule", "variant"), [(rule, variant) for rule in OF_TORCH for variant in rule.variants if rule.variants != ("loop",)],
    ids=lambda each: each.name if isinstance(each, Rule) else each,
)  # fmt: skip
def test_every_variant_of_a_row_can_be_made_and_run(rule: Rule, variant: str) -> None:
    if variant == "capturable" and not torch.cuda.is_available():
        pytest.skip("torch captures steps on CUDA devices only")
    if variant == "capturable":
        parameter = torch.ones(3, device="cuda", requires_grad=True)
        optimizer = CLASSES[rule.name]([parameter], **FLAGS[variant])
        _step(rule, optimizer, parameter)
        assert set(optimizer.state[parameter]) <= {entry.name for entry in rule.state}
        return
    assert _kept_by_torch(rule, (2, 3), **FLAGS[variant]) <= {entry.name for entry in rule.state}


@_by_name
def test_every_implementation_that_the_constructor_offers_is_a_variant(rule: Rule) -> None:
    offered = {variant for variant in VARIANTS if variant in _signature(rule)}
    assert set(rule.variants) == {"loop", *offered}


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.name)
def test_a_row_names_its_source_and_variants_that_there_are(rule: Rule) -> None:
    assert rule.source.strip()
    assert {*rule.variants, *rule.orders, *rule.on_tensors, *rule.unrounded} <= set(VARIANTS)
    assert set(rule.orders) <= set(rule.variants)


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.name)
def test_a_row_has_lines_or_names_the_module_of_its_step(rule: Rule) -> None:
    assert bool(rule.update) is not bool(rule.written_out)


def test_what_is_no_formula_for_each_element_is_written_out() -> None:
    assert {rule.name for rule in TABLE if rule.written_out} == {"SparseAdam", "Adafactor", "Muon", "LBFGS"}


@_each_elementwise
def test_every_line_can_be_read(rule: Rule) -> None:
    for _, line in _lines(rule):
        assert line.name.isidentifier()
        assert tape_of_line(line.text).outputs


@_each_elementwise
def test_every_name_of_a_line_is_known_where_it_stands(rule: Rule) -> None:
    for variant in rule.variants:
        known = {*rule.settings({}), "grad", "param", *(entry.name for entry in rule.state)}
        for line in rule.lines(variant):
            assert set(tape_of_line(line.text).variables) <= known, f"{variant}: {line}"
            known.add(line.name)


@_each_elementwise
def test_every_word_of_a_condition_is_known(rule: Rule) -> None:
    known = {*rule.options, *rule.variants, "first", "decoupled_weight_decay", "maximize"}
    assert {word for _, line in _lines(rule) for word in _words(line.when)} <= known
    assert {word for entry in rule.state for word in _words(entry.when)} <= {*rule.options, *OF_THE_SHAPE}


@_each_elementwise
def test_every_entry_and_the_parameter_get_a_next_number_in_each_variant(rule: Rule) -> None:
    for variant in rule.variants:
        made = {line.name for line in rule.lines(variant)}
        assert {"param", *(entry.name for entry in rule.state)} <= made


@_each_elementwise
def test_every_line_is_of_use(rule: Rule) -> None:
    for variant in rule.variants:
        lines = rule.lines(variant)
        used = {name for line in lines for name in tape_of_line(line.text).variables}
        wanted = used | {"param"} | {entry.name for entry in rule.state}
        assert [line.name for line in lines if line.name not in wanted] == []


@_each_elementwise
def test_every_number_that_is_kept_begins_with_a_number_or_an_option(rule: Rule) -> None:
    settings = rule.settings({name: value for name, value in REACHING.items() if name in rule.options})
    numbers = started(Update(rule, settings, first=True), Arithmetic(FORMATS["float64"]))
    assert set(numbers) == {entry.name for entry in rule.kept(settings) if entry.initial}
    assert all(number.exact.is_finite() for number in numbers.values())


def test_a_condition_holds_where_all_its_words_do() -> None:
    settings = {"a": 1, "b": 0, "c": True, "d": None}
    wanted: dict[str, bool] = {"": True, "a": True, "b": False, "not b": True, "a and c": True, "a and b": False,
                               "a and not b": True, "not d": True, "never told": False, "not never told": True}  # fmt: skip
    assert {when: holds(when, settings) for when in wanted} == wanted


def test_settings_stand_over_defaults_and_pairs_are_taken_apart() -> None:
    found = RULES["Adam"].settings({"betas": (0.5, 0.25), "lr": 2.0})
    assert found == {**{name: value for name, value in RULES["Adam"].options.items() if name != "betas"}, "lr": 2.0,
                     "beta1": 0.5, "beta2": 0.25}  # fmt: skip
    assert RULES["Adam"].settings({"betas": None})["betas"] is None


def test_a_pair_of_the_wrong_length_is_told() -> None:
    with pytest.raises(ValueError, match="zip"):
        RULES["Adam"].settings({"betas": (0.5, 0.25, 0.1)})


def test_a_line_is_its_name_its_formula_and_its_condition() -> None:
    rule = Rule("own", update="\n  g = grad | not maximize\n\n param = param - lr*g\n")
    assert rule.lines("loop") == (Line("g", "grad", "not maximize"), Line("param", "param - lr*g", ""))


def test_a_variant_with_an_order_of_its_own_has_its_own_lines() -> None:
    rule = Rule("own", update="param = param - lr*grad", orders={"foreach": "param = param + grad*(-lr)"})
    assert rule.lines("foreach") == (Line("param", "param + grad*(-lr)"),)
    assert rule.lines("fused") == rule.lines("loop")


def test_an_entry_is_kept_for_its_options_only() -> None:
    rule = Rule("own", state=(Entry("always"), Entry("sometimes", when="momentum and not centered")))
    assert [entry.name for entry in rule.kept({"momentum": 0.9})] == ["always", "sometimes"]
    assert [entry.name for entry in rule.kept({"momentum": 0.9, "centered": True})] == ["always"]
