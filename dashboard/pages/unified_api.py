"""One unified API: its connections, by connector."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from common.middleware import request_now
from dashboard import charts, kpis
from dashboard.pages.overview import connector_entry
from dashboard.tiles import connection_tiles, status_urls


def unified_api(request: HttpRequest, name: str) -> HttpResponse:
    """Show one unified API."""
    numbers = kpis.unified_api(name)
    if numbers is None:
        raise Http404
    entries = [connector_entry(connector) for connector in numbers.connectors]
    context = {
        "now": request_now(request),
        "api": numbers,
        "tiles": connection_tiles(numbers.counts, unified_api=name),
        "rows": charts.rows(entries, most=charts.scale(entries)),
        "total": charts.cells(numbers.counts, status_urls(unified_api=name)),
    }
    return render(request, "dashboard/unified_api.html", context)
