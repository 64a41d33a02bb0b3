"""Builds data sets of any size in the database, by set-based SQL; the counts and sums follow by their triggers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection as db
from django.utils import timezone

from connections import rollup_services
from connections.models import Connector
from consumers.models import Consumer
from dashboard.tasks import keep_windows
from sources.models import Source
from syncs.judging import judge
from syncs.models import Sync

CONNECTORS = 40

Values = dict[str, int | datetime]


@dataclass(frozen=True, slots=True)
class Scale:
    """How large the data sets are, and how often things are timed.

    With `few` events is compared what grows with them; `batches` are stored in a round; `rounds` are those of figures
    that vary much, as they wait for the disk in every commit; of so many `samples` a 95th percentile is taken in a
    round; `questions` is how many mixes of filters a list is asked.
    """

    consumers: int
    events: int
    few: int
    batches: int
    rounds: int
    samples: int
    questions: int

    @property
    def laps(self) -> int:
        """How often that is repeated in a round of which each repetition takes long."""
        return -(-self.samples // 5)

    @property
    def connections(self) -> int:
        """Three for each consumer."""
        return 3 * self.consumers


SMALL = Scale(consumers=10_000, events=100_000, few=10_000, batches=14, rounds=5, samples=8, questions=25)
FULL = Scale(consumers=100_000, events=10_000_000, few=1_000_000, batches=100, rounds=11, samples=20, questions=1_200)
SCALES = {"small": SMALL, "full": FULL}

# From 0 to below 1, drawn by an id: the same in every run, and one independent of the other, as the seeds differ.
_CHANCE = """
CREATE OR REPLACE FUNCTION pg_temp.chance(id bigint, seed bigint) RETURNS float8 LANGUAGE sql IMMUTABLE
RETURN abs(hashint8extended(id, seed) % 1000000) / 1000000.0::float8
"""
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
SELECT 'consumer-' || n, name, lower(name), lower(name) || ' it@' || n || '.example cust-' || n,
       'it@' || n || '.example', 'CUST-' || n, '', %(now)s::timestamptz - n * interval '1 minute', %(now)s, false, '',
       0, 0, 0, '{}'
FROM generate_series(1, %(count)s) AS n, LATERAL (
  SELECT concat_ws(
    ' ',
    (ARRAY['Bakkerij', 'Garage', 'Hotel', 'Atelier', 'Studio', 'Maison'])[1 + floor(6 * pg_temp.chance(n, 1))],
    (ARRAY['Nord', 'Zuid', 'Lemaire', 'Peeters', 'Rossi', 'Kaya', 'Nilsson'])[1 + floor(7 * pg_temp.chance(n, 2))],
    n
  ) AS name
) AS named
"""
_CONNECTIONS = """
INSERT INTO connections_connection
  (key, consumer_id, connector_id, name, name_key, status, status_since, failure_code, failure_message, flow,
   is_tracked, connect_url, changed_at, created_at, received_at, is_deleted, consumer_is_live, consumer_name_key)
SELECT 'connection-' || c.id || '-' || place, c.id,
       1 + floor(power(pg_temp.chance(c.id, place), 3) * %(connectors)s), '', '',
       coalesce((ARRAY['failed', 'pending'])[1 + floor(10 * pg_temp.chance(c.id, 3 + place))], 'active'),
       %(now)s, '', '', CASE place WHEN 0 THEN 'destination' ELSE 'source' END, place < 2, '', %(now)s, %(now)s,
       %(now)s, false, true, ''
FROM consumers_consumer AS c, generate_series(0, 2) AS place
"""
_SYNCS = """
INSERT INTO syncs_sync (key, name, name_key, mappings, is_deleted, received_at)
SELECT 'sync-' || n, 'Sync ' || n, 'sync ' || n, '{products,taxes,payments}', false, %(now)s
FROM generate_series(1, 5) AS n
"""
_REQUIREMENTS = """
INSERT INTO syncs_requirement (sync_id, position, unified_api_id, is_hidden)
SELECT s.id, place, 1 + (s.id + place) %% 7, false FROM syncs_sync AS s, generate_series(0, 1) AS place
"""
# One activation a consumer, half of them of the first sync; judged below.
_ACTIVATIONS = """
INSERT INTO syncs_activation
  (sync_id, consumer_id, opened_at, mappings, is_configured, is_enabled, activate_url, changed_at, activated_at,
   received_at, is_deleted, consumer_is_live, sync_is_live, consumer_name_key, sync_name_key, issue, slot_connectors,
   failed_connectors, incomplete_mappings)
SELECT s.id, c.id, c.created_at, jsonb_build_object('products', 'complete', 'taxes', 'complete', 'payments', payments),
       is_done, CASE WHEN is_done AND pg_temp.chance(c.id, 8) < 0.02 THEN false END, '', c.created_at,
       CASE WHEN is_done THEN c.created_at END, c.created_at, false, true, true, c.name_key, s.name_key, '', '{}',
       '{}', '{}'
FROM consumers_consumer AS c
JOIN syncs_sync AS s ON s.key = 'sync-' || greatest(1, floor(10 * pg_temp.chance(c.id, 6)) - 4),
     LATERAL (SELECT pg_temp.chance(c.id, 7) < 0.7 AS is_done,
                     CASE WHEN pg_temp.chance(c.id, 9) < 0.1 THEN 'incomplete' ELSE 'complete' END AS payments) AS how
"""
_ACTIVITY = """
INSERT INTO connections_activityevent (connection_id, external_id, kind, count, entity, occurred_at)
SELECT n.id, 'a-' || e, CASE n.flow WHEN 'destination' THEN 'sent' ELSE 'created' END, 1 + e %% 5, 'product',
       %(now)s::timestamptz - (e::bigint * 7919 %% %(seconds)s) * interval '1 second'
FROM generate_series(1, %(count)s * 9 / 10) AS e
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
FROM generate_series(1, %(count)s / 10) AS e
"""


def refuse_if_used() -> None:
    """Stop unless the database is empty: benchmarks fill it, and must never do so to somebody's data."""
    if Connector.objects.exists() or Consumer.objects.exists():
        raise SystemExit("bin/bench needs an empty database: unset DATABASE_URL, or name one with nothing in it")


def source() -> Source:
    """Return the source that the benchmarks send as."""
    return Source.objects.get_or_create(kind=Source.Kind.API, name="benchmark")[0]


def consumers(count: int) -> None:
    """Make consumers with three connections and an activation each.

    One connection in ten failed, one in ten is pending, two of three are tracked; three in ten are of one connector.
    """
    values: Values = {"now": timezone.now(), "count": count, "connectors": CONNECTORS}
    _run(_CHANCE)
    for statement in (_APIS, _CONNECTORS, _CONSUMERS, _CONNECTIONS, _SYNCS, _REQUIREMENTS, _ACTIVATIONS):
        _run(statement, values)
    judge(sync_ids=list(Sync.objects.values_list("pk", flat=True)))
    _run("VACUUM ANALYZE")


def events(count: int, *, connections: int, days: int = 13) -> None:
    """Make events of the first so many connections, evenly over the last days: nine activities to one error.

    They are drained, and the cards of the zones in use are kept, as beat does it.
    """
    values: Values = {"count": count, "connections": connections}
    values |= {"now": timezone.now(), "seconds": days * 86_400}
    _run(_ACTIVITY, values)
    _run(_ERRORS, values)
    drain()
    keep_windows()
    _run("VACUUM ANALYZE")


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
