"""The key figures at the top of a page: four links, each a number that says its scope."""

from dataclasses import dataclass

from connections.models import Status
from dashboard import links
from dashboard.charts import exact_share
from dashboard.kpis import Counts
from dashboard.sync_kpis import SyncTotals

_NOTES = {Status.PENDING: "begun, not finished", Status.FAILED: "authentication refused"}


@dataclass(frozen=True)
class Tile:
    """One key figure; `mark` is its data-kpi, `icon` stands in where no status does."""

    mark: str
    label: str
    value: int
    note: str
    url: str
    status: str = ""
    icon: str = ""


def status_urls(**filters: str) -> dict[str, str]:
    """Return the address of the connections of each status with those filters."""
    return {status.value: links.connections(**filters, status=status.value) for status in Status}


def connection_tiles(counts: Counts, **filters: str) -> list[Tile]:
    """Return the figures of a drill-down: all connections of those filters, then each status."""
    url = links.connections(**filters)
    everything = Tile("connections", "Connections", counts.total, "in all statuses", url, icon="link")
    return [everything, *status_tiles(counts, **filters)]


def status_tiles(counts: Counts, **filters: str) -> list[Tile]:
    """Return the figures of the three statuses, linked to the connections of those filters."""
    urls = status_urls(**filters)
    notes = {Status.ACTIVE: of_all(counts.total, "connection")} | _NOTES
    return [
        Tile(
            mark=f"{status}-connections",
            label=f"{status.label} connections",
            value=counts.of(status),
            note=notes[status],
            url=urls[status],
            status=status.value,
        )
        for status in Status
    ]


def sync_tiles(totals: SyncTotals) -> list[Tile]:
    """Return the figures of all syncs."""
    waiting = totals.attempts - totals.active
    return [
        Tile(
            mark="active-syncs",
            label="Active syncs",
            value=totals.active,
            note=with_issue(totals.active_with_issue),
            url=links.activations(status="active"),
            status="active",
        ),
        Tile(
            mark="active-syncs-with-issue",
            label="Active with an issue",
            value=totals.active_with_issue,
            note="configured once, not whole now",
            url=links.activations(status="active", with_issue="true"),
            status="failed",
        ),
        Tile(
            mark="waiting-syncs",
            label="Not active",
            value=waiting,
            note="standing at one of the steps",
            url=links.activations(status=["incomplete", "disabled"]),
            status="partial",
        ),
        Tile(
            mark="attempted-syncs",
            label="Attempts",
            value=totals.attempts,
            note=f"{exact_share(totals.active, totals.attempts)} of them active" if totals.attempts else "none yet",
            url=links.activations(),
            icon="refresh-cw",
        ),
    ]


def with_issue(count: int) -> str:
    """Say how many of the active syncs have an issue."""
    return f"of which {count:,} with an issue" if count else "none with an issue"


def of_all(total: int, noun: str) -> str:
    """Say of how many: of 352 consumers; no consumers yet."""
    if not total:
        return f"no {noun}s yet"
    return f"of {total:,} {noun}{'' if total == 1 else 's'}"
