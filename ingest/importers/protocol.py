"""What every importer offers, and what can go wrong with any platform."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Protocol

from ingest.importers.runs import Recorder

# While so many objects in a row could not be read, the platform is away and asking on would only take time.
MOST_FAILURES_IN_A_ROW: Final = 40


class PlatformError(Exception):
    """The platform did not give what was asked of it; the text says so in plain words, without secrets."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class CredentialsError(PlatformError):
    """The platform refused our credentials."""


class MalformedAnswerError(PlatformError):
    """The platform answered with something that its documentation does not describe."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for a platform: seconds an answer may take, how often to try, and the first pause between."""

    timeout_seconds: float = 20.0
    attempts: int = 4
    pause_seconds: float = 0.5


# Somebody waits for the answer, or it is tried again later anyway.
BRIEF: Final = Patience(timeout_seconds=8.0, attempts=2, pause_seconds=0.3)


@dataclass(frozen=True)
class Wanted:
    """What webhooks named: consumers to read again, and issues to read whatever was read of them before."""

    consumerids: Collection[str]
    issue_ids: Collection[str] = ()


class Importer(Protocol):
    """One account at a platform. Methods raise PlatformError when nothing at all could be read."""

    def import_all(self, recorder: Recorder) -> None:
        """Mirror everything; what fails alone is noted at the recorder."""

    def import_some(self, wanted: Wanted, recorder: Recorder) -> set[str]:
        """Mirror these consumers; return those that could not be read."""

    def check(self) -> str:
        """Sign in and read one list; return in plain words what was found."""

    def mint_connect_url(self, *, consumerid: str) -> str:
        """Return a fresh address of the platform's own connect page for a consumer."""

    def mint_activate_url(self, *, consumerid: str, sync: str) -> str:
        """Return a fresh address of the platform's own page on which a consumer activates a sync."""

    def close(self) -> None:
        """Let go of connections."""
