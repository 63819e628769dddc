"""How long diffcheck takes to start, in whole processes.

``--help``, and ten small cases beside a bare import of torch and sympy; a run of pytest that has no case files with the
plugin, and without it.
"""

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


def beside(folder: Path, times: int = 40) -> tuple[float, float]:
    """The medians of a run of pytest with the plugin and without it, in turn, in a folder that has one small test."""
    (folder / "tests").mkdir()
    (folder / "tests" / "test_one.py").write_text("def test_one():\n    pass\n")
    quiet = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), "-c", "/dev/null", str(folder / "tests"))
    pairs = [(seconds(*quiet, times=1), seconds(*quiet, "-p", "no:diffcheck", times=1)) for _ in range(times)]
    return median(one for one, _ in pairs), median(other for _, other in pairs)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ten.toml"
        file.write_text(CASES)
        bare = seconds("-c", "import torch, sympy")
        ten = seconds("-m", "diffcheck", str(file))
        helped = seconds("-m", "diffcheck", "--help")
        loaded, bare_pytest = beside(Path(folder))
    print(f"import torch, sympy: {bare:.2f} s; ten cases: {ten:.2f} s, {ten / bare:.2f} times; --help: {helped:.3f} s")
    print(f"pytest with the plugin: {loaded:.3f} s; without: {bare_pytest:.3f} s; {(loaded - bare_pytest) * 1e3:.1f} ms more")


if __name__ == "__main__":
    main()
