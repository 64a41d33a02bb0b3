"""What the rollups cost: draining, rebuilding, and a batch that changes many connections."""

from __future__ import annotations

from functools import partial
from itertools import count

from django.db import connection as db
from django.db import transaction

from benchmarks import data, feed
from benchmarks.measure import ROUNDS, Figure, figure, seconds
from connections import rollup_services
from connections.models import Connection

_MOVED = 1_000
_turn = count()


def drain(scale: data.Scale) -> Figure:
    """Microseconds per event to all grains / microseconds per event stored."""
    source, keys, ratios = data.source(), feed.keys(), []
    for _ in range(ROUNDS + 1):
        parsed = [feed.parsed(keys) for _ in range(scale.batches)]
        stored = seconds(partial(feed.store, parsed, source))
        ratios.append(seconds(data.drain) / stored)
    return figure("drain", ratios[1:], goal="≤ 1.0", note=f"{scale.events:,} events stored before")


def rebuild(scale: data.Scale) -> Figure:
    """A full rebuild / the drain of 20,000 events, time."""
    source, keys, ratios = data.source(), feed.keys(), []
    for _ in range(ROUNDS):
        feed.store([feed.parsed(keys) for _ in range(20)], source)
        drained = seconds(data.drain)
        ratios.append(seconds(rollup_services.rebuild) / drained)
    return figure("rebuild", ratios, goal="reported", note=f"{scale.events:,} events")


def standing(scale: data.Scale) -> Figure:
    """A statement that changes the status of 1,000 connections / the same UPDATE without triggers."""
    del scale
    ids = list(Connection.objects.order_by("id").values_list("id", flat=True)[:_MOVED])
    ratios = []
    for _ in range(ROUNDS + 1):
        with_triggers = seconds(lambda: _update(ids))
        with db.cursor() as cursor:
            cursor.execute("ALTER TABLE connections_connection DISABLE TRIGGER USER")
        without = seconds(lambda: _update(ids)) + seconds(lambda: _update(ids))
        with db.cursor() as cursor:
            cursor.execute("ALTER TABLE connections_connection ENABLE TRIGGER USER")
        ratios.append(with_triggers / (without / 2))
    return figure("standing", ratios[1:], goal="≤ 4")


def _update(ids: list[int]) -> None:
    """Turn active into pending and back; an even number of turns leaves the counts as they were."""
    status = "pending" if next(_turn) % 2 else "active"
    with transaction.atomic():
        Connection.objects.filter(id__any_of=ids).update(status=status)
