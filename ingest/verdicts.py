"""What becomes of one record."""

from enum import Enum


class Verdict(Enum):
    """The fate of a record that was not rejected."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    STALE = "stale"


class Rejected(Exception):  # noqa: N818 (a verdict, not a fault)
    """The record contradicts what is stored: code and path as in the answer, message in plain words."""

    def __init__(self, code: str, path: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.path = path
        self.message = message


def unknown(what: str, key: str) -> Rejected:
    """Return the rejection of a record that names something we do not know."""
    return Rejected(f"unknown_{what}", what, f'no {what} "{key}"')
