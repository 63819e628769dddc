"""Files that the command line reads beside the cases."""

import json
from typing import Any

from diffcheck.errors import UsageError


def read_json(path: str) -> Any:
    """What the JSON file at ``path`` holds; raises UsageError where it cannot be read, or is no JSON."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{path} is no JSON: {error}") from None
