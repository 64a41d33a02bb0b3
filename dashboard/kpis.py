"""The numbers of the overview and its drill-downs, for page and API alike.

They come from the counter tables that triggers keep, so their cost does not grow with the installation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any

from django.db.models import QuerySet

from connections.models import Connector, Status
from consumers.models import ConsumerCount
from dashboard.sync_kpis import SyncNumbers, SyncTotals, all_syncs, totals


@dataclass(frozen=True)
class Counts:
    """How many connections have each status."""

    active: int = 0
    pending: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.active + self.pending + self.failed

    def of(self, status: Status) -> int:
        """Those of one status."""
        return {Status.ACTIVE: self.active, Status.PENDING: self.pending, Status.FAILED: self.failed}[status]

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.active + other.active, self.pending + other.pending, self.failed + other.failed)


@dataclass(frozen=True)
class ConnectorNumbers:
    """The connections of one connector."""

    key: str
    name: str
    unified_api: str
    is_active: bool
    counts: Counts


@dataclass(frozen=True)
class UnifiedApiNumbers:
    """The connections of one unified API, and of each of its connectors."""

    name: str
    connectors: tuple[ConnectorNumbers, ...]

    @property
    def counts(self) -> Counts:
        """The sum over its connectors."""
        return sum_of(self.connectors)


@dataclass(frozen=True)
class Overview:
    """Everything that the overview says."""

    consumers_total: int
    consumers_active: int
    unified_apis: tuple[UnifiedApiNumbers, ...]
    syncs: tuple[SyncNumbers, ...]

    @property
    def connectors(self) -> tuple[ConnectorNumbers, ...]:
        """All connectors, by unified API and name."""
        return tuple(connector for api in self.unified_apis for connector in api.connectors)

    @property
    def connections(self) -> Counts:
        """All connections."""
        return sum_of(self.connectors)

    @property
    def sync_totals(self) -> SyncTotals:
        """The activations of all syncs."""
        return totals(self.syncs)

    @property
    def is_empty(self) -> bool:
        """Whether nothing has come in yet."""
        return not self.unified_apis and not self.consumers_total and not self.syncs


def sum_of(connectors: Iterable[ConnectorNumbers]) -> Counts:
    """Add up the connections of several connectors."""
    return sum((connector.counts for connector in connectors), Counts())


def overview() -> Overview:
    """Read the overview, in three queries."""
    total, active = _consumers()
    return Overview(
        consumers_total=total,
        consumers_active=active,
        unified_apis=_by_unified_api(_numbers(Connector.objects.all())),
        syncs=all_syncs(),
    )


def unified_api(name: str) -> UnifiedApiNumbers | None:
    """Read the numbers of one unified API, in one query; None when no connector belongs to it."""
    found = _by_unified_api(_numbers(Connector.objects.filter(unified_api__name=name)))
    return found[0] if found else None


def connector_counts(connector: Connector) -> Counts:
    """Read the numbers of one connector, in one query."""
    return Counts(**dict(connector.counts.values_list("status", "count")))


def _consumers() -> tuple[int, int]:
    counts = list(ConsumerCount.objects.values_list("is_active", "count"))
    return sum(count for _, count in counts), sum(count for is_active, count in counts if is_active)


def _numbers(connectors: QuerySet[Connector]) -> list[ConnectorNumbers]:
    # The sums are made here: to put aggregates into words costs Django more than the few rows of each connector.
    rows = connectors.order_by("unified_api__name_key", "unified_api_id", "name_key", "id").values_list(
        "key", "name", "unified_api__name", "is_active", "counts__status", "counts__count"
    )
    groups = groupby(rows, itemgetter(slice(4)))
    return [
        ConnectorNumbers(key, name, unified_api, is_active, Counts(**_sums(members)))
        for (key, name, unified_api, is_active), members in groups
    ]


def _sums(rows: Iterable[tuple[Any, ...]]) -> dict[str, int]:
    """Return the count of each status of one connector; one that nobody ever connected has none."""
    return {status: count for *_, status, count in rows if status is not None}


def _by_unified_api(connectors: list[ConnectorNumbers]) -> tuple[UnifiedApiNumbers, ...]:
    groups = groupby(connectors, attrgetter("unified_api"))
    return tuple(UnifiedApiNumbers(name, tuple(members)) for name, members in groups)
