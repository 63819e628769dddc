"""A program's derivative of any order as operations: sweeps forwards and back over the formula's own, one an order.

The same list serves two ends. Walked with rounding it is the allowance; walked without, it tells where a local
partial is infinite.
"""

from collections.abc import Callable, Sequence

from diffcheck.formula.adjoint import reverse
from diffcheck.formula.chain import Chain
from diffcheck.formula.operations import KERNEL, Role, Tape, TapeBuilder
from diffcheck.formula.tangent import dense_forward, forward
from diffcheck.formula.targets import Target, partials_of

SWEEPS: dict[str, tuple[Role, Callable[..., dict[Target, int]]]] = {
    "reverse": (Role.COTANGENT, reverse),
    "forward": (Role.TANGENT, forward),
    "dense": (Role.TANGENT, dense_forward),
}
"""The ways to accumulate, by name: what they carry, and how."""


def swept(tape: Tape, sweeps: Sequence[str], columns: Sequence[int]) -> Tape:
    """``tape`` and behind it one sweep an order, the innermost first.

    The outputs are the entries of the value, then every partial of order ``len(sweeps)`` by ``columns`` as
    ``partials_of`` lists them; -1 stands for one that is zero because nothing reaches it.
    """
    builder = TapeBuilder(tape.variables)
    builder.extend(tape)
    known = {Target(entry): place for entry, place in enumerate(tape.outputs)}
    any_order = any(operation.name == KERNEL for operation in tape.operations)
    for sweep in sweeps:
        carries, run = SWEEPS[sweep]
        known = run(Chain(builder, carries, any_order=any_order, nested=len(sweeps) > 1), known, columns)
        any_order = True  # where sweeps are nested, modes add in different orders
    partials = (known.get(target, -1) for target in partials_of(len(tape.outputs), columns, len(sweeps)))
    return builder.tape(*tape.outputs, *partials)
