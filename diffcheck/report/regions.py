"""Where some results of a case stand among the others: a mode, a dtype, a device, a partial, or several, in words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from diffcheck.results import Result, Subject

LISTED = 6
"""Names beyond this many are counted."""


@dataclass(frozen=True)
class Axis:
    """One way in which the results of a case differ."""

    noun: str
    """What a value of it is called."""
    of: Callable[[Subject], str]
    """A subject's value."""
    joint: str
    """The word that joins its values to those of the axes before it."""

    def values(self, results: Iterable[Result]) -> list[str]:
        """Its values among ``results``, each once, in their order."""
        return list(dict.fromkeys(self.of(each.subject) for each in results))


def partial_of(subject: Subject) -> str:
    """``d/dx``: the partial as findings spell it; ``value`` for the value."""
    parts = (subject.mode, subject.dtype, subject.device)
    path = ".".join(part for part in parts if part is not None)
    return str(subject).removeprefix(path).removeprefix(".") or subject.mode


MODE = Axis("mode", lambda subject: subject.mode, " ")
DTYPE = Axis("dtype", lambda subject: subject.dtype or "", " in ")
DEVICE = Axis("device", lambda subject: subject.device or "", " on ")
PARTIAL = Axis("partial", partial_of, " for ")
AXES = (MODE, PARTIAL, DTYPE, DEVICE)
"""Every axis, in the order in which a sentence names them."""


@dataclass(frozen=True)
class Region:
    """All results of a whole that have certain values on some axes."""

    bounds: tuple[tuple[Axis, tuple[str, ...]], ...]
    """The axes that bound it, with the values that lie in it; none where it is the whole."""

    @property
    def single(self) -> bool:
        """It has one value on each axis that bounds it."""
        return all(len(values) == 1 for _, values in self.bounds)

    def __str__(self) -> str:
        """`` `forward` in `float16` and `float32` on `cuda` ``; empty for the whole."""
        return "".join(axis.joint * (place > 0) + listed(values) for place, (axis, values) in enumerate(self.bounds))


def region(part: Sequence[Result], whole: Sequence[Result], axes: Sequence[Axis] = AXES) -> Region | None:
    """The region of ``whole`` that ``part`` is, bounded on as few of ``axes`` as will do; None where it is none."""
    inside = set(map(id, part))
    for count in range(len(axes) + 1):
        for chosen in combinations(axes, count):
            bounds = tuple((axis, tuple(axis.values(part))) for axis in chosen)
            if inside == {id(each) for each in whole if all(axis.of(each.subject) in values for axis, values in bounds)}:
                return Region(bounds)
    return None


def regions(part: Sequence[Result], whole: Sequence[Result], axes: Sequence[Axis] = AXES[::-1]) -> list[Region]:
    """A few regions of ``whole`` that ``part`` is together: one where it is one, else those on each of its devices …."""
    found = region(part, whole)
    if found is not None:
        return [found]
    if not axes:  # two results of one subject cannot be told apart
        return [Region(tuple((axis, tuple(axis.values(part))) for axis in AXES))]
    first, *others = axes
    slices = ([each for each in part if first.of(each.subject) == value] for value in first.values(part))
    return [each for members in slices for each in regions(members, whole, others)]


def listed(names: Sequence[str], most: int = LISTED) -> str:
    """`` `a`, `b` and `c` ``; beyond ``most`` names, the last ones are counted."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) > most:
        quoted = [*quoted[: most - 1], f"{len(quoted) - most + 1} more"]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), *quoted[-1:])))
