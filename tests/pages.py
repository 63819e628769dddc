"""A run with one case of each kind that a page has to tell, and the panels of a page unpacked."""

import base64
import json
import re
import zlib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from diffcheck.cases.reader import read_files
from diffcheck.results import RunResult
from diffcheck.run import run
from diffcheck.verification import Settings

CASES = """
[cubic]
formula = "5*x**3 - x**2 + 2*x - 100"
at.x    = 10.0
claim.x = "15*x**2 - 2*x + 2"
note    = "the course's `first` <b>example</b> & more"
source  = "Autograd & \\"optimizare\\": example 1"
tags    = ["course", "polynomial"]

[bessel]
formula  = "x*bessel_j0(x)"
sample.x = [0.5, 8]
points   = 20
modes    = ["reverse", "forward"]
dtypes   = ["float64", "float32", "float16"]

[untaken]
formula = "where(x > 0, sqrt(x), x)"
at      = [{ x = -1.0 }, { x = 2.0 }]
dtypes  = ["float64", "float32"]

[branches]
formula = "where(x > 0, x/(1 + x), 1/(2 - x))"
at      = [{ x = 1.5 }, { x = -1.5 }]

[known]
formula = "x*bessel_j0(x)"
at.x    = 1.3
expect.verdict = "wrong"

[mended]
formula = "x**2"
at.x    = 1.3
expect.verdict = "wrong"

[kinks]
formula = "relu(x) + abs(y)"
at      = [{ x = 0.0, y = 0.0 }]
modes   = ["reverse", "forward"]

[unreadable]
formula = "1 + sine(x)"
at.x    = 1.0

[undecided]
formula = "abs(sqrt(2)*sqrt(3)*x - sqrt(6)*x)"
at.x    = 1.0

[unsupported]
formula = "LambertW(x)"
at.x    = 1.0

[silu]
formula = "x/(1 + exp(-2*x))"
program = "torch.nn.functional:silu"
at.x    = 1.0

[wide]
formula = "(10 - dot(x, w))**2 + 0.123456789*sum(exp(w*x))"
at      = { w = [0.1, 0.2, 0.3, 0.4, 0.5], x = [1, 4, -3, 5, 4] }

["</script><script>alert(1)</script> \\"&' \\u202e\\u200f🙂"]
formula = "x*y"
at      = { x = 1.0, y = 2.0 }

[line]
train.loss       = "(w*x + b - y)**2"
train.parameters = { w = 1.0, b = 0.0 }
train.data       = { x = 20.0, y = 10.0 }
train.optimizer  = { name = "SGD", lr = 1e-3 }
train.steps      = 5
dtypes           = ["float32"]
expect.loss      = { 5 = 7.0 }
"""


@cache
def told() -> RunResult:
    """What was found of all these cases, with their mathematics."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "page.toml"
        file.write_text(CASES, encoding="utf-8")
        return run(read_files([str(file)]), Settings(illustrated=True))


def panels_of(page: str) -> list[str]:
    """The panels of a page, in the order of its rows."""
    packs = re.findall(r'<script type="text/plain" data-pack="(\d+)">([^<]*)</script>', page)
    found: list[str] = []
    for first, text in packs:
        assert int(first) == len(found)
        found += json.loads(zlib.decompress(base64.b64decode(text)))
    return found
