"""What is stored of a Chift account's own things: asked for in bulk, a fixed number of queries a batch."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q

from connections.models import Connection, Connector, StatusChange
from consumers.models import Consumer
from ingest.importers.chift import answers
from ingest.importers.chift.derive import Record, StoredActivation, StoredConnection
from ingest.models import IssueMark
from sources.models import Source
from syncs.models import Activation, Requirement, Sync

Pair = tuple[str, str]  # consumerid, sync key


def connections(source: Source, consumerids: Collection[str], keys: Collection[str]) -> dict[str, StoredConnection]:
    """Return the source's connections of these consumers, and those of these keys, by key."""
    named = Q(consumer__consumerid__any_of=list(consumerids)) | Q(key__any_of=list(keys))
    was_active = Exists(StatusChange.objects.filter(connection=OuterRef("pk"), to_status=StatusChange.To.ACTIVE))
    rows = (
        Connection.objects.filter(named, owner=source)
        .order_by()
        .values_list(
            "key",
            "consumer__consumerid",
            "connector__key",
            "name",
            "status",
            "failure_code",
            "failure_message",
            "is_deleted",
            was_active,
        )
    )
    return {row[0]: StoredConnection(*row) for row in rows}


def consumers(source: Source, consumerids: Collection[str] | None = None) -> Iterator[tuple[str, str]]:
    """Yield consumerid and name of the source's consumers, of all or of these."""
    rows = Consumer.objects.filter(owner=source, is_deleted=False)
    if consumerids is not None:
        rows = rows.filter(consumerid__any_of=list(consumerids))
    yield from rows.order_by().values_list("consumerid", "name").iterator()


def apis(integrationids: Collection[int]) -> dict[int, str]:
    """Return the unified APIs of those of these integrations that are stored."""
    keys = [str(number) for number in integrationids]
    rows = Connector.objects.filter(key__any_of=keys).order_by().values_list("key", "unified_api__name")
    return {int(key): name for key, name in rows}


def syncs(source: Source) -> dict[str, Record]:
    """Return the source's syncs that are not deleted, by key, as the records that would make them."""
    rows = Sync.objects.live().filter(owner=source).order_by()
    slots = Requirement.objects.order_by("position").select_related("unified_api", "connector")
    return {row.key: _sync(row) for row in rows.prefetch_related(Prefetch("requirements", slots))}


def _sync(row: Sync) -> Record:
    requires = [_slot(slot) for slot in row.requirements.all()]
    return {"type": "sync", "sync": row.key, "name": row.name, "requires": requires, "mappings": row.mappings}


def _slot(slot: Requirement) -> Record:
    named = {"connector": slot.connector.key} if slot.connector else {"unified_api": str(slot.unified_api)}
    return named | ({"hidden": True} if slot.is_hidden else {})


def activations(source: Source, pairs: Collection[Pair]) -> dict[Pair, StoredActivation]:
    """Return the source's activations of these consumers and syncs."""
    consumerids, keys = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
    rows = Activation.objects.filter(
        owner=source, consumer__consumerid__any_of=list(consumerids), sync__key__any_of=list(keys)
    ).select_related("sync", "consumer")
    return {
        (row.consumer.consumerid, row.sync.key): StoredActivation(
            opened_at=row.opened_at,
            mappings=row.mappings,
            is_configured=row.is_configured,
            is_enabled=row.is_enabled,
            is_deleted=row.is_deleted,
            was_active=row.activated_at is not None,
        )
        for row in rows.order_by()
    }


def activation_pairs(source: Source, consumerids: Collection[str] | None) -> Iterator[Pair]:
    """Yield which consumers have begun with which syncs; of all consumers, or of these."""
    rows = Activation.objects.filter(owner=source, is_deleted=False, consumer__is_deleted=False)
    if consumerids is not None:
        rows = rows.filter(consumer__consumerid__any_of=list(consumerids))
    yield from rows.order_by().values_list("consumer__consumerid", "sync__key").iterator()


def issue_marks(source: Source, ids: Sequence[str]) -> dict[str, tuple[int, datetime]]:
    """Return how far the events of these issues have been read."""
    rows = IssueMark.objects.filter(source=source, issue_id__any_of=ids)
    return {
        issue_id: (count, at) for issue_id, count, at in rows.values_list("issue_id", "occurrences", "last_seen_at")
    }


def set_issue_marks(source: Source, read: Iterable[tuple[answers.Issue, datetime]]) -> None:
    """Note how far the events of issues have been read."""
    rows = {
        str(issue.id): IssueMark(
            source=source, issue_id=str(issue.id), occurrences=issue.occurrences or 0, last_seen_at=last_seen_at
        )
        for issue, last_seen_at in read
    }
    IssueMark.objects.bulk_create(
        [rows[key] for key in sorted(rows)],
        update_conflicts=True,
        unique_fields=["source", "issue_id"],
        update_fields=["occurrences", "last_seen_at"],
    )
