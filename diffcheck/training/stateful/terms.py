"""Losses made of small terms whose gradients are products: a table, and each term's text, value and partials."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

SIZE = 2
"""How many elements every parameter has: enough for a view of one of them."""

Factors = tuple[str, ...]
"""A product: names among ``a``, ``b``, ``c``, ``d``."""


@dataclass(frozen=True)
class Shape:
    """One row of the table: what a term computes."""

    text: str
    """The term in Python; ``{a}`` and ``{b}`` are parameters, ``{c}`` and ``{d}`` numbers."""
    value: Callable[..., Any]
    """The same, called with a, b, c, d."""
    to_a: tuple[Factors, ...]
    """The partial with respect to an element of a: a sum of products."""
    to_b: tuple[Factors, ...] = ()
    """The same for b; empty where no gradient goes there."""
    elements: tuple[int, ...] = tuple(range(SIZE))
    """The elements that the term sees; the others' partials are 0."""


SHAPES: Mapping[str, Shape] = {
    "square": Shape("({c}*{a}*{a} + {d}*{a}).sum()", lambda a, b, c, d: (c * a * a + d * a).sum(),
                    (("c", "a"), ("c", "a"), ("d",))),
    "line": Shape("({d}*{a}).sum()", lambda a, b, c, d: (d * a).sum(), (("d",),)),
    "product": Shape("({c}*{a}*{b}).sum()", lambda a, b, c, d: (c * a * b).sum(), (("c", "b"),), (("c", "a"),)),
    "held": Shape("({c}*{a}*{b}.detach()).sum()", lambda a, b, c, d: (c * a * b.detach()).sum(), (("c", "b"),)),
    "view": Shape("({c}*{a}.view(2, 1)*{a}.view(2, 1)).sum()", lambda a, b, c, d: (c * a.view(2, 1) * a.view(2, 1)).sum(),
                  (("c", "a"), ("c", "a"))),
    "element": Shape("{c}*{a}[0]*{a}[0]", lambda a, b, c, d: c * a[0] * a[0], (("c", "a"), ("c", "a")), elements=(0,)),
    "tail": Shape("({d}*{a}[1:]).sum()", lambda a, b, c, d: (d * a[1:]).sum(), (("d",),), elements=(1,)),
}  # fmt: skip
"""Every term by its name."""


@dataclass(frozen=True)
class Term:
    """One term of a loss."""

    shape: str
    """A name in the table."""
    a: str
    """The parameter that it is made of."""
    b: str
    """The second one, where there is one."""
    c: float
    """The factor of its products."""
    d: float
    """The factor of its linear part."""

    @property
    def text(self) -> str:
        """The term in Python."""
        return SHAPES[self.shape].text.format(a=self.a, b=self.b, c=self.c, d=self.d)

    def value(self, tensors: Mapping[str, Any]) -> Any:
        """The term, a 0-d tensor."""
        return SHAPES[self.shape].value(tensors[self.a], tensors[self.b], self.c, self.d)

    def reaches(self) -> frozenset[str]:
        """The parameters that a gradient goes to."""
        return frozenset((self.a, self.b) if SHAPES[self.shape].to_b else (self.a,))

    def partials(self, name: str, element: int) -> Iterator[tuple[str | float, ...]]:
        """The products whose sum is the partial of one element of ``name``: parameters' names and numbers."""
        shape = SHAPES[self.shape]
        if element not in shape.elements:
            return
        words: dict[str, str | float] = {"a": self.a, "b": self.b, "c": self.c, "d": self.d}
        for place, products in ((self.a, shape.to_a), (self.b, shape.to_b)):
            yield from (tuple(words[each] for each in factors) for factors in products if place == name)


Terms = Sequence[Term]


def text_of(terms: Terms) -> str:
    """A loss in Python."""
    return " + ".join(term.text for term in terms)


def value_of(terms: Terms, tensors: Mapping[str, Any]) -> Any:
    """A loss, a 0-d tensor."""
    return reduce(add, (term.value(tensors) for term in terms))


def reached(terms: Terms) -> frozenset[str]:
    """The parameters that a gradient of the loss goes to."""
    return frozenset().union(*(term.reaches() for term in terms))
