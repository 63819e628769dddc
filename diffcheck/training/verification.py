"""The main path of a training case: a run in torch, judged action by action, and as a whole against its exact replay.

A case's actions are carried out in torch, and all that torch has is noted before and after each. What an action may
do is told by the derivative, the update rule, or the words ``leave alone``; it is judged at torch's own numbers before
it, so that nothing grows over the run. The whole run is replayed exactly for what a case expects of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from diffcheck.cases.case import Case
from diffcheck.errors import UndecidedError, UnsupportedError
from diffcheck.illustrations import Series
from diffcheck.results import CaseResult, Policy, Result, Subject
from diffcheck.training.actions import Action, actions_in, actions_of
from diffcheck.training.exact.replay import Replayed, replay
from diffcheck.training.induction import is_private, judge_events
from diffcheck.training.running.session import run_actions
from diffcheck.training.setting import Setting
from diffcheck.training.told import Told
from diffcheck.training.whole import Whole, bound, judge_expected, judge_losses, judge_parameters
from diffcheck.truth.margins import Permission, told_of
from diffcheck.verdict import VERDICTS, Verdict


def verify_training(case: Case, policy: Policy, *, illustrated: bool = False) -> CaseResult:
    """Every result of a case that trains, or that makes calls in sequence; its loss is set where it is ``illustrated``."""
    assert case.training is not None
    allowed = Permission(1.0 if case.allow_factor is None else case.allow_factor, case.allow_absolute)
    settings = [Setting(case.formula, case.training, dtype, device, permission=allowed)
                for dtype in case.dtypes for device in case.devices]  # fmt: skip
    actions = list(actions_of(case.training) if case.sequence is None else actions_in(case.sequence))
    found = verified(case, settings, actions, policy)
    if not illustrated:
        return found
    from diffcheck.mathml.setting import mathematics_of_loss  # most runs want none, and need not wait for it

    return replace(found, mathematics=mathematics_of_loss(case))


def verified(case: Case, settings: Sequence[Setting], actions: Sequence[Action], policy: Policy) -> CaseResult:
    """The results of one run in each of ``settings``."""
    results: list[Result] = []
    wholes: list[Whole] = []
    series: list[Series] = []
    for setting in settings:
        try:
            events = list(run_actions(setting, actions))
        except UnsupportedError as error:
            subject = Subject("step 1", setting.dtype, setting.device, None, 0, "run")
            results.append(Result(subject, {Verdict.UNSUPPORTED: 1}, None, str(error)))
            continue
        whole = Whole(setting, events, *replayed(setting, actions))
        private = is_private(setting, events)
        told = judge_events(setting, events, private=private)
        told += judge_parameters(whole) if private else []
        results += results_of(told, setting, PRIVATE if private else "")
        if case.sequence is None:
            losses = judge_losses(whole)
            asked = bool(case.expected_loss) or private
            results += [losses] if asked or losses.verdict is not Verdict.UNDECIDED else []
        wholes.append(whole)
        series.append(_series(case, whole, told, policy))
    if wholes:
        results += judge_expected(case, wholes)
    names = tuple(case.training.parameters) if case.training is not None else ()
    found = CaseResult(case.name, case.file, case.line, names, tuple(results), series=tuple(series))
    found = replace(found, formula=str(case.formula), source=case.source, tags=case.tags)
    return replace(found, expected=VERDICTS.get(case.expected_verdict), note=case.note, policy=policy)


def replayed(setting: Setting, actions: Iterable[Action]) -> tuple[Replayed | None, str]:
    """The exact run, or the reason why there is none."""
    try:
        return replay(setting, actions), ""
    except UndecidedError as error:
        return None, str(error)


PRIVATE = "the optimizer keeps its state to itself: parameters are held against the exact replay of the whole run"
"""What a reader must know of a run whose updates cannot be judged one by one."""


def results_of(told: Sequence[Told], setting: Setting, note: str = "") -> list[Result]:
    """What was told of a run as results: one for each step and part, the worst finding of several calls or parameters."""
    grouped: dict[tuple[int, str], list[Told]] = {}
    for each in told:
        grouped.setdefault((each.step, each.part), []).append(each)
    words = "; ".join(filter(None, (note, told_of(setting.permission))))
    return [_result(step, part, group, setting, words) for (step, part), group in grouped.items()]


def _result(step: int, part: str, group: Sequence[Told], setting: Setting, note: str) -> Result:
    gradient = part.startswith("d/d")
    subject = Subject(f"step {step}", setting.dtype, setting.device, part[3:] if gradient else None, int(gradient),
                      "" if gradient else part)  # fmt: skip
    counts: dict[Verdict, int] = {}
    for each in group:
        for verdict, count in each.counts.items():
            counts[verdict] = counts.get(verdict, 0) + count
    return Result(subject, counts, min(group, key=lambda each: each.badness).finding, note)


def _series(case: Case, whole: Whole, told: Sequence[Told], policy: Policy) -> Series:
    losses = whole.losses
    exact = [whole.replayed.losses[step] for step in losses] if whole.replayed is not None else []
    shares: dict[int, float | None] = dict.fromkeys(losses)
    for each in told:
        share = each.finding.share
        if share is not None and share == share and each.step in shares:
            shares[each.step] = max(shares[each.step] or 0.0, share)
    failing = {each.step for each in told if not policy.passes(each.counts)}
    return Series(
        whole.setting.dtype,
        whole.setting.device,
        tuple(losses.values()),
        tuple(float(each.exact) for each in exact),
        tuple(map(bound, exact)),
        tuple(shares.values()),
        tuple(case.expected_loss.items()),
        tuple(number for number, step in enumerate(losses, 1) if step in failing),
    )
