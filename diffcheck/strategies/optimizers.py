"""Options that an optimizer of torch takes: one row an option, what it is drawn from."""

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

from diffcheck.errors import UsageError, nearest
from diffcheck.training.rule import FLAGS
from diffcheck.training.rules import RULES

Options = dict[str, Any]
CLASSES = tuple(name for name in RULES if name != "manual")
"""The rules that are classes of ``torch.optim``."""


def _either(usual: tuple[float, ...], low: float, high: float, *, below: bool = False) -> st.SearchStrategy[float]:
    """The usual values, or any number from ``low`` to ``high``, or ``below`` it."""
    return st.sampled_from(usual) | st.floats(low, high, allow_subnormal=False, exclude_max=below)


_DECAY = _either((0.9, 0.0, 0.5, 0.99, 0.999), 0.0, 1.0, below=True)
_FLAG = st.booleans()
_WEIGHT = _either((0.0, 0.01, 0.3), 0.0, 1.0)
_LR = _either((0.1, 1e-3, 0.01, 0.0, 1.0), 0.0, 10.0)
_EPS = _either((1e-8, 1e-3, 0.0, 1.0), 0.0, 1.0)

_DRAWN: Mapping[str, st.SearchStrategy[Any]] = {
    "lr": _LR,
    "betas": st.tuples(_DECAY, _DECAY),
    "eps": _EPS,
    "weight_decay": _WEIGHT,
    "amsgrad": _FLAG,
    "maximize": _FLAG,
    "decoupled_weight_decay": _FLAG,
    "momentum": _DECAY,
    "dampening": _either((0.0, 0.1), 0.0, 1.0),
    "nesterov": _FLAG,
    "centered": _FLAG,
    "alpha": _either((0.99, 0.5, 0.75), 0.0, 1.0, below=True),
    "lr_decay": _either((0.0, 0.1), 0.0, 1.0),
    "initial_accumulator_value": _either((0.0, 0.1), 0.0, 1.0),
    "rho": _DECAY,
    "momentum_decay": _either((4e-3, 0.0, 0.1), 0.0, 1.0),
    "etas": st.tuples(_either((0.5, 0.3), 0.01, 0.99), _either((1.2, 1.7), 1.01, 10.0)),
    "step_sizes": st.sampled_from(((1e-6, 50), (1e-3, 0.1), (0.0, 1.0))),
    "lambd": _either((1e-4, 0.0, 0.1), 0.0, 0.5),
    "t0": st.sampled_from((1e6, 0, 3)),
    "beta2_decay": _either((-0.8, -0.5, 0.0), -2.0, 0.0),
    "d": _either((1.0, 1.7), 1.0, 10.0),
    "ns_steps": st.integers(0, 5),
    "adjust_lr_fn": st.sampled_from((None, "original", "match_rms_adamw")),
    "max_iter": st.integers(1, 20),
    "max_eval": st.none() | st.integers(2, 30),
    "history_size": st.integers(1, 100),
    "line_search_fn": st.sampled_from((None, "strong_wolfe")),
}
"""What an option is drawn from; one that has no row keeps torch's default."""

_OWN: Mapping[tuple[str, str], st.SearchStrategy[Any]] = {
    ("SparseAdam", "lr"): _either((1e-3, 0.1, 1.0), 1e-6, 10.0),
    ("SparseAdam", "eps"): _either((1e-8, 1e-3, 1.0), 1e-12, 1.0),
    ("Adafactor", "eps"): st.tuples(st.none() | _either((1e-3,), 0.0, 1.0), _EPS),
    ("LBFGS", "lr"): _either((1.0, 0.5, 0.1), 1e-3, 1.0),
    ("Muon", "eps"): _either((1e-7, 1e-2), 1e-12, 1.0),
}
"""Where an optimizer takes less than others, or something else by the same name."""


def optimizer_options(name: str, variant: str = "") -> st.SearchStrategy[Options]:
    """Options that ``torch.optim``'s class ``name`` takes together, as keywords; those left out keep their defaults.

    ``variant`` is one of the rule's (``loop``, ``foreach``, ``fused`` …): torch's own words for it are among the
    options then; without it none of them is. Extremes are drawn, such as a rate of 0 or no ``eps``: torch gets some of
    them wrong.

    Raises UsageError for a rule, or a variant of it, that there is none of.
    """
    if name not in CLASSES:
        raise UsageError(f"torch.optim has no rule `{name}`{nearest(name, CLASSES, 'there are')}")
    rule = RULES[name]
    if variant and variant not in rule.variants:
        raise UsageError(f"unknown variant `{variant}` of {name}{nearest(variant, rule.variants, 'its variants are')}")
    rows = {option: _OWN.get((name, option), _DRAWN.get(option)) for option in rule.options if option not in rule.fixed}
    known = {option: drawn for option, drawn in rows.items() if drawn is not None}
    # A rule's own parts are torch's keywords only where its constructor has them.
    flags = {flag: said for flag, said in FLAGS.get(variant, {}).items() if flag in rule.options}
    return st.fixed_dictionaries({}, optional=known).map(lambda options: _agreed(options, rule.options) | flags)


def _agreed(options: Options, defaults: Mapping[str, Any]) -> Options:
    """``options``, what torch does not take together taken out."""
    whole = {**defaults, **options}
    return {key: value for key, value in options.items() if key not in _UNAGREED or _UNAGREED[key](value, whole)}


_UNAGREED: Mapping[str, Callable[[Any, Options], bool]] = {
    "nesterov": lambda nesterov, all_of: not nesterov or bool(all_of["momentum"]),
    "dampening": lambda dampening, all_of: not dampening or not (all_of["nesterov"] and all_of["momentum"]),
}
"""Options that some others rule out: whether a value may stay."""
