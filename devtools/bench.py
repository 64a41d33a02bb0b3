"""`bin/bench [--scale small|full] [name …]`: the benchmarks, on throw-away servers that write to disk as ever."""

from devtools import environment, servers
from devtools.console import Trouble
from devtools.processes import foreground


def main(arguments: list[str]) -> int:
    """Run the benchmarks and return their exit code."""
    if not (environment.ROOT / "benchmarks" / "__main__.py").exists():
        raise Trouble("There are no benchmarks in this checkout")
    environment.ensure("test")
    with servers.throw_away(durable=True) as running:
        argv = [str(environment.PYTHON), "-m", "benchmarks", *arguments]
        return foreground(argv, running.surroundings(), environment.ROOT)
