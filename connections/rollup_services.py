"""Keeps the rollups: drains, turns windows, rebuilds, purges."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection as db
from django.db import transaction

from common.locks import lock_events, lock_grains, lock_state
from common.windows import bucket_of, last_seven_days
from connections.models import RollupState, ZoneWindow
from connections.rollup_sql import COUNTED, COUNTERS, COUNTING, EVENTS, WRONG

# Deltas that one drain takes: large enough to be cheap per event, small enough to commit within a second or two.
_DRAIN = 50_000
# Events that one statement of a purge deletes.
_PURGE = 50_000

# An installation that never purged.
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


def drain() -> int:
    """Move pending deltas into the grains, in one statement and commit; return how many were taken, 0 when none."""
    with db.cursor() as cursor:
        cursor.execute("SELECT rollup_drain(%s)", [_DRAIN])
        return int(cursor.fetchone()[0])


def recount_from() -> datetime:
    """Return since when all events are stored."""
    return RollupState.objects.values_list("recount_from", flat=True).first() or _ALWAYS


# --- windows of the zones in use --------------------------------------------------------------------------------------

_CARDS = """
INSERT INTO connections_errorcard (zone, connection_id, business)
SELECT %(zone)s, connection_id, sum(business) FROM connections_connectionrollup
WHERE bucket >= %(starts_at)s AND bucket < %(ends_at)s AND business > 0 GROUP BY 2
"""


def use_zones(*, zones: Iterable[str], now: datetime) -> None:
    """Keep cards for exactly these zones: begin those that are missing, forget those that nobody uses any more."""
    wanted = set(zones)
    ZoneWindow.objects.exclude(zone__in=wanted).delete()
    known = set(ZoneWindow.objects.values_list("zone", flat=True))
    for zone in sorted(wanted - known):
        _turn(zone, now)
    with db.cursor() as cursor:
        cursor.execute("DELETE FROM connections_errorcard WHERE NOT zone = ANY (%s)", [sorted(wanted)])


def turn_windows(*, now: datetime) -> list[str]:
    """Recount the cards of the zones in use whose day has turned; return those zones."""
    stored = ZoneWindow.objects.values_list("zone", "ends_at")
    due = [zone for zone, ends_at in stored if ends_at != last_seven_days(zone=zone, now=now).ends_at]
    for zone in sorted(due):
        _turn(zone, now)
    return due


@transaction.atomic
def _turn(zone: str, now: datetime) -> None:
    lock_grains()
    window = last_seven_days(zone=zone, now=now)
    values: dict[str, str | datetime] = {"zone": zone, "starts_at": window.starts_at, "ends_at": window.ends_at}
    ZoneWindow.objects.update_or_create(zone=zone, defaults=values)
    with db.cursor() as cursor:
        cursor.execute("DELETE FROM connections_errorcard WHERE zone = %(zone)s", values)
        cursor.execute(_CARDS, values)
        # Until autovacuum comes by, the planner would take the cards of a new zone for none and read all connections.
        cursor.execute("ANALYZE connections_errorcard")


# --- rebuilding and purging -------------------------------------------------------------------------------------------

# Only what is wrong is written: most often that is little, and to write a row costs more than to compare it.
_REBUILD_CONNECTIONS = f"""
WITH since AS (SELECT %(since)s::timestamptz AS at), computed AS ({COUNTED.format(key="connection_id", rows=EVENTS)}),
stored AS (SELECT * FROM connections_connectionrollup WHERE bucket >= (SELECT at FROM since)),
wrong AS MATERIALIZED (
  SELECT coalesce(s.connection_id, c.connection_id) AS connection_id, coalesce(s.bucket, c.bucket) AS bucket,
         c.bucket IS NOT NULL AS is_counted, c.created, c.updated, c.sent, c.business, c.technical
  {WRONG.format(key="connection_id")}
),
gone AS (
  DELETE FROM connections_connectionrollup AS g USING wrong AS w
  WHERE NOT w.is_counted AND g.connection_id = w.connection_id AND g.bucket = w.bucket
)
INSERT INTO connections_connectionrollup (connection_id, bucket, {COUNTERS})
SELECT connection_id, bucket, {COUNTERS} FROM wrong WHERE is_counted ORDER BY 1, 2
ON CONFLICT (connection_id, bucket) DO UPDATE
SET {", ".join(f"{counter} = excluded.{counter}" for counter in COUNTERS.split(", "))}
"""
_REBUILD = (
    "DELETE FROM connections_rollupdelta WHERE bucket >= %(since)s",
    _REBUILD_CONNECTIONS,
    "DELETE FROM connections_connectorrollup WHERE bucket >= %(since)s",
    f"""
    INSERT INTO connections_connectorrollup (connector_id, bucket, {COUNTERS})
    {COUNTED.format(key="connector_id", rows=COUNTING)} HAVING bucket >= %(since)s
    """,
    "DELETE FROM connections_totalrollup WHERE bucket >= %(since)s",
    f"""
    INSERT INTO connections_totalrollup (bucket, {COUNTERS})
    SELECT bucket, sum(created), sum(updated), sum(sent), sum(business), sum(technical)
    FROM connections_connectorrollup WHERE bucket >= %(since)s GROUP BY 1
    """,
)


@transaction.atomic
def rebuild(*, since: datetime | None = None) -> datetime:
    """Recount every grain from the events, never touching buckets before `recount_from`; return since when.

    Whoever writes (records, events, drains, operators) waits meanwhile. Pending deltas of the rebuilt buckets are
    dropped: the recount of the events holds them.
    """
    lock_state()
    lock_events()
    lock_grains()
    start = max(recount_from(), bucket_of(since)) if since else recount_from()
    with db.cursor() as cursor:
        for statement in _REBUILD:
            cursor.execute(statement, {"since": start})
        cursor.execute("DELETE FROM connections_errorcard")
        for window in ZoneWindow.objects.all():
            cursor.execute(_CARDS, {"zone": window.zone, "starts_at": window.starts_at, "ends_at": window.ends_at})
    return start


def purge_events(*, now: datetime) -> int:
    """Delete events older than EVENT_RETENTION_DAYS; return how many. No bucket changes.

    `recount_from` moves first: from then on the older buckets are what is known of those events.
    """
    cutoff = bucket_of(now - timedelta(days=settings.EVENT_RETENTION_DAYS))
    with transaction.atomic():
        lock_grains()  # a rebuild under way still counts on the events before
        RollupState.objects.update_or_create(id=1, defaults={"recount_from": max(cutoff, recount_from())})
    return sum(_purge(table, cutoff) for table in ("connections_activityevent", "connections_errorevent"))


def _purge(table: str, cutoff: datetime) -> int:
    """Delete in statements of a bounded size, each in its own commit, so that nothing waits long for any of them."""
    chunk = f"DELETE FROM {table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE occurred_at < %s LIMIT %s))"
    deleted = 0
    while True:
        with db.cursor() as cursor:
            cursor.execute(chunk, [cutoff, _PURGE])
            count = int(cursor.rowcount)
            deleted += count
            if count < _PURGE:
                return deleted


def purge_buckets(*, now: datetime) -> int:
    """Delete buckets older than BUCKET_RETENTION_DAYS from all grains, a day at a time; return how many."""
    cutoff = bucket_of(now - timedelta(days=settings.BUCKET_RETENTION_DAYS))
    deleted = 0
    while True:
        with transaction.atomic(), db.cursor() as cursor:
            lock_grains()
            cursor.execute("SELECT min(bucket) FROM connections_connectionrollup")
            oldest = cursor.fetchone()[0]
            if oldest is None or oldest >= cutoff:
                return deleted
            for grain in ("connectionrollup", "connectorrollup", "totalrollup"):
                until = min(cutoff, oldest + timedelta(days=1))
                cursor.execute(f"DELETE FROM connections_{grain} WHERE bucket < %s", [until])
                deleted += cursor.rowcount


def forget_connections(*, connection_ids: Collection[int]) -> None:
    """Erase the events of connections and everything counted of them; the rows themselves go right after.

    The caller holds the state lock and deletes the connections in the same transaction: until then they count in the
    upper grains, so they must be untracked first (the trigger on connections takes their sums out).
    """
    lock_events()
    lock_grains()
    with db.cursor() as cursor:
        for table in ("activityevent", "errorevent", "rollupdelta", "connectionrollup", "errorcard"):
            cursor.execute(f"DELETE FROM connections_{table} WHERE connection_id = ANY (%s)", [list(connection_ids)])
