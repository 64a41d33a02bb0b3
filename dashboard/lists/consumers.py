"""The list of consumers by their connections."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import quote

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, F, Func, Min, OuterRef, Q, QuerySet, Sum, TextField, Value, When
from django.db.models.functions import Concat, NullIf
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import escape

from common import times
from common.middleware import request_now
from common.templatetags.connmon import glyph, icon
from connections import facets
from connections.models import Connection, Connector, Status
from consumers.models import ConnectionIssue, Consumer, ConsumerCount
from dashboard import issues
from dashboard.lists import bar, cells, fields, search, tables
from dashboard.lists.bar import Chip, Choices
from dashboard.lists.filters import FEW, Days, ListFilters, Many, OneOf, created_between
from dashboard.lists.listing import Listing
from dashboard.lists.orders import Order
from dashboard.lists.standing import Implied, implied
from syncs.models import Activation, Step, Sync

_NO_ISSUE = "none"
_ACTIVE = (("true", "Active"), ("false", "Not active"))
_ISSUES = (*ConnectionIssue.choices, (_NO_ISSUE, "No issue"))


class ConsumerFilters(ListFilters):
    """The filters of consumers."""

    narrowing = (
        *("q", "active", "connector", "unified_api", "status", "issue", "created_from", "created_to"),
        *("sync", "step"),
    )
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "name": ("name_key",),
        "consumerid": ("consumerid",),
        "connections": ("connection_count", "name_key"),
        "issue": ("issue", "name_key"),
        "created_at": ("created_at",),
        # Without an index: for programs that sort by a column of the CSV.
        "email": ("email", "name_key"),
        "internal_reference": ("internal_reference", "name_key"),
        "active_connections": ("active_count", "name_key"),
        "pending_connections": ("pending_count", "name_key"),
        "failed_connections": ("failed_count", "name_key"),
    }
    also: ClassVar[Mapping[str, str]] = {"created": "created_at", "connectors": "connections"}

    q = Many(method="search")
    active = OneOf(choices=_ACTIVE, method="asked_below")
    connector = Many(method="asked_below")
    unified_api = Many(method="asked_below")
    status = OneOf(choices=Status.choices, method="asked_below")
    issue = OneOf(choices=_ISSUES, method="asked_below")
    created_from = Days(method="asked_below")
    created_to = Days(method="asked_below")
    sync = Many(method="asked_below")
    step = OneOf(choices=Step.choices, method="asked_below")

    def search(self, rows: QuerySet[Consumer], _: str, texts: list[str]) -> QuerySet[Consumer]:
        """Leave those with a part of name, e-mail or internal reference, or with that very consumerid."""
        found = search.consumers(texts)
        self.has_many_hits = found.is_many
        return rows.filter(found.condition)

    def asked_below(self, rows: QuerySet[Consumer], _: str, __: object) -> QuerySet[Consumer]:
        """Leave them all; these filters go together (filter_queryset)."""
        return rows

    def filter_queryset(self, queryset: QuerySet[Consumer]) -> QuerySet[Consumer]:
        """Leave the rows of all filters."""
        rows = super().filter_queryset(queryset)
        if not self._implied.states:
            return rows.none()
        days = created_between("created_at", first=self.values("created_from"), last=self.values("created_to"))
        rows = self._activated(rows.filter(days))
        if self._connected is not None:
            rows = rows.filter(facets__overlap=self._facets) if self._facets else rows.none()
        return rows.filter(self._standing())

    def _activated(self, rows: QuerySet[Consumer]) -> QuerySet[Consumer]:
        """Leave those with an activation of these syncs at these steps: `sync` and `step` speak of one and the same."""
        syncs, steps = self.values("sync"), self.values("step")
        if not syncs and not steps:
            return rows
        wanted = Activation.objects.live()
        if syncs:
            wanted = wanted.filter(
                sync__id__any_of=list(Sync.objects.filter(key__in=syncs).values_list("pk", flat=True))
            )
        if steps:  # by its number, which has an index
            wanted = wanted.filter(step_number__in=[Step(step).number for step in steps])
        found = list(wanted.values_list("consumer", flat=True).order_by()[: FEW + 1])
        if len(found) <= FEW:
            return rows.filter(pk__any_of=found)
        return rows.filter(Exists(wanted.filter(consumer=OuterRef("pk"))))

    def in_order(self, rows: QuerySet[Consumer]) -> QuerySet[Consumer]:
        """Begin scans by number of connections or by issue where the first match can be."""
        if self.order.name == "connections":
            return rows.filter(connection_count__gte=self._implied.fewest)
        if self.order.name == "issue" and self._implied.issues:
            return rows.filter(issue__gte=self._implied.issues[0], issue__lte=self._implied.issues[-1])
        return rows

    def total(self) -> int | None:
        """Return the exact number of rows when only `active` and `issue` are set."""
        if self.narrowed_by() - {"active", "issue"}:
            return None
        return int(ConsumerCount.objects.filter(self._standing()).aggregate(sum=Sum("count", default=0))["sum"])

    def _standing(self) -> Q:
        condition = Q()
        if active := self._active:
            condition &= Q(is_active__in=active) if len(active) > 1 else Q(is_active=active[0])
        if found := self._issues:
            condition &= Q(issue__in=found) if len(found) > 1 else Q(issue=found[0])
        return condition

    @property
    def _active(self) -> list[bool]:
        return [value == "true" for value in self.values("active")]

    @property
    def _issues(self) -> list[str]:
        return ["" if value == _NO_ISSUE else value for value in self.values("issue")]

    @property
    def _connected(self) -> list[Status] | None:
        """The statuses that the one connection may have which three filters speak of; None when none is set."""
        asked = [Status(value) for value in self.values("status")]
        return (asked or list(Status)) if asked or self.values("connector") or self.values("unified_api") else None

    @cached_property
    def _implied(self) -> Implied:
        return implied(active=self._active, issues=self._issues, connected=self._connected)

    @cached_property
    def _facets(self) -> list[int]:
        statuses = [Status(value) for value in self.values("status")]
        connectors = connector_ids(self.values("connector"), self.values("unified_api"))
        return facets.numbers(connectors=connectors, statuses=statuses)


def connector_ids(keys: Sequence[str], unified_apis: Sequence[str]) -> list[int] | None:
    """Return the primary keys of the connectors that both filters leave, None when neither is set."""
    if not keys and not unified_apis:
        return None
    connectors = Connector.objects.all()
    if keys:
        connectors = connectors.filter(key__in=keys)
    if unified_apis:
        connectors = connectors.filter(unified_api__name__in=unified_apis)
    return list(connectors.values_list("pk", flat=True))


def connector_names(**conditions: Any) -> ArraySubquery:  # noqa: ANN401 (Django's)
    """Return the distinct names of a consumer's connectors in name order, as an expression of the database."""
    rows = Connection.objects.filter(consumer=OuterRef("pk"), is_deleted=False, **conditions)
    names = rows.order_by().values(label=F("connector__name"))
    in_order = names.annotate(key=Min("connector__name_key"), first=Min("connector_id")).order_by("key", "first")
    return ArraySubquery(in_order.values("label"))


def issue_words() -> Case:
    """Return the issue as dashboard.issues.words writes it, as an expression of the database."""
    named = [
        When(
            issue=issue,
            then=Concat(
                Value(f"{issue.label} ("),
                _text(connector_names(status=status), ", "),
                Value(")"),
                output_field=TextField(),
            ),
        )
        for issue, status in issues.STATUS_OF.items()
    ]
    nothing = ConnectionIssue.NOTHING
    return Case(
        *named, When(issue=nothing, then=Value(str(nothing.label))), default=Value(""), output_field=TextField()
    )


def _text(names: ArraySubquery, between: str) -> Func:
    return Func(names, Value(between), function="array_to_string", output_field=TextField())


@dataclass(frozen=True)
class Shown:
    """One connection in the row of its consumer."""

    key: str
    status: str
    since: datetime
    connector: str


class ConsumerTable(tables.ListTable):
    """Consumers with their connections."""

    name = tables.column("Consumer")
    connections = tables.column("Connections")
    issue = tables.column("Issue")
    created_at = tables.column("Created", css="num")
    menu = tables.column("Actions", orderable=False, css="act", is_hidden=True)

    def __init__(
        self, rows: Sequence[Consumer], order: Order, *, now: datetime, shown: Mapping[int, list[Shown]], menu: str
    ) -> None:
        super().__init__(rows, order)
        self._now = now
        self._shown = shown
        self._menu = menu
        self._consumers = cells.Addresses("consumer")
        self._connections = cells.Addresses("connection")

    def row(self, row: Consumer) -> str:
        """Return the row of one consumer."""
        consumerid = escape(row.consumerid)
        created = cells.time(row.created_at, times.day(row.created_at, self._now))
        shown = self._shown.get(row.pk, [])
        url = self._consumers.of(row.consumerid)
        return (
            f'<tr data-consumer="{consumerid}" data-issue="{row.issue}">'
            f'<th scope="row"><span class="cell2">{cells.link(url, row.name, "name")}'
            f'<span class="copyline mono id" data-copybox><code><bdi>{consumerid}</bdi></code>{_COPY}</span>'
            f"</span></th>"
            f"<td>{self._connections_cell(shown)}</td><td>{self._issue_cell(row, shown)}</td>"
            f'<td class="num second" data-label="Created">{created}</td>'
            f'<td class="act">{self._menu_cell(row)}</td></tr>'
        )

    def _connections_cell(self, shown: list[Shown]) -> str:
        if not shown:
            return ""
        signed = (cells.signed(self._connections.of(one.key), one.status, one.connector) for one in shown)
        return f'<span class="conns">{"".join(signed)}</span>'

    def _issue_cell(self, row: Consumer, shown: list[Shown]) -> str:
        if not row.issue:
            return ""
        issue = ConnectionIssue(row.issue)
        meaning = issues.MEANINGS[issue]
        concerned = [one for one in shown if one.status == issues.STATUS_OF.get(issue)]
        words = escape(issues.words(issue, (one.connector for one in concerned)))
        since = min((one.since for one in concerned), default=None)
        when = (
            f'<span class="quiet tiny">since {cells.time(since, times.minute(since, self._now))}</span>'
            if since
            else ""
        )
        return (
            f'<div class="cell2"><details class="menu why-menu"><summary class="issue issue--{meaning.status}">'
            f"{glyph(meaning.status)}<bdi>{words}</bdi>{_WHY}</summary>"
            f'<div class="menu__list why-text"><p>{escape(meaning.means)}</p><p><b>{escape(meaning.acts)}</b></p></div>'
            f"</details>{when}</div>"
        )

    def _menu_cell(self, row: Consumer) -> str:
        # A template rendered once a page, with two blanks that every row fills.
        return self._menu.replace(_BLANK_KEY, quote(row.consumerid, safe="")).replace(_BLANK_NAME, escape(row.name))


_BLANK_KEY, _BLANK_NAME = "-the-consumerid-", "-the-name-"
_COPY = (
    f'<button class="btn btn--icon btn--copy" type="button" data-copy hidden>{icon("copy")}'
    '<span class="vh">Copy consumerid</span><span class="btn__said" data-copy-text aria-live="polite"></span></button>'
)
_WHY = f'{icon("info")}<span class="vh">: what it means and who acts</span>'


class ConsumerList(Listing):
    """Consumers by their connections."""

    title = "Consumers"
    noun = "consumer"
    page = "consumers"
    export = "consumers-csv"
    filename = "consumers"
    template = "dashboard/lists/consumers.html"
    placeholder = "Name, email, reference or consumerid"
    filters = ConsumerFilters
    fields = (
        fields.text("consumerid", "consumerid"),
        fields.text("name", "name"),
        fields.text("email", "email"),
        fields.text("internal_reference", "internal_reference"),
        fields.number("active_connections", "active_count"),
        fields.number("pending_connections", "pending_count"),
        fields.number("failed_connections", "failed_count"),
        fields.either("connectors", as_text=_text(connector_names(), "; "), value=connector_names()),
        fields.either("issue", as_text=issue_words(), value=NullIf(F("issue"), Value(""))),
        fields.moment("created_at", "created_at"),
    )

    def all_rows(self) -> QuerySet[Consumer]:
        """Return the live consumers."""
        return Consumer.objects.live()

    def everything(self) -> int:
        """Return how many live consumers there are."""
        return int(ConsumerCount.objects.aggregate(sum=Sum("count", default=0))["sum"])

    def table(self, keys: list[int], filters: ListFilters, request: HttpRequest) -> ConsumerTable:
        """Return consumers with all their connections, in two queries."""
        found = Consumer.objects.in_bulk(keys)
        rows = [found[key] for key in keys if key in found]
        return ConsumerTable(
            rows, filters.order, now=request_now(request), shown=shown_connections(keys), menu=row_menu(request)
        )

    def choices(self, filters: ListFilters) -> list[Choices]:
        """Return what the filter bar offers."""
        active, by_issue = _counts()
        issue_counts = by_issue | {_NO_ISSUE: by_issue.get("", 0)}
        connectors, unified_apis = offered_connectors()
        statuses = [(value, str(label)) for value, label in Status.choices]
        return [
            Choices("active", "Active", bar.options(filters, "active", _ACTIVE, counts=active)),
            Choices("unified_api", "Unified API", bar.options(filters, "unified_api", unified_apis)),
            Choices("connector", "Connector", bar.options(filters, "connector", connectors)),
            Choices("status", "Status", bar.options(filters, "status", statuses)),
            Choices("issue", "Issue", bar.options(filters, "issue", _ISSUES, counts=issue_counts)),
            bar.days(filters, "Created", "created_from", "created_to"),
        ]

    def chips(self, filters: ListFilters, choices: list[Choices]) -> list[Chip]:
        """Return the filters that are set."""
        return bar.chips(filters, choices, q="Search", sync="Sync", step="Step")


def shown_connections(consumer_ids: Sequence[int]) -> dict[int, list[Shown]]:
    """Return all connections of these consumers, by the name of their connector, in one query."""
    rows = (
        Connection.objects.filter(consumer__id__any_of=list(consumer_ids), is_deleted=False)
        .order_by("connector__name_key", "connector_id", "id")
        .values_list("consumer_id", "key", "status", "status_since", "connector__name")
    )
    found: dict[int, list[Shown]] = defaultdict(list)
    for consumer_id, key, status, since, connector in rows:
        found[consumer_id].append(Shown(key, status, since, connector))
    return found


def row_menu(request: HttpRequest) -> str:
    """Return the menu of a row with blanks for consumerid and name; empty for those who may do nothing there."""
    context = {"consumerid": _BLANK_KEY, "name": _BLANK_NAME, "user": request.user}
    return render_to_string("dashboard/consumers/menu.html", context).strip()


def offered_connectors() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return (key, name) of all connectors and of all unified APIs that have one, in name order, in one query."""
    rows = list(
        Connector.objects.values_list("key", "name", "unified_api__name", "unified_api__name_key", "unified_api")
    )
    unified_apis = {name: (key, pk) for _, _, name, key, pk in rows}
    return [(key, name) for key, name, *_ in rows], [
        (name, name) for name in sorted(unified_apis, key=unified_apis.__getitem__)
    ]


def _counts() -> tuple[dict[str, int], dict[str, int]]:
    """Return how many consumers are active and not, and have each issue, in one query."""
    active: dict[str, int] = defaultdict(int)
    by_issue: dict[str, int] = defaultdict(int)
    for is_active, issue, count in ConsumerCount.objects.values_list("is_active", "issue", "count"):
        active["true" if is_active else "false"] += count
        by_issue[issue] += count
    return active, by_issue
