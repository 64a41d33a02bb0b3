"""The errors of one connection: one declaration of what is asked for, shared by page, CSV and API."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict

from common.csv import Column, Kind
from common.windows import Window, WindowError, read_window
from connections.event_store import search_word
from connections.events import Category
from connections.models import Connection, ErrorEvent

PAGE = 100
ALL = "all"
OPERATIONS = ("create", "update", "delete")
# Filter in the address, column, word on the screen.
FILTERS = {
    "code": ("code", "Code"),
    "family": ("product_family", "Family"),
    "channel": ("channel", "Channel"),
    "locale": ("locale", "Locale"),
    "operation": ("operation", "Operation"),
}
# What the CSV holds, in order.
CSV = (
    Column("occurred_at", kind=Kind.TIME),
    Column("category"),
    Column("code"),
    Column("message"),
    Column("operation"),
    Column("entity"),
    Column("product_identifier"),
    Column("product_label"),
    Column("product_family"),
    Column("channel"),
    Column("locale"),
    Column("id", of="external_id"),
)
_NO_CURSOR = "cursor: use the address in `next` as it stands"
# The newest errors that the choices of the filters are gathered from, and how many of each are offered.
_SAMPLE = 2_000
_MOST_CHOICES = 25


class QueryError(ValueError):
    """A value in the address that can not be used; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which errors are asked for."""

    window: Window
    q: str = ""
    category: str = Category.BUSINESS.value
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def words(self) -> list[str]:
        """What must stand in every error."""
        return self.q.split()

    @property
    def is_filtered(self) -> bool:
        """Whether more than the window and the category decides."""
        return bool(self.q or self.values)


def read(query: QueryDict, *, zone: str, now: datetime) -> Asked:
    """Read what an address asks for. QueryError: a value that can not be."""
    category = query.get("category") or Category.BUSINESS.value
    if category not in {*Category.values, ALL}:
        raise QueryError(f"category: {category[:80]!r} is none of business, technical, all")
    values = {name: tuple(dict.fromkeys(filter(None, query.getlist(name)))) for name in FILTERS}
    for operation in values["operation"]:
        if operation not in OPERATIONS:
            raise QueryError(f"operation: {operation[:80]!r} is none of {', '.join(OPERATIONS)}")
    return Asked(
        window=_window(query, zone, now),
        q=query.get("q", "").strip(),
        category=category,
        values={name: chosen for name, chosen in values.items() if chosen},
    )


def _window(query: QueryDict, zone: str, now: datetime) -> Window:
    try:
        return read_window(query, zone=zone, now=now)
    except WindowError as error:
        raise QueryError(f"{error.field}: {error}") from None


def errors(connection: Connection, asked: Asked) -> QuerySet[ErrorEvent]:
    """Return the errors that are asked for: newest first, ties by id descending, bytewise."""
    return _matching(connection, asked).filter(_of_category(asked.category)).order_by("-occurred_at", "-external_id")


def totals(connection: Connection, asked: Asked) -> dict[str, int]:
    """Count what matches by category, and all. One query."""
    counted = _matching(connection, asked).values_list("category").annotate(count=Count("id")).order_by()
    found = dict.fromkeys(Category.values, 0) | dict(counted)
    return found | {ALL: sum(found.values())}


def choices(connection: Connection, asked: Asked) -> dict[str, list[tuple[str, int]]]:
    """Return what each filter can be set to, most frequent first, with how many of the newest errors have it.

    One query over the window and category, whatever else is set, so that a set filter can be changed.
    """
    everything = Asked(window=asked.window, category=asked.category)
    columns = [column for column, _ in FILTERS.values()]
    rows = errors(connection, everything).values_list(*columns)[:_SAMPLE]
    found: dict[str, dict[str, int]] = {name: {} for name in FILTERS}
    for row in rows:
        for name, value in zip(FILTERS, row, strict=True):
            if value:
                found[name][value] = found[name].get(value, 0) + 1
    return {name: _most_frequent(counts, asked.values.get(name, ())) for name, counts in found.items()}


def _most_frequent(counts: dict[str, int], chosen: tuple[str, ...]) -> list[tuple[str, int]]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST_CHOICES]
    offered = {value for value, _ in ordered}
    return ordered + [(value, counts.get(value, 0)) for value in chosen if value not in offered]


def _matching(connection: Connection, asked: Asked) -> QuerySet[ErrorEvent]:
    window = asked.window
    rows = ErrorEvent.objects.filter(
        connection=connection, occurred_at__gte=window.starts_at, occurred_at__lt=window.ends_at
    )
    if any("\x00" in text for text in (asked.q, *(value for chosen in asked.values.values() for value in chosen))):
        return rows.filter(pk=0)  # PostgreSQL holds no such text
    for word in asked.words:
        rows = rows.filter(search_key__contains=search_word(word))
    for name, chosen in asked.values.items():
        rows = rows.filter(**{f"{FILTERS[name][0]}__in": chosen})
    return rows


def _of_category(category: str) -> Q:
    return Q() if category == ALL else Q(category=category)


# --- going on after an error ------------------------------------------------------------------------------------------


def after(rows: QuerySet[ErrorEvent], cursor: str) -> QuerySet[ErrorEvent]:
    """Return what comes after the error that a cursor stands for. QueryError: it is none of ours."""
    occurred_at, external_id = _read_cursor(cursor)
    return rows.filter(occurred_at__lte=occurred_at).exclude(occurred_at=occurred_at, external_id__gte=external_id)


def cursor_of(error: ErrorEvent) -> str:
    """Return the cursor that stands for an error: stable, whatever comes in meanwhile."""
    return urlsafe_b64encode(f"{error.occurred_at.isoformat()} {error.external_id}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        at, _, external_id = urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        occurred_at = datetime.fromisoformat(at)
    except ValueError:
        raise QueryError(_NO_CURSOR) from None
    if occurred_at.tzinfo is None or "\x00" in external_id:
        raise QueryError(_NO_CURSOR)
    return occurred_at, external_id
