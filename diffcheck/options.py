"""What the options of the command line mean that name modes, dtypes, devices or verdicts."""

from collections.abc import Mapping, Sequence

from diffcheck.cases.schema import ALSO_CALLED, DEVICES, MAX_POINTS
from diffcheck.errors import UsageError, suggestion
from diffcheck.program.devices import available, why_missing

ALL = "all"
"""Stands for every name that there is."""
AUTO = "auto"
"""Stands for every device that is here."""


def named(given: list[str] | None, known: Mapping[str, object], what: str) -> tuple[str, ...] | None:
    """The names of an option that may be repeated and may hold commas; ``all`` stands for every one.

    It is left as it is where it is itself ``known``: whoever knows more then says what it stands for. None where the
    option was not given. Raises UsageError for a name that is not ``known``, or for none at all.
    """
    names = _split(given, list(known), what, (ALL,))
    return names and (tuple(known) if ALL in names and ALL not in known else names)


def require_points(points: int | None, place: str) -> None:
    """Raise UsageError, which names the ``place`` that says it, for a number of points that no case may have."""
    if points is not None and not 1 <= points <= MAX_POINTS:
        raise UsageError(f"{place} is {points:,}; it lies between 1 and {MAX_POINTS:,}")


def named_devices(given: list[str] | None) -> tuple[str, ...] | None:
    """The devices of ``--device``, in the order they are given; None where it was not given.

    ``auto`` stands for those that are here, ``all`` for every one: results on a device that is not here are then
    unsupported, and told. Raises UsageError for an unknown device, and for one asked for by name that is not here.
    """
    names = _split(given, DEVICES, "device", (ALL, AUTO))
    if names is None:
        return None
    stand_for = {ALL: DEVICES, AUTO: available(DEVICES) if AUTO in names else ()}
    for name in names:
        reason = "" if name in stand_for else why_missing(name)
        if reason:
            raise UsageError(f"there is no {name} here: {reason}; the devices here: {', '.join(available(DEVICES))}")
    return tuple(dict.fromkeys(device for name in names for device in stand_for.get(name, (name,))))


def _split(given: list[str] | None, known: Sequence[str], what: str, special: tuple[str, ...]) -> tuple[str, ...] | None:
    """The names, each once, in the order they are given; every one is ``known`` or ``special``."""
    if given is None:
        return None
    names = [name.strip() for part in given for name in part.split(",") if name.strip()]
    listed = f"; the {what}s are {', '.join(known)}"
    if not names:
        raise UsageError(f"no {what} is named{listed}")
    for name in names:
        if name not in known and name not in special:
            near = suggestion(ALSO_CALLED.get(name.lower(), name), [*known, *special]) or listed
            raise UsageError(f"unknown {what} `{name}`{near}")
    return tuple(dict.fromkeys(names))
