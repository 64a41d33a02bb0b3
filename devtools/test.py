"""`bin/test [pytest argument …]`: the test suite, with throw-away servers and a headless Chromium."""

import os

from devtools import environment, servers, system
from devtools.processes import foreground


def main(arguments: list[str]) -> int:
    """Run pytest and return its exit code."""
    environment.ensure("test")
    os.environ["CHROMIUM"] = system.chromium()
    with servers.throw_away() as running:
        argv = [str(environment.PYTHON), "-m", "pytest", *arguments]
        return foreground(argv, running.surroundings(), environment.ROOT)
