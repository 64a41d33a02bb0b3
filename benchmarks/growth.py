"""What a million events leave behind: bytes of every table with its indexes, write-ahead log, and a purge."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from uuid import UUID

from django.conf import settings
from django.db import connection as db
from django.db import transaction
from django.utils import timezone
from psycopg import sql

from benchmarks import data, feed
from benchmarks.measure import Figure, figure, seconds
from connections import rollup_services
from ingest.records import parse_array

_MILLION = 1_000_000
_EACH = 1_000  # events a day of each connection
_BATCHES_A_DRAIN = 10
_MESSAGE = "The product can not be created: the attribute “{}” is required in the family “Furniture”, but it is empty."

_numbers = count(1)

_SIZES = """
SELECT relname, pg_total_relation_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


def growth(scale: data.Scale) -> Figure:
    """Bytes that all tables with their indexes grew by / bytes of the records; a day's events, 9 to 1 error."""
    events = min(scale.events // 4, _MILLION)
    keys = data.keys(scale.connections, flow="source")[-events // _EACH :]
    source, now = data.source(), timezone.now()
    _execute("VACUUM")
    _execute("CHECKPOINT")
    before, log = _sizes(), _log()
    received, stored, drained = 0, 0.0, 0.0
    for number in range(events // feed.BATCH):
        at = now - timedelta(days=1) * (1 - number * feed.BATCH / events)
        body = feed.as_array([_event(keys, at) for _ in range(feed.BATCH)])
        received += len(body)
        stored += seconds(partial(feed.store, [parse_array(body)], source))
        if number % _BATCHES_A_DRAIN == 0:
            drained += seconds(data.drain)
    drained += seconds(data.drain)
    log = _log() - log
    _execute("VACUUM")
    sizes = _sizes()
    grown = {table: size - before[table] for table, size in sizes.items()}
    notes = []
    for table, size in sorted(sizes.items()):
        if rows := _rows(table):
            share = f"{_share(grown[table], received, events)}, " if grown[table] else ""
            notes.append(f"{table}: {share}{size / rows:,.0f} bytes a row")
    notes += [
        f"write-ahead log: {_share(log, received, events)}",
        f"draining / storing: {drained / stored:.3g}, {events / drained:,.0f} and {events / stored:,.0f} events/s",
        _purged(stored / events),
    ]
    return figure("growth", [sum(grown.values()) / received], goal="reported", note=" | ".join(notes))


def _share(size: int, received: int, events: int) -> str:
    return f"{size / received:.3g}, {size / events:,.1f} MB per million events"  # bytes an event are MB a million


def _purged(stored: float) -> str:
    """Purge every event, and take it back: the time for one / the seconds in which one was stored."""
    log, later = _log(), timezone.now() + timedelta(days=settings.EVENT_RETENTION_DAYS + 1)
    purged: list[int] = []
    with transaction.atomic():
        taken = seconds(lambda: purged.append(rollup_services.purge_events(now=later)))
        transaction.set_rollback(True)
    log = _log() - log
    each = taken / purged[0] / stored
    return f"purging / storing: {each:.3g}, {purged[0] / taken:,.0f} events/s, {log / purged[0]:,.0f} bytes of log each"


def _event(keys: list[str], at: datetime) -> dict[str, object]:
    """One event as platforms send them: long ids, and an error in ten with a product and a link that helps."""
    base: dict[str, object] = {
        "id": str(UUID(int=random.getrandbits(128), version=4)),
        "connection": random.choice(keys),
        "occurred_at": at.isoformat(),
    }
    if random.random() < 0.9:
        return base | {
            "type": "activity",
            "kind": random.choice(["created", "updated"]),
            "count": random.randrange(1, 9),
        }
    number = next(_numbers)
    return base | {
        "type": "error",
        "category": "technical" if number % 4 == 0 else "business",
        "message": _MESSAGE.format(f"attribute {number % 50}"),
        "code": "ATTRIBUTE_REQUIRED",
        "operation": "create",
        "product": {"identifier": f"SKU-{number:06d}", "label": f"Chair number {number}", "family": "Furniture"},
        "channel": "ecommerce",
        "locale": "en_GB",
        "help": [{"kind": "internal", "title": "Required attributes", "url": "https://docs.example.com/attributes"}],
    }


def _sizes() -> dict[str, int]:
    with db.cursor() as cursor:
        cursor.execute(_SIZES)
        return dict(cursor.fetchall())


def _rows(table: str) -> int:
    with db.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
        return int(cursor.fetchone()[0])


def _log() -> int:
    with db.cursor() as cursor:
        cursor.execute("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")
        return int(cursor.fetchone()[0])


def _execute(statement: str) -> None:
    with db.cursor() as cursor:
        cursor.execute(statement)
