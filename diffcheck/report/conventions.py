"""Kinks where modes follow different conventions, one sentence each."""

from collections.abc import Sequence

from diffcheck.report.numbers import located
from diffcheck.report.regions import DEVICE, DTYPE, PARTIAL, listed, region
from diffcheck.results import Result

Choices = dict[str, list[Result]]
"""The results that follow each convention."""


def conventions(results: Sequence[Result]) -> list[str]:
    """`` at x = 0.0 `reverse` and `grad` choose the left derivative, `forward` the middle ``, for each such kink.

    A result tells of one point, its worst, and of a convention where that is a kink. The dtype or device is named
    where the sentence does not hold in all of them.
    """
    several = len(PARTIAL.values(each for each in results if each.subject.order > 0)) > 1
    kinks: dict[tuple[object, str], list[Result]] = {}
    words: dict[object, str] = {}
    for each in results:
        if each.worst is not None and each.worst.convention:
            point = tuple(each.worst.point.items())  # of a long array the words show the first numbers only
            words[point] = located(each.worst.point)
            kinks.setdefault((point, PARTIAL.of(each.subject)), []).append(each)
    sentences = []
    for (where, partial), at_kink in kinks.items():
        of = f" for `{partial}`" * several
        sentences += [f"at {words[where]}{of}{place}{',' * bool(of or place)} {choices}" for choices, place in _told(at_kink)]
    return sentences


def _told(at_kink: list[Result]) -> list[tuple[str, str]]:
    """What modes choose at one kink, in words, and in which dtypes and on which devices, where they differ."""
    places: dict[tuple[str, str], Choices] = {}
    for each in at_kink:
        if each.worst is not None:
            choices = places.setdefault((DTYPE.of(each.subject), DEVICE.of(each.subject)), {})
            choices.setdefault(each.worst.convention, []).append(each)
    alike: dict[str, list[Result]] = {}
    for choices in places.values():
        if len(choices) > 1:
            alike.setdefault(_words(choices), []).extend(each for group in choices.values() for each in group)
    return [(words, _place(group, at_kink)) for words, group in alike.items()]


def _place(part: list[Result], whole: list[Result]) -> str:
    found = region(part, whole, (DTYPE, DEVICE))
    return found.bounds[0][0].joint + str(found) if found is not None and found.bounds else ""


def _words(choices: Choices) -> str:
    """`` `reverse` chooses 0, `forward` the middle ``."""
    modes = [[each.subject.mode for each in group] for group in choices.values()]
    verbs = [" choose" if len(modes[0]) > 1 else " chooses", *[""] * (len(modes) - 1)]
    return ", ".join(f"{listed(names)}{verb} {each}" for names, verb, each in zip(modes, verbs, choices, strict=True))
