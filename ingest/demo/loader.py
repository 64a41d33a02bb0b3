"""Loads the demo through the pipeline that every feed goes through."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from random import Random
from typing import Any

import msgspec

from ingest.demo.states import connectors, consumers
from ingest.demo.syncs import activations, syncs
from ingest.pipeline import Outcome, apply
from ingest.records import parse_ndjson
from sources.models import Source

_BATCH = 5_000  # records a transaction


def load(*, source: Source, now: datetime, count: int, days: int, seed: int) -> Outcome:  # noqa: ARG001 (events follow)
    """Load a demo of count consumers; the same seed at the same moment gives the same records."""
    total = Outcome()
    for lines in _batches(_records(seed, count, now)):
        total.add(apply(parse_ndjson(b"\n".join(lines)), source=source, now=now))
    return total


def _records(seed: int, count: int, now: datetime) -> Iterator[dict[str, Any]]:
    # One stream of chance each, so that more of the one changes nothing of the other.
    states, attempts = Random(seed), Random(f"syncs {seed}")
    yield from connectors()
    yield from syncs()
    for consumer, connections in consumers(states, count, now):
        yield consumer
        yield from connections
        yield from activations(attempts, consumer, connections, now)


def _batches(records: Iterable[dict[str, Any]]) -> Iterator[list[bytes]]:
    lines = map(msgspec.json.encode, records)
    while batch := list(islice(lines, _BATCH)):
        yield batch
