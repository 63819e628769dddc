"""Write a first case file."""

import argparse
from pathlib import Path

from diffcheck.commands.command import PROGRAM
from diffcheck.commands.status import ExitStatus
from diffcheck.errors import UsageError

DEFAULT = "cases/first.toml"
"""``python -m diffcheck`` alone finds it there."""

TEXT = """\
# Case files of diffcheck: one table a case, and its name is the case's name.
# Run this one:   python -m diffcheck {file}
# One case only:  python -m diffcheck {file} -k cubic -v

# Keys for every case of this file; a case may say otherwise.
[defaults]
dtypes = ["float64", "float32"]

# A formula at a point: is torch's derivative the formula's?
[cubic]
formula = "5*x**3 - x**2 + 2*x - 100"
at.x    = 10.0
claim.x = "15*x**2 - 2*x + 2"        # a derivative made by hand, held against the exact one
expect.gradient.x = 1482.0           # the number that somebody's notes print

# A formula at many points of a range, and differentiated in several ways.
[wave]
formula = "x*sin(y)"
sample  = { x = [-5, 5], y = [0, 6.25] }
points  = 100
modes   = ["reverse", "forward"]     # python -m diffcheck list modes

# Several points, and differentiated by one of the arrays alone.
[squared_error]
formula = "(t - dot(x, w))**2"
wrt     = ["w"]
at      = [
    { w = [0.5, -1.0], x = [1.0, 4.0], t = 10.0 },
    { w = [0.0, 0.25], x = [-3.0, 5.0], t = 2.0 },
]

# Somebody's code against the formula that it claims to compute.
# Put your own in its place: "package.module:function", and allow it with --allow-import.
[swish]
formula = "x/(1 + exp(-x))"
program = "torch.nn.functional:silu"
sample.x = [-20, 20]
points  = 100

# A training run, judged step by step.
[sgd_on_a_line]
train.loss       = "(w*x + b - y)**2"
train.parameters = { w = 1.0, b = 0.0 }
train.data       = { x = 2.0, y = 1.0 }
train.optimizer  = { name = "SGD", lr = 1e-2 }   # python -m diffcheck list rules
train.steps      = 5
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The one argument: a file that is not there yet."""
    parser.add_argument(
        "file", nargs="?", default=DEFAULT, metavar="FILE", help=f"a file that is not there yet (default: {DEFAULT})"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write it; raises UsageError where there is such a file already, and where none can be written."""
    path = Path(arguments.file)
    if path.suffix != ".toml":
        raise UsageError(f"{path} is no name of a case file; did you mean `{path}.toml`?")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the folder {path.parent}: {error.strerror}") from None
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(TEXT.replace("{file}", path.as_posix()))
    except FileExistsError:
        raise UsageError(f"{path} is there already, and is left as it is; name another file: {PROGRAM} init FILE") from None
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    print(f"wrote {path}; run it: {PROGRAM} {path}")
    return ExitStatus.PASSED
