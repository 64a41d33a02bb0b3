"""Writes of unified APIs, connectors and connections."""

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q, Value

from common.erasing import delete_some
from common.locks import lock_state
from connections import rollup_services
from connections.models import Connection, ConnectionQuerySet, Connector, Flow, StatusChange, UnifiedApi
from connections.signals import connections_changed

CONNECTOR_WRITTEN = (
    "name",
    "name_key",
    "unified_api",
    "is_active",
    "default_flow",
    "default_tracked",
    "help_url",
)
CONNECTION_WRITTEN = (
    "consumer",
    "connector",
    "name",
    "name_key",
    "status",
    "status_since",
    "failure_code",
    "failure_message",
    "flow",
    "is_tracked",
    "connect_url",
    "changed_at",
    "created_at",
    "is_deleted",
    "consumer_is_live",
)

# Connections whose events one transaction erases: senders of events wait for it, and each may have very many.
_ERASED_AT_ONCE = 10


def save_unified_apis(*, new: Collection[UnifiedApi]) -> None:
    """Write unified APIs in bulk; the caller holds the state lock."""
    for unified_api in new:
        unified_api.set_keys()
    UnifiedApi.objects.bulk_create(new)


def save_connectors(
    *, new: Collection[Connector], changed: Collection[Connector], moved: Collection[int], now: datetime
) -> None:
    """Write connectors in bulk; the caller holds the state lock and has written their unified APIs.

    moved are the primary keys of those whose unified API changed: their consumers' standing may have changed with it.
    """
    for connector in (*new, *changed):
        connector.set_keys()
    Connector.objects.bulk_create(new)
    Connector.objects.bulk_create(changed, update_conflicts=True, unique_fields=["id"], update_fields=CONNECTOR_WRITTEN)
    if moved:
        consumers = Connection.objects.filter(connector__in=moved).values_list("consumer_id", flat=True)
        connections_changed.send(sender=Connector, consumer_ids=set(consumers), now=now)


def save_connections(
    *,
    new: Collection[Connection],
    changed: Collection[Connection],
    history: Collection[StatusChange],
    consumer_ids: set[int],
    now: datetime,
) -> None:
    """Write connections and the changes of their status in bulk, then tell the layers above.

    consumer_ids are the consumers, old and new, whose connections changed. The caller holds the state lock and has
    written the consumers and connectors.
    """
    for connection in (*new, *changed):
        connection.set_keys()
        connection.consumer_is_live = connection.consumer.counts_as_live
    Connection.objects.bulk_create(new)
    Connection.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["id"], update_fields=CONNECTION_WRITTEN
    )
    StatusChange.objects.bulk_create(history)
    if consumer_ids:
        connections_changed.send(sender=Connection, consumer_ids=consumer_ids, now=now)


class NotTrackableError(ValidationError):
    """Connections whose flow is "other" would end tracked: there is nothing to count."""

    def __init__(self, *, count: int | None = None) -> None:
        if count is None:
            super().__init__("A connection whose flow is “other” can not be tracked. Choose source or destination.")
        else:
            have = "1 connection has" if count == 1 else f"{count:,} connections have"
            super().__init__(
                f"{have} the flow “other”, which can not be tracked. Choose source or destination, or leave them out."
            )


@transaction.atomic
def set_flow_and_tracked(
    *,
    connection_ids: Collection[int],
    flow: str | None,
    tracked: bool | None,
    now: datetime,  # noqa: ARG001 (every write is told the time; this one moves no `changed_at`)
) -> int:
    """Set flow and tracked of connections, in a fixed number of statements; return how many changed.

    None leaves either as it is. The flow "other" untracks; NotTrackableError, and nothing changed, when it is asked to
    be tracked. It is no change of status: `changed_at` stays, so the next record of the feed is not stale.
    """
    lock_state()
    rows = Connection.objects.filter(id__any_of=list(connection_ids))
    if tracked:
        _check_trackable(rows, flow)
    new_flow = F("flow") if flow is None else Value(flow)
    if flow == Flow.OTHER:
        tracked = False
    new_tracked = F("is_tracked") if tracked is None else Value(tracked)
    different = ~Q(flow=new_flow) | ~Q(is_tracked=new_tracked)
    return rows.filter(different).order_by().update(flow=new_flow, is_tracked=new_tracked)


def _check_trackable(rows: ConnectionQuerySet, flow: str | None) -> None:
    if flow == Flow.OTHER:
        raise NotTrackableError
    count = rows.filter(flow=Flow.OTHER).count() if flow is None else 0
    if count:
        raise NotTrackableError(count=count)


@transaction.atomic
def erase_connections(*, consumer_ids: Collection[int], most: int) -> int:
    """Delete up to that many rows of the connections of consumers that are being erased; return how many went.

    Called until nothing is left: the history first, then a few connections at a time with their events and sums. They
    are in no upper grain, as their consumers are not live.
    """
    lock_state()
    history = StatusChange.objects.filter(connection__consumer__in=consumer_ids)
    return delete_some(history, most) or _erase_a_few(Connection.objects.filter(consumer__in=consumer_ids))


def _erase_a_few(connections: ConnectionQuerySet) -> int:
    few = list(connections.order_by("id").values_list("id", flat=True)[:_ERASED_AT_ONCE])
    if few:
        rollup_services.forget_connections(connection_ids=few)
        Connection.objects.filter(id__in=few).delete()
    return len(few)
