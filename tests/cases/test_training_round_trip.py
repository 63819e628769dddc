"""Any training run, written as TOML, is read as it was meant."""

from hypothesis import given
from hypothesis import strategies as st

from diffcheck.cases.options import VARIANTS
from diffcheck.cases.reader import read_text
from diffcheck.cases.train_schema import CLEARINGS, TRAIN_KEYS


def _written(value: object) -> str:
    """A value as TOML, tables inline."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_written(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_written, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


NUMBERS = st.floats(-1e6, 1e6) | st.integers(-9, 9)


def _arrays(shape: tuple[int, ...]) -> st.SearchStrategy[object]:
    if not shape:
        return NUMBERS
    return st.lists(_arrays(shape[1:]), min_size=shape[0], max_size=shape[0])


SHAPES = st.lists(st.integers(1, 3), max_size=2).map(tuple)


@st.composite
def runs(draw: st.DrawFn) -> dict[str, object]:
    """The keys of a run: any parameters of any shape, batches of unequal counts, and any of the other keys."""
    names = draw(st.lists(st.sampled_from(["u", "v", "w", "bias"]), min_size=1, unique=True))
    data = draw(st.lists(st.sampled_from(["x", "y", "z"]), unique=True))
    batches = [{name: draw(_arrays((draw(st.integers(1, 4)),))) for name in data} for _ in range(draw(st.integers(1, 4)))]
    parameters = {name: draw(_arrays(draw(SHAPES))) for name in names}
    cut = draw(st.integers(0, len(names) - 1))
    groups = [{"parameters": part, "lr": draw(st.floats(0, 1))} for part in (names[:cut], names[cut:]) if part]
    optional = {
        "variant": st.sampled_from(VARIANTS),
        "accumulate": st.integers(1, 5),
        "reduction": st.sampled_from(("sum", "mean")),
        "zero_grad": st.sampled_from(CLEARINGS),
        "clip": st.dictionaries(st.sampled_from(("norm", "value")), st.floats(0, 10), min_size=1, max_size=1),
        "groups": st.just(groups),
        "schedule": st.fixed_dictionaries({"name": st.just("ExponentialLR"), "gamma": st.floats(0, 1)}),
    }
    return {
        "loss": " + ".join(f"sum({name})**2" for name in (*names, *data)),
        "parameters": parameters,
        "data": batches,
        "optimizer": {"name": "SGD", "lr": draw(st.floats(0, 1)), "nesterov": draw(st.booleans())},
        "steps": draw(st.integers(1, 100)),
        **{key: draw(values) for key, values in optional.items() if draw(st.booleans())},
    }


@given(runs())
def test_what_is_written_is_read(train):
    (case,) = read_text("[run]\n" + "\n".join(f"train.{key} = {_written(value)}" for key, value in train.items()), "good.toml")
    read = case.training
    assert (read.parameters, read.data) == (train["parameters"], tuple(train["data"]))
    assert {"name": read.optimizer, **read.options} == train["optimizer"]
    assert [{"parameters": list(each.parameters), **each.options} for each in read.groups] == train.get("groups", [])
    assert (read.clip and dict([read.clip])) == train.get("clip")
    assert (read.schedule and {"name": read.schedule.name, **read.schedule.options}) == train.get("schedule")
    plain = {key: train[key] for key in ("steps", "variant", "accumulate", "reduction", "zero_grad") if key in train}
    assert {key: getattr(read, key) for key in plain} == plain
    assert set(train) <= set(TRAIN_KEYS)
