"""What flowed, per local day of a window: the numbers of every chart, on every page and in the API.

They are sums of 15-minute buckets, never of events, so their cost does not grow with what happened. Read them inside
`common.snapshots.one_snapshot`, together with everything else that an answer says.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min
from psycopg import sql

from common import reading
from common.windows import DAYS, Window
from connections.models import RollupDelta

KINDS = ("created", "updated", "sent", "business", "technical")
LATE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Series:
    """How many of one kind there were on each day; `before` is the sum of the seven days before, None: not read."""

    daily: tuple[int, ...] = (0,) * DAYS
    before: int | None = None

    @property
    def total(self) -> int:
        """The sum of the days."""
        return sum(self.daily)

    def __add__(self, other: Series) -> Series:
        before = None if self.before is None or other.before is None else self.before + other.before
        return Series(tuple(map(sum, zip(self.daily, other.daily, strict=True))), before)


@dataclass(frozen=True, slots=True)
class Flows:
    """What flowed over all, through one connector or through one connection."""

    created: Series = Series()
    updated: Series = Series()
    sent: Series = Series()
    business: Series = Series()
    technical: Series = Series()


@dataclass(frozen=True, slots=True)
class Freshness:
    """How far the sums reach: everything that was received before `as_of` is in them."""

    as_of: datetime
    is_late: bool


def freshness(*, now: datetime) -> Freshness:
    """Return now, or when the oldest event came that is not in the sums yet, or until when the replica holds all.

    One query.
    """
    oldest = RollupDelta.objects.aggregate(at=Min("received_at"))["at"]
    as_of = min(now, oldest or now, reading.place().holds_until or now)
    return Freshness(as_of, is_late=now - as_of > LATE)


def of_all(window: Window) -> Flows:
    """Read what flowed through all tracked connections. One query."""
    return _read(_TOTAL, [0], window, has_before=True)[0]


def of_connector(connector_id: int, window: Window) -> Flows:
    """Read what flowed through the tracked connections of one connector. One query."""
    return _read(_CONNECTOR, [connector_id], window, has_before=True)[connector_id]


def of_connections(connection_ids: Collection[int], window: Window, *, has_before: bool = True) -> dict[int, Flows]:
    """Read what flowed through each of some connections, tracked or not. One query, whatever their number."""
    return _read(_CONNECTION, connection_ids, window, has_before=has_before)


def business_errors(connection_ids: Collection[int], window: Window) -> dict[int, tuple[int, ...]]:
    """Read the business errors per day of each of some connections, and nothing else of them. One query."""
    daily = {key: [0] * DAYS for key in connection_ids}
    values: dict[str, Any] = {"edges": list(window.edges), "keys": list(connection_ids)}
    with reading.db().cursor() as cursor:
        cursor.execute(_BUSINESS, values | {"starts_at": window.starts_at, "ends_at": window.ends_at})
        for key, slot, business in cursor.fetchall():
            daily[key][slot - 1] = business
    return {key: tuple(counts) for key, counts in daily.items()}


def of_connection_now(connection_id: int, window: Window) -> Flows:
    """Read what flowed through one connection, with what the sums do not hold yet. One query."""
    return _read(_CONNECTION_NOW, [connection_id], window, has_before=True)[connection_id]


@dataclass(frozen=True, slots=True)
class _Grain:
    """Where sums stand: the expression of the key that they are asked by, and the rows."""

    key: str
    rows: str


_TOTAL = _Grain("0::bigint", "connections_totalrollup")
_CONNECTOR = _Grain("connector_id", "connections_connectorrollup")
_CONNECTION = _Grain("connection_id", "connections_connectionrollup")
_HELD = "SELECT connection_id, bucket, created, updated, sent, business, technical FROM"
_CONNECTION_NOW = _Grain(
    "connection_id",
    f"({_HELD} connections_connectionrollup UNION ALL {_HELD} connections_rollupdelta) AS held",
)

# One scan of the window's buckets: the eight (or fifteen) edges say in which slot, that is on which day, each lies.
_SUMS = """
SELECT {key}, width_bucket(bucket, %(edges)s::timestamptz[]) AS slot,
       sum(created)::bigint, sum(updated)::bigint, sum(sent)::bigint, sum(business)::bigint, sum(technical)::bigint
FROM {rows}
WHERE {key} = ANY (%(keys)s) AND bucket >= %(starts_at)s AND bucket < %(ends_at)s
GROUP BY 1, 2
"""

_BUSINESS = """
SELECT connection_id, width_bucket(bucket, %(edges)s::timestamptz[]), sum(business)::bigint
FROM connections_connectionrollup
WHERE connection_id = ANY (%(keys)s) AND bucket >= %(starts_at)s AND bucket < %(ends_at)s AND business > 0
GROUP BY 1, 2
"""


def _read(grain: _Grain, keys: Collection[int], window: Window, *, has_before: bool) -> dict[int, Flows]:
    before = window.before() if has_before else None
    edges = [*(before.edges[:-1] if before else ()), *window.edges]
    slots: dict[int, dict[int, Sequence[int]]] = {key: {} for key in keys}
    with reading.db().cursor() as cursor:
        statement = sql.SQL(_SUMS).format(key=sql.SQL(grain.key), rows=sql.SQL(grain.rows))
        values: dict[str, Any] = {"edges": edges, "keys": list(keys), "starts_at": edges[0], "ends_at": edges[-1]}
        cursor.execute(statement, values)
        for key, slot, *sums in cursor.fetchall():
            slots[key][slot] = sums
    first = len(edges) - DAYS
    return {key: _flows(found, first, has_before=has_before) for key, found in slots.items()}


def _flows(slots: dict[int, Sequence[int]], first: int, *, has_before: bool) -> Flows:
    """Lay out the sums of slots by kind; `first` is the slot of the first day, those below it are the days before."""
    return Flows(*(_series(slots, place, first, has_before=has_before) for place in range(len(KINDS))))


def _series(slots: dict[int, Sequence[int]], place: int, first: int, *, has_before: bool) -> Series:
    daily = tuple(slots[slot][place] if slot in slots else 0 for slot in range(first, first + DAYS))
    before = sum(sums[place] for slot, sums in slots.items() if slot < first)
    return Series(daily, before if has_before else None)
