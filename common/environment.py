"""Secrets that a command takes from the environment, so that they stand in no command line."""

import os
from pathlib import Path


def secret(name: str) -> str | None:
    """Return NAME, or the content of the file that NAME_FILE names, without its last line end; None without either."""
    file = os.environ.get(f"{name}_FILE")
    if file:
        return Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    return os.environ.get(name)
