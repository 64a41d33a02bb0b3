"""`bin/bench [--scale small|full] [name …]`: the benchmarks, on throw-away servers that write to disk as in production."""

import secrets

from devtools import environment, servers
from devtools.console import Trouble
from devtools.processes import foreground
from devtools.surroundings import SETTINGS, without


def main(arguments: list[str]) -> int:
    """Run the benchmarks and return their exit code."""
    if not (environment.ROOT / "benchmarks" / "__main__.py").exists():
        raise Trouble("There are no benchmarks in this checkout")
    environment.ensure("test")
    with servers.throw_away(durable=True) as running:
        chosen = running.urls | {"SECRET_KEY": secrets.token_hex(32), "PUBLIC_URL": "http://127.0.0.1:8000"}
        argv = [str(environment.PYTHON), "-m", "benchmarks", *arguments]
        return foreground(argv, without(*SETTINGS) | chosen, environment.ROOT)
