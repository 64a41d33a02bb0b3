"""GET /api/v1/overview: the numbers of the overview."""

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, JsonResponse

from common import times
from common.middleware import request_now
from dashboard import kpis
from dashboard.kpis import Counts, UnifiedApiNumbers
from sources.access import reading_api


@reading_api
def overview(request: HttpRequest) -> HttpResponse:
    """Answer the numbers of the overview."""
    numbers = kpis.overview()
    body = {
        "as_of": times.iso(request_now(request)),
        "consumers": {"total": numbers.consumers_total, "active": numbers.consumers_active},
        "connections": _counts(numbers.connections),
        "unified_apis": [_unified_api(api) for api in numbers.unified_apis],
        "syncs": asdict(numbers.sync_totals),
    }
    return JsonResponse(body)


def _unified_api(api: UnifiedApiNumbers) -> dict[str, object]:
    connectors = [
        {"connector": connector.key, "name": connector.name} | _counts(connector.counts) for connector in api.connectors
    ]
    return {"unified_api": api.name, **_counts(api.counts), "connectors": connectors}


def _counts(counts: Counts) -> dict[str, int]:
    return {"active": counts.active, "pending": counts.pending, "failed": counts.failed}
