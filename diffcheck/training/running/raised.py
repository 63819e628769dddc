"""What somebody's code raised, in a line: its kind, its words, and where in their own file."""

import traceback
from pathlib import Path

import torch

import diffcheck

OTHERS = (Path(torch.__file__).parent, Path(diffcheck.__file__).parent)
"""Whose frames are of no interest to who wrote the code."""


def said(error: BaseException) -> str:
    """``KeyError: 'velocity' (optimizer.py:12)``; without a place where no frame is the user's own."""
    words = str(error).strip().splitlines()
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_of_others(frame.filename)]
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {words[0] if words else 'without a word'}{place}"


def _is_of_others(file: str) -> bool:
    return any(folder in Path(file).parents for folder in OTHERS)
