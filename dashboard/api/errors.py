"""GET /api/v1/connections/KEY/errors: the errors of a connection, the same that Monitoring shows."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from common import times
from common.middleware import request_now
from common.problems import ProblemError
from common.reading import shows_events
from common.snapshots import one_snapshot
from connections.models import Connection, ErrorEvent
from dashboard import monitoring
from dashboard.monitoring import Asked, QueryError
from sources.access import reading_api

_MOST = 500


@shows_events
@reading_api
def errors_api(request: HttpRequest, key: str) -> HttpResponse:
    """Answer errors newest first, and where the next ones are."""
    connection = get_object_or_404(Connection, key=key)
    limit = _limit(request.GET)
    try:
        asked = monitoring.read(request.GET, zone=str(timezone.get_current_timezone()), now=request_now(request))
        rows = monitoring.errors(connection, asked)
        rest = monitoring.after(rows, request.GET["cursor"]) if request.GET.get("cursor") else rows
    except QueryError as error:
        raise ProblemError(400, str(error)) from None
    with one_snapshot():
        total = monitoring.totals(connection, asked)[asked.category]
        found = list(rest[: limit + 1])
    has_next = len(found) > limit
    body = {
        "total": total,
        "results": [_result(error, key) for error in found[:limit]],
        "next": _next(request, key, asked, found[limit - 1]) if has_next else None,
    }
    return JsonResponse(body)


def _limit(query: QueryDict) -> int:
    text = query.get("limit") or str(monitoring.PAGE)
    if text.isascii() and text.isdecimal() and len(text) <= len(str(_MOST)) and 1 <= int(text) <= _MOST:
        return int(text)
    raise ProblemError(400, f"limit: {text[:80]!r} is no whole number from 1 to {_MOST}")


def _next(request: HttpRequest, key: str, asked: Asked, last: ErrorEvent) -> str:
    """Return where to go on: in the same window, also when a day ends meanwhile."""
    query = request.GET.copy()
    query["tz"], query["end"] = asked.window.zone, asked.window.days[-1].isoformat()
    query["cursor"] = monitoring.cursor_of(last)
    pairs = [(name, value) for name, values in query.lists() for value in values]
    path = reverse("api-errors", args=[key])
    return request.build_absolute_uri(f"{path}?{urlencode(pairs)}")


def _result(error: ErrorEvent, connection: str) -> dict[str, object]:
    """Return the fields of the record; what it did not say is null."""
    product = {
        "identifier": error.product_identifier or None,
        "label": error.product_label or None,
        "family": error.product_family or None,
    }
    return {
        "id": error.external_id,
        "connection": connection,
        "category": error.category,
        "message": error.message,
        "code": error.code or None,
        "operation": error.operation or None,
        "occurred_at": times.iso(error.occurred_at),
        "entity": error.entity,
        "product": product if any(product.values()) else None,
        "channel": error.channel or None,
        "locale": error.locale or None,
        "help": error.help,
    }
