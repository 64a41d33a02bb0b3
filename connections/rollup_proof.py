"""Proves that the rollups equal a recount of the events."""

from common.differences import Difference, find
from connections.rollup_sql import COUNTED, COUNTERS, COUNTING, EVENTS, SINCE, WRONG

_SHOWN = """
SELECT concat_ws(' ', coalesce(s.{key}, c.{key}), coalesce(s.bucket, c.bucket)),
       concat_ws(' ', s.created, s.updated, s.sent, s.business, s.technical),
       concat_ws(' ', c.created, c.updated, c.sent, c.business, c.technical)
"""


def differences() -> list[Difference]:
    """Recount every grain from what it is derived from; exact in any one snapshot, also under load.

    Per connection: grain + pending deltas = the events since `recount_from`. Per connector and over all: the sum of the
    connections that count. Cards: the sum of the grain over the window of their zone.
    """
    per_connection = f"SELECT connection_id, bucket, {COUNTERS} FROM connections_connectionrollup"
    pending = f"SELECT connection_id, bucket, {COUNTERS} FROM connections_rollupdelta"
    stored = f"SELECT * FROM ({per_connection} UNION ALL {pending}) AS held WHERE bucket >= (SELECT at FROM since)"
    connections = _comparison("connection_id", stored, EVENTS)
    connectors = _comparison(
        "connector_id", f"SELECT connector_id, bucket, {COUNTERS} FROM connections_connectorrollup", COUNTING
    )
    total = _comparison(
        "everything",
        f"SELECT 0 AS everything, bucket, {COUNTERS} FROM connections_totalrollup",
        f"SELECT 0 AS everything, bucket, {COUNTERS} FROM ({COUNTING}) AS counting",
    )
    return [
        *find("connections_connectionrollup", connections),
        *find("connections_connectorrollup", connectors),
        *find("connections_totalrollup", total),
        *find("connections_errorcard", _CARDS_WRONG),
    ]


def _comparison(key: str, stored: str, computed: str) -> str:
    return (
        f"WITH {SINCE}, stored AS ({COUNTED.format(key=key, rows=stored)}), "
        f"computed AS ({COUNTED.format(key=key, rows=computed)}) {(_SHOWN + WRONG).format(key=key)}"
    )


_CARDS_WRONG = """
WITH computed AS (
  SELECT z.zone, r.connection_id, sum(r.business) AS business
  FROM connections_zonewindow AS z
  JOIN connections_connectionrollup AS r ON r.bucket >= z.starts_at AND r.bucket < z.ends_at AND r.business > 0
  GROUP BY 1, 2
)
SELECT concat_ws(' ', coalesce(s.zone, c.zone), coalesce(s.connection_id, c.connection_id)), s.business::text,
       c.business::text
FROM (SELECT * FROM connections_errorcard WHERE zone IN (SELECT zone FROM connections_zonewindow)) AS s
FULL JOIN computed AS c ON c.zone = s.zone AND c.connection_id = s.connection_id
WHERE coalesce(s.business, 0) <> coalesce(c.business, 0)
"""
