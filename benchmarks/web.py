"""The web server as it runs for real, and a visitor who costs next to nothing beside it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from accounts.models import Role, User

_PATIENCE = 60  # seconds
_HOST, _PORT = "127.0.0.1", 8377
_PIECE = 256 * 1024
# A page of nothing stands beside connmon's own.
_SURROUNDINGS = {"API_RATE_LIMIT": "0", "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}


@dataclass(frozen=True, slots=True)
class Server:
    """A running web server."""

    address: str
    process: subprocess.Popen[bytes]

    def memory(self) -> int:
        """Return what its largest process ever held, in bytes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        return max(map(_peak, [*map(int, children.split()), self.process.pid]))


@contextmanager
def web_server(*, workers: int) -> Iterator[Server]:
    """Run gunicorn with so many processes."""
    command = [sys.executable, "-m", "gunicorn", "connmon.wsgi", f"--workers={workers}", f"--bind={_HOST}:{_PORT}"]
    process = subprocess.Popen(command, env=os.environ | _SURROUNDINGS, stderr=subprocess.DEVNULL)
    server = Server(f"http://{_HOST}:{_PORT}", process)
    try:
        _wait_for(f"{server.address}/healthz")
        yield server
    finally:
        process.terminate()
        process.wait()


class Visitor:
    """Somebody who has signed in and asks for pages over sockets of their own, like a proxy in front of connmon."""

    def __init__(self) -> None:
        user = User.objects.get_or_create(username="bench", defaults={"role": Role.VIEWER})[0]
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        self._cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}"

    def get(self, path: str) -> bytes:
        """Ask for a page and return the whole answer. RuntimeError: it is not 200."""
        answer = b"".join(self.pieces(path))
        if b" 200 " not in answer[:20]:
            raise RuntimeError(f"{path}: {answer[:200]!r}")
        return answer

    def pieces(self, path: str) -> Iterator[bytes]:
        """Ask for a page and yield the answer, head included, as it comes."""
        head = f"GET {path} HTTP/1.1\r\nHost: {_HOST}:{_PORT}\r\nCookie: {self._cookie}\r\nConnection: close\r\n\r\n"
        with closing(socket.create_connection((_HOST, _PORT), timeout=_PATIENCE)) as stream:
            stream.sendall(head.encode())
            while piece := stream.recv(_PIECE):
                yield piece


def _peak(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return
