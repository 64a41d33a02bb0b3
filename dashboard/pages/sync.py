"""One sync: where its activations stand, why, and what it requires."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from common.middleware import request_now
from connections.models import Connector
from dashboard import sync_kpis, sync_reasons
from dashboard.charts import Part, Piece, exact_share, stacked
from dashboard.funnel import funnel
from dashboard.sync_reasons import Reason
from syncs.models import Requirement, Sync

_MOST_REASONS = 10


@dataclass(frozen=True)
class Reasons:
    """The most frequent reasons of one kind with their bars, and how many there are in all."""

    rows: list[tuple[Reason, tuple[Part, ...]]]
    count: int


def sync(request: HttpRequest, key: str) -> HttpResponse:
    """Show one sync."""
    row = get_object_or_404(Sync.objects.live(), key=key)
    numbers = sync_kpis.one_sync(key)
    if numbers is None:  # deleted since it was loaded
        raise Http404
    context = {
        "now": request_now(request),
        "sync": row,
        "funnel": funnel(numbers),
        "rate": exact_share(numbers.active, numbers.attempts),
        "connectors": reasons(sync_reasons.by_connector(row)),
        "mappings": reasons(sync_reasons.by_mapping(row)),
        "requirements": requirements(row),
    }
    return render(request, "dashboard/sync.html", context)


def reasons(found: list[Reason]) -> Reasons:
    """Draw the most frequent reasons on one scale."""
    most = max((reason.tally.total for reason in found), default=0)
    return Reasons([(reason, stacked(_pieces(reason), most=most)) for reason in found[:_MOST_REASONS]], len(found))


def requirements(row: Sync) -> list[Requirement]:
    """Return the slots of a sync in their order, each with whether its unified API has a connector, and so a page."""
    has_page = Exists(Connector.objects.filter(unified_api=OuterRef("unified_api")))
    slots = row.requirements.select_related("unified_api", "connector").annotate(has_page=has_page)
    return list(slots.order_by("position"))


def _pieces(reason: Reason) -> list[Piece]:
    return [
        Piece("waiting", "not active", reason.tally.stuck, reason.stuck_url),
        Piece("failed", "active", reason.tally.active, reason.active_url),
    ]
