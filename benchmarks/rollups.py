"""What the rollups cost: draining, rebuilding, and a batch that changes many connections."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass, field
from functools import partial
from itertools import count

from django.db import transaction
from django.utils import timezone

from benchmarks import data, feed
from benchmarks.measure import ROUNDS, Figure, figure, seconds, without_triggers
from connections import rollup_services
from connections.models import ActivityEvent, Connection, ErrorEvent
from ingest import pipeline
from ingest.records import Parsed, parse_array

_MOVED = 1_000
_turn = count()


@dataclass(frozen=True, slots=True)
class _Drains:
    """The seconds of several drains, and those of storing what each of them drained."""

    events_before: int
    drained: list[float] = field(default_factory=list)
    stored: list[float] = field(default_factory=list)


_few: list[_Drains] = []


def drain(scale: data.Scale) -> Figure:
    """Microseconds per event to all grains / microseconds per event stored."""
    many, few = _drains(scale), _few[0]
    ratios = [drained / stored for drained, stored in zip(many.drained, many.stored, strict=True)]
    growth = statistics.median(many.drained) / statistics.median(few.drained)
    grown = f"drained in {growth:.3g} times the time with {few.events_before:,} (goal ≤ 1.3)"
    return figure("drain", ratios, goal="≤ 1.0", note=f"{many.events_before:,} events stored before, {grown}")


def drain_of_few(scale: data.Scale) -> None:
    """Measure while few events are stored; `drain` compares."""
    _few.append(_drains(scale))


def _drains(scale: data.Scale) -> _Drains:
    found = _Drains(_events())
    source, keys = data.source(), feed.keys()
    for place in range(ROUNDS + 1):
        parsed = [feed.parsed(keys) for _ in range(scale.batches)]
        stored, drained = seconds(partial(feed.store, parsed, source)), seconds(data.drain)
        if place:
            found.stored.append(stored)
            found.drained.append(drained)
    return found


def _events() -> int:
    return ActivityEvent.objects.count() + ErrorEvent.objects.count()


def rebuild(scale: data.Scale) -> Figure:
    """A full rebuild / the drain of 20,000 events, time."""
    del scale
    source, keys, ratios, before = data.source(), feed.keys(), [], _events()
    for _ in range(ROUNDS):
        feed.store([feed.parsed(keys) for _ in range(20)], source)
        drained = seconds(data.drain)
        ratios.append(seconds(rollup_services.rebuild) / drained)
    return figure("rebuild", ratios, goal="reported", note=f"{before:,} events stored before")


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
