"""Training from Python: somebody's optimizer, rule, or whole training function against the exact rule."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from diffcheck.api import Report, dtype_names, plain, reported
from diffcheck.cases.case import Case
from diffcheck.cases.place import Place
from diffcheck.cases.reader import build_case
from diffcheck.cases.train_schema import TRAIN_KEYS
from diffcheck.errors import CaseError, UnsupportedError, nearest
from diffcheck.results import REPLAY, CaseResult, Result, Subject
from diffcheck.training.actions import actions_of
from diffcheck.training.blackbox import judge_run
from diffcheck.training.exact.reading import require_readable
from diffcheck.training.rule import Rule
from diffcheck.training.rules import RULES
from diffcheck.training.setting import Factory, Setting
from diffcheck.training.verification import replayed, verified
from diffcheck.training.whole import Whole, judge_expected
from diffcheck.truth.margins import OTHER_PROGRAM, Permission
from diffcheck.verdict import Verdict
from diffcheck.verification import Settings

_OF_TRAIN = tuple(key for key in TRAIN_KEYS if key not in ("loss", "parameters", "data", "optimizer", "steps"))
"""Keys of ``train`` in a case file, taken under the same names."""


def check_training(
    *,
    loss: Any,
    parameters: Mapping[str, Any],
    data: Mapping[str, Any] | Sequence[Mapping[str, Any]] = (),
    optimizer: Any = None,
    rule: str | Rule = "",
    options: Mapping[str, Any] | None = None,
    run: Any = None,
    steps: int = 1,
    strict: bool = False,
    fail_on: str | tuple[str, ...] = (),
    **keys: Any,
) -> Report:
    """Check a training run, step by step, against the exact update rule.

    ``loss`` is a formula of the ``parameters`` and of what each batch of ``data`` holds. ``rule`` is a name of the
    table of update rules or a ``Rule`` of your own, ``options`` are the rule's. ``optimizer`` is a class, made with the
    options, or a factory that takes the parameter groups; without it, torch's own optimizer is checked. With ``run``, a
    function that trains the parameters it is given in ``steps`` steps its own way, the parameters it leaves are held
    against the exact replay of the whole run. ``keys`` are those of a case file, of its ``train`` and beside it
    (``accumulate``, ``reduction``, ``clip``, ``schedule``, ``groups``, ``dtypes``, ``devices``, ``expect`` …).

    Raises CaseError for arguments that make no run, FormulaError for a rule that cannot be read. A finding is returned.
    """
    name = rule.name if isinstance(rule, Rule) else rule or getattr(optimizer, "__name__", "") or "manual"
    _require_sense(rule, name, optimizer, run)
    table = _table(loss, parameters, data, name if name in RULES else "manual", options or {}, steps, keys)
    case = build_case(keys.get("name", "") or name, table, Place(name, table))
    assert case.training is not None
    own = _own(rule, options or {}) if isinstance(rule, Rule) else None
    training = replace(case.training, optimizer=name, options=dict(options or {})) if own else case.training
    factory = _factory(optimizer, options or {})
    theirs = OTHER_PROGRAM if optimizer is not None or run is not None else 1.0
    allowed = Permission(theirs if case.allow_factor is None else case.allow_factor, case.allow_absolute)
    places = [(dtype, device) for dtype in case.dtypes for device in case.devices]
    settings = [Setting(case.formula, training, *place, factory, own, allowed) for place in places]
    case = replace(case, training=training)
    return reported(case, partial(_judged, run, settings), strict=strict, fail_on=fail_on)


def _judged(run: Any, places: Sequence[Setting], case: Case, settings: Settings) -> CaseResult:
    assert case.training is not None
    if run is None:
        return verified(case, places, list(actions_of(case.training)), settings.policy)
    actions = list(actions_of(case.training))
    wholes = [Whole(setting, (), *replayed(setting, actions)) for setting in places]
    results: list[Result] = []
    for whole in wholes:
        try:
            results += judge_run(whole, run)
        except UnsupportedError as error:
            subject = Subject(REPLAY, whole.setting.dtype, whole.setting.device, None, 0, "run")
            results.append(Result(subject, {Verdict.UNSUPPORTED: 1}, None, str(error)))
    results += judge_expected(case, wholes)
    return CaseResult(case.name, case.file, case.line, tuple(case.training.parameters), tuple(results), policy=settings.policy)


def _require_sense(rule: str | Rule, name: str, optimizer: Any, run: Any) -> None:
    """Raise CaseError for arguments that do not go together."""
    if isinstance(rule, Rule):
        if optimizer is None and run is None:
            raise CaseError("a rule of your own needs what follows it: an `optimizer`, or a `run`")
    elif rule and rule not in RULES:
        raise CaseError(f"unknown rule `{rule}`{nearest(rule, RULES, 'the rules are')}")
    elif name not in RULES:
        raise CaseError(f"say which rule the optimizer is meant to follow: rule={'SGD'!r}; the rules are {', '.join(RULES)}")
    if optimizer is not None and run is not None:
        raise CaseError("`run` trains its own way, so that there is no use for `optimizer` beside it")
    if run is not None and not callable(run):
        raise CaseError(f"`run` is a function of parameters and data, not {run!r}")


def _table(
    loss: Any, parameters: Mapping[str, Any], data: Any, rule: str, options: Mapping[str, Any], steps: int, keys: dict[str, Any]
) -> dict[str, Any]:
    """The keys of a case file that say the same."""
    known = RULES[rule].options
    train = {
        "loss": loss,
        "parameters": {name: plain(value) for name, value in parameters.items()},
        "optimizer": {"name": rule, **{name: value for name, value in options.items() if rule != "manual" or name in known}},
        "steps": steps,
        **{key: keys[key] for key in _OF_TRAIN if key in keys},
    }
    if data:
        train["data"] = plain(dict(data) if isinstance(data, Mapping) else [dict(batch) for batch in data])
    beside = {key: value for key, value in keys.items() if key not in (*_OF_TRAIN, "name")}
    if "dtypes" in beside:
        beside["dtypes"] = dtype_names(beside["dtypes"])
    return {"train": train, "dtypes": ["float32"], **beside}


def _own(rule: Rule, options: Mapping[str, Any]) -> Rule:
    """Somebody's rule with the options that it is given; raises FormulaError or CaseError where it cannot be read."""
    known = replace(rule, options={**rule.options, **options})
    require_readable(known)
    return known


def _factory(optimizer: Any, options: Mapping[str, Any]) -> Factory | None:
    if optimizer is not None and not callable(optimizer):
        raise CaseError(f"`optimizer` is a class, or a function of parameter groups, not {optimizer!r}; a rule's name is `rule`")
    if optimizer is None or not isinstance(optimizer, type):
        return optimizer
    return lambda groups: optimizer(groups, **options)
