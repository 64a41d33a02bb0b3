"""Monitoring: the errors of one connection, newest first, with what helps to solve them."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.csv import csv_response
from common.middleware import request_now
from common.reading import shows_events
from common.snapshots import one_snapshot
from connections.models import Connection, ErrorEvent
from dashboard import error_rows, figures, flows, monitoring
from dashboard import monitoring_bar as bar
from dashboard.monitoring import Asked, QueryError

_CHART = 108


@shows_events
@require_safe
def monitoring_page(request: HttpRequest, key: str) -> HttpResponse:
    """Show the errors of a connection."""
    now = request_now(request)
    connection = _connection(key)
    asked, complaint = _asked(request)
    with one_snapshot():
        totals = {} if complaint else monitoring.totals(connection, asked)
        page = _page(monitoring.errors(connection, asked), totals.get(asked.category, 0), request.GET.get("page"))
        errors = list(page)
        choices = monitoring.choices(connection, asked)
        sums = flows.of_connection_now(connection.pk, asked.window)
    states = bar.states(asked, totals)
    context = {
        "now": now,
        "connection": connection,
        "asked": asked,
        "complaint": complaint,
        "figure": figures.errors(sums, asked.window, height=_CHART, urls={state.name: state.url for state in states}),
        "count": _count(page),
        "page": page,
        "days": error_rows.by_day(errors, today=asked.window.today, words=asked.words),
        "states": states,
        "filters": bar.filters(asked, choices),
        "chips": bar.chips(asked),
        "clear": bar.without_filters(asked),
        "kept": bar.kept(asked),
        "steps": bar.steps(asked),
        "query": bar.address(asked),
        "is_purged": asked.window.starts_at < now - timedelta(days=settings.EVENT_RETENTION_DAYS),
        "kept_days": settings.EVENT_RETENTION_DAYS,
    }
    return render(request, "dashboard/monitoring.html", context)


@shows_events
@require_safe
def monitoring_csv(request: HttpRequest, key: str) -> HttpResponseBase:
    """Answer all errors that the page's filters let through, in its order."""
    connection = _connection(key)
    asked, complaint = _asked(request)
    if complaint:
        return HttpResponse(complaint, status=400, content_type="text/plain; charset=utf-8")
    return csv_response(monitoring.errors(connection, asked), monitoring.CSV, name="errors")


def _connection(key: str) -> Connection:
    return get_object_or_404(Connection.objects.select_related("consumer", "connector"), key=key)


def _asked(request: HttpRequest) -> tuple[Asked, str]:
    """Read the address; what can not be used is complained about, and the present week stands in for it."""
    zone, now = str(timezone.get_current_timezone()), request_now(request)
    try:
        return monitoring.read(request.GET, zone=zone, now=now), ""
    except QueryError as error:
        return monitoring.read(QueryDict(), zone=zone, now=now), str(error)


class _Pages(Paginator):  # type: ignore[type-arg]
    """Pages of errors that were counted before."""

    def __init__(self, rows: QuerySet[ErrorEvent], total: int) -> None:
        super().__init__(rows, monitoring.PAGE)
        self._total = total

    @cached_property
    def count(self) -> int:
        return self._total


def _page(rows: QuerySet[ErrorEvent], total: int, number: str | None) -> Page[ErrorEvent]:
    return _Pages(rows if total else rows.none(), total).get_page(number)


def _count(page: Page[ErrorEvent]) -> str:
    """Say how many of how many are shown: 100 of 4,213; on later pages 101–200 of 4,213."""
    start = f"{page.start_index():,}–" if page.number > 1 else ""
    return f"{start}{page.end_index():,} of {page.paginator.count:,}"
