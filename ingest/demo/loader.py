"""Loads the demo through the pipeline that every feed goes through."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from random import Random
from typing import Any

import msgspec
from django.conf import settings

from connections import rollup_services
from ingest.demo.catalogue import APIS
from ingest.demo.events import events
from ingest.demo.states import connectors, consumers
from ingest.demo.syncs import activations, syncs
from ingest.pipeline import Outcome, apply
from ingest.records import parse_ndjson
from sources.models import Source

_BATCH = 5_000  # records a transaction

Json = dict[str, Any]


def load(*, source: Source, now: datetime, count: int, days: int, seed: int) -> Outcome:
    """Load a demo of count consumers with the events of some days; the same seed at the same moment gives the same.

    Everything is counted when it returns, so that the first page is right.
    """
    total = Outcome()
    connections: list[Json] = []
    for lines in _batches(_states(seed, count, now, connections)):
        total.add(apply(parse_ndjson(b"\n".join(lines)), source=source, now=now))
    kept_days = min(days, settings.EVENT_RETENTION_DAYS - 1)
    for lines in _batches(_events(connections, seed, now, kept_days)):
        total.add(apply(parse_ndjson(b"\n".join(lines)), source=source, now=now))
    while rollup_services.drain():
        pass
    return total


def _states(seed: int, count: int, now: datetime, connections: list[Json]) -> Iterator[Json]:
    """Yield the state records; the connections that work or worked are put aside for their events."""
    # One stream of chance each, so that more of the one changes nothing of the other.
    states, attempts = Random(seed), Random(f"syncs {seed}")
    yield from connectors()
    yield from syncs()
    for consumer, records in consumers(states, count, now):
        yield consumer
        yield from records
        yield from activations(attempts, consumer, records, now)
        if not consumer["deleted"]:
            connections += {record["connection"]: record for record in records}.values()


def _events(connections: list[Json], seed: int, now: datetime, days: int) -> Iterator[Json]:
    flows = {connector.key: (api.flow, connector.name) for api in APIS for connector in api.connectors}
    for connection in connections:
        flow, name = flows[connection["connector"]]
        yield from events(connection, flow, name, seed=seed, now=now, days=days)


def _batches(records: Iterable[Json]) -> Iterator[list[bytes]]:
    lines = map(msgspec.json.encode, records)
    while batch := list(islice(lines, _BATCH)):
        yield batch
