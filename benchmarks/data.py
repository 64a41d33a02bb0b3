"""Builds data sets of any size in the database, by set-based SQL; the counts and sums follow by their triggers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection as db
from django.utils import timezone

from connections import rollup_services
from connections.models import Connector
from consumers.models import Consumer
from sources.models import Source

CONNECTORS = 40

Values = dict[str, int | datetime]


@dataclass(frozen=True, slots=True)
class Scale:
    """How large the data sets are; `few` of the events are made first, to see what grows with them."""

    consumers: int
    events: int
    few: int
    batches: int

    @property
    def connections(self) -> int:
        """Three for each consumer."""
        return 3 * self.consumers


SMALL = Scale(consumers=10_000, events=100_000, few=10_000, batches=20)
FULL = Scale(consumers=100_000, events=10_000_000, few=1_000_000, batches=100)
SCALES = {"small": SMALL, "full": FULL}

_APIS = """
INSERT INTO connections_unifiedapi (name, name_key) SELECT 'API ' || n, 'api ' || n FROM generate_series(0, 6) AS n
"""
_CONNECTORS = """
INSERT INTO connections_connector
  (key, name, name_key, unified_api_id, is_active, default_flow, default_tracked, help_url)
SELECT 'connector-' || n, 'Connector ' || n, 'connector ' || n, 1 + n %% 7, true, '', false, ''
FROM generate_series(1, %(connectors)s) AS n
"""
_CONSUMERS = """
INSERT INTO consumers_consumer
  (consumerid, name, name_key, search_key, email, internal_reference, redirect_url, created_at, received_at,
   is_deleted, removed_by, active_count, pending_count, failed_count, facets)
SELECT 'consumer-' || n, word || ' ' || n, lower(word) || ' ' || n,
       lower(word) || ' ' || n || ' it@' || n || '.example',
       'it@' || n || '.example', 'CUST-' || n, '', %(now)s::timestamptz - n * interval '1 minute', %(now)s, false, '',
       0, 0, 0, '{}'
FROM generate_series(1, %(count)s) AS n,
     LATERAL (SELECT (ARRAY['Bakkerij', 'Garage', 'Hotel', 'Atelier', 'Studio', 'Maison'])[1 + n %% 6] AS word) AS w
"""
_CONNECTIONS = """
INSERT INTO connections_connection
  (key, consumer_id, connector_id, name, name_key, status, status_since, failure_code, failure_message, flow,
   is_tracked, connect_url, changed_at, created_at, received_at, is_deleted, consumer_is_live, consumer_name_key)
SELECT 'connection-' || c.id || '-' || place, c.id, 1 + (c.id * 7 + place * 11) %% %(connectors)s, '', '',
       CASE (c.id + place) %% 10 WHEN 0 THEN 'failed' WHEN 1 THEN 'pending' ELSE 'active' END, %(now)s, '', '',
       CASE place WHEN 0 THEN 'destination' ELSE 'source' END, place < 2, '', %(now)s, %(now)s, %(now)s, false, true, ''
FROM consumers_consumer AS c, generate_series(0, 2) AS place
"""
_ACTIVITY = """
INSERT INTO connections_activityevent (connection_id, external_id, kind, count, entity, occurred_at)
SELECT n.id, 'a-' || e, CASE n.flow WHEN 'destination' THEN 'sent' ELSE 'created' END, 1 + e %% 5, 'product',
       %(now)s::timestamptz - (e::bigint * 7919 %% %(seconds)s) * interval '1 second'
FROM generate_series(%(first)s + 1, %(first)s + %(count)s * 9 / 10) AS e
JOIN connections_connection AS n ON n.id = 1 + e %% %(connections)s
"""
_ERRORS = """
INSERT INTO connections_errorevent
  (connection_id, external_id, category, message, code, operation, occurred_at, entity, product_identifier,
   product_label, product_family, channel, locale, help, search_key)
SELECT 1 + e %% %(connections)s, 'e-' || e, CASE e %% 4 WHEN 0 THEN 'technical' ELSE 'business' END,
       'The SKU is missing', 'SKU_MISSING', 'create',
       %(now)s::timestamptz - (e::bigint * 7919 %% %(seconds)s) * interval '1 second', 'product', 'SKU-' || e, '', '',
       '', '', '[]', 'the sku is missing'
FROM generate_series(%(first)s + 1, %(first)s + %(count)s / 10) AS e
"""


def refuse_if_used() -> None:
    """Stop unless the database is empty: benchmarks fill it, and must never do so to somebody's data."""
    if Connector.objects.exists() or Consumer.objects.exists():
        raise SystemExit("bin/bench needs an empty database: unset DATABASE_URL, or name one with nothing in it")


def source() -> Source:
    """Return the source that the benchmarks send as."""
    return Source.objects.get_or_create(kind=Source.Kind.API, name="benchmark")[0]


def consumers(count: int) -> None:
    """Make consumers with three connections each: one in ten failed, one in ten pending, most of them tracked."""
    values: Values = {"now": timezone.now(), "count": count, "connectors": CONNECTORS}
    for statement in (_APIS, _CONNECTORS, _CONSUMERS, _CONNECTIONS, "ANALYZE"):
        _run(statement, values)


def events(count: int, *, connections: int, days: int = 13, first: int = 0) -> None:
    """Make events of the first so many connections, evenly over the last days: nine activities to one error.

    first is how many were made before, so that no id comes twice.
    """
    values: Values = {"count": count, "connections": connections, "first": first}
    values |= {"now": timezone.now(), "seconds": days * 86_400}
    _run(_ACTIVITY, values)
    _run(_ERRORS, values)
    drain()
    _run("VACUUM ANALYZE connections_connectionrollup, connections_connectorrollup, connections_totalrollup")


def drain() -> None:
    """Move everything that is pending into the grains."""
    while rollup_services.drain():
        pass


def keys(count: int, *, flow: str) -> list[str]:
    """Return the keys of so many connections of a flow."""
    with db.cursor() as cursor:
        cursor.execute("SELECT key FROM connections_connection WHERE flow = %s ORDER BY id LIMIT %s", [flow, count])
        return [key for (key,) in cursor.fetchall()]


def _run(statement: str, values: Values | None = None) -> None:
    with db.cursor() as cursor:
        cursor.execute(statement, values)
