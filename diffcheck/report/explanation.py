"""What each verdict means, an example, and what to do: ``--explain``."""

from dataclasses import dataclass
from textwrap import indent

from diffcheck.errors import UsageError, nearest
from diffcheck.verdict import VERDICTS, Status, Verdict


@dataclass(frozen=True)
class Explanation:
    """Beyond the verdict's own sentence."""

    example: str
    """What happens, in words."""
    case: str
    """The same as a case file, whose worst verdict it is."""
    advice: str
    """What to do."""


def _case(verdict: Verdict, *keys: str) -> str:
    return "".join(f"{line}\n" for line in (f"[{verdict.word}]", *keys))


STATUS_WORDS = {
    Status.PASS: "The run passes.",
    Status.COUNTED: "The run passes; the report counts it. `--fail-on` makes it fail.",
    Status.FAIL: "The run fails.",
    Status.OPEN: "The run neither passes nor fails by it; the report tells it.",
}

EXPLANATIONS = {
    Verdict.AGREES: Explanation(
        "`5*x**3 - x**2 + 2*x - 100` at x = 10: torch says 1482, the derivative is 1482.",
        _case(Verdict.AGREES, 'formula = "5*x**3 - x**2 + 2*x - 100"', "at.x = 10.0"),
        "Nothing.",
    ),
    Verdict.ROUNDED: Explanation(
        "`sqrt(x + 1) - sqrt(x)` at x = 8e5 in float32: the subtraction cancels, and leaves what the roots lost to rounding.",
        _case(Verdict.ROUNDED, 'formula = "sqrt(x + 1) - sqrt(x)"', "at.x = 8e5", 'dtypes = ["float32"]'),
        "Rewrite the formula so that it does not cancel, or use a wider dtype; the report names the operation.",
    ),
    Verdict.RANGE: Explanation(
        "`sqrt(x**2 + y**2)` at x = y = 1e200: x**2 overflows float64, although the result would fit.",
        _case(Verdict.RANGE, 'formula = "sqrt(x**2 + y**2)"', "at = { x = 1e200, y = 1e200 }"),
        "Use a function that scales (`hypot`), a wider dtype, or smaller numbers.",
    ),
    Verdict.KINK: Explanation(
        "`relu(x)` at x = 0: 0 from the left, 1 from the right; torch says 0.",
        _case(Verdict.KINK, 'formula = "relu(x)"', "at.x = 0.0"),
        "Nothing, unless your method needs a particular subgradient; the report tells which one torch chose.",
    ),
    Verdict.JUMP: Explanation(
        "`floor(x)` at x = 2: the value jumps, the derivative is 0 on both sides; torch says 0.",
        _case(Verdict.JUMP, 'formula = "floor(x)"', "at.x = 2.0"),
        "Ask whether a formula that jumps should be differentiated.",
    ),
    Verdict.LIMIT: Explanation(
        "`sqrt(x)` at x = 0: the derivative is infinite, and torch says infinity.",
        _case(Verdict.LIMIT, 'formula = "sqrt(x)"', "at.x = 0.0"),
        "Keep away from the point, or add a small number under the root.",
    ),
    Verdict.UNDEFINED: Explanation(
        "`sqrt(x)` at x = -1: there is no real value, and torch says NaN, for the value and for the gradient.",
        _case(Verdict.UNDEFINED, 'formula = "sqrt(x)"', "at.x = -1.0"),
        "Restrict the range, or add a `where` to the case.",
    ),
    Verdict.WRONG: Explanation(
        "`x*bessel_j0(x)` at x = 1.3: torch says 0.620, the derivative is -0.0585; torch drops the gradient of bessel_j0.",
        _case(Verdict.WRONG, 'formula = "x*bessel_j0(x)"', "at.x = 1.3"),
        "Look at who stands alone. The automatic derivative: a wrong backward. "
        "The formula: the program computes something else. "
        "A contract names what the code breaks beside value and derivative, and its cause what was seen.",
    ),
    Verdict.NAN: Explanation(
        "`where(x > 0, sqrt(x), x)` at x = -1: the derivative is 1, torch says NaN: 0 times the untaken branch's NaN is NaN.",
        _case(Verdict.NAN, 'formula = "where(x > 0, sqrt(x), x)"', "at.x = -1.0"),
        "Make the untaken branch safe: `where(x > 0, sqrt(where(x > 0, x, 1)), x)`.",
    ),
    Verdict.DETACHED: Explanation(
        "`bessel_j0(x)` at x = 1.3: torch has no derivative for it and says so by returning no gradient at all.",
        _case(Verdict.DETACHED, 'formula = "bessel_j0(x)"', "at.x = 1.3"),
        "Look for `.detach()`, `.data`, `.item()`, integers, or a function without a derivative.",
    ),
    Verdict.PHANTOM: Explanation(
        "`log(x)` at x = -1: there is no real value, and torch's backward says -1.",
        _case(Verdict.PHANTOM, 'formula = "log(x)"', "at.x = -1.0"),
        "Restrict the range; do not trust a gradient where the value is NaN.",
    ),
    Verdict.ERROR: Explanation(
        "`torch.linalg.inv` as a program for `1/x`: it takes matrices, and raises at a number.",
        _case(Verdict.ERROR, 'formula = "1/x"', 'program = "torch.linalg:inv"', "at.x = 2.0"),
        "Read the message; it is torch's or the program's own.",
    ),
    Verdict.UNDECIDED: Explanation(
        "`abs(sin(x)**2 + cos(x)**2 - 1)` at x = 0.7: `abs` is at its kink, but only an identity says so, and none is sought.",
        _case(Verdict.UNDECIDED, 'formula = "abs(sin(x)**2 + cos(x)**2 - 1)"', "at.x = 0.7"),
        "Move the point, or write the formula in a simpler way. `--strict` makes it fail.",
    ),
    Verdict.UNSUPPORTED: Explanation(
        "`LambertW(x)` at x = 1: torch has no such function.",
        _case(Verdict.UNSUPPORTED, 'formula = "LambertW(x)"', "at.x = 1.0"),
        "Use another mode, dtype or device, or a program of your own.",
    ),
}
"""One for each verdict."""


def explain(word: str) -> str:
    """The text for one verdict; raises UsageError for a word that is none."""
    if word not in VERDICTS:
        raise UsageError(f"unknown verdict `{word}`{nearest(word, VERDICTS, 'they are')}")
    verdict = VERDICTS[word]
    told = EXPLANATIONS[verdict]
    sentence = verdict.value[0].upper() + verdict.value[1:]
    case = indent(told.case, "    ")
    return f"{word}: {sentence}.\n{STATUS_WORDS[verdict.status]}\n\nExample: {told.example}\n{case}What to do: {told.advice}"
