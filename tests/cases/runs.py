"""A training case in tests, one key of which is another."""

GOOD = {
    "loss": 'loss = "sum((w*x + b - y)**2)"',
    "parameters": "parameters = { w = 1.0, b = 0.0 }",
    "data": "data = { x = [1, 2], y = [3, 4] }",
    "optimizer": 'optimizer = { name = "SGD", lr = 0.1 }',
    "steps": "steps = 10",
}


def run_with(line: str, key: str = "", head: str = "") -> str:
    """A training case, one key of which stands in ``line``."""
    lines = [each for name, each in GOOD.items() if name != key]
    return "\n".join(["[bad]", *([head] if head else []), "[bad.train]", *lines, *([line] if line else [])]) + "\n"
