"""Changes of status as people read them: the timeline of a consumer, the history of a connection."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest

from common import times
from connections.models import StatusChange

_PAGE = 20
_MOST_DIGITS = 6

_NEW = {"pending": "begun", "active": "connected", "failed": "first seen as failed", "deleted": "first seen as deleted"}


@dataclass(frozen=True)
class Entry:
    """One change; `lasted` is how long the new status lasted, or lasts so far, in words."""

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
    entries = [_entry(row, row.connection.connector.name, _way(row)) for row in rows[:_PAGE]]
    return _timeline(entries, page, has_older=len(rows) > _PAGE)


def of_connection(changes: QuerySet[StatusChange], *, page: int, now: datetime) -> Timeline:
    """Return a page of the changes of one connection, each with how long the status lasted, in one query."""
    start = (page - 1) * _PAGE
    first = max(0, start - 1)  # the change that ended the newest status of this page
    rows = list(changes[first : start + _PAGE + 1])
    shown = rows[start - first :]
    ends = [rows[0].at if start else None, *(row.at for row in shown)] if rows else []
    entries = [
        _entry(row, row.get_to_status_display(), _before(row), _lasted(row, end, now))
        for row, end in zip(shown[:_PAGE], ends, strict=False)
    ]
    return _timeline(entries, page, has_older=len(shown) > _PAGE)


def _timeline(entries: list[Entry], page: int, *, has_older: bool) -> Timeline:
    return Timeline(entries, newer=page - 1 if page > 1 else None, older=page + 1 if has_older else None)


def _entry(row: StatusChange, subject: str, text: str, lasted: str = "") -> Entry:
    return Entry(row.to_status, subject, text, row.failure_message, row.failure_code, row.at, lasted)


def _way(row: StatusChange) -> str:
    return f"{row.from_status} → {row.to_status}" if row.from_status else _NEW[row.to_status]


def _before(row: StatusChange) -> str:
    return f"after {row.from_status}" if row.from_status else "when first seen"


def _lasted(row: StatusChange, end: datetime | None, now: datetime) -> str:
    if row.to_status == StatusChange.To.DELETED:
        return ""
    return times.span(end - row.at) if end else f"{times.span(now - row.at)} so far"
