"""`bin/test [pytest argument …]`: the test suite, with throw-away servers and a headless Chromium."""

import secrets

from devtools import environment, servers, system
from devtools.processes import foreground
from devtools.surroundings import SETTINGS, without


def main(arguments: list[str]) -> int:
    """Run pytest and return its exit code."""
    environment.ensure("test")
    chromium = system.chromium()
    with servers.throw_away() as running:
        chosen = running.urls | {
            "SECRET_KEY": secrets.token_hex(32),
            "PUBLIC_URL": "http://127.0.0.1:8000",
            "CHROMIUM": chromium,
        }
        argv = [str(environment.PYTHON), "-m", "pytest", *arguments]
        return foreground(argv, without(*SETTINGS) | chosen, environment.ROOT)
