"""What the rollups cost: draining, rebuilding, and a batch that changes many connections."""

from __future__ import annotations

import json
import statistics
from functools import partial
from itertools import count

from django.db import connection as db
from django.db import transaction
from django.utils import timezone

from benchmarks import data, feed
from benchmarks.databases import second, used
from benchmarks.measure import ROUNDS, Figure, figure, seconds, without_triggers
from connections import rollup_services
from connections.models import ActivityEvent, Connection, ErrorEvent
from ingest import pipeline
from ingest.records import Parsed, parse_array

_MOVED = 1_000
_turn = count()


def drain(scale: data.Scale) -> Figure:
    """Microseconds per event to all grains / microseconds per event stored; the note: with more events / with fewer."""
    ratios, growth, before = [], [], _events()
    with second() as fewer:
        with used(fewer):
            data.consumers(scale.consumers)
            data.events(scale.few, connections=scale.connections)
        for _ in range(ROUNDS + 1):
            stored, drained = _stored_and_drained(scale)
            with used(fewer):
                _, drained_of_fewer = _stored_and_drained(scale)
            ratios.append(drained / stored)
            growth.append(drained / drained_of_fewer)
    grown = figure("", growth[1:], goal="≤ 1.3")
    note = f"{before:,} events stored before | times the drain with {scale.few:,}: {grown.text}"
    return figure("drain", ratios[1:], goal="≤ 1.0", note=note)


def _stored_and_drained(scale: data.Scale) -> tuple[float, float]:
    """Return the seconds of storing some batches, and of draining them."""
    source, keys = data.source(), feed.keys()
    parsed = [feed.parsed(keys) for _ in range(scale.batches)]
    return seconds(partial(feed.store, parsed, source)), seconds(data.drain)


def _events() -> int:
    return ActivityEvent.objects.count() + ErrorEvent.objects.count()


def rebuild(scale: data.Scale) -> Figure:
    """A full rebuild of empty grains / the drain of 20,000 events, time; the note: of grains that are right."""
    del scale
    source, keys, before = data.source(), feed.keys(), _events()
    of_nothing, of_all = [], []
    for _ in range(ROUNDS):
        feed.store([feed.parsed(keys) for _ in range(20)], source)
        drained = seconds(data.drain)
        with db.cursor() as cursor:
            cursor.execute(
                "TRUNCATE connections_connectionrollup, connections_connectorrollup, connections_totalrollup"
            )
        of_nothing.append(seconds(rollup_services.rebuild) / drained)
        of_all.append(seconds(rollup_services.rebuild) / drained)
    note = f"{before:,} events stored before; when nothing is wrong {statistics.median(of_all):.3g}"
    return figure("rebuild", of_nothing, goal="reported", note=note)


def standing(scale: data.Scale) -> Figure:
    """An UPDATE of the status of 1,000 connections / the same without triggers."""
    rows = list(Connection.objects.select_related("consumer", "connector").order_by("id")[:_MOVED])
    ids, source = [row.pk for row in rows], data.source()
    ratios, batches = [], []
    for _ in range(scale.rounds + 1):
        _update(ids)  # planned anew
        with_triggers = seconds(lambda: _update(ids))
        batch = _batch(rows)
        whole = seconds(lambda: pipeline.apply(batch, source=source, now=timezone.now()))  # noqa: B023 (called at once)
        with without_triggers("connections_connection"):
            # Twice, so that the counts are right when the triggers are back.
            without = (seconds(lambda: _update(ids)) + seconds(lambda: _update(ids))) / 2
        ratios.append(with_triggers / without)
        batches.append(whole / without)
    note = f"a whole batch of records through the pipeline: {statistics.median(batches[1:]):.3g}"
    return figure("standing", ratios[1:], goal="≤ 4", note=note)


def _update(ids: list[int]) -> None:
    """Turn active into pending and back."""
    with transaction.atomic():
        Connection.objects.filter(id__any_of=ids).update(status=_next_status())


def _batch(rows: list[Connection]) -> list[Parsed]:
    """Return the records that turn the same connections."""
    shared = {"type": "connection", "status": _next_status()}
    records = [
        shared | {"connection": row.key, "consumer": row.consumer.consumerid, "connector": row.connector.key}
        for row in rows
    ]
    return parse_array(json.dumps(records).encode())


def _next_status() -> str:
    return "pending" if next(_turn) % 2 else "active"
