"""Why activations of one sync stand where they do: which connectors refuse, which mappings are incomplete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Count, F, Field, Func, Q, TextField

from connections.models import Connector
from dashboard import links
from syncs.models import Activation, ActivationStatus, Step, Sync, SyncIssue


@dataclass(frozen=True)
class Tally:
    """How many activations something keeps: those that stand at its step, and active ones."""

    stuck: int
    active: int

    @property
    def total(self) -> int:
        """Both."""
        return self.stuck + self.active


@dataclass(frozen=True)
class Reason:
    """One connector or mapping that keeps activations, with the addresses of exactly those."""

    name: str
    tally: Tally
    stuck_url: str
    active_url: str


def by_connector(sync: Sync) -> list[Reason]:
    """Return the connectors whose failed connections keep activations, the most frequent first; two queries."""
    tallies = _tallies(sync, SyncIssue.CONNECTION_FAILED, _each("failed_connectors", BigIntegerField()))
    rows = Connector.objects.filter(pk__in=tallies).order_by("name_key", "id").values_list("pk", "key", "name")
    reasons = [
        _reason(sync, name, tallies[pk], Step.CONNECTIONS, issue="connection_failed", failed_connector=key)
        for pk, key, name in rows
    ]
    return _most_frequent_first(reasons)


def by_mapping(sync: Sync) -> list[Reason]:
    """Return the mappings that keep activations, the most frequent first; one query."""
    tallies = _tallies(sync, SyncIssue.MAPPING_INCOMPLETE, _each("incomplete_mappings", TextField()))
    reasons = [
        _reason(sync, name, tallies[name], Step.MAPPINGS, issue="mapping_incomplete", mapping=name)
        for name in sync.mappings
        if name in tallies
    ]
    return _most_frequent_first(reasons)


def _each(column: str, of: Field[Any, Any]) -> Func:
    return Func(F(column), function="unnest", output_field=of)


def _tallies(sync: Sync, issue: SyncIssue, entry: Func) -> dict[Any, Tally]:
    """Count the activations with that issue per entry of an array column."""
    rows = (
        Activation.objects.live()
        .filter(sync=sync, issue=issue)
        .values(entry=entry)
        .annotate(total=Count("id"), active=Count("id", filter=Q(status=ActivationStatus.ACTIVE)))
        .values_list("entry", "total", "active")
    )
    return {entry: Tally(stuck=total - active, active=active) for entry, total, active in rows}


def _reason(sync: Sync, name: str, tally: Tally, step: Step, **filters: str) -> Reason:
    return Reason(
        name=name,
        tally=tally,
        stuck_url=links.activations(sync=sync.key, step=step.value, **filters),
        active_url=links.activations(sync=sync.key, status="active", **filters),
    )


def _most_frequent_first(reasons: list[Reason]) -> list[Reason]:
    return sorted(reasons, key=lambda reason: -reason.tally.total)
