"""Activations as lists and pages show them: with their issue in words, the failed connectors named."""

from collections.abc import Iterable
from dataclasses import dataclass

from connections.models import Connector
from dashboard import issues
from dashboard.issues import Meaning
from syncs.models import Activation, SyncIssue


@dataclass(frozen=True)
class Shown:
    """One activation with its issue: the definition's text (empty without one), and what it means."""

    row: Activation
    issue: str
    meaning: Meaning | None


def show(rows: Iterable[Activation]) -> list[Shown]:
    """Put the issues of activations into words, in one query."""
    found = list(rows)
    names = connector_names({pk for row in found for pk in row.failed_connectors})
    return [Shown(row, issue_text(row, names), _meaning(row)) for row in found]


def connector_names(pks: Iterable[int]) -> dict[int, str]:
    """Return the names of connectors, in name order; no query for none."""
    wanted = set(pks)
    if not wanted:
        return {}
    rows = Connector.objects.filter(pk__in=wanted).order_by("name_key", "id")
    return dict(rows.values_list("pk", "name"))


def issue_text(row: Activation, names: dict[int, str]) -> str:
    """Return the text of its issue: Connection failed (Odoo); empty without one. `names` are in name order."""
    if not row.issue:
        return ""
    issue = SyncIssue(row.issue)
    if issue != SyncIssue.CONNECTION_FAILED:
        return issues.words(issue)
    failed = set(row.failed_connectors)
    return issues.words(issue, (name for pk, name in names.items() if pk in failed))


def _meaning(row: Activation) -> Meaning | None:
    return issues.SYNC_MEANINGS[SyncIssue(row.issue)] if row.issue else None
