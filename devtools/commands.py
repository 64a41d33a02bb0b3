"""Runs one command: whatever goes wrong ends in one clear line and an exit code, never in a traceback."""

from importlib import import_module
from typing import cast

from devtools.console import Trouble, note
from devtools.processes import Stopped, stop_on_signals


def run(command: str, arguments: list[str]) -> int:
    """Run the command of that name and return its exit code."""
    stop_on_signals()
    try:
        return cast("int", import_module(f"devtools.{command}").main(arguments))
    except Trouble as trouble:
        note(str(trouble))
        return trouble.exit_code
    except OSError as error:  # a full disk, a file of another user: the system says which
        note(f"bin/{command}: {error}")
        return 1
    except Stopped as stopped:
        return 128 + stopped.signal
