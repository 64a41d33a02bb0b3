"""Changes of status as people read them: the timeline of a consumer, the history of a connection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest

from common import times
from connections.models import StatusChange

_PAGE = 20
_MOST_DIGITS = 6

_NEW = {
    "pending": "begun",
    "active": "connected",
    "failed": "failed from the start",
    "deleted": "deleted from the start",
}


@dataclass(frozen=True)
class Entry:
    """One change; `lasted` is how long the new status lasted, or lasts by now."""

    status: str
    subject: str
    text: str
    reason: str
    code: str
    at: datetime
    lasted: str = ""


@dataclass(frozen=True)
class Timeline:
    """One page of changes, newest first."""

    entries: list[Entry]
    newer: int | None
    older: int | None


def page_number(request: HttpRequest) -> int:
    """Return the page that the address names; the first one for what is no page."""
    text = request.GET.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else 1


def of_consumer(changes: QuerySet[StatusChange], *, page: int) -> Timeline:
    """Return a page of the changes of many connections, in one query."""
    start = (page - 1) * _PAGE
    rows = list(changes.select_related("connection__connector")[start : start + _PAGE + 1])
    entries = [_entry(row, row.connection.connector.name) for row in rows[:_PAGE]]
    return _timeline(entries, page, has_older=len(rows) > _PAGE)


def of_connection(changes: QuerySet[StatusChange], *, page: int, now: datetime) -> Timeline:
    """Return a page of the changes of one connection, each with how long the status lasted, in one query."""
    start = (page - 1) * _PAGE
    first = max(0, start - 1)  # the change that ended the newest status of this page
    rows = list(changes[first : start + _PAGE + 1])
    shown = rows[start - first :]
    ends = [now if start == 0 else rows[0].at, *(row.at for row in shown)] if rows else []
    entries = [_entry(row, row.get_to_status_display(), end) for row, end in zip(shown[:_PAGE], ends, strict=False)]
    return _timeline(entries, page, has_older=len(shown) > _PAGE)


def _timeline(entries: Sequence[Entry], page: int, *, has_older: bool) -> Timeline:
    return Timeline(list(entries), newer=page - 1 if page > 1 else None, older=page + 1 if has_older else None)


def _entry(row: StatusChange, subject: str, end: datetime | None = None) -> Entry:
    text = f"{row.from_status} → {row.to_status}" if row.from_status else _NEW[row.to_status]
    lasted = times.span(end - row.at) if end and row.to_status != StatusChange.To.DELETED else ""
    return Entry(row.to_status, subject, text, row.failure_message, row.failure_code, row.at, lasted)
