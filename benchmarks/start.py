"""How long diffcheck takes to start: --help, and ten small cases beside a bare import of torch and sympy. Whole processes."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

CASES = "\n".join(
    f'[case_{index}]\nformula = "{text}"\nsample = {{ x = [0.5, 2.0] }}\npoints = 10\n'
    for index, text in enumerate(
        ("x**2", "x*sin(x)", "exp(-x**2)", "log(1 + x)", "sqrt(x)/x", "tanh(x)", "x**3 - x", "1/(1 + x)", "atan(x)", "cosh(x)")
    )
)


def seconds(*command: str, times: int = 5) -> float:
    """The median of whole processes, after one that warms up."""
    taken = []
    for _ in range(times + 1):
        started = time.perf_counter()
        subprocess.run([sys.executable, *command], stdout=subprocess.DEVNULL, check=True)
        taken.append(time.perf_counter() - started)
    return median(taken[1:])


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ten.toml"
        file.write_text(CASES)
        bare = seconds("-c", "import torch, sympy")
        ten = seconds("-m", "diffcheck", str(file))
        helped = seconds("-m", "diffcheck", "--help")
    print(f"import torch, sympy: {bare:.2f} s; ten cases: {ten:.2f} s, {ten / bare:.2f} times; --help: {helped:.3f} s")


if __name__ == "__main__":
    main()
