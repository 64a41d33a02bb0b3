"""Webhook deliveries: kept, coalesced, applied in the background by reading the objects again, purged."""

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet

from common.erasing import delete_some
from common.locks import DELIVERIES, held_by_session
from common.redis import RedisError, client
from common.rules import event_id_problem, key_problem, storable
from ingest.importers.protocol import Wanted
from ingest.importers.running import import_some
from ingest.importers.runs import Clock
from ingest.models import ImportRun, IssueMark, WebhookDelivery
from sources.models import Source
from sources.services import hear

State = WebhookDelivery.State

KEPT: Final = timedelta(days=14)
_FULL_KEPT: Final = timedelta(days=90)
# Consumers that one go reads: few enough that it takes seconds and other background work gets its turn.
_CONSUMERS: Final = 200
_DELIVERIES: Final = 5_000
_ATTEMPTS: Final = 6
_PAUSE: Final = timedelta(seconds=10)
_PREFIX: Final = "account."

_log = logging.getLogger(__name__)


def take(*, source: Source, body: bytes, now: datetime) -> WebhookDelivery:
    """Keep a signed event; one that names no consumer is kept and ignored."""
    event = _event(body)
    consumerid = _named(event, "consumerid")
    # First, so that nothing can fail once the event is stored: its sender would send it again.
    hear(source=source, now=now)
    concerns = bool(consumerid) and _text(event, "event").startswith(_PREFIX)
    return WebhookDelivery.objects.create(
        source=source,
        event=storable(_text(event, "event"), 100),
        consumerid=consumerid,
        issue_id=_issue(event),
        body=body,
        received_at=now,
        state=State.WAITING if concerns else State.IGNORED,
        due_at=now,
        finished_at=None if concerns else now,
        message="" if concerns else "Nothing to read again.",
    )


def count_refused(*, source: Source) -> None:
    """Count an event without a right signature; nothing else is kept of it."""
    try:
        client().incr(_refused_key(source))
    except RedisError as error:
        _log.warning("a refused webhook could not be counted: %s", error)


def refused(*, source: Source) -> int | None:
    """Return how many events were refused; None while Redis is away."""
    try:
        count: Any = client().get(_refused_key(source))
    except RedisError:
        return None
    return int(count or 0)


def waiting_sources(*, now: datetime) -> list[int]:
    """Return the sources with deliveries to apply now."""
    due = WebhookDelivery.objects.filter(state=State.WAITING, due_at__lte=now)
    return list(due.order_by("source").values_list("source", flat=True).distinct())


def apply_some(*, source: Source, clock: Clock) -> bool:
    """Apply the oldest deliveries of a source, each object read once; whether more are waiting.

    One at a time does so: whoever finds it under way leaves, as what just came in is found at the next go.
    """
    with held_by_session(DELIVERIES, source.pk, wait=False) as held:
        if not held:
            return False
        now = clock()
        chosen = _choose(source, now)
        if not chosen:
            return False
        wanted = Wanted({row.consumerid for row in chosen}, {row.issue_id for row in chosen if row.issue_id})
        run, failed = import_some(source=source, wanted=wanted, clock=clock)
        _settle(chosen, run, failed, clock())
        return _due(source, clock()).exists()


def run_again(*, delivery: WebhookDelivery, now: datetime) -> bool:
    """Let a delivery wait once more; False for one that names nothing to read, or still waits."""
    if not delivery.consumerid:
        return False
    again = WebhookDelivery.objects.filter(pk=delivery.pk).exclude(state=State.WAITING)
    return bool(again.update(state=State.WAITING, due_at=now, attempts=0, finished_at=None, message=""))


def purge(*, now: datetime) -> int:
    """Delete deliveries, and runs that deliveries led to, 14 days after they came; full runs stay longer."""
    objects = ImportRun.objects.filter(kind=ImportRun.Kind.OBJECT, started_at__lt=now - KEPT)
    full = ImportRun.objects.filter(kind=ImportRun.Kind.FULL, started_at__lt=now - _FULL_KEPT)
    old = WebhookDelivery.objects.filter(received_at__lt=now - KEPT)
    count = 0
    # Older issues are not read any more, as their events would be refused.
    marks = IssueMark.objects.filter(last_seen_at__lt=now - timedelta(days=settings.EVENT_RETENTION_DAYS + 1))
    for rows in (old, objects, full, marks):
        while deleted := delete_some(rows, _DELIVERIES):
            count += deleted
    return count


def _choose(source: Source, now: datetime) -> list[WebhookDelivery]:
    """Return the deliveries due, the oldest first, of no more consumers than one go reads."""
    consumerids: set[str] = set()
    chosen = []
    for row in _due(source, now).defer("body").order_by("received_at", "id")[:_DELIVERIES]:
        if row.consumerid in consumerids or len(consumerids) < _CONSUMERS:
            consumerids.add(row.consumerid)
            chosen.append(row)
    return chosen


def _due(source: Source, now: datetime) -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.filter(source=source, state=State.WAITING, due_at__lte=now)


def _settle(chosen: Sequence[WebhookDelivery], run: ImportRun, failed: set[str], now: datetime) -> None:
    for row in chosen:
        row.attempts += 1
        row.message = ""
        is_lost = run.outcome == ImportRun.Outcome.FAILED or row.consumerid in failed or row.issue_id in failed
        if not is_lost:
            row.state, row.finished_at = State.APPLIED, now
            continue
        row.message = str(run.errors[-1])[:500] if run.errors else "The platform did not answer."
        if row.attempts >= _ATTEMPTS:
            row.state, row.finished_at = State.FAILED, now
        row.due_at = now + _PAUSE * 2 ** (row.attempts - 1)
    fields = ["attempts", "message", "state", "finished_at", "due_at"]
    WebhookDelivery.objects.bulk_update(chosen, fields, batch_size=1_000)


def _event(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _text(event: dict[str, Any], name: str) -> str:
    value = event.get(name)
    return value if isinstance(value, str) else ""


def _named(event: dict[str, Any], name: str) -> str:
    value = _text(event, name)
    return "" if key_problem(value) else value


def _issue(event: dict[str, Any]) -> str:
    value = event.get("issue_id")
    text = str(value) if isinstance(value, str | int) else ""
    return "" if event_id_problem(text) else text


def _refused_key(source: Source) -> str:
    return f"connmon:webhooks-refused:{source.pk}"
