"""The ways torch differentiates: a table, one row a mode."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass

import torch

from diffcheck.errors import UnsupportedError
from diffcheck.formula.operations import Tape
from diffcheck.program import first_order, higher_orders
from diffcheck.program.question import Partials, Question


@dataclass(frozen=True)
class Mode:
    """A way from a program and its inputs to its partial derivatives."""

    name: str
    run: Callable[[Question], Partials]
    """From a question to every partial of its order: of each entry of the value by each input in turn.
    A partial is None where torch returns no gradient."""
    orders: range
    """The orders of the partials that it gives."""
    outer: str
    """How the outermost order is accumulated: ``reverse``, ``forward``, or ``dense``: forwards, tangents that are zero too."""
    inner: str
    """How those below it are; empty where there are none."""
    says: str
    """What it runs, in torch's words."""
    missing: Callable[[], str] = lambda: ""
    """Why it cannot run here, on this machine with this release of torch; empty where it can."""
    slow: bool = False
    """It takes seconds to begin."""
    halved: frozenset[str] = frozenset()
    """The rows that it runs in half precision, whatever the dtype."""

    def sweeps(self, order: int) -> tuple[str, ...]:
        """How each order is accumulated, the innermost first."""
        return (*(self.inner,) * (order - 1), self.outer)

    def narrower(self, tape: Tape, dtype: str, device: str) -> str:
        """The dtype that it casts to where it runs one of ``tape``'s operations in half precision; else empty."""
        half = first_order.AUTOCAST[device]
        casts = dtype not in (half, "float64") and any(operation.name in self.halved for operation in tape.operations)
        return half if casts else ""

    def require(self, order: int) -> None:
        """Raise UnsupportedError, with the reason, where it cannot give partials of ``order`` here."""
        if order not in self.orders:
            others = ", ".join(f"`{name}`" for name in serving(order))
            raise UnsupportedError(f"`{self.name}` does not give partials of order {order}; {others} do")
        if reason := self.missing():
            raise UnsupportedError(f"`{self.name}` cannot run here: {reason}")


def _without(*path: str) -> Callable[[], str]:
    """What is missing of torch's own names."""

    def missing() -> str:
        found: object = torch
        for part in path:
            found = getattr(found, part, None)
        return "" if found is not None else f"torch {torch.__version__} has no {'.'.join(path)}"

    return missing


def _without_compiler() -> str:
    import torch._inductor.config as inductor

    candidates = inductor.cpp.cxx if isinstance(inductor.cpp.cxx, tuple) else (inductor.cpp.cxx,)
    found = any(name and shutil.which(name) for name in candidates)
    return "" if found else "torch's inductor needs a C++ compiler, and there is none"


FIRST = range(1, 2)
SECOND = range(2, 3)
HIGHER = range(2, 10)

_ROWS = (
    #    name                    run                                        orders  outer      inner      says
    Mode("reverse", first_order.reverse, FIRST, "reverse", "", "Tensor.backward"),
    Mode("grad", first_order.grad, FIRST, "reverse", "", "torch.autograd.grad"),
    Mode("forward", first_order.forward, FIRST, "forward", "", "dual numbers: torch.autograd.forward_ad"),
    Mode("func_grad", first_order.func_grad, FIRST, "reverse", "", "torch.func.grad"),
    Mode("func_vjp", first_order.func_vjp, FIRST, "reverse", "", "torch.func.vjp"),
    Mode("func_jvp", first_order.func_jvp, FIRST, "dense", "", "torch.func.jvp"),
    Mode("jacrev", first_order.jacobian(torch.func.jacrev), FIRST, "reverse", "", "torch.func.jacrev"),
    Mode("jacfwd", first_order.jacobian(torch.func.jacfwd), FIRST, "dense", "", "torch.func.jacfwd"),
    Mode("vmap", first_order.mapped, FIRST, "reverse", "", "torch.func.vmap of torch.func.grad over points"),
    Mode("linearize", first_order.linearize, FIRST, "dense", "", "torch.func.linearize", _without("func", "linearize")),
    Mode("batched_grad", first_order.batched_grad, FIRST, "reverse", "", "torch.autograd.grad(is_grads_batched=True)"),
    Mode("checkpoint", first_order.checkpointed, FIRST, "reverse", "", "torch.utils.checkpoint(use_reentrant=False)"),
    Mode("autocast", first_order.autocast, FIRST, "reverse", "", "torch.autocast around the primal, then backward",
         halved=frozenset({"matmul"})),
    Mode("compile", first_order.compiled("inductor"), FIRST, "reverse", "", "torch.compile with inductor, then backward",
         _without_compiler, slow=True),
    Mode("compile_eager", first_order.compiled("aot_eager"), FIRST, "reverse", "", "torch.compile with aot_eager, then backward",
         slow=True),
    Mode("double_reverse", higher_orders.nested_reverse, HIGHER, "reverse", "reverse", "torch.autograd.grad of itself"),
    Mode("forward_over_reverse", higher_orders.forward_over_reverse, HIGHER, "dense", "reverse", "torch.func.jvp of vjp"),
    Mode("reverse_over_forward", higher_orders.reverse_over_forward, HIGHER, "reverse", "dense", "torch.func.vjp of jvp"),
    Mode("hessian", higher_orders.hessian, SECOND, "dense", "reverse", "torch.func.hessian"),
    Mode("hvp", higher_orders.hessian_products, SECOND, "dense", "reverse", "torch.autograd.functional.hvp"),
)  # fmt: skip

MODES = {row.name: row for row in _ROWS}
"""Every mode, by name."""


def serving(order: int) -> tuple[str, ...]:
    """The modes that give partials of ``order``."""
    return tuple(row.name for row in _ROWS if order in row.orders)


def default_mode(order: int) -> str:
    """What a case runs that names no mode."""
    return serving(order)[0]


GROUPS: dict[str, Callable[[Mode], bool]] = {"all": lambda mode: True, "eager": lambda mode: not mode.slow}
"""Words that stand for every mode of a kind that serves the case's order."""


def chosen(names: tuple[str, ...], order: int) -> tuple[str, ...]:
    """The modes that ``names`` stand for, each once; the default one where there is no name."""
    found: dict[str, None] = {}
    for name in names or (default_mode(order),):
        group = [each for each in serving(order) if GROUPS[name](MODES[each])] if name in GROUPS else [name]
        found |= dict.fromkeys(group)
    return tuple(found)
