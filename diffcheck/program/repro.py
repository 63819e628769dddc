"""A failing number as a small Python file that needs torch alone: what torch returns, beside what is exact."""

import keyword
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from diffcheck.formula.excerpt import renamed
from diffcheck.formula.operations import Tape
from diffcheck.formula.printing import TablePrinter, python_number, statements
from diffcheck.program.gradient import Place
from diffcheck.program.idioms import IDIOMS
from diffcheck.program.program import fold_constants

MANY = 64
"""A point among many is run as so many copies of it: the kernels for vectors and for scalars differ."""
_TAKEN = {"torch", "dual", "f", "g", "value", "found", "ones", "place", "inputs", "each", "k", "push", "pull_back", "checkpoint"}


@dataclass(frozen=True)
class Example:
    """One number that torch returns."""

    tape: Tape
    """What is differentiated; one output."""
    point: Sequence[float]
    columns: tuple[int, ...]
    """By which variables, by number, the innermost first; empty for the value."""
    sought: tuple[int, ...]
    """The variables that torch is asked for together; the others stay fixed."""
    mode: str
    place: Place
    """Where it runs; with singles 1 as a 0-d tensor, with 0 among many points."""


def written(example: Example, headline: str, exact: tuple[str, str] | None) -> str:
    """The file's text: ``headline`` as its first line, ``exact`` the ends of the proved interval.

    Raises UnsupportedError for a function that torch has no kernel for.
    """
    names = [_safe(name) for name in example.tape.variables]
    tape = renamed(fold_constants(example.tape), names)
    printer = TablePrinter("torch", lambda operation: _constant(python_number(operation.value)), _wrap(example.place))
    moving = [names[each] for each in example.sought] if example.columns else names
    lines = [f'"""{_quoted(headline)}"""', "", "import torch"]
    lines += ["import torch.autograd.forward_ad as dual"] if example.mode == "forward" else []
    lines += ["", *(_tensor(name, number, example, moving) for name, number in zip(names, example.point, strict=True))]
    lines += ["", "", f"def f({', '.join(moving)}):", *(f"    {line}" for line in statements(tape, printer)), "", ""]
    lines += [_idiom(example, moving), ""]
    lines += ["# The first of many copies of the point."] if not example.place.singles else []
    lines += ['print("torch", torch.__version__)', 'print("torch says", None if found is None else found.flatten()[0].item())']
    return "\n".join([*lines, *_exact(exact)]) + "\n"


def _exact(exact: tuple[str, str] | None) -> list[str]:
    if exact is None:
        return ['print("exact", "no real value")']
    low, high = exact
    source = "# From the symbolic derivative in ball arithmetic; it lies"
    told = [f"{source} at this number." if low == high else f"{source} between these two numbers."]
    return [*told, f'print("exact", "{low}")' if low == high else f'print("exact", "{low}", "{high}")']


def _tensor(name: str, number: float, example: Example, moving: list[str]) -> str:
    """The line that makes an input."""
    place = example.place
    value = repr(number) if math.isfinite(number) else f'float("{number}")'
    shown = value if place.singles else f"[{value}]*{MANY}"
    where = "" if place.device == "cpu" else f', device="{place.device}"'
    leaf = ", requires_grad=True" if example.mode in _LEAVES and name in moving else ""
    return f"{name} = torch.tensor({shown}, dtype=torch.{place.dtype}{where}{leaf})"


_LEAVES = {"reverse", "grad", "batched_grad", "checkpoint", "autocast", "compile", "compile_eager", "double_reverse"}
"""The modes whose inputs must say that they require a gradient."""


def _idiom(example: Example, moving: list[str]) -> str:
    """The mode's own lines, filled in."""
    places = [example.sought.index(column) for column in example.columns]
    numbers = range(len(moving))
    first, last = (places[0], places[-1]) if places else (0, 0)
    ones = [f"torch.{'ones' if each == last else 'zeros'}_like({moving[each]})" for each in numbers]
    moved = [f"dual.make_dual({moving[each]}, {ones[each]})" if each == last else moving[each] for each in numbers]
    cells = {
        "inputs": ", ".join(moving),
        "tuple": _tuple(moving),
        "tangents": _tuple(ones),
        "all": repr(tuple(numbers)),
        "place": first,
        "leaf": moving[first],
        "places": repr(tuple(places)),
        "outer": last,
        "inner": repr(tuple(places[:-1])),
        "ones": ", ".join(ones),
        "moved": ", ".join(moved),
        "each": "" if example.place.singles else "torch.func.vmap",
        "device": example.place.device.split(":")[0],
        "half": "torch.bfloat16" if example.place.device == "cpu" else "torch.float16",
        "batch": ", ".join(f"{name}[None]" for name in moving) if example.place.singles else ", ".join(moving),
    }
    return re.sub(r"\{(\w+)\}", lambda match: str(cells[match[1]]), IDIOMS[example.mode])


def _tuple(words: list[str]) -> str:
    return f"({words[0]},)" if len(words) == 1 else f"({', '.join(words)})"


def _wrap(place: Place) -> Callable[[str], str]:
    """What goes around a constant where torch wants a tensor."""
    where = "" if place.device == "cpu" else f', device="{place.device}"'

    def wrap(text: str) -> str:
        return f"torch.tensor({text}{'' if text in ('True', 'False') else f', dtype=torch.{place.dtype}'}{where})"

    return wrap


def _constant(text: str) -> str:
    return text.replace("math.", "torch.")


def _safe(name: str) -> str:
    """A variable's name that Python takes, and that the file does not use itself."""
    plain = re.sub(r"\W", "_", name)
    return f"{plain}_" if plain in _TAKEN or keyword.iskeyword(plain) else plain


def _quoted(text: str) -> str:
    """``text`` as it may stand between three quotation marks."""
    return " ".join(text.replace("\\", "/").replace('"', "'").split())
