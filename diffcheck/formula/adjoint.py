"""Reverse accumulation, as operations: what torch's backward pass runs.

Source: Griewank and Walther, Evaluating Derivatives, 2nd ed., section 3.2.
"""

from collections.abc import Sequence

from diffcheck.formula.chain import Chain
from diffcheck.formula.targets import Target


def reverse(chain: Chain, known: dict[Target, int], columns: Sequence[int]) -> dict[Target, int]:
    """The partials by ``columns`` of the numbers that stand at ``known``, a sweep back for each; their places.

    A partial that no cotangent reaches has none.
    """
    found = {}
    for target, output in known.items():
        cotangents = _sweep(chain, output)
        for column in columns:
            if column in cotangents:
                found[Target(target.entry, (*target.columns, column))] = cotangents[column]
    return found


def _sweep(chain: Chain, output: int) -> dict[int, int]:
    """One sweep back from ``output``: the cotangent of every variable that it reaches."""
    builder = chain.builder
    terms: dict[int, list[int]] = {output: [chain.seed()]}
    width = len(builder.variables)
    for place in range(output, width - 1, -1):
        if place not in terms or builder.operations[place].constant:
            continue
        cotangent = chain.total(place, terms.pop(place))
        for argument, partial in chain.links(place):
            terms.setdefault(argument, []).append(chain.carry(place, cotangent, partial))
    return {place: chain.total(place, found) for place, found in terms.items() if place < width}
