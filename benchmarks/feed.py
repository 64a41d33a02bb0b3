"""Batches of events as a feed sends them: 1,000 a batch, of some connections, from the last hour."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from benchmarks import data
from ingest import pipeline
from ingest.records import Parsed, parse_array
from sources.models import Source

BATCH = 1_000
PER_BATCH = 100  # connections that one batch speaks of

_numbers = count(1)


def keys() -> list[str]:
    """Return the connections that the events are of."""
    return data.keys(1_000, flow="source")


def events(connections: list[str]) -> list[dict[str, Any]]:
    """Return one batch; no id comes twice."""
    now, some = timezone.now(), random.sample(connections, min(PER_BATCH, len(connections)))
    return [
        {
            "type": "activity",
            "id": f"event-{next(_numbers):012d}",
            "connection": random.choice(some),
            "kind": "created",
            "count": random.randrange(1, 9),
            "occurred_at": (now - timedelta(seconds=random.randrange(3_600))).isoformat(),
        }
        for _ in range(BATCH)
    ]


def as_array(batch: list[dict[str, Any]]) -> bytes:
    """Return a batch as application/json."""
    return json.dumps(batch).encode()


def as_lines(batch: list[dict[str, Any]]) -> bytes:
    """Return a batch as application/x-ndjson."""
    return b"\n".join(json.dumps(event).encode() for event in batch)


def renewed(body: bytes) -> bytes:
    """Return a body with other ids: quicker than making another batch."""
    return body.replace(b'"event-', b'"event-%d-' % next(_numbers))


def parsed(connections: list[str]) -> list[Parsed]:
    """Return one batch as the pipeline takes it."""
    return parse_array(as_array(events(connections)))


def store(batches: list[list[Parsed]], source: Source) -> None:
    """Send batches through the pipeline, a transaction each."""
    for batch in batches:
        pipeline.apply(batch, source=source, now=timezone.now())
