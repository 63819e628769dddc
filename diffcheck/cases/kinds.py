"""Which keys go together: a case asks about a formula, a training run or a sequence of calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from diffcheck.cases.place import Place

_ANY = frozenset(("expect", "dtypes", "devices", "allow", "source", "note", "tags"))


@dataclass(frozen=True)
class Kind:
    """One kind of case."""

    name: str
    """The key that makes a case one of this kind."""
    keys: frozenset[str]
    """The keys that go with it."""
    expects: tuple[str, ...]
    """The keys of `expect` that go with it."""
    because: Mapping[str, str]
    """Why other keys do not, where there is more to tell than that."""


_FROM = "which starts from `train.parameters`"
_ONCE = "which runs at the one point of `at`"
FORMULA = Kind("formula", frozenset(), ("gradient", "verdict", "error"), {})
TRAIN = Kind(
    "train",
    _ANY | {"train"},
    ("gradient", "verdict", "error", "loss", "parameters"),
    {
        "formula": "whose formula is `train.loss`",
        **dict.fromkeys(("at", "sample", "points", "seed", "spacing", "edges", "where"), _FROM),
        **dict.fromkeys(("wrt", "claim", "order"), "which differentiates once by all of `train.parameters`"),
    },
)
SEQUENCE = Kind(
    "sequence",
    _ANY | {"sequence", "formula", "at", "wrt", "train"},
    ("gradient", "verdict", "error", "parameters"),
    dict.fromkeys(("sample", "points", "seed", "spacing", "edges", "where"), _ONCE),
)
_OF_TRAIN = ("optimizer", "variant")
"""The keys of `train` that go with a sequence."""
_LACKS = {
    "loss": "is of a training run, and this case has no `train.loss`",
    "parameters": "is of steps, and this case has no `train.optimizer`",
}
"""What a key of `expect` is about, where a case has no such thing."""


def kind_of(table: Mapping[str, Any], place: Place) -> Kind:
    """The kind of a case; raises CaseError, at its place, for the first key that does not go with it."""
    kind = SEQUENCE if "sequence" in table else TRAIN if "train" in table else FORMULA
    for key in table if kind.keys else ():
        if key not in kind.keys:
            because = f", {kind.because[key]}" if key in kind.because else ""
            raise place.error(f"`{key}` does not go with `{kind.name}`{because}", key, key=True)
    if kind is SEQUENCE:
        _require_train_of_a_sequence(table, place)
    for key in table.get("expect", {}):
        if key not in kind.expects or (key == "parameters" and "train" not in table):
            raise place.error(f"`expect.{key}` {_LACKS[key]}", "expect", key, key=True)
    return kind


def _require_train_of_a_sequence(table: Mapping[str, Any], place: Place) -> None:
    train = table.get("train", {})
    for key in train:
        if key not in _OF_TRAIN:
            taken = "it takes `train.optimizer` and `train.variant` only"
            raise place.error(f"`train.{key}` does not go with `sequence`: {taken}", "train", key, key=True)
    if "train" in table and "optimizer" not in train:
        raise place.error("the key `train.optimizer` is missing", "train", key=True)
    if "step" in table["sequence"] and not train:
        example = 'such as { name = "SGD", lr = 0.1 }'
        raise place.error(f"`step` needs `train.optimizer`, {example}", "sequence", tuple(table["sequence"]).index("step"))
