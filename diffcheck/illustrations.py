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
    shares: tuple[float | None, ...] = ()
    """The largest share of its own allowance that each step used; None where nothing of a step has one, as NaN has none."""
    expected: tuple[tuple[int, float], ...] = ()
    """The losses that the case expects, by step."""
    failing: tuple[int, ...] = ()
    """The steps of which something fails, by number, the first being 1."""


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
    shares: tuple[float | None, ...]
    """The error as a share of the allowance, at most 1 for what agrees; 0 of an infinite allowance, None for no distance."""
    counts: dict[str, int]
    """How many of all the judged points have each verdict, by its word: the result's own counts."""

    @property
    def of(self) -> int:
        """How many points were judged."""
        return sum(self.counts.values())


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
    unmarked: str = ""
    """Which special places may lack a mark, and why, in a sentence; empty where all are marked, or none are sought."""


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
    """The exact derivative; one that is nearer to zero than any double is told as the least double of its sign."""
    gradcheck: str
    """What ``torch.autograd.gradcheck`` says of the program there: ``passes``, ``fails`` or ``raised TypeError``."""
    gradcheck_step: float
    """gradcheck's default step, 1e-6."""
    gradcheck_error: float | None
    """How far the central difference with that step is off torch's own gradient; None where either is no number.

    It is what gradcheck compares of this one partial; it looks at the others too."""
    gradcheck_allows: float
    """gradcheck's default tolerance there: 1e-5 + 1e-3 |numerical|."""
    torch_error: float | None
    """How far torch's own gradient, of backward in float64, is off the exact derivative; None where there is no distance."""
    torch_without: str = ""
    """Why there is no distance: ``returns no gradient``, ``returns NaN``, ``raised ValueError``; empty where there is."""
    alone: bool = False
    """Torch's own gradient and gradcheck are of the point run by itself, which was judged in one run with others."""

    @property
    def gradcheck_passes(self) -> bool:
        """Whether gradcheck lets the program pass at this point with its default tolerances."""
        return self.gradcheck == PASSES

    @property
    def within(self) -> bool:
        """Whether this partial alone is within gradcheck's tolerance."""
        return self.gradcheck_error is not None and self.gradcheck_error <= self.gradcheck_allows


PASSES = "passes"
"""gradcheck's word for a program that it finds nothing wrong with."""


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
