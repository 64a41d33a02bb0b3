"""The list of connections."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, TypeVar

from django.db.models import BooleanField, Count, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL
from django.http import HttpRequest
from django.utils.html import escape

from accounts.models import User
from common import times
from common.addresses import address
from common.middleware import request_now
from common.templatetags.connmon import glyph, icon
from connections.models import GROUPED, Connection, ConnectionGroup, ConnectorCount, Flow, Status
from consumers.models import Consumer
from dashboard.lists import bar, cells, fields, search, tables
from dashboard.lists.bar import Chip, Choices
from dashboard.lists.consumers import connector_ids, offered_connectors
from dashboard.lists.filters import ListFilters, Many, OneOf
from dashboard.lists.listing import Action, Listing
from dashboard.lists.orders import Order, Reading

_TRACKED = (("true", "Tracked"), ("false", "Not tracked"))

# The orders that an index of the groups holds, and so many first rows that sorting them costs less than a scan.
_IN_GROUPS = {"name", "consumer", "changed_at", "status", "flow", "tracked"}
_MOST_FIRST = 20_000

# Django has no LATERAL.
_COLUMNS = {field.name: field.column for field in Connection._meta.concrete_fields}  # noqa: SLF001 (Django's API)
_OF_GROUP = RawSQL(  # noqa: S611 (nothing that anybody sent)
    " AND ".join(f'"connections_connection"."{_COLUMNS[name]}" = one.{name}' for name in GROUPED),
    (),
    output_field=BooleanField(),
)
_FIRST = "SELECT first.* FROM ({}) AS one CROSS JOIN LATERAL ({}) AS first"

M = TypeVar("M", Connection, ConnectionGroup)


class ConnectionFilters(ListFilters):
    """The filters of connections."""

    narrowing = ("q", "status", "connector", "unified_api", "flow", "tracked", "consumer")
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "name": ("name_key",),
        "consumer": ("consumer_name_key", "consumer_id"),
        "status": ("status", "name_key"),
        "flow": ("flow", "name_key"),
        "tracked": ("is_tracked", "name_key"),
        "changed_at": ("changed_at",),
        "connection": ("key",),
        # Without an index: for programs that sort by a column of the CSV.
        "connector": ("connector__name_key", "connector_id", "name_key"),
        "unified_api": ("connector__unified_api__name_key", "connector__unified_api_id", "name_key"),
        "failure_code": ("failure_code", "name_key"),
        "created_at": ("created_at",),
    }
    also: ClassVar[Mapping[str, str]] = {"changed": "changed_at", "created": "created_at"}

    q = Many(method="search")
    status = OneOf(choices=Status.choices, method="any_of")
    connector = Many(method="asked_below")
    unified_api = Many(method="asked_below")
    flow = OneOf(choices=Flow.choices, method="any_of")
    tracked = OneOf(choices=_TRACKED, method="by_tracked")
    consumer = Many(method="by_consumer")

    def search(self, rows: QuerySet[Connection], _: str, texts: list[str]) -> QuerySet[Connection]:
        """Leave those whose consumer is found, with a part of their own name, or with that very key."""
        found = search.connections(texts)
        self.has_many_hits = found.is_many
        return rows.filter(found.condition)

    def any_of(self, rows: QuerySet[M], name: str, values: list[str]) -> QuerySet[M]:
        """Leave those with one of the values. One value is an equation, which an index in name order can follow."""
        return rows.filter(**({name: values[0]} if len(values) == 1 else {f"{name}__in": values}))

    def by_tracked(self, rows: QuerySet[M], _: str, values: list[str]) -> QuerySet[M]:
        """Leave those that are tracked, or not."""
        return rows if len(values) > 1 else rows.filter(is_tracked=values[0] == "true")

    def by_consumer(self, rows: QuerySet[Connection], _: str, consumerids: list[str]) -> QuerySet[Connection]:
        """Leave those of these consumers."""
        found = Consumer.objects.filter(consumerid__in=consumerids).values_list("pk", flat=True)
        return rows.filter(consumer__id__any_of=list(found))

    def asked_below(self, rows: QuerySet[Connection], _: str, __: object) -> QuerySet[Connection]:
        """Leave them all; these filters go together (filter_queryset)."""
        return rows

    def filter_queryset(self, queryset: QuerySet[Connection]) -> QuerySet[Connection]:
        """Leave the rows of all filters."""
        return super().filter_queryset(queryset).filter(self._of_connectors)

    @property
    def is_many(self) -> bool:
        """Whether a search alone had many hits, or the groups know more than a probe."""
        return super().is_many or self._are_grouped

    def total(self) -> int | None:
        """Return the exact number of rows unless a search or a consumer is asked for: the sum of their groups."""
        return self._sums["rows"] if self._are_grouped or not self.is_narrowed else None

    def first(self, reading: Reading, *, begin: int) -> list[tuple[Any, ...]] | None:
        """Read the first rows of all out of the first ones of each group, from an index of the groups alone."""
        within = [column for column in reading.order.columns if column not in GROUPED]
        is_known = reading.order.name in _IN_GROUPS and (
            reading.position is None or len(within) == len(reading.order.columns)
        )
        if not (self._are_grouped and is_known and self._sums["groups"] * reading.most <= _MOST_FIRST):
            return None
        groups, of_groups = self._groups.values(*GROUPED).query.sql_with_params()
        inside = replace(reading, order=replace(reading.order, columns=tuple(within)))
        rows = inside.of(Connection.objects.live().filter(_OF_GROUP)).values(*reading.order.columns)[: reading.most]
        firsts, of_firsts = rows.query.sql_with_params()
        return reading.sort(_FIRST.format(groups, firsts), [*of_groups, *of_firsts], begin=begin)

    @property
    def _are_grouped(self) -> bool:
        return self.is_narrowed and not self.narrowed_by() & {"q", "consumer"}

    @cached_property
    def _sums(self) -> dict[str, int]:
        return self._groups.aggregate(rows=Sum("count", default=0), groups=Count("pk"))

    @property
    def _groups(self) -> QuerySet[ConnectionGroup]:
        """The groups of the rows, when neither a search nor a consumer is asked for."""
        groups = ConnectionGroup.objects.filter(self._of_connectors, count__gt=0)
        for name in ("status", "flow"):
            groups = self.any_of(groups, name, self.values(name)) if self.values(name) else groups
        return self.by_tracked(groups, "tracked", self.values("tracked")) if self.values("tracked") else groups

    @cached_property
    def _of_connectors(self) -> Q:
        """The condition of connector and unified_api together."""
        connectors = connector_ids(self.values("connector"), self.values("unified_api"))
        if connectors is None:
            return Q()
        return Q(connector_id=connectors[0]) if len(connectors) == 1 else Q(connector__id__any_of=connectors)


class ConnectionTable(tables.ListTable):
    """Connections with their consumer, status and settings."""

    name = tables.column("Connection")
    consumer = tables.column("Consumer")
    status = tables.column("Status")
    flow = tables.column("Flow")
    tracked = tables.column("Tracked")
    changed_at = tables.column("Changed", css="num")

    def __init__(self, rows: Sequence[Connection], order: Order, *, now: datetime) -> None:
        super().__init__(rows, order)
        self._now = now
        self._consumers = cells.Addresses("consumer")
        self._connections = cells.Addresses("connection")

    def row(self, row: Connection) -> str:
        """Return the row of one connection."""
        connector, consumer = row.connector, row.consumer
        name = cells.link(self._connections.of(row.key), row.name or connector.name, "name")
        about = f"{connector.name} · {connector.unified_api.name}"
        customer = cells.link(self._consumers.of(consumer.consumerid), consumer.name, "name name--plain")
        changed = cells.time(row.changed_at, times.minute(row.changed_at, self._now))
        tracked = "Yes" if row.is_tracked else '<span class="quiet">No</span>'
        return (
            f'<tr data-connection="{escape(row.key)}">'
            f'<th scope="row"><span class="cell2">{name}'
            f'<span class="quiet tiny"><bdi>{escape(about)}</bdi></span></span></th>'
            f'<td data-label="Consumer">{customer}</td><td>{self._status_cell(row)}</td>'
            f'<td class="nowrap" data-label="Flow">{_FLOWS[row.flow]}</td><td data-label="Tracked">{tracked}</td>'
            f'<td class="num second nowrap" data-label="Changed">{changed}</td></tr>'
        )

    def _status_cell(self, row: Connection) -> str:
        since = cells.time(row.status_since, times.minute(row.status_since, self._now))
        badge = f'<span class="badge badge--{row.status}">{glyph(row.status)}{row.get_status_display()}</span>'
        reason = f'<bdi class="clamp small">{escape(row.failure_message)}</bdi>' if row.failure_message else ""
        code = f'<span class="mono"><bdi>{escape(row.failure_code)}</bdi></span>' if row.failure_code else ""
        when = f'<span class="quiet tiny">since {since}</span>'
        return f'<div class="cell2"><span class="statusline">{badge}{when}</span>{reason}{code}</div>'


_FLOWS = {
    Flow.SOURCE.value: f'<span class="conn">{icon("log-in")}Source</span>',
    Flow.DESTINATION.value: f'<span class="conn">{icon("log-out")}Destination</span>',
    Flow.OTHER.value: '<span class="conn quiet">Other</span>',
}


class ConnectionList(Listing):
    """All connections."""

    title = "Connections"
    noun = "connection"
    page = "connections"
    export = "connections-csv"
    filename = "connections"
    template = "dashboard/lists/connections.html"
    placeholder = "Name, key or consumer"
    filters = ConnectionFilters
    fields = (
        fields.text("connection", "key"),
        fields.text("consumer", "consumer__consumerid"),
        fields.text("connector", "connector__key"),
        fields.text("unified_api", "connector__unified_api__name"),
        fields.text("name", "name"),
        fields.text("status", "status"),
        fields.text("failure_code", "failure_code"),
        fields.text("failure_message", "failure_message"),
        fields.text("flow", "flow"),
        fields.flag("tracked", "is_tracked"),
        fields.moment("created_at", "created_at"),
        fields.moment("changed_at", "changed_at"),
    )

    def all_rows(self) -> QuerySet[Connection]:
        """Return the live connections."""
        return Connection.objects.live()

    def everything(self) -> int:
        """Return how many live connections there are."""
        return int(ConnectorCount.objects.aggregate(sum=Sum("count", default=0))["sum"])

    def table(self, keys: list[int], filters: ListFilters, request: HttpRequest) -> ConnectionTable:
        """Return connections with all that stands in their rows, in one query."""
        rows = Connection.objects.select_related("consumer", "connector__unified_api").in_bulk(keys)
        return ConnectionTable([rows[key] for key in keys if key in rows], filters.order, now=request_now(request))

    def choices(self, filters: ListFilters) -> list[Choices]:
        """Return what the filter bar offers."""
        counts = _counts()
        connectors, unified_apis = offered_connectors()
        return [
            Choices(
                "status", "Status", bar.options(filters, "status", _labels(Status.choices), counts=counts["status"])
            ),
            Choices(
                "unified_api",
                "Unified API",
                bar.options(filters, "unified_api", unified_apis, counts=counts["connector__unified_api__name"]),
            ),
            Choices(
                "connector",
                "Connector",
                bar.options(filters, "connector", connectors, counts=counts["connector__key"]),
            ),
            Choices("flow", "Flow", bar.options(filters, "flow", _labels(Flow.choices))),
            Choices("tracked", "Tracked", bar.options(filters, "tracked", _TRACKED)),
        ]

    def chips(self, filters: ListFilters, choices: list[Choices]) -> list[Chip]:
        """Return the filters that are set."""
        return bar.chips(filters, choices, q="Search", consumer="Consumer")

    def actions(self, filters: ListFilters, request: HttpRequest) -> list[Action]:
        """Return the way to set flow and tracked of all these connections, for operators."""
        url = address("connections-settings")
        if not url or not isinstance(request.user, User) or not request.user.is_operator:
            return []
        query = filters.query(without=["sort"])
        return [Action("Set flow and tracked…", f"{url}{'?' if query else ''}{query}", "sliders-horizontal")]


def _counts() -> dict[str, dict[str, int]]:
    """Return how many connections there are per status, connector and unified API, in one query."""
    names = ("status", "connector__key", "connector__unified_api__name")
    found: dict[str, dict[str, int]] = {name: {} for name in names}
    for *values, count in ConnectorCount.objects.values_list(*names, "count"):
        for name, value in zip(names, values, strict=True):
            found[name][value] = found[name].get(value, 0) + count
    return found


def _labels(choices: Sequence[tuple[Any, Any]]) -> list[tuple[str, str]]:
    return [(str(value), str(label)) for value, label in choices]
