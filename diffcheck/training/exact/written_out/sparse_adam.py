"""SparseAdam: Adam for the elements that have a gradient; the others keep their value and their state."""

from collections.abc import Mapping, Sequence
from typing import Any

from diffcheck.training.exact.number import Arithmetic, Kind, Number
from diffcheck.training.exact.update import Entries, Update
from diffcheck.training.exact.written_out.vectors import each, fixed, numbers_of_options, stored, summed, vector
from diffcheck.training.moment import Moment, Sparse

MOMENTS = {
    "exp_avg": "exp_avg + (g - exp_avg)*(1 - beta1)",
    "exp_avg_sq": "exp_avg_sq + (g*g - exp_avg_sq)*(1 - beta2)",
}
PARAM = "param + -(lr*sqrt(1 - beta2**step)/(1 - beta1**step))*(exp_avg/(sqrt(exp_avg_sq) + eps))"


def entries(update: Update, before: Moment, arithmetic: Arithmetic) -> Entries:
    """One step; a gradient without any number counts the step, and moves nothing."""
    known: dict[str, Any] = numbers_of_options(update, arithmetic)
    step = float(before.state.get("step", 0)) + 1
    yield "step", fixed(step, arithmetic, Kind.PYTHON)
    known["step"] = arithmetic.given(step, Kind.PYTHON)
    places, known["g"] = _gradient(before.sparse, arithmetic, maximize=bool(update.options.get("maximize")))
    for name, text in MOMENTS.items():
        old = before.state.get(name, [0.0] * len(before.values))
        known[name] = vector((old[place] for place in places), arithmetic)
        made = _moved(text, known, old, places, arithmetic)
        kept = stored(made, (yield name, made), arithmetic)
        known[name] = [kept[place] for place in places]
    known["param"] = vector((before.values[place] for place in places), arithmetic)
    yield "param", _moved(PARAM, known, before.values.tolist(), places, arithmetic)


def _gradient(sparse: Sparse | None, arithmetic: Arithmetic, *, maximize: bool) -> tuple[list[int], list[Number]]:
    """The places that have a gradient, in order, and it: the sum, in any order, of the numbers that came for each."""
    parts: dict[int, list[float]] = {}
    for place, part in zip(sparse.positions, sparse.parts, strict=True) if sparse else ():
        parts.setdefault(int(place), []).append(-part if maximize else part)
    places = sorted(parts)
    return places, [
        summed(vector(parts[place], arithmetic), arithmetic, "the repeated gradient", rounds_each=True) for place in places
    ]


def _moved(
    text: str, known: Mapping[str, Any], old: Sequence[float], places: Sequence[int], arithmetic: Arithmetic
) -> list[Number]:
    """Every element: those at ``places`` by the formula, the others as they were."""
    numbers = [fixed(value, arithmetic) for value in old]
    for place, number in zip(places, each(text, known, arithmetic) if places else (), strict=True):
        numbers[place] = number
    return numbers
