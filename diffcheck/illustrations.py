"""What pictures and mathematics of a case are made from: records, gathered only where a report asks for them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Series:
    """The losses of a training run in one dtype on one device, for a picture."""

    dtype: str
    device: str
    losses: tuple[float, ...]
    """Torch's, a step each."""
    exact: tuple[float, ...] = ()
    """Those of the exact replay; empty where there is none."""
    drift: tuple[float | None, ...] = ()
    """How far a sound run's may be off them by then; None where there is no bound."""
    shares: tuple[float, ...] = ()
    """The largest share of its own allowance that each step used."""
    expected: tuple[tuple[int, float], ...] = ()
    """The losses that the case expects, by step."""


@dataclass(frozen=True)
class Mathematics:
    """A formula and its derivatives as Presentation MathML, each a whole ``<math>`` element."""

    formula: str
    """Empty where it is too large to be set; so are the partials."""
    partials: tuple[tuple[str, str], ...] = ()
    """What each is, as ``d/dx`` or ``d f[2]/d w[0]``, and its MathML."""
    note: str = ""
    """What is not set, and why."""


@dataclass(frozen=True)
class Errors:
    """The errors of one result at judged points: all of them, or of many those that a picture needs."""

    columns: dict[str, tuple[float, ...]]
    """Coordinates by the name of the variable, such as ``x`` or ``w[0]``; each has one number a point."""
    off_ulps: tuple[float | None, ...]
    """How far torch is off, in ulps of the exact number; None where there is no distance (NaN, no gradient …)."""
    allowed_ulps: tuple[float | None, ...]
    """How far a sound program may be off, likewise; infinite where rounding may take every bit, None for none."""
    verdicts: tuple[str, ...]
    """The verdict's word of each point."""
    of: int
    """How many points were judged."""


@dataclass(frozen=True)
class Mark:
    """A special place on an axis."""

    place: float
    kind: str
    """``kink``, ``jump``, ``pole``, ``border`` …: what it is, in a word."""


@dataclass(frozen=True)
class Slice:
    """Three derivatives along one variable, the others held at the worst point."""

    variable: str
    held: dict[str, float]
    """The other variables, and where they stand."""
    places: tuple[float, ...]
    automatic: tuple[float | None, ...]
    """What torch returned; None for no gradient, NaN where it returned that."""
    symbolic: tuple[float | None, ...]
    """The exact derivative, rounded to float64; None where there is none."""
    numerical: tuple[float | None, ...]
    """The finite differences of the same program in float64; None where they abstain."""
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Steps:
    """Central differences of the program in float64 at one point, by step: the V-curve."""

    variable: str
    point: dict[str, float]
    steps: tuple[float, ...]
    """From small to large, in units of the variable."""
    errors: tuple[float | None, ...]
    """How far each is off the exact derivative, absolute; None where the difference is not a number."""
    exact: float
    gradcheck_step: float
    """``torch.autograd.gradcheck``'s default step, 1e-6."""
    gradcheck_error: float | None
    """How far the central difference with that step is off torch's own gradient, which is all that gradcheck compares.

    None where either is no number, and where no gradient leads to the program at all: then it fails."""
    gradcheck_allows: float
    """gradcheck's default tolerance there: 1e-5 + 1e-3 |numerical|."""
    torch_error: float | None
    """How far torch's own gradient, of backward in float64, is off the exact derivative; None where it is no number."""

    @property
    def gradcheck_passes(self) -> bool:
        """What gradcheck would have said at this point with its default tolerances."""
        return self.gradcheck_error is not None and self.gradcheck_error <= self.gradcheck_allows


@dataclass(frozen=True)
class Portrait:
    """One result of a case in numbers that pictures are drawn from: its worst one."""

    subject: str
    """``reverse.float32.cpu.d/dx``."""
    dtype: str
    errors: Errors
    variable: str = ""
    """Which of the columns pictures are drawn along: the one that a partial is by, the last of several."""
    slice: Slice | None = None
    """None for values, and where there is no derivative to draw."""
    steps: Steps | None = None
    """None where the exact derivative at the worst point is not a number, or the order is above the first."""
