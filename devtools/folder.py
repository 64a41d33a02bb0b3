"""The folder in which a demo keeps its state: the servers' data, logs, secrets and what others need to reach it."""

import contextlib
import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from devtools.console import Trouble
from devtools.environment import ROOT

_SECONDS_TO_WAIT = 1.0  # bin/manage holds the lock for a moment when it looks


@dataclass(frozen=True)
class Folder:
    """One demo's folder."""

    path: Path

    @classmethod
    def at(cls, name: str | None) -> "Folder":
        """The folder of that name; the usual one, var, lies in the checkout."""
        return cls(Path(name).absolute() if name else ROOT / "var")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Create the folder and keep it to ourselves: two demos must never share one."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Trouble(f"{self.path} can not be used: {error.strerror}") from error
        try:
            if not _locked(descriptor, _SECONDS_TO_WAIT):
                raise Trouble(f"Another bin/demo is already running on {self.path}")
            yield
        finally:
            os.close(descriptor)

    def running(self) -> dict[str, str] | None:
        """The settings of the demo that runs here, or nothing."""
        try:
            descriptor = os.open(self.path / "lock", os.O_RDWR)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Trouble(f"{self.path} can not be used: {error.strerror}") from error
        try:
            if _locked(descriptor, 0):
                return None
        finally:
            os.close(descriptor)
        return self._state()

    def _state(self) -> dict[str, str] | None:
        try:
            state: dict[str, str] = json.loads((self.path / "state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return state

    @contextmanager
    def announced(self, settings: dict[str, str]) -> Iterator[None]:
        """Tell bin/manage how to reach the servers while they run."""
        self.keep("state.json", json.dumps(settings))
        try:
            yield
        finally:
            (self.path / "state.json").unlink(missing_ok=True)

    def secret_key(self) -> str:
        """The demo's own key, made once."""
        return self.kept("secret-key") or self.keep("secret-key", secrets.token_urlsafe(48))

    def log(self, name: str) -> Path:
        """Where a program of that name writes."""
        (self.path / "log").mkdir(mode=0o700, exist_ok=True)
        return self.path / "log" / f"{name}.log"

    def kept(self, name: str) -> str | None:
        """Read a small text kept here."""
        with contextlib.suppress(FileNotFoundError):
            return (self.path / name).read_text(encoding="utf-8").strip() or None
        return None

    def forget(self, *names: str) -> None:
        """Remove small texts kept here."""
        for name in names:
            (self.path / name).unlink(missing_ok=True)

    def keep(self, name: str, text: str) -> str:
        """Keep a small text that only this user may read, complete or not at all; return it."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.path / f"{name}.new"
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(f"{text}\n")
        draft.rename(self.path / name)
        return text


def _locked(descriptor: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.1)
        else:
            return True
