"""Writes of unified APIs, connectors and connections."""

from collections.abc import Collection
from datetime import datetime

from connections.models import Connection, Connector, StatusChange, UnifiedApi
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
