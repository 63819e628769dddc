"""Numbers that a dtype holds exactly, and points made of them."""

from collections.abc import Iterable, Mapping
from math import inf, isfinite
from numbers import Real
from typing import Any

from hypothesis import strategies as st

from diffcheck.dtypes import FORMATS, Format
from diffcheck.errors import UsageError, nearest
from diffcheck.strategies.variables import names_of
from diffcheck.truth.neighbours import nearest as rounded
from diffcheck.truth.neighbours import neighbour

EIGHTHS = 80
"""Short numbers are eighths up to 10: kinks, borders and other people's examples are among them."""
WIDTHS = {"float64": 64, "float32": 32, "float16": 16}
"""The dtypes whose numbers hypothesis draws itself; those of others are float32's, rounded."""

Range = tuple[float, float]
_KEYS = ("range", "shape")
"""What may be said of an array."""


def numbers(dtype: Any = "float64", low: float | None = None, high: float | None = None) -> st.SearchStrategy[float]:
    """Finite numbers of ``dtype`` (its name, or torch's own) from ``low`` to ``high``, exact in it.

    Short numbers, both zeros, subnormals, powers of two and the largest are among them; they shrink to short ones.
    Raises UsageError for an unknown dtype, and for a range that holds none of its numbers.
    """
    form = _form(dtype)
    bottom, top = _inwards(low, high, form)
    eighths = (each / 8 for each in range(-EIGHTHS, EIGHTHS + 1))
    short = [each for each in eighths if bottom <= each <= top and rounded(each, form) == each]
    drawn = _drawn(bottom, top, form)
    # Short ones come second: hypothesis shrinks to the first branch, and shrinks floats well.
    return drawn | st.sampled_from(short) if short else drawn


def points(
    variables: str | Iterable[str] | Mapping[str, Any] = "x y", dtype: Any = "float64"
) -> st.SearchStrategy[dict[str, Any]]:
    """Points, as ``at`` takes them: a number of ``dtype`` for each variable, a nested list for an array.

    ``variables`` are names, or what ``sample`` takes: ``{"x": (-5, 5), "w": {"range": (-1, 1), "shape": (2, 3)}}``; None
    for a range is every finite number. Raises UsageError as ``numbers`` does, for a range that is none, and for what
    cannot be a variable's name.
    """
    asked = variables if isinstance(variables, Mapping) else dict.fromkeys(names_of(variables))
    names_of(asked)
    # Tuples keep the order of the variables; hypothesis' own dictionaries do not.
    drawn = st.tuples(*(_values(name, given, dtype) for name, given in asked.items()))
    return drawn.map(lambda values: dict(zip(asked, values, strict=True)))


def _values(name: str, given: Any, dtype: Any) -> st.SearchStrategy[Any]:
    """What a variable may be."""
    table = given if isinstance(given, Mapping) else {"range": given}
    for key in table:
        if key not in _KEYS:
            raise UsageError(f"`{name}` has an unknown key `{key}`{nearest(str(key), _KEYS, 'its keys are')}")
    bounds, shape = table.get("range"), table.get("shape", ())
    try:
        low, high = (None, None) if bounds is None else bounds
    except (TypeError, ValueError):
        raise UsageError(f"the range of `{name}` is {bounds!r}; it is a pair, (low, high), or None") from None
    shape = (shape,) if isinstance(shape, int) else shape
    if not isinstance(shape, list | tuple) or not all(isinstance(size, int) and size > 0 for size in shape):
        raise UsageError(f"the shape of `{name}` is {shape!r}; it is a list of whole numbers, such as (2, 3)")
    found: st.SearchStrategy[Any] = numbers(dtype, low, high)
    for size in reversed(shape):
        found = st.lists(found, min_size=size, max_size=size)
    return found


def _form(dtype: Any) -> Format:
    name = str(dtype).removeprefix("torch.")
    if name not in FORMATS:
        raise UsageError(f"unknown dtype `{name}`{nearest(name, FORMATS, 'the dtypes are')}")
    return FORMATS[name]


def _inwards(low: float | None, high: float | None, form: Format) -> Range:
    """The outermost numbers of ``form`` within a range."""
    bottom = -form.largest if low is None else _towards(_end(low), form, 1)
    top = form.largest if high is None else _towards(_end(high), form, -1)
    if not (isfinite(bottom) and isfinite(top) and bottom <= top):
        raise UsageError(f"no finite number of {form.name} lies between {low} and {high}")
    return bottom, top


def _end(given: Any) -> float:
    if not isinstance(given, Real) or given != given:
        raise UsageError(f"the end of a range is a number, not {given!r}")
    try:
        return float(given)
    except OverflowError:  # an integer beyond every float
        return inf if given > 0 else -inf  # type: ignore[operator]


def _towards(end: float, form: Format, side: int) -> float:
    """The nearest number of ``form`` that is not below ``end`` (``side`` 1), or not above it (-1)."""
    if abs(end) > form.largest:
        return -side * form.largest if (end > 0) != (side > 0) else side * inf
    found = rounded(end, form)
    beyond = found < end if side > 0 else found > end
    return neighbour(found, form, side) if beyond else found


def _drawn(bottom: float, top: float, form: Format) -> st.SearchStrategy[float]:
    """Any of them."""
    width = WIDTHS.get(form.name, 32)
    floats = st.floats(bottom, top, allow_nan=False, allow_infinity=False, width=width)  # type: ignore[arg-type]
    return floats if form.name in WIDTHS else floats.map(lambda each: min(max(rounded(each, form), bottom), top))
