"""Variables as they are set: as mathematics has them, or by their literal names where two would look the same."""

from collections import defaultdict
from collections.abc import Iterable

from sympy.printing.conventions import split_super_sub
from sympy.printing.pretty.pretty_symbology import greek_unicode

from diffcheck.mathml.marks import identifier, listed, number, subscript
from diffcheck.mathml.part import NAME, WORD, Part, single

_GREEK = {**greek_unicode, "lambda": "λ", "Lambda": "Λ"}
_ALIKE = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧνου", "ABEZHIKMNOPTYXvou")
"""Greek letters that look like a Latin one."""


class Names:
    """The variables of one case, and how each is set."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        known = list(dict.fromkeys(names))
        alike: dict[str, set[str]] = defaultdict(set)
        for name in known:
            alike[variable(name).translate(_ALIKE)].add(name)
        told = [name for group in alike.values() if len(group) > 1 for name in group]
        arrays = {name.partition("[")[0] for name in told if "[" in name}
        self._literal = {*told, *(name for name in known if name.partition("[")[0] in arrays)}
        self._arrays = arrays
        self._known = frozenset(known)

    def part(self, name: str) -> Part:
        """The variable called ``name``, set."""
        if name in self._literal:
            return single(identifier(name), WORD if len(name) > 1 else NAME)
        return single(variable(name), WORD if _is_word(name) else NAME)

    def has(self, name: str) -> bool:
        """A variable is called ``name``."""
        return name in self._known

    def is_told(self, array: str) -> bool:
        """An entry of ``array`` is set as the formula calls it: its subscript would be mistaken for a name's."""
        return array in self._arrays


def variable(name: str) -> str:
    """A variable: ``theta`` as a Greek letter, ``x1``, ``x_max`` and ``w[0]`` with a subscript; else by its name."""
    word, _, place = name.rstrip("]").partition("[")
    letter, feet = _split(word)
    feet = [*feet, *filter(None, place.split(","))]
    base = identifier(_GREEK.get(letter, letter))
    return subscript(base, listed([_foot(each) for each in feet])) if feet else base


def _split(word: str) -> tuple[str, list[str]]:
    """A variable's letter, and what stands at its foot; the word alone where an underscore has nothing behind it."""
    letter, above, below = split_super_sub(word)
    # What sympy reads as superscripts would be mistaken for powers.
    feet = [*above, *below]
    return (letter, feet) if all(feet) else (word, [])


def _is_word(name: str) -> bool:
    """A variable of several letters, which would run into its neighbours in a product."""
    letter, _ = _split(name.partition("[")[0])
    return len(_GREEK.get(letter, letter)) > 1


def _foot(word: str) -> str:
    return number(word) if word.isdigit() else identifier(_GREEK.get(word, word))
