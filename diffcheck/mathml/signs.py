"""How functions are set: by bars around the argument, by a sign before it, by a letter; the others by their own name."""

from diffcheck.mathml.marks import constant, identifier, number, subscript

FENCES = {
    "abs": ("|", "|", ""), "floor": ("⌊", "⌋", ""), "ceil": ("⌈", "⌉", ""),
    "norm": ("‖", "‖", ""), "norm_1": ("‖", "‖", "1"), "norm_inf": ("‖", "‖", "∞"),
}  # fmt: skip
"""What stands around the one argument, and a subscript behind it."""

LARGE = {"sum": "∑", "prod": "∏"}
"""Signs before an array, all entries of which they join."""

INFIX = {"Mod": "mod", "both": "∧", "either": "∨"}
"""Signs between two arguments."""

RELATIONS = {
    "StrictLessThan": "<", "LessThan": "≤", "StrictGreaterThan": ">", "GreaterThan": "≥", "Equality": "=", "Unequality": "≠",
}  # fmt: skip
"""Comparisons by sympy's classes."""

ORDERED = {"besselj": "J", "bessely": "Y", "besseli": "I", "besselk": "K"}
"""Functions whose first argument is set as a subscript of their letter."""

SQUARED = frozenset({"sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "sech", "csch", "log", "erf"})
"""Functions whose powers are set at their name: sin²(x)."""

_INVERSE = ("asin", "acos", "atan", "acot", "asec", "acsc", "atan2")
_AREA = ("asinh", "acosh", "atanh", "acoth", "asech", "acsch")

LETTERS = {
    **{name: identifier(f"arc{name[1:]}") for name in _INVERSE},
    **{name: identifier(f"ar{name[1:]}") for name in _AREA},
    "log2": subscript(identifier("log"), number("2")),
    "log10": subscript(identifier("log"), number("10")),
    "gamma": constant("Γ"),
    "digamma": constant("ψ"),
    "zeta": constant("ζ"),
    "beta": constant("Β"),
    "sigmoid": constant("σ"),
    "Heaviside": constant("H"),
    "sign": identifier("sgn"),
    "LambertW": constant("W"),
    "ndtr": constant("Φ"),
    "Si": identifier("Si"),
    "Ci": identifier("Ci"),
    "airyai": identifier("Ai"),
    "airyaiprime": identifier("Ai′"),
    "airybi": identifier("Bi"),
    "airybiprime": identifier("Bi′"),
    "bessel_j0": subscript(constant("J"), number("0")),
    "bessel_j1": subscript(constant("J"), number("1")),
    "bessel_y0": subscript(constant("Y"), number("0")),
    "bessel_y1": subscript(constant("Y"), number("1")),
    "i0": subscript(constant("I"), number("0")),
    "i1": subscript(constant("I"), number("1")),
    "modified_bessel_i0": subscript(constant("I"), number("0")),
    "modified_bessel_i1": subscript(constant("I"), number("1")),
    "modified_bessel_k0": subscript(constant("K"), number("0")),
    "modified_bessel_k1": subscript(constant("K"), number("1")),
    "spherical_bessel_j0": subscript(constant("j"), number("0")),
    "trace": identifier("tr"),
    "largest": identifier("max"),
    "smallest": identifier("min"),
    "var_0": subscript(identifier("var"), number("0")),
    "std_0": subscript(identifier("std"), number("0")),
}
"""What stands for a function's name."""
