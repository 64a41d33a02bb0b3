"""What the machine has, and how to get what it lacks: apt as root, one clear line otherwise."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devtools.console import Trouble, note
from devtools.processes import Program, attempt, run

_POLICY = Path("/usr/sbin/policy-rc.d")
_CLUSTERS = Path("/etc/postgresql-common/createcluster.conf")


def has_apt() -> bool:
    """Whether this process may install Debian packages."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(what: str, package: str) -> None:
    """Install a Debian package, or say in one line what is missing."""
    if not has_apt():
        raise Trouble(f"{what} is missing: install the package {package} (apt-get install {package}) and try again")
    note(f"{what} is missing: installing the Debian package {package} …")
    with _no_services():
        if attempt(_apt("install", package)).exit_code:
            run(_apt("update"))
            run(_apt("install", package))


def _apt(action: str, *packages: str) -> Program:
    options = ["-y", "-q", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold"]
    return Program(
        name=f"apt-get {action} {' '.join(packages)}".strip(),
        argv=["apt-get", *options, action, *packages],
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
    )


@contextmanager
def _no_services() -> Iterator[None]:
    """Keep the packages from starting servers of their own: connmon runs private ones."""
    made = [path for path in (_POLICY, _CLUSTERS) if not path.exists()]
    try:
        if _POLICY in made:
            _POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
            _POLICY.chmod(0o755)
        if _CLUSTERS in made:
            _CLUSTERS.parent.mkdir(exist_ok=True)
            _CLUSTERS.write_text("create_main_cluster = false\n", encoding="utf-8")
        yield
    finally:
        for path in made:
            path.unlink(missing_ok=True)
        theirs = _CLUSTERS.with_name(f"{_CLUSTERS.name}.ucf-dist")
        if _CLUSTERS in made and theirs.exists():  # what the package would have put there
            theirs.rename(_CLUSTERS)


def chromium() -> str:
    """Find Chromium for the browser tests, or install it."""
    named = os.environ.get("CHROMIUM")
    found = named or _find_chromium()
    if not found:
        apt_install("Chromium", "chromium")
        found = _find_chromium()
    if not found:
        raise Trouble("Chromium is missing: install it, or name it in CHROMIUM")
    return found


def _find_chromium() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
