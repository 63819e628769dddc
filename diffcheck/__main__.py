"""``python -m diffcheck``."""

from diffcheck.cli import run_and_exit

run_and_exit()
