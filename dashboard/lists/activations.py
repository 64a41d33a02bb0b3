"""The list of consumers by their syncs: one row an activation."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import ClassVar
from urllib.parse import quote

from django.db.models import (
    BigIntegerField,
    Case,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat, NullIf
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import escape

from common import times
from common.middleware import request_now
from common.templatetags.connmon import glyph, icon
from connections.models import Connector
from consumers.models import Consumer
from dashboard import activations
from dashboard.activations import Shown
from dashboard.lists import bar, cells, fields, search, tables
from dashboard.lists.bar import Chip, Choices
from dashboard.lists.consumers import connector_ids, offered_connectors
from dashboard.lists.filters import ListFilters, Many, OneOf
from dashboard.lists.listing import Listing
from dashboard.lists.orders import Order
from syncs.models import Activation, ActivationStatus, Step, Sync, SyncCount, SyncIssue
from syncs.standings import possible

_NO_ISSUE = "none"
_ISSUES = (*SyncIssue.choices, (_NO_ISSUE, "No issue"))
_WITH_ISSUE = (("true", "Yes"), ("false", "No"))
_ACTIVE = (("true", "Active"), ("false", "Not active"))
_BY_NAME = ("consumer_name_key", "consumer_id")

# What the counter of syncs knows of, and what is counted exactly because a sync's page links to it.
_COUNTED = {"sync", "step", "status", "issue", "reached", "with_issue"}
_LINKED = _COUNTED | {"mapping", "failed_connector"}


class ActivationFilters(ListFilters):
    """The filters of activations.

    `connector` and `unified_api` speak of one connection that stands in a slot, of whatever status; `failed_connector`
    of one that refuses and keeps its slot empty; `active` of the consumer.
    """

    narrowing = (
        *("q", "sync", "step", "status", "issue", "connector", "unified_api"),
        *("reached", "with_issue", "mapping", "failed_connector", "active"),
    )
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "name": _BY_NAME,
        "consumerid": ("consumer__consumerid",),
        "sync": ("sync_name_key", "sync_id"),
        "step": ("step_number", *_BY_NAME),
        "status": ("status", *_BY_NAME),
        "issue": ("issue", *_BY_NAME),
        "opened_at": ("opened_at",),
        "activated_at": ("activated_order",),
    }
    also: ClassVar[Mapping[str, str]] = {"consumer": "name", "opened": "opened_at", "activated": "activated_at"}

    q = Many(method="search")
    sync = Many(method="by_sync")
    step = OneOf(choices=Step.choices, method="asked_below")
    status = OneOf(choices=ActivationStatus.choices, method="asked_below")
    issue = OneOf(choices=_ISSUES, method="asked_below")
    connector = Many(method="asked_below")
    unified_api = Many(method="asked_below")
    reached = OneOf(choices=Step.choices, method="asked_below")
    with_issue = OneOf(choices=_WITH_ISSUE, method="asked_below")
    mapping = Many(method="by_mapping")
    failed_connector = Many(method="by_failed_connector")
    active = OneOf(choices=_ACTIVE, method="by_active")

    def search(self, rows: QuerySet[Activation], _: str, texts: list[str]) -> QuerySet[Activation]:
        """Leave those whose consumer is found."""
        found = search.activations(texts)
        self.has_many_hits = found.is_many
        return rows.filter(found.condition)

    def by_sync(self, rows: QuerySet[Activation], _: str, __: list[str]) -> QuerySet[Activation]:
        """Leave those of these syncs. One is an equation, which an index in name order can follow."""
        if len(self._syncs) != 1:
            return rows.filter(sync_id__in=self._syncs)
        # Of the very type of the column: an index of filters takes no other.
        return rows.filter(sync_id=Cast(Value(self._syncs[0]), BigIntegerField()))

    def by_mapping(self, rows: QuerySet[Activation], _: str, names: list[str]) -> QuerySet[Activation]:
        """Leave those with one of these mappings incomplete."""
        return rows.filter(incomplete_mappings__overlap=names)

    def by_failed_connector(self, rows: QuerySet[Activation], _: str, keys: list[str]) -> QuerySet[Activation]:
        """Leave those of which one of these connectors keeps a slot empty."""
        found = list(Connector.objects.filter(key__in=keys).values_list("pk", flat=True))
        return rows.filter(failed_connectors__overlap=found) if found else rows.none()

    def by_active(self, rows: QuerySet[Activation], _: str, values: list[str]) -> QuerySet[Activation]:
        """Leave those whose consumer is active, or is not."""
        if len(values) > 1:
            return rows
        # Said of those that are not active, of which an index knows the live ones.
        inactive = Consumer.objects.live().filter(is_active=False, pk=OuterRef("consumer"))
        return rows.filter(~Exists(inactive) if values[0] == "true" else Exists(inactive))

    def asked_below(self, rows: QuerySet[Activation], _: str, __: object) -> QuerySet[Activation]:
        """Leave them all; these filters go together (filter_queryset)."""
        return rows

    def filter_queryset(self, queryset: QuerySet[Activation]) -> QuerySet[Activation]:
        """Leave the rows of all filters."""
        rows = super().filter_queryset(queryset).filter(self._stands)
        if self._connectors is None:
            return rows
        return rows.filter(slot_connectors__overlap=self._connectors) if self._connectors else rows.none()

    def in_order(self, rows: QuerySet[Activation]) -> QuerySet[Activation]:
        """Begin and end scans by step, status, issue or sync at those that an activation that is asked for can have."""
        column = self.order.columns[0]
        if self.order.name in {"step", "status", "issue"} and (allowed := [*self._allowed()]):
            standings = possible(allowed)
            values = [Step(one.step).number if self.order.name == "step" else getattr(one, column) for one in standings]
            return rows.filter(**{f"{column}__gte": min(values), f"{column}__lte": max(values)}) if values else rows
        if self.order.name == "sync" and self._connectors:
            # Asked before, as the planner has to see them.
            names = list(Sync.objects.with_slots_for(self._connectors).values_list("name_key", flat=True))
            return rows.filter(sync_name_key__gte=min(names), sync_name_key__lte=max(names)) if names else rows
        return rows

    def total(self) -> int | None:
        """Return the exact number of rows of everything that a sync's page links to."""
        asked = self.narrowed_by()
        if asked <= _COUNTED:
            counts = SyncCount.objects.filter(self._stands)
            if "sync" in asked:
                counts = counts.filter(sync_id__in=self._syncs)
            return int(counts.aggregate(sum=Sum("count", default=0))["sum"])
        return int(self.qs.order_by().count()) if asked <= _LINKED else None

    @cached_property
    def _syncs(self) -> list[int]:
        return list(Sync.objects.filter(key__in=self.values("sync")).values_list("pk", flat=True))

    @cached_property
    def _stands(self) -> Q:
        """The condition of step, status and issue, for activations and for their counter alike."""
        condition = Q()
        for column, values in self._allowed():
            condition &= Q(**{column: values[0]}) if len(values) == 1 else Q(**{f"{column}__in": values})
        return condition

    @cached_property
    def _connectors(self) -> list[int] | None:
        return connector_ids(self.values("connector"), self.values("unified_api"))

    def _allowed(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each column that is asked about, with the values that it may have."""
        reached = self.values("reached")
        if steps := self.values("step"):
            yield "step", steps
        if reached:
            yield "step", [step.value for step in Step if step.number >= min(Step(value).number for value in reached)]
        if statuses := self.values("status"):
            yield "status", statuses
        if issues := self.values("issue"):
            yield "issue", ["" if value == _NO_ISSUE else value for value in issues]
        for value in self.values("with_issue") if len(self.values("with_issue")) == 1 else []:
            yield "issue", SyncIssue.values if value == "true" else [""]


class ActivationTable(tables.ListTable):
    """Activations with their consumer, their sync and what keeps them."""

    name = tables.column("Consumer")
    sync = tables.column("Sync")
    step = tables.column("Step")
    issue = tables.column("Issue")
    opened_at = tables.column("Opened", css="num")
    activated_at = tables.column("Activated", css="num")
    menu = tables.column("Actions", orderable=False, css="act", is_hidden=True)

    def __init__(self, rows: Sequence[Shown], order: Order, *, now: datetime, menu: str) -> None:
        super().__init__(rows, order)
        self._now = now
        self._menu = menu
        self._consumers = cells.Addresses("consumer")
        self._syncs = cells.Addresses("sync")

    def row(self, row: Shown) -> str:
        """Return the row of one activation."""
        one, consumer, sync = row.row, row.row.consumer, row.row.sync
        consumerid = escape(consumer.consumerid)
        name = cells.link(self._consumers.of(consumer.consumerid), consumer.name, "name")
        return (
            f'<tr data-consumer="{consumerid}" data-issue="{one.issue}" data-sync="{escape(sync.key)}">'
            f'<th scope="row"><span class="cell2">{name}'
            f'<span class="mono id"><bdi>{consumerid}</bdi></span></span></th>'
            f'<td data-label="Sync">{cells.link(self._syncs.of(sync.key), sync.name, "name name--plain")}</td>'
            f'<td data-label="Step">{_step(row)}</td><td>{_issue(row)}</td>'
            f'<td class="num second nowrap" data-label="Opened">{self._day(one.opened_at)}</td>{self._activated(row)}'
            f'<td class="act">{self._menu_cell(row)}</td></tr>'
        )

    def _activated(self, row: Shown) -> str:
        if row.row.activated_at is None:
            return '<td class="num"></td>'
        return f'<td class="num second nowrap" data-label="Activated">{self._day(row.row.activated_at)}</td>'

    def _day(self, at: datetime) -> str:
        return cells.time(at, times.day(at, self._now))

    def _menu_cell(self, row: Shown) -> str:
        # A template rendered once a page, with blanks that every row fills.
        values = {
            _BLANK_KEY: quote(row.row.consumer.consumerid, safe=""),
            _BLANK_SYNC: quote(row.row.sync.key, safe=""),
            _BLANK_NAME: escape(row.row.consumer.name),
        }
        return _BLANKS.sub(lambda blank: values[blank[0]], self._menu)


_BLANK_KEY, _BLANK_SYNC, _BLANK_NAME = "-the-consumerid-", "-the-sync-", "-the-name-"
_BLANKS = re.compile(f"{_BLANK_KEY}|{_BLANK_SYNC}|{_BLANK_NAME}")
_WHY = f'{icon("info")}<span class="vh">: what it means and who acts</span>'


def _step(row: Shown) -> str:
    if row.row.status == ActivationStatus.ACTIVE:
        return f'<span class="conn">{glyph("active")}{row.step}</span>'
    return escape(row.step)


def _issue(row: Shown) -> str:
    if row.meaning is None:
        return ""
    return (
        f'<details class="menu why-menu"><summary class="issue issue--{row.meaning.tone}">'
        f"{glyph(row.meaning.status)}<bdi>{escape(row.issue)}</bdi>{_WHY}</summary>"
        f'<div class="menu__list why-text"><p>{escape(row.meaning.means)}</p><p><b>{escape(row.meaning.acts)}</b></p>'
        "</div></details>"
    )


class _FailedNames(Func):
    """The distinct names of connectors, by primary key, in name order."""

    template = (
        "(SELECT string_agg(name, ', ' ORDER BY name_key, id) FROM (SELECT name, min(name_key) AS name_key,"
        " min(id) AS id FROM connections_connector WHERE id = ANY (%(expressions)s) GROUP BY name) AS named)"
    )
    output_field = TextField()


def issue_words() -> Case:
    """Return the issue as dashboard.activations.issue_text writes it, as an expression of the database."""
    failed = SyncIssue.CONNECTION_FAILED
    names = _FailedNames(F("failed_connectors"))
    others = [
        When(issue=issue.value, then=Value(str(issue.label)))
        for issue in SyncIssue
        if issue != SyncIssue.CONNECTION_FAILED
    ]
    return Case(
        When(issue=failed.value, then=Concat(Value(f"{failed.label} ("), names, Value(")"), output_field=TextField())),
        *others,
        default=Value(""),
        output_field=TextField(),
    )


class ActivationList(Listing):
    """Consumers by their syncs."""

    title = "Consumers"
    noun = "activation"
    page = "activations"
    export = "activations-csv"
    filename = "activations"
    template = "dashboard/lists/activations.html"
    placeholder = "Name, email, reference or consumerid"
    filters = ActivationFilters
    fields = (
        fields.text("consumerid", "consumer__consumerid"),
        fields.text("name", "consumer__name"),
        fields.text("sync", "sync__key"),
        fields.text("step", "step"),
        fields.text("status", "status"),
        fields.either("issue", as_text=issue_words(), value=NullIf(F("issue"), Value(""))),
        fields.moment("opened_at", "opened_at"),
        fields.moment("activated_at", "activated_at"),
    )

    def all_rows(self) -> QuerySet[Activation]:
        """Return the live activations."""
        return Activation.objects.live()

    def everything(self) -> int:
        """Return how many live activations there are."""
        return int(SyncCount.objects.aggregate(sum=Sum("count", default=0))["sum"])

    def table(self, keys: list[int], filters: ListFilters, request: HttpRequest) -> ActivationTable:
        """Return activations with the connectors that keep them, in two queries."""
        found = Activation.objects.select_related("consumer", "sync").in_bulk(keys)
        rows = activations.show(found[key] for key in keys if key in found)
        return ActivationTable(rows, filters.order, now=request_now(request), menu=row_menu(request))

    def choices(self, filters: ListFilters) -> list[Choices]:
        """Return what the filter bar offers; what only links ask for is offered while it is set."""
        counts = _counts()
        syncs = list(Sync.objects.live().order_by("name_key", "id").values_list("key", "name"))
        connectors, unified_apis = offered_connectors()
        issues = counts["issue"] | {_NO_ISSUE: counts["issue"].get("", 0)}
        offered = [
            Choices("sync", "Sync", bar.options(filters, "sync", syncs, counts=counts["sync__key"])),
            Choices("step", "Step", bar.options(filters, "step", Step.choices, counts=counts["step"])),
            Choices("status", "Status", bar.options(filters, "status", _STATUSES, counts=counts["status"])),
            Choices("issue", "Issue", bar.options(filters, "issue", _ISSUES, counts=issues)),
            Choices("unified_api", "Unified API", bar.options(filters, "unified_api", unified_apis)),
            Choices("connector", "Connector", bar.options(filters, "connector", connectors)),
        ]
        asked = {
            "reached": ("Reached", Step.choices),
            "with_issue": ("With an issue", _WITH_ISSUE),
            "mapping": ("Mapping incomplete", ()),
            "failed_connector": ("Connection failed", connectors),
            "active": ("Consumer", _ACTIVE),
        }
        return offered + [
            Choices(
                name, label, bar.options(filters, name, [pair for pair in known if pair[0] in filters.values(name)])
            )
            for name, (label, known) in asked.items()
            if filters.values(name)
        ]

    def chips(self, filters: ListFilters, choices: list[Choices]) -> list[Chip]:
        """Return the filters that are set."""
        return bar.chips(filters, choices, q="Search")


_STATUSES = [(value, str(label)) for value, label in ActivationStatus.choices]


def row_menu(request: HttpRequest) -> str:
    """Return the menu of a row with blanks for consumerid, sync and name; empty for those who may do nothing there."""
    context = {"consumerid": _BLANK_KEY, "sync": _BLANK_SYNC, "name": _BLANK_NAME, "user": request.user}
    return render_to_string("dashboard/consumers/menu.html", context).strip()


def _counts() -> dict[str, Counter[str]]:
    """Return how many activations each sync, step, status and issue has, in one query."""
    columns = ("sync__key", "step", "status", "issue")
    found = {column: Counter[str]() for column in columns}
    for *values, count in SyncCount.objects.values_list(*columns, "count"):
        for column, value in zip(columns, values, strict=True):
            found[column][value] += count
    return found
