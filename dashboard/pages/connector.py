"""One connector: its connections by status, and why they fail."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet, Window
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from common.middleware import request_now
from connections.models import Connection, Connector, Status
from dashboard import charts, kpis, seven_days
from dashboard.tiles import connection_tiles, status_urls

_MOST_REASONS = 10
_LATEST = 10


@dataclass(frozen=True)
class Reason:
    """One way in which connections of a connector failed, and how many did."""

    code: str
    message: str
    count: int


@dataclass(frozen=True)
class Reasons:
    """The most frequent reasons, and how many there are in all."""

    rows: list[Reason]
    reason_count: int


def connector(request: HttpRequest, key: str) -> HttpResponse:
    """Show one connector."""
    row = get_object_or_404(Connector.objects.select_related("unified_api"), key=key)
    counts = kpis.connector_counts(row)
    now = request_now(request)
    context = {
        "now": now,
        "connector": row,
        "counts": counts,
        "tiles": connection_tiles(counts, connector=key),
        "bar": charts.whole_bar(counts, status_urls(connector=key)),
        "cells": charts.cells(counts, status_urls(connector=key)),
        "reasons": reasons(row),
        "latest": latest_failed(row),
        "seven_days": seven_days.of_connector(row, now=now),
    }
    return render(request, "dashboard/connector.html", context)


def reasons(connector: Connector) -> Reasons:
    """Return why its failed connections failed, the most frequent reason first."""
    grouped: QuerySet[Connection, Any] = (
        _failed(connector)
        .values("failure_code", "failure_message")
        .annotate(count=Count("id"), reason_count=Window(Count("*")))
        .order_by("-count", "failure_code", "failure_message")
    )
    rows = list(grouped[:_MOST_REASONS])
    found = [Reason(row["failure_code"], row["failure_message"], row["count"]) for row in rows]
    return Reasons(found, rows[0]["reason_count"] if rows else 0)


def latest_failed(connector: Connector) -> list[Connection]:
    """Return the connections that failed last, each with its consumer."""
    return list(_failed(connector).select_related("consumer").order_by("-status_since", "-id")[:_LATEST])


def _failed(connector: Connector) -> QuerySet[Connection]:
    return Connection.objects.live().filter(connector=connector, status=Status.FAILED)
