"""What the commands tell people: results on standard output, everything else on standard error, both at once."""

import sys


class Trouble(Exception):  # noqa: N818 - it reads as what it is: the user's trouble, explained in one line
    """Something that one line explains; the command ends with it."""

    def __init__(self, line: str, exit_code: int = 1) -> None:
        super().__init__(line)
        self.exit_code = exit_code


def say(line: str) -> None:
    """Print a result."""
    print(line, flush=True)


def note(line: str) -> None:
    """Print what is going on."""
    print(line, file=sys.stderr, flush=True)
