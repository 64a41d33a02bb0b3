"""The overview: who is connected, who is not, and where; and the first page of an empty installation."""

from dataclasses import dataclass

from django.conf import settings
from django.core.management import get_commands
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from common.middleware import request_now
from dashboard import charts, kpis, links
from dashboard.kpis import ConnectorNumbers, Overview, UnifiedApiNumbers
from dashboard.pages.syncs import rows as sync_rows
from dashboard.tiles import Tile, of_all, status_tiles, status_urls

_LARGEST = 8


@dataclass(frozen=True)
class BarTable:
    """A bar table with its total, and how many of its entries it shows."""

    rows: tuple[charts.Row, ...]
    total: tuple[charts.Cell, ...]
    entry_count: int

    @property
    def is_cut(self) -> bool:
        """Whether it leaves entries out."""
        return len(self.rows) < self.entry_count


def overview(request: HttpRequest) -> HttpResponse:
    """Show the overview."""
    numbers = kpis.overview()
    shows_all = request.GET.get("connectors") == "all"
    context = {
        "now": request_now(request),
        "tiles": tiles(numbers),
        "by_unified_api": by_unified_api(numbers),
        "by_connector": by_connector(numbers, most_rows=None if shows_all else _LARGEST),
        "syncs": sync_rows(numbers.syncs)[:_LARGEST],
        "sync_totals": numbers.sync_totals,
        "sync_count": len(numbers.syncs),
        "sync_urls": {
            "active": links.activations(status="active"),
            "with_issue": links.activations(status="active", with_issue="true"),
        },
        "largest": _LARGEST,
        "all_connectors": f"All {len(numbers.connectors):,} connectors",
        "shows_all": shows_all,
    }
    if numbers.is_empty:
        first = {"example": first_request(), "has_chift": "create_source" in get_commands()}
        return render(request, "dashboard/first_run.html", context | first)
    return render(request, "dashboard/overview.html", context)


def tiles(numbers: Overview) -> list[Tile]:
    """Return the four key figures."""
    consumers = Tile(
        mark="active-consumers",
        label="Active consumers",
        value=numbers.consumers_active,
        note=of_all(numbers.consumers_total, "consumer"),
        url=links.consumers(active="true"),
        icon="users",
    )
    return [consumers, *status_tiles(numbers.connections)]


def by_unified_api(numbers: Overview) -> BarTable:
    """Draw the connections of every unified API."""
    entries = [_unified_api_entry(api) for api in numbers.unified_apis]
    return _bar_table(entries, numbers, len(entries))


def by_connector(numbers: Overview, *, most_rows: int | None) -> BarTable:
    """Draw the connections of the largest connectors, or of all; equals stay in name order."""
    by_size = sorted(numbers.connectors, key=lambda connector: -connector.counts.total)
    entries = [connector_entry(connector) for connector in by_size[:most_rows]]
    return _bar_table(entries, numbers, len(by_size))


def connector_entry(connector: ConnectorNumbers) -> charts.Entry:
    """Return what the row of a connector is made of."""
    return charts.Entry(
        name=connector.name,
        url=reverse("connector", args=[connector.key]),
        counts=connector.counts,
        urls=status_urls(connector=connector.key),
        note="" if connector.is_active else "discontinued",
    )


def first_request() -> str:
    """Return the command that sends the first records to this installation."""
    return _FIRST_REQUEST.format(url=settings.PUBLIC_URL)


def _unified_api_entry(api: UnifiedApiNumbers) -> charts.Entry:
    return charts.Entry(
        name=api.name,
        url=reverse("unified-api", args=[api.name]),
        counts=api.counts,
        urls=status_urls(unified_api=api.name),
    )


def _bar_table(entries: list[charts.Entry], numbers: Overview, entry_count: int) -> BarTable:
    return BarTable(
        rows=charts.rows(entries, most=charts.scale(entries)),
        total=charts.cells(numbers.connections, status_urls()),
        entry_count=entry_count,
    )


_FIRST_REQUEST = """\
# KEY is an API key with the scope write; three records are enough to see something
curl {url}/api/v1/records \\
  -H "Authorization: Bearer $KEY" -H "Content-Type: application/x-ndjson" --data-binary @- <<'RECORDS'
{{"type": "connector", "connector": "odoo", "name": "Odoo", "unified_api": "Accounting"}}
{{"type": "consumer", "consumer": "c-1", "name": "Brasserie Lemaire"}}
{{"type": "connection", "connection": "c-1-odoo", "consumer": "c-1", "connector": "odoo", "status": "active"}}
RECORDS
"""
