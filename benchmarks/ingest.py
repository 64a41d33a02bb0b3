"""How fast records come in: parsing, storing, over HTTP; against what the same machine does without us."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from http.client import HTTPConnection
from operator import attrgetter
from typing import Any

from django.db import connection as db
from django.utils import timezone

from benchmarks import data, feed
from benchmarks.measure import Figure, figure, joined, paired, seconds, without_triggers
from benchmarks.web import web_server
from common.driver import driver_cursor
from ingest.records import parse_array
from sources.services import create_key

# Batches of each round that do not count: triggers that were taken off have to be planned again.
_WARMING = 2
_COPY = "COPY connections_activityevent (connection_id, external_id, kind, count, entity, occurred_at) FROM STDIN"


def parse(scale: data.Scale) -> Figure:
    """Parse and validate 1,000 records / json.loads of the same bytes, time."""
    del scale
    bodies = [feed.as_array(feed.events(feed.keys())) for _ in range(20)]
    above, below = paired(
        lambda: [parse_array(body) for body in bodies], lambda: [json.loads(body) for body in bodies], rounds=15
    )
    return figure("parse", [a / b for a, b in zip(above, below, strict=True)], goal="≤ 1.0")


def ingest_store(scale: data.Scale) -> Figure:
    """Events a second through the pipeline / raw COPY into the same table without trigger, 1,000 a commit."""
    source = data.source()
    keys = feed.keys()
    ratios = []
    for _ in range(scale.rounds + 1):
        parsed = [feed.parsed(keys) for _ in range(scale.batches + _WARMING)]
        feed.store(parsed[:_WARMING], source)
        ours = seconds(partial(feed.store, parsed[_WARMING:], source))
        ratios.append(_raw_seconds(keys, scale.batches) / ours)
    return figure("ingest_store", ratios[1:], goal="≥ 0.60")


def ingest_http(scale: data.Scale) -> Figure:
    """Events a second over HTTP to one web worker / raw COPY into that table; the worse of JSON and NDJSON."""
    keys = feed.keys()
    _, key = create_key(name=f"bench {timezone.now()}", scope="write", now=timezone.now())
    figures = []
    with web_server(workers=1) as server:
        for kind, pack in (("application/json", feed.as_array), ("application/x-ndjson", feed.as_lines)):
            ratios = []
            for _ in range(scale.rounds + 1):
                bodies = [pack(feed.events(keys)) for _ in range(scale.batches + _WARMING)]
                post_all(server.address, key, bodies[:_WARMING], kind)
                ours = seconds(partial(post_all, server.address, key, bodies[_WARMING:], kind))
                ratios.append(_raw_seconds(keys, scale.batches) / ours)
            figures.append(figure("ingest_http", ratios[1:], goal="≥ 0.45", note=kind))
    return joined(sorted(figures, key=attrgetter("ratio")))


def _raw_seconds(keys: list[str], batches: int) -> float:
    """Time the least that PostgreSQL can do: text ready to copy, one commit a batch, no trigger."""
    with db.cursor() as cursor:
        cursor.execute("SELECT key, id FROM connections_connection WHERE key = ANY (%s)", [keys])
        ids = dict(cursor.fetchall())
    ready = [_text(feed.events(keys), ids) for _ in range(batches + _WARMING)]
    with without_triggers("connections_activityevent"):
        _copy_all(ready[:_WARMING])
        return seconds(partial(_copy_all, ready[_WARMING:]))


def _text(events: list[dict[str, Any]], ids: dict[str, int]) -> bytes:
    rows = sorted((ids[e["connection"]], e["id"], e["kind"], e["count"], "product", e["occurred_at"]) for e in events)
    return "".join("\t".join(map(str, row)) + "\n" for row in rows).encode()


def _copy_all(texts: list[bytes]) -> None:
    for text in texts:
        with driver_cursor() as cursor, cursor.copy(_COPY) as copy:
            copy.write(text)


def post_all(address: str, key: str, bodies: Iterable[bytes], kind: str = "application/json") -> None:
    """Send batches one after the other."""
    for body in bodies:
        post(address, key, body, kind)


def post(address: str, key: str, body: bytes, kind: str = "application/json") -> None:
    """Send one batch, with little work of our own: what a sender takes is not what is measured.

    RuntimeError: not everything was accepted.
    """
    connection = HTTPConnection(address.removeprefix("http://"))
    connection.request("POST", "/api/v1/records", body, {"Authorization": f"Bearer {key}", "Content-Type": kind})
    told = json.load(connection.getresponse())
    connection.close()
    if told.get("accepted") != feed.BATCH:
        raise RuntimeError(f"not everything was accepted: {told}")
