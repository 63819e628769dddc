"""Checkpoints and groups that join, each with one error planted on purpose."""

import copy
from typing import Any

from tests.training.unsound_machinery import plant


@plant("state_dict handed out live tensors", "state_dict")
def state_dict_aliases(optimizer: Any) -> Any:
    return optimizer.state_dict()


@plant("load_state_dict lost the entry exp_avg_sq of p0", "state_dict")
def state_dict_drops_an_entry(optimizer: Any) -> Any:
    saved = copy.deepcopy(optimizer.state_dict())
    for state in saved["state"].values():
        state.pop("exp_avg_sq", None)
    return saved


@plant("load_state_dict lost the state of p0", "state_dict")
def state_dict_drops_the_state(optimizer: Any) -> Any:
    return {**copy.deepcopy(optimizer.state_dict()), "state": {}}


@plant("load_state_dict: raised ValueError: loaded state dict has a different number of parameter groups", "state_dict")
def state_dict_drops_a_group(optimizer: Any) -> Any:
    saved = copy.deepcopy(optimizer.state_dict())
    return {**saved, "param_groups": saved["param_groups"][:1]}


@plant("load_state_dict took over the checkpoint's tensors", "load_state_dict")
def load_aliases(optimizer: Any, saved: Any) -> None:
    optimizer.load_state_dict(saved)


@plant("the state of p1", "load_state_dict")
def load_permutes(optimizer: Any, saved: Any) -> None:
    saved = copy.deepcopy(saved)
    state = saved["state"]
    if 0 in state and 1 in state:
        state[0], state[1] = state[1], state[0]
    optimizer.load_state_dict(saved)


@plant("load_state_dict restored the entry step of p0 as something else", "load_state_dict")
def load_starts_counting_anew(optimizer: Any, saved: Any) -> None:
    optimizer.load_state_dict(copy.deepcopy(saved))
    for state in optimizer.state.values():
        state["step"].zero_()


@plant("load_state_dict kept the lr that group 0 had before", "load_state_dict")
def load_keeps_the_lr(optimizer: Any, saved: Any) -> None:
    lrs = [group["lr"] for group in optimizer.param_groups]
    optimizer.load_state_dict(copy.deepcopy(saved))
    for group, lr in zip(optimizer.param_groups, lrs, strict=True):
        group["lr"] = lr


@plant("load_state_dict kept the state that p0 had before", "load_state_dict")
def load_takes_options_only(optimizer: Any, saved: Any) -> None:
    state = {key: dict(value) for key, value in optimizer.state.items()}
    optimizer.load_state_dict(copy.deepcopy(saved))
    optimizer.state.update(state)


@plant("add_param_group ignored the lr of the new group", "add_param_group")
def add_param_group_ignores_lr(optimizer: Any, group: dict[str, Any]) -> None:
    optimizer.add_param_group({"params": group["params"]})


@plant("the optimizer has 2 groups, not 3", "add_param_group")
def add_param_group_joins_the_first(optimizer: Any, group: dict[str, Any]) -> None:
    optimizer.param_groups[0]["params"].extend(group["params"])
