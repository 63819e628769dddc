"""Forward accumulation, as operations: what torch's dual numbers run.

Source: Griewank and Walther, Evaluating Derivatives, 2nd ed., section 3.1.
"""

from collections.abc import Sequence
from fractions import Fraction

from diffcheck.formula.chain import Chain
from diffcheck.formula.operations import postorder_needed
from diffcheck.formula.targets import Target


def forward(chain: Chain, known: dict[Target, int], columns: Sequence[int]) -> dict[Target, int]:
    """The partials by ``columns`` of the numbers that stand at ``known``, a sweep forwards for each column; their places.

    Only what moves carries a tangent; a partial that no tangent reaches has no place.
    """
    return _swept_forwards(chain, known, columns, dense=False)


def dense_forward(chain: Chain, known: dict[Target, int], columns: Sequence[int]) -> dict[Target, int]:
    """The same where variables that do not move carry a tangent too, a zero: it meets partials that ``forward`` does not."""
    return _swept_forwards(chain, known, columns, dense=True)


def _swept_forwards(chain: Chain, known: dict[Target, int], columns: Sequence[int], *, dense: bool) -> dict[Target, int]:
    builder = chain.builder
    needed = postorder_needed(builder.tape(*known.values()))
    found = {}
    for column in columns:
        resting = [each for each in columns if each != column] if dense else []
        tangents = {column: chain.seed(), **{each: chain.seed(Fraction(0)) for each in resting}}
        for place in needed:
            if place >= len(builder.variables) and not builder.operations[place].constant:
                terms = [
                    chain.carry(place, tangents[argument], partial)
                    for argument, partial in chain.links(place)
                    if argument in tangents
                ]
                if terms:
                    tangents[place] = chain.total(place, terms)
        for target, output in known.items():
            if output in tangents:
                found[Target(target.entry, (*target.columns, column))] = tangents[output]
    return found
