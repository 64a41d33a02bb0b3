"""How state records change what is stored: left out keeps, null clears, `deleted` must be said each time."""

from datetime import datetime
from typing import Protocol, TypeVar

from msgspec import UNSET, UnsetType

from connections.models import Connection, Connector, Flow, StatusChange, UnifiedApi
from connections.services import CONNECTOR_WRITTEN
from consumers.models import Consumer
from consumers.services import WRITTEN as CONSUMER_WRITTEN
from ingest.batch import Batch
from ingest.book import values
from ingest.records import ConnectionRecord, ConnectorRecord, ConsumerRecord
from ingest.verdicts import Rejected, Verdict, unknown
from sources.models import Source

T = TypeVar("T")


class Owned(Protocol):
    """A row that an importer may own."""

    owner_id: int | None


def apply_connector(batch: Batch, record: ConnectorRecord) -> Verdict:
    """Make or change a connector, and its unified API if that is new."""
    row = batch.connectors.get(record.connector)
    if row is None:
        row = Connector(key=record.connector)
        batch.connectors.add(record.connector, row)
    before = values(row, CONNECTOR_WRITTEN) if row.pk else None
    row.name = record.name
    _classify(batch, row, unified_api(batch, record.unified_api))
    row.is_active = kept(record.active, row.is_active, cleared=True)
    row.default_flow = kept(record.default_flow, row.default_flow, cleared="")
    row.default_tracked = kept(record.default_tracked, row.default_tracked, cleared=False)
    row.help_url = kept(record.help_url, row.help_url, cleared="")
    if values(row, CONNECTOR_WRITTEN) != before:
        batch.connectors.touch(record.connector)
    return Verdict.ACCEPTED


def _classify(batch: Batch, row: Connector, api: UnifiedApi) -> None:
    if not batch.connectors.is_new(row.key) and row.unified_api != api:
        batch.moved[row.pk] = row
    row.unified_api = api


def apply_consumer(batch: Batch, record: ConsumerRecord) -> Verdict:
    """Make, change, delete or bring back a consumer."""
    if record.consumer in batch.erased:
        return Verdict.STALE
    row = batch.consumers.get(record.consumer)
    if row is None:
        row = Consumer(consumerid=record.consumer, owner=owner_of(batch.source), received_at=batch.now)
        row.created_at = batch.now
        batch.consumers.add(record.consumer, row)
    check_owner(batch, row, "consumer")
    before = values(row, CONSUMER_WRITTEN)
    row.name = record.name
    row.email = kept(record.email, row.email, cleared="")
    row.internal_reference = kept(record.internal_reference, row.internal_reference, cleared="")
    row.redirect_url = kept(record.redirect_url, row.redirect_url, cleared="")
    row.created_at = kept(record.created_at, row.created_at, cleared=row.received_at)
    row.is_deleted = record.deleted is True
    if values(row, CONSUMER_WRITTEN) != before:
        batch.consumers.touch(record.consumer)
    return Verdict.ACCEPTED


def apply_connection(batch: Batch, record: ConnectionRecord) -> Verdict:
    """Make, change, move, delete or bring back a connection, and write down a change of its status."""
    row = batch.connections.get(record.connection)
    changed_at = effective_changed_at(record.changed_at, stored=row.changed_at if row else None, now=batch.now)
    stale = record.consumer in batch.erased or (row is not None and changed_at < row.changed_at)
    flow = _flow(record, row, batch.connectors.get(record.connector))
    if record.tracked is True and flow == Flow.OTHER and not stale:
        raise Rejected("invalid", "tracked", 'a connection whose flow is "other" can not be tracked')
    consumer, connector = _parents(batch, record)
    if row is not None:
        check_owner(batch, row, "connection")
    if stale or consumer is None:
        return Verdict.STALE
    is_new = row is None
    row = row or _new_connection(batch, record.connection, connector)
    standing = _standing(row)
    _move(batch, row, consumer, connector)
    row.flow = flow
    row.is_tracked = flow != Flow.OTHER and kept(record.tracked, row.is_tracked, cleared=is_new and row.is_tracked)
    row.changed_at = changed_at
    _write_facts(row, record)
    _write_standing(batch, row, before=standing)
    batch.connections.touch(record.connection)
    return Verdict.ACCEPTED


def effective_changed_at(given: datetime | UnsetType | None, *, stored: datetime | None, now: datetime) -> datetime:
    """Return when a record's change happened: the future is taken as now, and so is a record that does not say.

    Clocks of several machines differ and batches queue up, so "now" is never before what is stored.
    """
    if isinstance(given, datetime) and given <= now:
        return given
    return max(now, stored) if stored else now


def named_consumer(batch: Batch, consumerid: str) -> Consumer | None:
    """Return the consumer that a record is about; None when it was erased, and then the record is stale."""
    if consumerid in batch.erased:
        return None
    consumer = batch.consumers.get(consumerid)
    if consumer is None:
        raise unknown("consumer", consumerid)
    return consumer


def _parents(batch: Batch, record: ConnectionRecord) -> tuple[Consumer | None, Connector]:
    consumer = named_consumer(batch, record.consumer)
    connector = batch.connectors.get(record.connector)
    if connector is None:
        raise unknown("connector", record.connector)
    return consumer, connector


def _flow(record: ConnectionRecord, row: Connection | None, connector: Connector | None) -> str:
    if record.flow is not UNSET and record.flow is not None:
        return record.flow
    if row is None:
        return (connector.default_flow if connector else "") or Flow.OTHER
    return row.flow if record.flow is UNSET else Flow.OTHER


def _new_connection(batch: Batch, key: str, connector: Connector) -> Connection:
    row = Connection(key=key, owner=owner_of(batch.source), received_at=batch.now, created_at=batch.now)
    row.is_tracked = connector.default_tracked
    batch.connections.add(key, row)
    return row


def _move(batch: Batch, row: Connection, consumer: Consumer, connector: Connector) -> None:
    if row.consumer_id is not None:
        batch.consumer_ids.add(row.consumer_id)
    row.consumer, row.connector = consumer, connector


def _write_facts(row: Connection, record: ConnectionRecord) -> None:
    row.name = kept(record.name, row.name, cleared="")
    row.connect_url = kept(record.connect_url, row.connect_url, cleared="")
    row.created_at = kept(record.created_at, row.created_at, cleared=row.received_at)
    row.status = record.status
    row.is_deleted = record.deleted is True
    if record.status != "failed" or record.failure is None:
        row.failure_code = row.failure_message = ""
    elif record.failure is not UNSET:
        row.failure_code = record.failure.code or ""
        row.failure_message = record.failure.message or ""


def _write_standing(batch: Batch, row: Connection, *, before: str) -> None:
    after = _standing(row)
    if after == before:
        return
    row.status_since = row.changed_at
    batch.history.append(
        StatusChange(
            connection=row,
            from_status=before,
            to_status=after,
            at=row.changed_at,
            failure_code=row.failure_code,
            failure_message=row.failure_message,
        )
    )


def _standing(row: Connection) -> str:
    return StatusChange.To.DELETED if row.is_deleted else row.status


def unified_api(batch: Batch, name: str) -> UnifiedApi:
    """Return the unified API of that name, which is new if nobody named it before."""
    row = batch.unified_apis.get(name)
    if row is None:
        row = UnifiedApi(name=name)
        batch.unified_apis.add(name, row)
    return row


def owner_of(source: Source) -> Source | None:
    """Return whom what this source makes will belong to; None: whoever may write."""
    return source if source.owns_what_it_makes else None


def check_owner(batch: Batch, row: Owned, what: str) -> None:
    """Refuse a record about something that an importer made, from elsewhere (docs/decisions/0005)."""
    if row.owner_id is not None and row.owner_id != batch.source.pk:
        raise Rejected("other_source", what, f"this {what} belongs to another source")


def kept(given: T | UnsetType | None, stored: T, *, cleared: T) -> T:
    """Return what a field holds after a record: left out keeps what is stored, null clears it."""
    if given is UNSET:
        return stored
    return cleared if given is None else given
