"""Loads the demo through the pipeline that every feed goes through."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from random import Random
from typing import Any

import msgspec

from ingest.demo.states import connectors, consumers
from ingest.pipeline import Outcome, apply
from ingest.records import parse_ndjson
from sources.models import Source

_BATCH = 5_000  # records a transaction


def load(*, source: Source, now: datetime, count: int, days: int, seed: int) -> Outcome:  # noqa: ARG001 (events follow)
    """Load a demo of count consumers; the same seed at the same moment gives the same records."""
    total = Outcome()
    for lines in _batches(_records(Random(seed), count, now)):
        total.add(apply(parse_ndjson(b"\n".join(lines)), source=source, now=now))
    return total


def _records(random: Random, count: int, now: datetime) -> Iterator[dict[str, Any]]:
    yield from connectors()
    for consumer, connections in consumers(random, count, now):
        yield consumer
        yield from connections


def _batches(records: Iterable[dict[str, Any]]) -> Iterator[list[bytes]]:
    lines = map(msgspec.json.encode, records)
    while batch := list(islice(lines, _BATCH)):
        yield batch
