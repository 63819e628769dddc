"""One row of the tables of functions."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Function:
    """One row of a table; functions.py says what each cell holds."""

    names: tuple[str, ...]
    arity: int
    torch: str
    arb: str
    numpy: str
    partials: tuple[str | None, ...]
    slack: float = 4.0
    domain: str = ""
    ties: str = ""
    form: str = ""
    pulls: tuple[str, ...] = ()
    sympy: str = ""
    takes_numbers: bool = False
    """Torch's kernel takes Python numbers beside tensors, as its operators do."""
    numbers: str = ""
    """The parameters that torch's kernel takes as Python numbers only."""
    scalars: str = ""
    """The parameters that torch's kernel takes as Python numbers where all of them are."""
    defaults: tuple[str, ...] = ()
    """What the last arguments are where a formula leaves them out."""

    @property
    def name(self) -> str:
        """The row's own name."""
        return self.names[0]


def row(names: str, torch: str, arb: str, numpy: str, *partials: str | None, **cells: object) -> Function:
    """A row whose arity is the number of its partials."""
    return Function(tuple(names.split()), len(partials), torch, arb, numpy, partials, **cells)  # type: ignore[arg-type]
