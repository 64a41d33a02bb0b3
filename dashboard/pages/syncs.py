"""All syncs: how many consumers have each active, of how many who tried."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from common.middleware import request_now
from dashboard import funnel, links, sync_kpis
from dashboard.charts import Part, Piece, exact_share, stacked
from dashboard.funnel import Active
from dashboard.sync_kpis import SyncNumbers
from dashboard.tiles import sync_tiles


@dataclass(frozen=True)
class Row:
    """One sync: its bar, its active ones, its attempts, and its activation rate (a dash without attempts)."""

    key: str
    name: str
    url: str
    parts: tuple[Part, ...]
    active: Active
    attempts: int
    attempts_url: str
    rate: str


def syncs(request: HttpRequest) -> HttpResponse:
    """Show all syncs; while there is none, there is no such page."""
    found = sync_kpis.all_syncs()
    if not found:
        raise Http404
    context = {
        "now": request_now(request),
        "tiles": sync_tiles(sync_kpis.totals(found)),
        "rows": rows(found),
    }
    return render(request, "dashboard/syncs.html", context)


def rows(found: tuple[SyncNumbers, ...]) -> list[Row]:
    """Draw syncs on one scale."""
    most = max((sync.attempts for sync in found), default=0)
    return [_row(sync, most) for sync in found]


def _row(sync: SyncNumbers, most: int) -> Row:
    return Row(
        key=sync.key,
        name=sync.name,
        url=reverse("sync", args=[sync.key]),
        parts=stacked(_pieces(sync), most=most),
        active=funnel.active(sync),
        attempts=sync.attempts,
        attempts_url=links.activations(sync=sync.key),
        rate=exact_share(sync.active, sync.attempts),
    )


def _pieces(sync: SyncNumbers) -> list[Piece]:
    whole = sync.active - sync.active_with_issue
    active = {"sync": sync.key, "status": "active"}
    waiting = links.activations(sync=sync.key, status=["incomplete", "disabled"])
    return [
        Piece("active", "active without an issue", whole, links.activations(**active, issue="none")),
        Piece("failed", "active with an issue", sync.active_with_issue, links.activations(**active, with_issue="true")),
        Piece("waiting", "not active", sync.attempts - sync.active, waiting),
    ]
