"""Tensors of Numbers: formulas for every element, sums, products and norms as torch's kernels may work them out.

A kernel may sum in any order: n terms are off by up to n - 1 units of roundoff of the sum of their sizes. Sums over
half precision are kept in float32 and rounded once, as torch's kernels do on every device.
Source: Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., sections 3.1 and 4.2.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flint import arb

from diffcheck.dtypes import FORMATS, Format
from diffcheck.training.exact.number import Arithmetic, Kind, Number
from diffcheck.training.exact.update import Update, worked_out
from diffcheck.truth.balls import SIGNS
from diffcheck.truth.rounding import is_below, is_beyond, rounding_of

Vector = list[Number]


def vector(values: Any, arithmetic: Arithmetic, kind: Kind = Kind.TENSOR) -> Vector:
    """The elements of a flat tensor, known exactly."""
    return [arithmetic.given(float(value), kind) for value in values]


def stored(made: Vector, observed: Any, arithmetic: Arithmetic) -> Vector:
    """What stands for ``made`` once torch stored ``observed`` of it; ``made`` itself where that was not seen."""
    if observed is None:
        return made
    pairs = zip(observed, made, strict=True)
    return [arithmetic.observed(float(value), number, number.kind) for value, number in pairs]


def numbers_of_options(update: Update, arithmetic: Arithmetic) -> dict[str, Number]:
    """The options that are numbers, as Python has them."""
    return {
        name: arithmetic.given(float(value), Kind.PYTHON)
        for name, value in update.options.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def fixed(value: float, arithmetic: Arithmetic, kind: Kind = Kind.TENSOR) -> Number:
    """A number that no operation rounds."""
    return replace(arithmetic.given(float(value), kind), fixed=True)


def each(text: str, known: Mapping[str, Number | Vector], arithmetic: Arithmetic) -> Vector:
    """A formula for every element; single numbers among ``known`` meet all of them."""
    size = next(len(value) for value in known.values() if not isinstance(value, Number))
    columns = {name: [value] * size if isinstance(value, Number) else value for name, value in known.items()}
    rows = zip(*columns.values(), strict=True)
    return [worked_out(text, dict(zip(columns, row, strict=True)), arithmetic) for row in rows]


def kept_in(form: Format) -> Format:
    """The dtype that a sum of numbers of ``form`` is kept in on the way."""
    return form if form.bits >= FORMATS["float32"].bits else FORMATS["float32"]


def item(number: Number) -> Number:
    """A tensor's number taken out into Python."""
    return replace(number, kind=Kind.PYTHON)


def summed(terms: Sequence[Number], arithmetic: Arithmetic, text: str = "the sum", *, rounds_each: bool = False) -> Number:
    """The sum of a tensor's numbers; ``rounds_each`` where every partial sum is rounded to the tensor's own dtype."""
    inside = arithmetic.form if rounds_each else kept_in(arithmetic.form)
    reached = _any_order([term.reached for term in terms], inside, len(terms) - 1)
    return _stored(_total(term.exact for term in terms), reached, terms, arithmetic, inside, text)


def dot(left: Sequence[Number], right: Sequence[Number], arithmetic: Arithmetic, text: str = "the product") -> Number:
    """The sum of products."""
    inside = kept_in(arithmetic.form)
    pairs = list(zip(left, right, strict=True))
    reached = _any_order([one.reached * other.reached for one, other in pairs], inside, len(pairs))
    return _stored(_total(one.exact * other.exact for one, other in pairs), reached, [*left, *right], arithmetic, inside, text)


def norm(numbers: Sequence[Number], arithmetic: Arithmetic, text: str = "the norm") -> Number:
    """The square root of the sum of squares."""
    inside = kept_in(arithmetic.form)
    squares = _any_order([abs(each.reached) ** 2 for each in numbers], inside, len(numbers))
    exact = _total(each.exact**2 for each in numbers)
    if is_beyond(squares, rounding_of(inside)):
        return Number(exact.sqrt(), arb.nan(), Kind.TENSOR, text)
    if not squares.is_zero():
        low = squares.lower().max(arb(0))
        squares = rounding_of(inside).widen(low.sqrt().union(squares.upper().sqrt()), 1.0)
    return _stored(exact.sqrt(), squares, numbers, arithmetic, inside, text)


def mean(numbers: Sequence[Number], arithmetic: Arithmetic) -> Number:
    """The sum by the count, each rounded to the tensor's dtype."""
    count = arithmetic.given(float(len(numbers)), Kind.PYTHON)
    return arithmetic.apply("div", [summed(numbers, arithmetic), count], "the mean")


def _total(balls: Iterable[arb]) -> arb:
    return sum(balls, arb(0))


def _any_order(terms: Sequence[arb], form: Format, roundings: int) -> arb:
    """The ball of a sum of ``terms`` that ``roundings`` units of roundoff of their sizes may be off."""
    total = _total(terms)
    if roundings <= 0 or all(each.is_zero() for each in terms):
        return total
    sizes = _total(abs(each) for each in terms)
    share = arb(roundings) * form.unit_roundoff
    return total + SIGNS * (sizes.abs_upper() * share / (1 - share) + roundings * arb(form.tiny))


def _stored(exact: arb, reached: arb, inputs: Sequence[Number], arithmetic: Arithmetic, inside: Format, text: str) -> Number:
    """What a kernel that worked in ``inside`` stores of its result."""
    rounding = rounding_of(arithmetic.form)
    over = next((each.over for each in inputs if each.over), "")
    under = next((each.under for each in inputs if each.under), "")
    if inside is not arithmetic.form and reached.is_finite() and not rounding.holds(reached):
        reached = rounding.widen(reached, 1.0)
    if not over and (not reached.is_finite() or is_beyond(reached, rounding)):
        over = text
    if not under and is_below(exact, rounding):
        under = text
    return Number(exact, reached, Kind.TENSOR, over, under)
