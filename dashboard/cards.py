"""The cards: how many business errors each tracked connection had in a window, most first, zeros included."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from psycopg import sql

from common import reading
from common.windows import Window
from connections.models import Connection, Flow, ZoneWindow
from dashboard import flows

# Cards on a page.
PAGE = 60
# How many tracked connections are counted, listed and answered in full; more than that are "1,000+".
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Tracked:
    """How many connections are tracked, of each flow: exact up to MOST, above that MOST + 1."""

    sources: int
    destinations: int

    @property
    def total(self) -> int:
        """All of them, capped like its parts."""
        return min(self.sources + self.destinations, MOST + 1)


@dataclass(frozen=True, slots=True)
class Card:
    """One tracked connection, with its consumer and connector, and its business errors per day."""

    connection: Connection
    business: int
    daily: tuple[int, ...]


def tracked() -> Tracked:
    """Count the tracked connections. One query, that never looks at more than MOST + 1 of a flow."""
    with reading.db().cursor() as cursor:
        cursor.execute(_TRACKED, {"source": Flow.SOURCE, "destination": Flow.DESTINATION, "most": MOST + 1})
        return Tracked(*cursor.fetchone())


def counts(
    window: Window, *, offset: int = 0, limit: int = PAGE, within: QuerySet[Connection] | None = None
) -> list[tuple[int, int]]:
    """Return ids of tracked connections with their business errors: most first, ties by id. Two queries.

    `within` restricts them to some connections. Nothing but the rows asked for, and those before them, is looked at.
    """
    zone = _zone_that_keeps(window)
    chosen, named = _chosen(within)
    statement = sql.SQL(_CARDS).format(
        how=sql.SQL("NOT MATERIALIZED" if zone else "MATERIALIZED"),
        counted=sql.SQL(_KEPT if zone else _SUMMED),
        chosen=chosen,
    )
    values = {
        "zone": zone,
        "starts_at": window.starts_at,
        "ends_at": window.ends_at,
        "offset": offset,
        "limit": limit,
        "reach": offset + limit,
        **named,
    }
    with reading.db().cursor() as cursor:
        cursor.execute(statement, values)
        return [(connection_id, business) for connection_id, business in cursor.fetchall()]


def cards(
    window: Window, *, offset: int = 0, limit: int = PAGE, within: QuerySet[Connection] | None = None
) -> list[Card]:
    """Read cards, see `counts`. Four queries."""
    found = counts(window, offset=offset, limit=limit, within=within)
    ids = [connection_id for connection_id, _ in found]
    rows = Connection.objects.select_related("consumer", "connector").in_bulk(ids)
    daily = flows.business_errors(ids, window)
    return [Card(rows[key], business, daily[key]) for key, business in found]


def _chosen(within: QuerySet[Connection] | None) -> tuple[sql.SQL, dict[str, Any]]:
    """Return the condition for rows of `within`, and its parameters by name."""
    if within is None:
        return sql.SQL("true"), {}
    try:
        rows, values = within.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return sql.SQL("false"), {}
    named = {f"within_{place}": value for place, value in enumerate(values)}
    inner = rows.replace("%%", "%%%%") % tuple(f"%({name})s" for name in named)
    return sql.SQL(f"n.id IN ({inner})"), named


def _zone_that_keeps(window: Window) -> str | None:
    """Return a zone whose kept counts are those of this very window, if there is one: any other would do as well."""
    same = ZoneWindow.objects.filter(starts_at=window.starts_at, ends_at=window.ends_at)
    return same.order_by("zone").values_list("zone", flat=True).first()


_TRACKED = """
SELECT (SELECT count(*) FROM (SELECT FROM connections_connection
                              WHERE is_tracked AND is_live AND flow = %(source)s LIMIT %(most)s) AS found),
       (SELECT count(*) FROM (SELECT FROM connections_connection
                              WHERE is_tracked AND is_live AND flow = %(destination)s LIMIT %(most)s) AS found)
"""

_KEPT = "SELECT connection_id, business FROM connections_errorcard WHERE zone = %(zone)s AND business > 0"
_SUMMED = """
SELECT connection_id, sum(business)::bigint AS business FROM connections_connectionrollup
WHERE bucket >= %(starts_at)s AND bucket < %(ends_at)s AND business > 0 GROUP BY 1
"""

# What is kept is read in the order of its index, so it must stay a subquery; what is summed is summed once.
_CARDS = """
WITH counted AS {how} ({counted}), failing AS MATERIALIZED (
  SELECT c.connection_id, c.business FROM counted AS c
  JOIN connections_connection AS n ON n.id = c.connection_id AND n.is_tracked AND n.is_live
  WHERE {chosen} ORDER BY c.business DESC, c.connection_id LIMIT %(reach)s
), flawless AS (
  -- only looked for when those with errors do not fill the page
  SELECT n.id AS connection_id, 0::bigint AS business FROM connections_connection AS n
  WHERE n.is_tracked AND n.is_live AND {chosen} AND (SELECT count(*) FROM failing) < %(reach)s
    AND NOT EXISTS (SELECT FROM counted AS c WHERE c.connection_id = n.id)
  ORDER BY n.id LIMIT %(reach)s
)
SELECT connection_id, business FROM (SELECT * FROM failing UNION ALL SELECT * FROM flawless) AS cards
ORDER BY business DESC, connection_id OFFSET %(offset)s LIMIT %(limit)s
"""
