"""`python -m benchmarks [--scale small|full] [name …]`: one line a figure, beginning with its name and ratio."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable

import django
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "connmon.settings")
django.setup()
logging.disable(logging.WARNING)

from benchmarks import (  # noqa: E402 (Django must be set up first)
    data,
    downloads,
    growth,
    ingest,
    lists,
    mixed,
    pages,
    rollups,
)
from benchmarks.measure import Figure  # noqa: E402

# What only reads comes first, before other benchmarks store more events.
BENCHES: dict[str, Callable[[data.Scale], Figure]] = {
    "parse": ingest.parse,
    "flows_page": pages.flows_page,
    "list_sql": lists.list_sql,
    "deep_page": lists.deep_page,
    "list_page": pages.list_page,
    "overview_page": pages.overview_page,
    "csv": downloads.csv,
    "ingest_store": ingest.ingest_store,
    "ingest_http": ingest.ingest_http,
    "drain": rollups.drain,
    "mixed": mixed.mixed,
    "standing": rollups.standing,
    "rebuild": rollups.rebuild,
    "growth": growth.growth,
}


def main() -> int:
    """Build the data, run what was named (default: everything), print a line a figure."""
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("--scale", choices=data.SCALES, default="small")
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHES))
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(BENCHES)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    scale = data.SCALES[arguments.scale]
    call_command("migrate", verbosity=0)
    data.refuse_if_used()
    call_command("collectstatic", interactive=False, verbosity=0)
    _say(f"building {scale.consumers:,} consumers, {scale.connections:,} connections, {scale.events:,} events …")
    data.consumers(scale.consumers)
    data.events(scale.events, connections=scale.connections)
    for name in arguments.names or BENCHES:
        _say(f"{name}: {BENCHES[name].__doc__}")
        began = time.monotonic()
        print(BENCHES[name](scale), flush=True)
        _say(f"  after {time.monotonic() - began:.0f} s")
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
