"""Real processes on the database of the tests, or on another one."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection as db

PATIENCE = 40  # seconds: these tests share the machine with whatever else runs on it


def database_url() -> str:
    """Return the address of the database that the tests use right now."""
    chosen = db.settings_dict
    user = quote(str(chosen["USER"]))
    password = f":{quote(str(chosen['PASSWORD']))}" if chosen["PASSWORD"] else ""
    place = {"host": str(chosen["HOST"]), "port": str(chosen["PORT"])}
    query = urlencode({name: value for name, value in place.items() if value})
    return f"postgresql://{user}{password}@/{quote(str(chosen['NAME']))}?{query}"


def environment(**more: str) -> dict[str, str]:
    """Return an environment in which our processes work on that database, and with what else is chosen."""
    return os.environ | {"DATABASE_URL": database_url(), "STATIC_ROOT": str(settings.STATIC_ROOT)} | more


def free_port() -> int:
    """Return a port of this machine that nobody uses at the moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def worker(folder: Path, *, beat: bool = True, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Celery worker, with beat as `bin/demo` starts it; killed at the end with all its children."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "celery", "-A", "connmon", "worker", "--concurrency=2", "--loglevel=WARNING"]
    command += ["--beat", f"--schedule={folder}/beat"] if beat else []
    command += [f"--pidfile={folder}/pid", f"--hostname={folder.name}@test"]
    with _killed_at_the_end(command, folder / "log", **more) as process:
        yield process
    (folder / "pid").unlink(missing_ok=True)


@contextmanager
def web(
    *, workers: int = 1, log: Path = Path(os.devnull), **more: str
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run a gunicorn; yields its process and address."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "connmon.wsgi", f"--workers={workers}", f"--bind=127.0.0.1:{port}"]
    with _killed_at_the_end([*command, "--no-control-socket"], log, **more) as process:
        address = f"http://127.0.0.1:{port}"
        until(lambda: answers(f"{address}/healthz"))
        yield process, address


@contextmanager
def _killed_at_the_end(command: list[str], log: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, env=environment(**more), stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers(address: str) -> bool:
    """Whether something answers there, with success."""
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def until(holds: Callable[[], object], seconds: float = PATIENCE) -> float:
    """Wait until it holds; return how many seconds that took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "waited in vain"
        time.sleep(0.05)
    return time.monotonic() - began


def manage(*arguments: str, **more: str) -> str:
    """Run a management command to its end; return what it printed."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, env=environment(**more), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
