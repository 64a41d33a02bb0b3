"""The last seven days of one connector or connection, and the latest errors of a consumer: cards of their pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils import timezone

from common import reading
from common.snapshots import one_snapshot
from common.windows import Window, last_seven_days
from connections.events import Category
from connections.models import Connection, Connector, ErrorEvent, Flow
from consumers.models import Consumer
from dashboard import figures, flows, links, reasons
from dashboard.error_rows import Row, row
from dashboard.figures import Figure
from dashboard.flows import Flows, Freshness
from dashboard.reasons import Reason

_LATEST = 5
_HEIGHT = 120


@dataclass(frozen=True, slots=True)
class SevenDays:
    """The charts of the present window, from one snapshot; `is_tracked` false: they count nowhere else."""

    window: Window
    freshness: Freshness
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class LatestError:
    """One error of a consumer, with the connection on which it happened and where its others are."""

    row: Row
    connection: Connection
    url: str


def of_connection(connection: Connection, *, now: datetime) -> SevenDays:
    """Read the charts of one connection: what fits its flow, and its errors, tracked or not. Two queries."""
    window = _window(now)
    with one_snapshot():
        freshness = flows.freshness(now=now)
        sums = flows.of_connection_now(connection.pk, window)
    urls = {name: links.errors(connection.key, category=name) for name in Category.values}
    errors = figures.errors(sums, window, height=_HEIGHT, urls=urls)
    return _seven_days(window, freshness, (*_of_flow(sums, window, connection.flow), errors), now)


def of_connector(connector: Connector, *, now: datetime) -> SevenDays:
    """Read the charts of all tracked connections of a connector: the kinds that occur, and errors. Three queries."""
    window = _window(now)
    with one_snapshot():
        freshness = flows.freshness(now=now)
        sums = flows.of_connector(connector.pk, window)
        directions = _directions(connector)
    drawn = tuple(figure for flow in directions for figure in _of_flow(sums, window, flow))
    if not directions:
        return SevenDays(window, freshness, ())
    return _seven_days(window, freshness, (*drawn, figures.errors(sums, window, height=_HEIGHT)), now)


def latest_errors(consumer: Consumer) -> list[LatestError]:
    """Return the newest business errors of a consumer's tracked connections, each with its connection. Two queries."""
    values: dict[str, int | str] = {"consumer": consumer.pk, "category": Category.BUSINESS.value, "most": _LATEST}
    with reading.db().cursor() as cursor:
        cursor.execute(_NEWEST, values)
        ids = [pk for (pk,) in cursor.fetchall()]
    rows = ErrorEvent.objects.select_related("connection__connector").in_bulk(ids)
    newest = [rows[pk] for pk in ids if pk in rows]
    return [LatestError(row(error), error.connection, links.errors(error.connection.key)) for error in newest]


# The newest few of each connection by its index, the newest few of those.
_NEWEST = """
SELECT e.id FROM connections_connection AS n
CROSS JOIN LATERAL (
  SELECT id, occurred_at, external_id FROM connections_errorevent
  WHERE connection_id = n.id AND category = %(category)s
  ORDER BY occurred_at DESC, external_id DESC LIMIT %(most)s
) AS e
WHERE n.consumer_id = %(consumer)s AND n.is_tracked AND NOT n.is_deleted
ORDER BY e.occurred_at DESC, e.external_id DESC, e.id LIMIT %(most)s
"""


def _directions(connector: Connector) -> list[Flow]:
    """Return in which directions the tracked connections of a connector go. One query."""
    both = (Flow.SOURCE, Flow.DESTINATION)
    tracked = Connection.objects.live().filter(connector=OuterRef("pk"), is_tracked=True)
    rows = Connector.objects.filter(pk=connector.pk).values_list(*(Exists(tracked.filter(flow=flow)) for flow in both))
    return [flow for flow, is_there in zip(both, rows.get(), strict=True) if is_there]


def _window(now: datetime) -> Window:
    return last_seven_days(zone=str(timezone.get_current_timezone()), now=now)


def _of_flow(sums: Flows, window: Window, flow: str) -> tuple[Figure, ...]:
    if flow == Flow.SOURCE:
        return figures.created(sums, window, height=_HEIGHT), figures.updated(sums, window, height=_HEIGHT)
    if flow == Flow.DESTINATION:
        return (figures.sent(sums, window, height=_HEIGHT),)
    return ()


def _seven_days(window: Window, freshness: Freshness, drawn: tuple[Figure, ...], now: datetime) -> SevenDays:
    return SevenDays(
        window, freshness, tuple(figure.because(_reason(figure, window, freshness, now)) for figure in drawn)
    )


def _reason(figure: Figure, window: Window, freshness: Freshness, now: datetime) -> Reason:
    what = "errors" if figure.mark == "errors" else f"{reasons.ENTITIES} {figure.mark}"
    return reasons.of_zeros(what, window, freshness, now=now)
